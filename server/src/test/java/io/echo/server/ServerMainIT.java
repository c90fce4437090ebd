package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import io.echo.net.Transport;
import io.echo.server.metrics.Counter;
import io.echo.testing.Await;
import io.echo.testing.Programs;
import io.echo.testing.Readme;
import io.echo.testing.RunnableJar;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The runnable jar, started as a user starts it. */
@Timeout(120)
class ServerMainIT {
    private static final Pattern LOG_LINE =
            Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\S+ (INFO |WARN ) .*");

    @TempDir private Path dir;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void printsOneReadyLineAndNothingButLogsAndStopsWithZero(Transport transport) throws Exception {
        TestServers.config(transport);
        ServerProcess server = start(Map.of(), "--port", "0", "--transport", transport.toString());
        assertThat(server.ready())
                .matches(
                        "ready udp=\\S*127\\.0\\.0\\.1:(\\d+)\\S* tcp=\\S+:\\1"
                                + " admin=127\\.0\\.0\\.1:\\d+ transport="
                                + transport
                                + " loops=\\d+");
        try (Socket peer = new Socket("127.0.0.1", server.port("tcp"))) {
            peer.setSoTimeout(20_000);
            peer.getOutputStream().write(9);
            assertThat(peer.getInputStream().read()).isEqualTo(9);
        }
        assertThat(page(server, "/metrics")).contains("echo_build_info{", "jvm_gc_");
        assertThat(page(server, "/info")).contains("\"transport\": \"" + transport + "\"");
        server.terminate();
        assertThat(server.exitCode()).isZero();
        assertThat(server.restOfOut()).isEmpty();
        List<String> log = server.logLines();
        assertThat(log).allMatch(LOG_LINE.asMatchPredicate());
        assertThat(String.join("\n", log))
                .contains("listening " + server.ready().substring("ready ".length()))
                .contains(" trusted without limit: loopback and this host's IPv4 addresses; ")
                .contains("limits udp-rate=1000/s udp-bytes-rate=1048576/s trusted-rate=1000000/s")
                .contains(" trusted=default ", "memory at most: heap ");
        assertThat(log).last().asString().contains(" stopped: ");
        assertThat(server.totals())
                .isEqualTo(
                        Map.of(
                                Counter.TCP_ACCEPTED, 1L,
                                Counter.TCP_CLOSED_PEER, 1L,
                                Counter.TCP_RECEIVED_BYTES, 1L,
                                Counter.TCP_ECHOED_BYTES, 1L));
    }

