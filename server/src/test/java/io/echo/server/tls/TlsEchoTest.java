package io.echo.server.tls;

import static io.echo.server.tls.TlsPeer.TLS_12;
import static io.echo.server.tls.TlsPeer.TLS_13;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.Http;
import io.echo.server.Metric;
import io.echo.server.TestServers;
import io.echo.server.config.ServerConfig.TcpLimits;
import io.echo.server.metrics.Counter;
import io.echo.testing.Await;
import io.echo.testing.Certificates;
import io.echo.testing.Programs;
import io.echo.testing.TestCa;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The port for TLS over real sockets; the peer is the JDK's own socket, or none of TLS. */
@Timeout(120)
class TlsEchoTest {
    private static final int MIB = 1 << 20;

    @TempDir private static Path folder;

    private static Certificates.Pair pair;
    private static TestCa issuer;

    @BeforeAll
    static void certify() throws Exception {
        pair = new Certificates(folder).selfSigned(Certificates.LOCAL);
        issuer = TestCa.in(folder.resolve("ca"), "clients").issue("client", "DNS:client");
    }

    private static EchoServer start(Transport transport) throws IOException {
        return EchoServer.start(TlsPeer.config(transport, pair));
    }

    private static double handshakes(EchoServer server, String result) throws IOException {
        return Metric.value(
                Http.get(server, "/metrics").body(),
                "echo_tls_handshakes_total{result=\"" + result + "\"}");
    }

    private static Stream<Arguments> transportsAndVersions() {
        return Stream.of(Transport.values())
                .flatMap(on -> Stream.of(Arguments.of(on, TLS_13), Arguments.of(on, TLS_12)));
    }

    @ParameterizedTest
    @MethodSource("transportsAndVersions")
    void echoesBytesInOrder(Transport transport, String version) throws IOException {
        try (EchoServer server = start(transport);
                SSLSocket peer = TlsPeer.connect(server, pair.certificate(), version)) {
            Random random = new Random(5);
            int all = 0;
            for (int i = 0; i < 60; i++) {
                byte[] sent = new byte[1 + random.nextInt(40_000)];
                random.nextBytes(sent);
                peer.getOutputStream().write(sent);
                assertThat(peer.getInputStream().readNBytes(sent.length)).isEqualTo(sent);
                all += sent.length;
            }
            assertThat(peer.getSession().getProtocol()).isEqualTo(version);
            long echoed = all;
            TestServers.await(
                    server,
                    c ->
                            c.get(Counter.TCP_ECHOED_BYTES) == echoed
                                    && c.get(Counter.TCP_RECEIVED_BYTES) == echoed);
            assertThat(handshakes(server, "ok")).isEqualTo(1);
        }
    }

    /** RFC 8446, section 6.1: a close_notify ends one direction. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void echoesEveryByteAfterHalfCloseAlsoToALateReader(Transport transport) throws Exception {
        try (EchoServer server = start(transport);
                SSLSocket peer = TlsPeer.connect(server, pair.certificate(), TLS_13)) {
            byte[] all = new byte[4 * MIB];
            new Random(7).nextBytes(all);
            CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> sendAll(peer, all));
            // The reader starts late: reading has stopped in the server, and records wait there.
            Await.until(
                    "the server is stuck",
                    () -> TestServers.counted(server).get(Counter.TCP_PENDING_BYTES) > 0);
            MessageDigest in = MessageDigest.getInstance("SHA-256");
            InputStream replies = new DigestInputStream(peer.getInputStream(), in);
            assertThat(replies.transferTo(OutputStream.nullOutputStream())).isEqualTo(all.length);
            sent.get(20, TimeUnit.SECONDS);
            assertThat(in.digest()).isEqualTo(MessageDigest.getInstance("SHA-256").digest(all));
            TestServers.assertCounted(
                    server,
                    Map.of(
                            Counter.TCP_RECEIVED_BYTES,
                            (long) all.length,
                            Counter.TCP_ECHOED_BYTES,
                            (long) all.length,
                            Counter.TCP_ACCEPTED,
                            1L,
                            Counter.TCP_CLOSED_PEER,
                            1L));
        }
    }

    private static void sendAll(SSLSocket peer, byte[] all) {
        try {
            peer.getOutputStream().write(all);
            peer.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A full queue holds back records, and the end of the input behind them; what they are when the
     * queue has drained is more than the kernel takes at once.
     */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void echoesWhatWasHeldBackWhenTheInputEnded(Transport transport) throws Exception {
        try (EchoServer server = start(transport)) {
            for (int round = 0; round < 3; round++) {
                try (SSLSocket peer = TlsPeer.connect(server, pair.certificate(), TLS_13)) {
                    byte[] all = new byte[900_000 + 100_000 * round];
                    new Random(round).nextBytes(all);
                    CompletableFuture<Void> sent =
                            CompletableFuture.runAsync(() -> sendAll(peer, all));
                    Await.until("something waits", () -> pending(server) > 0);
                    byte[] back = peer.getInputStream().readNBytes(all.length);
                    assertThat(Arrays.mismatch(back, all)).as("first wrong byte").isEqualTo(-1);
                    assertThat(peer.getInputStream().read()).isEqualTo(-1);
                    sent.get(20, TimeUnit.SECONDS);
                }
                TestServers.await(server, c -> c.get(Counter.TCP_OPEN) == 0);
            }
        }
    }

