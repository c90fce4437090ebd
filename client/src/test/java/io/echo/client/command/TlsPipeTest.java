package io.echo.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.TlsPeer;
import io.echo.client.Transports;
import io.echo.net.Transport;
import io.echo.testing.TestCa;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams through TLS: whole, ended on both versions, and cut off. */
@Timeout(120)
class TlsPipeTest {
    @TempDir private static Path directory;
    private static TestCa ca;
    private static SSLContext context;

    @BeforeAll
    static void issue() throws Exception {
        ca = TestCa.in(directory, "Test CA").issue("good", "DNS:localhost,IP:127.0.0.1");
        context = ca.context("good");
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(11).nextBytes(bytes);
        return bytes;
    }

    private static Run pipe(TlsPeer peer, byte[] input, String... flags) {
        return Run.patiently(
                input,
                Stream.concat(
                                Stream.of(
                                        peer.target().toString(),
                                        "--cacert",
                                        ca.file("ca.pem").toString()),
                                Arrays.stream(flags))
                        .toArray(String[]::new));
    }

    static Stream<Arguments> versionsAndTransports() {
        return Stream.of("TLSv1.3", "TLSv1.2")
                .flatMap(
                        version ->
                                Arrays.stream(Transport.values())
                                        .map(transport -> Arguments.of(version, transport)));
    }

    @ParameterizedTest
    @MethodSource("versionsAndTransports")
    void bigFileComesBackWhole(String version, Transport transport) throws Exception {
        Transports.options(transport);
        byte[] bytes = bytes(8_000_003);
        try (TlsPeer peer = TlsPeer.echo(context, version)) {
            Run run = pipe(peer, bytes, "--transport", transport.toString());

            assertThat(run.err()).isEmpty();
            assertThat(run.exit()).isZero();
            assertThat(run.bytes()).isEqualTo(bytes);
        }
    }

    /** Bytes that come after the client's close_notify are read; on 1.2 none could. */
    @Test
    void readsOnAfterItsEndOnVersion13() throws Exception {
        byte[] bytes = bytes(300_000);
        try (TlsPeer peer =
                TlsPeer.start(
                        context,
                        "TLSv1.3",
                        (tls, plain) -> {
                            ByteArrayOutputStream all = new ByteArrayOutputStream();
                            tls.getInputStream().transferTo(all); // up to the close_notify
                            tls.getOutputStream().write(all.toByteArray());
                        })) {
            Run run = pipe(peer, bytes);

            assertThat(run.err()).isEmpty();
            assertThat(run.exit()).isZero();
            assertThat(run.bytes()).isEqualTo(bytes);
        }
    }

    /** The JDK's server drops what it owes at a close_notify of 1.2, as the RFC has it. */
    @Test
    void waitsForWhatItIsOwedBeforeItsEndOnVersion12() throws Exception {
        byte[] bytes = bytes(50_000);
        try (TlsPeer peer =
                TlsPeer.start(
                        context,
                        "TLSv1.2",
                        (tls, plain) -> {
                            byte[] held = tls.getInputStream().readNBytes(bytes.length);
                            for (int i = 0; i < held.length; i += 5_000) {
                                tls.getOutputStream().write(held, i, 5_000);
                            }
                            assertThat(tls.getInputStream().read()).isEqualTo(-1);
                        })) {
            Run run = pipe(peer, bytes);

            assertThat(run.err()).isEmpty();
            assertThat(run.exit()).isZero();
            assertThat(run.bytes()).isEqualTo(bytes);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void namesAStreamThatIsCutOff(String version) throws Exception {
        try (TlsPeer peer =
                TlsPeer.start(
                        context,
                        version,
                        (tls, plain) -> {
                            tls.getOutputStream().write(tls.getInputStream().readNBytes(3));
                            plain.shutdownOutput();
                            plain.getInputStream().transferTo(new ByteArrayOutputStream());
                        })) {
            Run run = pipe(peer, new byte[] {1, 2, 3, 4, 5});

            // The cut may come before the end of the input has been seen.
            assertThat(run.err())
                    .matches(
                            "echo-client: "
                                    + peer.target()
                                    + ": the stream was cut off: it ended without TLS's"
                                    + " close_notify after 3 of 5 bytes came back"
                                    + "(, with more to send)?\n");
            assertThat(run.exit()).isEqualTo(1);
        }
    }

    /** All is back, and yet nobody knows if the peer was done. */
    @Test
    void takesNoCutForAnEnd() throws Exception {
        try (TlsPeer peer =
                TlsPeer.start(
                        context,
                        "TLSv1.3",
                        (tls, plain) -> {
                            tls.getInputStream().transferTo(tls.getOutputStream());
                            plain.close();
                        })) {
            Run run = pipe(peer, new byte[] {1, 2, 3});

            assertThat(run.bytes()).isEqualTo(new byte[] {1, 2, 3});
            assertThat(run.err()).contains("the stream was cut off").contains("3 of 3 bytes");
            assertThat(run.exit()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void emptyInputEnds(String version) throws Exception {
        try (TlsPeer peer = TlsPeer.echo(context, version)) {
            assertThat(pipe(peer, new byte[0])).matches(run -> run.exit() == 0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void sendsAndChats(String version) throws Exception {
        try (TlsPeer peer = TlsPeer.echo(context, version)) {
            String target = peer.target().toString();
            String trusted = ca.file("ca.pem").toString();
            Run send = Run.patiently(new byte[0], "send", target, "hello", "--cacert", trusted);
            assertThat(send.err()).isEmpty();
            assertThat(send.out()).isEqualTo("hello\n");
            assertThat(send.exit()).isZero();
            Run chat =
                    Run.patiently(
                            new java.io.ByteArrayInputStream("one\ntwo\n".getBytes()),
                            true,
                            target,
                            "--cacert",
                            trusted);
            assertThat(chat.err()).isEmpty();
            assertThat(chat.out()).contains("from server: one", "from server: two");
            assertThat(chat.exit()).isZero();
        }
    }
}