    @Test
    void stopsOnInterruptWithZero() throws Exception {
        ServerProcess server =
                ServerProcess.start(
                        dir.resolve("log"),
                        Map.of(),
                        Programs.interruptible(
                                ServerProcess.brief("--port", "0", "--host", "127.0.0.1")));
        assertThat(Peers.run(new byte[0], "sh", "-c", "kill -INT " + server.pid()).exitCode())
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
                "--allow , | 2 | --allow must be a list without empty items, got , (see echo-server"
                        + " --help)",
                "--proxy-from= | 2 | --proxy-from must be a list without empty items, got nothing",
                "--proxy-from 10.0.0.5, | 2 | --proxy-from must be a list without empty items, got"
                        + " 10.0.0.5,",
                "--proxy-from balancer | 2 | --proxy-from must be an address or a block such as"
                        + " 192.0.2.0/24 or 2001:db8::/32, got balancer",
                "--proxy-from 10.0.0.0/33 | 2 | --proxy-from must be an address or a block such as"
                        + " 192.0.2.0/24 or 2001:db8::/32, got 10.0.0.0/33",
                "--proxy-from 10.0.0.5/8 | 2 | --proxy-from must have no bits beyond its prefix,"
                        + " got 10.0.0.5/8",
                "--no-such-flag | 2 | unknown flag --no-such-flag (see echo-server --help)",
                "completoin bash | 2 | unknown command completoin; did you mean completion? (see"
                        + " echo-server --help)",
                "2105 | 2 | one argument too many: 2105 (see echo-server --help)",
                "@no-such-file | 2 | cannot read the file of @no-such-file (see echo-server"
                        + " --help)",
                "--port= | 2 | --port must be a whole number, got nothing (see echo-server"
                        + " --help)",
                "--prot=1 | 2 | unknown flag --prot; did you mean --port? (see echo-server --help)",
                "--host 203.0.113.7 --port 0 | 1 | cannot bind 203.0.113.7: not an address of this"
                        + " machine; set --host",
                "--host no.such.invalid --port 0 | 1 | --host must be an address or a name that"
                        + " resolves, got no.such.invalid",
            })
    void saysInOneLineWhatIsWrong(String arguments, int exitCode, String message) throws Exception {
        ServerProcess server = start(Map.of(), arguments.split(" "));
        assertThat(server.exitCode()).isEqualTo(exitCode);
        assertThat(server.logLines())
                .singleElement()
                .asString()
                .startsWith("echo-server: " + message);
        assertThat(server.ready()).isEmpty();
    }

    @Test
    void warnsOfABalancerThatIsAnybody() throws Exception {
        String[] flags = {"--port", "0", "--host", "127.0.0.1"};
        ServerProcess server = start(Map.of("ECHO_PROXY_FROM", "::/0,10.0.0.5"), flags);
        assertThat(server.ready()).isNotEmpty();
        server.terminate();
        assertThat(server.exitCode()).isZero();
        assertThat(String.join("\n", server.logLines()))
                .contains(" proxy-from=::/0,10.0.0.5/32 ")
                .contains("--proxy-from ::/0,10.0.0.5/32 believes anybody");
    }

    @Test
    void printsTheHelpThatTheReadmeShows() throws Exception {
        ServerProcess server = start(Map.of("ECHO_PORT", "9"), "--help");
        String help = server.ready() + "\n" + String.join("\n", server.restOfOut());
        assertThat(server.exitCode()).isZero();
        assertThat(Readme.block("server-help")).isEqualTo(help + "\n");
    }

    @Test
    void refusesAPortInUse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0)) {
            String port = String.valueOf(taken.getLocalPort());
            ServerProcess server = start(Map.of(), "--port", port, "--admin-port", "off");
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(server.logLines())
                    .singleElement()
                    .asString()
                    .startsWith("echo-server: cannot bind port " + port);
        }
    }

    @Test
    void takesFlagsFromTheEnvironmentAndTheFlagWins() throws Exception {
        ServerProcess server =
                start(
                        Map.of(
                                "ECHO_PORT", "70000",
                                "ECHO_HOST", "127.0.0.1,127.0.0.2",
                                "ECHO_ADMIN_PORT", "off",
                                "ECHO_LOOPS", "",
                                "ECHO_SOMETHING_ELSE", "1"),
                        "--port",
                        "0");
        assertThat(server.ready())
                .matches(
                        "ready udp=127\\.0\\.0\\.1:\\d+,127\\.0\\.0\\.2:\\d+ tcp=\\S+"
                                + " transport=.*");
        server.terminate();
        assertThat(server.exitCode()).isZero();
    }

    /** Also an address of a Service where Kubernetes sets none: ignored, it would open a list. */
    @ParameterizedTest
    @CsvSource({
        "ECHO_PORT, 70000",
        "ECHO_ALLOW, tcp://10.0.0.0/8",
        "ECHO_TRUSTED, tcp://none",
        "ECHO_HOST, udp://127.0.0.1",
    })
    void namesTheVariableThatIsWrong(String variable, String value) throws Exception {
        ServerProcess server = start(Map.of(variable, value));
        assertThat(server.exitCode()).isPositive();
        assertThat(server.logLines())
                .singleElement()
                .asString()
                .contains("got " + value + " (from " + variable + ")");
    }

    @Test
    void namesTheVariableOfANameThatDoesNotResolve() throws Exception {
        ServerProcess server = start(Map.of("ECHO_HOST", "no.such.invalid"), "--port", "0");
        assertThat(server.exitCode()).isEqualTo(1);
        assertThat(server.logLines())
                .containsExactly(
                        "echo-server: --host must be an address or a name that resolves, got"
                                + " no.such.invalid (from ECHO_HOST)");
    }

    @Test
    void warnsOfAVariableThatItDoesNotKnow() throws Exception {
        ServerProcess server =
                start(Map.of("ECHO_PROT", "7", "ECHO_HOST", "127.0.0.1"), "--port", "0");
        server.terminate();
        assertThat(server.exitCode()).isZero();
        assertThat(server.logLines().get(0))
                .endsWith(
                        "WARN  ECHO_PROT is not the variable of a flag: ignored; did you mean"
                                + " ECHO_PORT?");
    }

    @Test
    void refusesAVariableOfEmptyItems() throws Exception {
        ServerProcess server = start(Map.of("ECHO_ALLOW", ",", "ECHO_DENY", ""), "--port", "0");
        assertThat(server.exitCode()).isEqualTo(2);
        assertThat(server.logLines())
                .containsExactly(
                        "echo-server: --allow must be a list without empty items, got ,"
                                + " (from ECHO_ALLOW) (see echo-server --help)");
    }

    @Test
    void ignoresWhatKubernetesSetsForAServiceNamedEcho() throws Exception {
        ServerProcess server =
                start(
                        Map.of(
                                "ECHO_PORT", "tcp://10.0.0.1:2105",
                                "ECHO_PORT_2105_UDP", "udp://10.0.0.1:2105",
                                "ECHO_SERVICE_HOST", "10.0.0.1",
                                "ECHO_ADMIN_PORT", "tcp://10.0.0.2:2106",
                                "ECHO_HOST", "127.0.0.1"),
                        "--admin-port",
                        "0",
                        "--port",
                        "0");
        assertThat(server.ready()).startsWith("ready udp=127.0.0.1:");
        server.terminate();
        assertThat(server.exitCode()).isZero();
        assertThat(server.logLines()).noneMatch(line -> line.contains("SERVICE_HOST"));
    }

    @Test
    void logsJsonWhenAsked() throws Exception {
        ServerProcess server =
                start(Map.of(), "--port", "0", "--host", "127.0.0.1", "--log-format", "json");
        server.terminate();
        assertThat(server.exitCode()).isZero();
        assertThat(server.logLines())
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .allMatch(event -> event.has("timestamp") && event.has("level"))
                .map(event -> event.get("formattedMessage").getAsString().split(" ")[0])
                .startsWith("listening", "memory", "limits")
                .endsWith("stopping", "stopped:");
    }

    @Test
    void failsWhenTheReadyLineCannotBeWritten() throws Exception {
        if (!Files.exists(Path.of("/dev/full"))) {
            Programs.require("/dev/full");
        }
        ServerProcess server =
                ServerProcess.start(
                        dir.resolve("log"),
                        Map.of(),
                        ServerProcess.behind(
                                List.of("sh", "-c", "exec \"$@\" > /dev/full", "sh"),
                                ServerProcess.brief("--port", "0", "--host", "127.0.0.1")));
        assertThat(server.exitCode()).isEqualTo(1);
        assertThat(server.log())
                .contains("echo-server: cannot write to standard output: No space left on device");
    }

    @Test
    void answersHealthWithCurl() throws Exception {
        ServerProcess server = start(Map.of(), "--port", "0", "--host", "127.0.0.1");
        assertThat(page(server, "/readyz")).isEqualTo("ok\n");
        server.terminate();
        assertThat(server.exitCode()).isZero();
    }

    /** Proxies are for strangers; the server asks itself. */
    @Test
    void echoesToItselfAlsoWhereTheJvmHasAProxy() throws Exception {
        List<String> proxied =
                List.of(
                        RunnableJar.BRIEF,
                        "-DsocksProxyHost=127.0.0.1",
                        "-DsocksProxyPort=1",
                        "-DsocksNonProxyHosts=",
                        "-Dhttp.proxyHost=127.0.0.1",
                        "-Dhttp.proxyPort=1",
                        "-Dhttp.nonProxyHosts=");
        ServerProcess server =
                ServerProcess.start(
                        dir.resolve("log"),
                        Map.of(),
                        ServerProcess.jar(proxied, "--port", "0", "--host", "127.0.0.1"));
        for (String protocol : List.of("udp", "tcp")) {
            String ok = "echo_probes_total{protocol=\"" + protocol + "\",result=\"ok\"}";
            Await.until(ok, () -> Metric.value(page(server, "/metrics"), ok) > 0);
        }
        server.stop();
    }

    private ServerProcess start(Map<String, String> environment, String... arguments)
            throws IOException {
        return ServerProcess.start(dir.resolve("log"), environment, ServerProcess.brief(arguments));
    }

    private static String page(ServerProcess server, String path) throws IOException {
        URI uri = URI.create("http://127.0.0.1:" + server.port("admin") + path);
        try (var body = uri.toURL().openStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
