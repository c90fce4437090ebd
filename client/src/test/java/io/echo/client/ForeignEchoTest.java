package io.echo.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.command.Run;
import io.echo.net.Protocol;
import io.echo.net.Target;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Send, pipe and chat against echo servers that others wrote. */
@Timeout(120)
class ForeignEchoTest {
    @TempDir private Path directory;

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void socat(Protocol protocol) throws Exception {
        try (ForeignServer server = ForeignServer.socat(protocol, directory)) {
            talk(server.target());
            ping(server.target(), "50ms");
            pipe(server.target());
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void xinetd(Protocol protocol) throws Exception {
        try (ForeignServer server = ForeignServer.xinetd(protocol, directory)) {
            talk(server.target());
            ping(server.target(), "500ms");
            // It answers one or two datagrams of a burst: seen with a ten-line client as well.
            if (protocol == Protocol.TCP) {
                pipe(server.target());
            }
        }
    }

    @Test
    void tenLinesOfPythonOverUdp() throws Exception {
        try (ForeignServer server = ForeignServer.python(Protocol.UDP, directory)) {
            talk(server.target());
            ping(server.target(), "50ms");
            pipe(server.target());
            Run empty =
                    Run.patiently(
                            new byte[] {'\n'}, server.target().toString(), "--transport=auto");
            assertThat(empty).isEqualTo(new Run(0, empty.bytes(), ""));
        }
    }

    @Test
    void tenLinesOfPythonOverTcpCloseAfterOneReply() throws Exception {
        try (ForeignServer server = ForeignServer.python(Protocol.TCP, directory)) {
            assertThat(Run.patiently(bytes(""), "send", server.target().toString(), "hello").out())
                    .isEqualTo("hello\n");
            assertThat(Run.patiently(bytes("hello"), server.target().toString()).out())
                    .isEqualTo("hello");
            assertThat(Run.with(new byte[100_000], server.target().toString()).err())
                    .contains(": connection ");
            Run ping = Run.with(bytes(""), "ping", server.target().toString(), "-c5", "-i10s");
            assertThat(ping.exit()).isEqualTo(1);
            assertThat(ping.out()).contains("1 sent, 1 received, 0 lost");
            assertThat(ping.err()).contains(": connection closed by the peer after message 1 of 5");
        }
    }

    private static void talk(Target target) {
        Run send = Run.patiently(bytes(""), "send", target.toString(), "grüße");
        assertThat(send.err()).isEmpty();
        assertThat(send.out()).isEqualTo("grüße\n");

        Run chat = Run.patiently(new ByteArrayInputStream(bytes("hello\n")), true, "" + target);
        assertThat(chat.err()).isEmpty();
        assertThat(chat.out()).startsWith("Enter a message: from server: hello (");
    }

    private static void ping(Target target, String interval) {
        Run ping =
                Run.patiently(
                        bytes(""), "ping", target.toString(), "-c5", "-i" + interval, "-s1000");
        assertThat(ping.err()).isEmpty();
        assertThat(ping.exit()).isZero();
        assertThat(ping.out())
                .contains("5 sent, 5 received, 0 lost, 0 late, 0 duplicated, 0 corrupted");
    }

    private static void pipe(Target target) {
        byte[] input;
        if (target.protocol() == Protocol.UDP) {
            StringBuilder lines = new StringBuilder();
            for (int i = 0; i < 100; i++) {
                lines.append("line ").append(i).append('\n');
            }
            input = bytes(lines.toString());
        } else {
            input = new byte[5_000_000];
            new Random(7).nextBytes(input);
        }

        Run run = Run.patiently(input, target.toString());

        assertThat(run.err()).isEmpty();
        assertThat(run.exit()).isZero();
        assertThat(run.bytes()).hasSameSizeAs(input);
        if (target.protocol() == Protocol.UDP) {
            assertThat(run.out().lines())
                    .containsExactlyInAnyOrderElementsOf(
                            new String(input, StandardCharsets.UTF_8).lines().toList());
        } else {
            assertThat(run.bytes()).isEqualTo(input);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
