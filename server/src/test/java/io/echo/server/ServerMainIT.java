package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The runnable jar, started as a user starts it. */
@Timeout(120)
class ServerMainIT {
    private static final Path JAR = Path.of("target", "echo-server.jar");
    private static final Pattern LOG_LINE =
            Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\S+ (INFO |WARN ) .*");

    @TempDir private Path dir;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void printsOneReadyLineAndNothingButLogsAndStopsWithZero(Transport transport)
            throws Exception {
        TestServers.config(transport);
        Server server = start(Map.of(), "--port", "0", "--transport", transport.toString());
        String ready = server.out.readLine();
        assertThat(ready)
                .matches(
                        "ready udp=\\S*127\\.0\\.0\\.1:(\\d+)\\S* tcp=\\S+:\\1"
                                + " admin=127\\.0\\.0\\.1:\\d+ transport="
                                + transport + " loops=\\d+");
        try (Socket peer = new Socket("127.0.0.1", port(ready, "tcp"))) {
            peer.setSoTimeout(5_000);
            peer.getOutputStream().write(9);
            assertThat(peer.getInputStream().read()).isEqualTo(9);
        }
        assertThat(page(ready, "/metrics")).contains("echo_build_info{", "jvm_gc_");
        assertThat(page(ready, "/info")).contains("\"transport\": \"" + transport + "\"");
        server.terminate();
        assertThat(server.exitCode()).isZero();
        assertThat(server.out.readLine()).isNull();
        assertThat(server.err()).isNotEmpty().allMatch(LOG_LINE.asMatchPredicate());
    }

