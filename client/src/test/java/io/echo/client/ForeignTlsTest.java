package io.echo.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.command.Run;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.testing.Await;
import io.echo.testing.FreePorts;
import io.echo.testing.Programs;
import io.echo.testing.TestCa;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client against TLS servers of OpenSSL that others wrote. */
@Timeout(120)
class ForeignTlsTest {
    @TempDir private static Path directory;
    private static TestCa ca;

    @BeforeAll
    static void issue() throws Exception {
        ca = TestCa.in(directory, "Test CA").issue("good", "DNS:localhost,IP:127.0.0.1");
    }

    /** A program that listens on a port until it is closed. */
    private record Server(Process process, Target target) implements AutoCloseable {
        static Server start(int port, String... words) throws Exception {
            List<String> command = new ArrayList<>(List.of(words));
            command.set(0, Programs.require(command.get(0)));
            Process process =
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            Server server = new Server(process, new Target(Protocol.TCP, "127.0.0.1", port, true));
            Await.until("listens", () -> listens(port));
            return server;
        }

        private static boolean listens(int port) {
            try (Socket socket = new Socket("127.0.0.1", port)) {
                return socket.isConnected();
            } catch (IOException e) {
                return false;
            }
        }

        @Override
        public void close() {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
            process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
        }
    }

    private static Run run(byte[] input, String... words) {
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--cacert", ca.file("ca.pem").toString()));
        return Run.patiently(input, all.toArray(String[]::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLS1.3", "TLS1.2"})
    void socat(String version) throws Exception {
        int port = FreePorts.first(1);
        String listen =
                ("OPENSSL-LISTEN:%d,bind=127.0.0.1,reuseaddr,fork,verify=0,cert=%s,key=%s,"
                                + "openssl-max-proto-version=%s")
                        .formatted(port, ca.file("good.pem"), ca.file("good.key"), version);
        try (Server server = Server.start(port, "socat", listen, "EXEC:cat")) {
            byte[] bytes = new byte[5_000_003];
            new Random(5).nextBytes(bytes);
            Run pipe = run(bytes, server.target().toString());
            assertThat(pipe.err()).isEmpty();
            assertThat(pipe.exit()).isZero();
            assertThat(pipe.bytes()).isEqualTo(bytes);
            Run ping = run(new byte[0], "ping", "" + server.target(), "-c", "3", "-i", "0.01");
            assertThat(ping.complaints()).isEmpty();
            assertThat(ping.out()).contains("3 sent, 3 received, 0 lost");
        }
    }

    /** It ends both directions at a close_notify, on TLS 1.3 too: one message at a time is safe. */
    @Test
    void ncat() throws Exception {
        int port = FreePorts.first(1);
        try (Server server =
                Server.start(
                        port,
                        "ncat",
                        "--ssl",
                        "--ssl-cert",
                        ca.file("good.pem").toString(),
                        "--ssl-key",
                        ca.file("good.key").toString(),
                        "-k",
                        "-l",
                        "127.0.0.1",
                        "" + port,
                        "--exec",
                        "/bin/cat")) {
            Run send = run(new byte[0], "send", server.target().toString(), "hello");
            assertThat(send).returns("", Run::err).returns("hello\n", Run::out);
        }
    }

    /** Starts openssl as a server, with these flags besides. */
    private static Server openssl(String... flags) throws Exception {
        int port = FreePorts.first(1);
        List<String> words =
                new ArrayList<>(
                        List.of(
                                "openssl",
                                "s_server",
                                "-accept",
                                "127.0.0.1:" + port,
                                "-cert",
                                ca.file("good.pem").toString(),
                                "-key",
                                ca.file("good.key").toString(),
                                "-quiet"));
        words.addAll(List.of(flags));
        return Server.start(port, words.toArray(String[]::new));
    }

    @Test
    void opensslThatHasOldVersionsAlone() throws Exception {
        try (Server server = openssl("-tls1_1", "-cipher", "ALL:@SECLEVEL=0")) {
            Run send = run(new byte[0], "send", server.target().toString(), "hello");
            assertThat(send.err())
                    .startsWith(
                            "echo-client: "
                                    + server.target()
                                    + ": the server and this client have no TLS version in common,"
                                    + " this client has 1.2 and 1.3");
            assertThat(send.exit()).isEqualTo(1);
        }
    }

    /** It sends back each line reversed, which is no echo: corrupt, and not for TLS. */
    @Test
    void opensslThatReverses() throws Exception {
        try (Server server = openssl("-rev")) {
            byte[] line = "abc\n".getBytes(StandardCharsets.UTF_8);
            Run pipe = run(line, server.target().toString());
            assertThat(pipe.out()).isEqualTo("cba\n");
            assertThat(pipe.exit()).isEqualTo(4);
        }
    }
}