    /** The reader of an ended stream can tell the end from a cut: close_notify came before FIN. */
    @ParameterizedTest
    @MethodSource("transportsAndVersions")
    @SuppressWarnings("try") // Closing twice is the point.
    void endsWithACloseNotifyWhenItStops(Transport transport, String version) throws IOException {
        try (EchoServer server = start(transport);
                SSLSocket peer = TlsPeer.connect(server, pair.certificate(), version)) {
            peer.getOutputStream().write(1);
            assertThat(peer.getInputStream().read()).isEqualTo(1);
            server.close();
            assertThat(peer.getInputStream().read()).isEqualTo(-1);
        }
    }

    /** A full queue holds records back as they came: each would take a write of its own. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    @SuppressWarnings("try") // The peer is closed while it sends.
    void holdsFewOfTheTinyRecordsOfAPeerThatNeverReads(Transport transport) throws Exception {
        try (EchoServer server = start(transport);
                SSLSocket peer = TlsPeer.connect(server, pair.certificate(), TLS_13)) {
            CompletableFuture<Void> sent =
                    CompletableFuture.runAsync(
                            () -> {
                                try {
                                    while (true) {
                                        peer.getOutputStream().write(1);
                                    }
                                } catch (IOException e) {
                                    // Closed by the test.
                                }
                            });
            long[] last = {-1};
            Await.until(
                    "nothing is read any more",
                    () -> {
                        TestServers.pause(50_000_000);
                        long now = server.addresses().tls().isEmpty() ? 0 : received(server);
                        boolean same = now == last[0] && now > 0;
                        last[0] = now;
                        return same && pending(server) > 0;
                    });
            // 64 writes of one byte, and what one flush of them merged into a record.
            assertThat(pending(server)).isBetween(1L, 256L);
            peer.close();
            sent.get(20, TimeUnit.SECONDS);
        }
    }

    private static long pending(EchoServer server) {
        return TestServers.counted(server).get(Counter.TCP_PENDING_BYTES);
    }

    private static long received(EchoServer server) {
        return TestServers.counted(server).get(Counter.TCP_RECEIVED_BYTES);
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void refusesWhatIsNotTls(Transport transport) throws IOException {
        try (EchoServer server = start(transport)) {
            for (String plain : List.of("hello\n", "GET / HTTP/1.1\r\n\r\n", "\r\n\r\n\r\n")) {
                try (Socket peer = TlsPeer.plain(server)) {
                    peer.getOutputStream().write(plain.getBytes(US_ASCII));
                    byte[] answer = peer.getInputStream().readAllBytes();
                    assertThat(new String(answer, StandardCharsets.ISO_8859_1))
                            .doesNotContain(plain);
                }
            }
            assertThat(handshakes(server, "plain")).isEqualTo(3);
            TestServers.assertCounted(
                    server, Map.of(Counter.TCP_ACCEPTED, 3L, Counter.TCP_CLOSED_RESET, 3L));
        }
    }

    /** A health check that only connects breaks nothing. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void countsWhoLeavesBeforeTheHandshake(Transport transport) throws IOException {
        try (EchoServer server = start(transport)) {
            try (Socket peer = TlsPeer.plain(server)) {
                peer.shutdownOutput();
                peer.getInputStream().readAllBytes(); // Alerts at most.
            }
            TestServers.await(server, c -> c.get(Counter.TCP_OPEN) == 0);
            assertThat(handshakes(server, "closed")).isEqualTo(1);
            TestServers.assertCounted(
                    server, Map.of(Counter.TCP_ACCEPTED, 1L, Counter.TCP_CLOSED_PEER, 1L));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void asksForACertificateOfTheClient(Transport transport) throws IOException {
        Path trusted = issuer.file("ca.pem");
        Certificates.Pair known = issuer.pair("client");
        Certificates.Pair unknown = pair;
        try (EchoServer server =
                EchoServer.start(TlsPeer.config(transport, pair, Optional.of(trusted)))) {
            try (SSLSocket peer =
                    TlsPeer.connect(
                            server, TlsPeer.context(pair.certificate(), Optional.of(known)))) {
                peer.getOutputStream().write(1);
                assertThat(peer.getInputStream().read()).isEqualTo(1);
            }
            for (Optional<Certificates.Pair> own :
                    List.of(Optional.<Certificates.Pair>empty(), Optional.of(unknown))) {
                // TLS 1.3: the client learns of it when it reads.
                assertThatThrownBy(
                                () -> {
                                    try (SSLSocket peer =
                                            TlsPeer.connect(
                                                    server,
                                                    TlsPeer.context(pair.certificate(), own))) {
                                        peer.getOutputStream().write(1);
                                        peer.getInputStream().read();
                                    }
                                })
                        .isInstanceOf(SSLException.class);
            }
            assertThat(handshakes(server, "ok")).isEqualTo(1);
            assertThat(handshakes(server, "failed")).isEqualTo(2);
        }
    }

    /**
     * New keys, which the JDK works out on the loop: OpenSSL sends one with the line behind a K.
     */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void endsAPeerThatSendsManyNewKeys(Transport transport) throws Exception {
        try (EchoServer server = start(transport)) {
            Process client =
                    new ProcessBuilder(
                                    Programs.require("openssl"),
                                    "s_client",
                                    "-connect",
                                    "127.0.0.1:" + TlsPeer.port(server),
                                    "-tls1_3",
                                    "-brief")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            try (OutputStream commands = client.getOutputStream()) {
                for (int line = 0; line < 1_000 && client.isAlive(); line++) {
                    commands.write((line % 2 == 0 ? "K\n" : "x\n").getBytes(US_ASCII));
                    commands.flush();
                    TestServers.pause(2_000_000); // It takes one command of each read.
                }
            } catch (IOException e) {
                // It has ended.
            }
            try {
                TestServers.await(server, c -> c.get(Counter.TCP_CLOSED_RESET) == 1);
            } finally {
                client.destroyForcibly();
            }
        }
    }

    /** Its places and its limits are those of every connection. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void isUnderTheLimitOfConnections(Transport transport) throws IOException {
        try (EchoServer server =
                EchoServer.start(
                        TlsPeer.config(transport, pair)
                                .withTcp(
                                        new TcpLimits(
                                                OptionalInt.of(1),
                                                OptionalInt.empty(),
                                                100,
                                                Duration.ofMinutes(1),
                                                Duration.ofMinutes(1),
                                                Duration.ofMinutes(1))))) {
            try (SSLSocket peer = TlsPeer.connect(server, pair.certificate())) {
                peer.getOutputStream().write(1);
                assertThat(peer.getInputStream().read()).isEqualTo(1);
                assertThatThrownBy(() -> TlsPeer.connect(server, pair.certificate()).close())
                        .isInstanceOf(IOException.class);
            }
            assertThat(TestServers.counted(server).get(Counter.TCP_REJECTED_LIMIT)).isEqualTo(1);
        }
    }
}
