package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.testing.Certificates;
import io.echo.testing.Programs;
import io.echo.testing.Readme;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The flags of TLS, given to the runnable jar. */
@Timeout(60)
class TlsMainIT {
    @TempDir private Path directory;

    private ServerProcess start(String... arguments) throws IOException {
        return ServerProcess.start(directory.resolve("log"), arguments);
    }

    /** The lines of the README: OpenSSL's, and the server's with ports that are free. */
    @Test
    void doesWhatTheReadmeShows() throws Exception {
        String[] example = Readme.block("tls-example").replace("\\\n", " ").strip().split("\n");
        assertThat(example).hasSize(2);
        assertThat(
                        new ProcessBuilder("sh", "-c", "exec " + example[0])
                                .directory(directory.toFile())
                                .redirectErrorStream(true)
                                .redirectOutput(directory.resolve("out").toFile())
                                .start()
                                .waitFor())
                .isZero();
        String flags =
                example[1]
                        .replace("java -jar server/target/echo-server.jar ", "")
                        .replace("cert.pem", directory.resolve("cert.pem").toString())
                        .replace("key.pem", directory.resolve("key.pem").toString())
                        .replace("2107", "0");
        try (ServerProcess server = start(("--host 127.0.0.1 --port 0 " + flags).split(" +"))) {
            assertThat(server.ready()).matches("ready .* admin=\\S+ tls=127.0.0.1:\\d+ trans.*");
            Peers.Result echo =
                    Peers.run(
                            "hello\n".getBytes(StandardCharsets.US_ASCII),
                            Programs.require("ncat"),
                            "--ssl-verify",
                            "--ssl-trustfile",
                            directory.resolve("cert.pem").toString(),
                            "localhost",
                            "" + server.port("tls"));
            assertThat(echo.out()).as(echo.err()).asString().isEqualTo("hello\n");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--tls-port 0 --tls-cert CERT | 2 | --tls-key must be given with --tls-port, got"
                        + " none",
                "--tls-port 0 --tls-cert none.pem --tls-key KEY | 1 | --tls-cert must be a file"
                        + " that can be read, got none.pem: no such file",
                "--tls-port 0 --tls-cert CERT --tls-key KEY --host 203.0.113.7 | 1 | cannot bind"
                        + " 203.0.113.7",
            })
    void saysInOneLineWhatIsWrong(String arguments, int exitCode, String message) throws Exception {
        Certificates.Pair pair = new Certificates(directory).selfSigned(Certificates.LOCAL);
        String port = arguments.contains("--port ") ? "" : "--port 0 ";
        ServerProcess server = start((port + named(arguments, pair)).split(" +"));
        assertThat(server.exitCode()).isEqualTo(exitCode);
        assertThat(server.logLines())
                .singleElement()
                .asString()
                .startsWith("echo-server: " + named(message, pair));
        assertThat(server.ready()).isEmpty();
    }

    private static String named(String text, Certificates.Pair pair) {
        return text.replace("CERT", pair.certificate().toString())
                .replace("KEY", pair.key().toString());
    }

    @Test
    void takesFlagsFromTheEnvironment() throws Exception {
        Certificates.Pair pair = new Certificates(directory).selfSigned(Certificates.LOCAL);
        Map<String, String> environment =
                Map.of(
                        "ECHO_TLS_PORT",
                        "0",
                        "ECHO_TLS_CERT",
                        pair.certificate().toString(),
                        "ECHO_TLS_KEY",
                        pair.key().toString(),
                        "ECHO_PORT",
                        "0");
        try (ServerProcess server =
                ServerProcess.start(directory.resolve("log"), environment, ServerProcess.brief())) {
            assertThat(server.ready()).contains(" tls=");
        }
    }

    /** The port that is taken is named with its flag. */
    @Test
    void namesTheFlagOfAPortInUse() throws Exception {
        Certificates.Pair pair = new Certificates(directory).selfSigned(Certificates.LOCAL);
        List<String> files =
                List.of(
                        "--tls-cert", pair.certificate().toString(),
                        "--tls-key", pair.key().toString());
        try (ServerSocket taken = new ServerSocket(0)) {
            ServerProcess server =
                    start(
                            Stream.concat(
                                            files.stream(),
                                            Stream.of(
                                                    "--port",
                                                    "0",
                                                    "--tls-port",
                                                    "" + taken.getLocalPort()))
                                    .toArray(String[]::new));
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(Files.readString(directory.resolve("log")))
                    .startsWith("echo-server: cannot bind port " + taken.getLocalPort())
                    .contains("; set --tls-port");
        }
    }
}