    @Test
    void stopsOnInterruptWithZero() throws Exception {
        Server server = start(Map.of(), "--port", "0", "--host", "127.0.0.1");
        server.out.readLine();
        assertThat(Peers.run(new byte[0], "sh", "-c", "kill -INT " + server.process.pid())
                                .exitCode())
                .isZero();
        assertThat(server.exitCode()).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--port 70000 | 2 | --port must be a number from 0 to 65535, got 70000",
                "--port x | 2 | --port must be a whole number, got x",
                "--loops 0 | 2 | --loops must be a number from 1 to 1024, got 0",
                "--transport kqueue | 2 | --transport must be nio, epoll, io_uring or auto,"
                        + " got kqueue",
                "--protocols sctp | 2 | --protocols must be udp, tcp or both, got sctp",
                "--no-such-flag | 2 | Unknown option: '--no-such-flag'",
                "--host 203.0.113.7 --port 0 | 1 | --host must be an address of this machine,"
                        + " got 203.0.113.7",
                "--host no.such.invalid --port 0 | 1 | --host must be an address or a name that"
                        + " resolves, got no.such.invalid",
            })
    void saysInOneLineWhatIsWrong(String arguments, int exitCode, String message)
            throws Exception {
        Server server = start(Map.of(), arguments.split(" "));
        assertThat(server.exitCode()).isEqualTo(exitCode);
        assertThat(server.err()).singleElement().asString()
                .startsWith("echo-server: " + message);
        assertThat(server.out.readLine()).isNull();
    }

    @Test
    void printsTheHelpThatTheReadmeShows() throws Exception {
        Server server = start(Map.of("ECHO_PORT", "9"), "--help");
        String help = server.out.lines().collect(Collectors.joining("\n"));
        assertThat(server.exitCode()).isZero();
        assertThat(Files.readString(Path.of("..", "README.md")))
                .contains("<!-- server-help -->\n```text\n" + help + "\n```");
    }

    @Test
    void refusesAPortInUse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0)) {
            String port = String.valueOf(taken.getLocalPort());
            Server server = start(Map.of(), "--port", port, "--admin-port", "off");
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(server.err()).singleElement().asString()
                    .startsWith("echo-server: --port must be free, got " + port);
        }
    }

    @Test
    void takesFlagsFromTheEnvironmentAndTheFlagWins() throws Exception {
        Server server =
                start(
                        Map.of(
                                "ECHO_PORT", "70000",
                                "ECHO_HOST", "127.0.0.1,::1",
                                "ECHO_ADMIN_PORT", "off",
                                "ECHO_LOOPS", "",
                                "ECHO_SOMETHING_ELSE", "1"),
                        "--port",
                        "0");
        assertThat(server.out.readLine())
                .matches("ready udp=127\\.0\\.0\\.1:\\d+,\\[::1]:\\d+ tcp=\\S+ transport=.*");
        server.terminate();
        assertThat(server.exitCode()).isZero();
    }

    @Test
    void namesTheVariableThatIsWrong() throws Exception {
        Server server = start(Map.of("ECHO_PORT", "70000"));
        assertThat(server.exitCode()).isEqualTo(2);
        assertThat(server.err()).singleElement().asString()
                .contains("got 70000 (from ECHO_PORT)");
    }

    @Test
    void ignoresWhatKubernetesSetsForAServiceNamedEcho() throws Exception {
        Server server =
                start(
                        Map.of(
                                "ECHO_PORT", "tcp://10.0.0.1:2105",
                                "ECHO_PORT_2105_UDP", "udp://10.0.0.1:2105",
                                "ECHO_SERVICE_HOST", "10.0.0.1",
                                "ECHO_ADMIN_PORT", "tcp://10.0.0.2:2106",
                                "ECHO_HOST", "127.0.0.1"),
                        "--admin-port", "0", "--port", "0");
        assertThat(server.out.readLine()).startsWith("ready udp=127.0.0.1:");
        server.terminate();
        assertThat(server.exitCode()).isZero();
        assertThat(server.err()).noneMatch(line -> line.contains("SERVICE_HOST"));
    }

    @Test
    void logsJsonWhenAsked() throws Exception {
        Server server =
                start(Map.of(), "--port", "0", "--host", "127.0.0.1", "--log-format", "json");
        server.out.readLine();
        server.terminate();
        assertThat(server.exitCode()).isZero();
        assertThat(server.err())
                .isNotEmpty()
                .allMatch(line -> line.startsWith("{") && line.endsWith("}"));
    }

    @Test
    void failsWhenTheReadyLineCannotBeWritten() throws Exception {
        File full = new File("/dev/full");
        if (!full.exists()) {
            Peers.require("/dev/full");
        }
        Process process =
                new ProcessBuilder(command("--port", "0", "--host", "127.0.0.1"))
                        .redirectOutput(full)
                        .redirectError(dir.resolve("err").toFile())
                        .start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(1);
        assertThat(Files.readString(dir.resolve("err")))
                .contains("echo-server: stdout must take the ready line");
    }

    @Test
    void answersHealthWithCurl() throws Exception {
        Server server = start(Map.of(), "--port", "0", "--host", "127.0.0.1");
        assertThat(page(server.out.readLine(), "/readyz")).isEqualTo("ok\n");
        server.terminate();
        assertThat(server.exitCode()).isZero();
    }

    private Server start(Map<String, String> environment, String... arguments)
            throws IOException {
        Path err = dir.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command(arguments));
        builder.environment().putAll(environment);
        Process process = builder.redirectError(err.toFile()).start();
        return new Server(
                process, new BufferedReader(new InputStreamReader(process.getInputStream())), err);
    }

    private static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-jar", JAR.toString()));
        command.addAll(Arrays.asList(arguments));
        return command;
    }

    private static String page(String ready, String path) throws IOException {
        URI uri = URI.create("http://127.0.0.1:" + port(ready, "admin") + path);
        try (var body = uri.toURL().openStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static int port(String ready, String field) {
        Matcher matcher = Pattern.compile(" " + field + "=\\S*?:(\\d+)[ ,]").matcher(ready + " ");
        assertThat(matcher.find()).as(ready).isTrue();
        return Integer.parseInt(matcher.group(1));
    }

    private record Server(Process process, BufferedReader out, Path errFile) {
        /** SIGTERM; {@code Process.destroy} would close the streams with it. */
        void terminate() {
            process.toHandle().destroy();
        }

        int exitCode() throws InterruptedException {
            try {
                assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("ends").isTrue();
                return process.exitValue();
            } finally {
                if (process.isAlive()) {
                    process.destroyForcibly(); // On one that has ended it would close the streams.
                }
            }
        }

        List<String> err() throws IOException {
            return Files.readAllLines(errFile);
        }
    }
}
