package io.echo.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.echo.cli.Build;
import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.EmbeddingMain;
import io.echo.server.Http;
import io.echo.server.Metric;
import io.echo.server.Peers;
import io.echo.server.TestServers;
import io.echo.server.admission.RateLimiter;
import io.echo.server.config.ServerConfig;
import io.echo.server.metrics.Counter;
import io.echo.server.metrics.TimeHistogram;
import io.echo.testing.Readme;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checks a scrape of the metrics, and what the README says about it. */
@Timeout(60)
public class MetricsTest {
    @TempDir private Path folder;

    private static final Duration DAY = Duration.ofDays(1);

    @Test
    void showsEveryCounterUnderItsNameAndWithItsValue() throws IOException {
        try (EchoServer server = TestServers.start(Transport.NIO);
                DatagramSocket udp = new DatagramSocket();
                Socket tcp = new Socket(TestServers.loopback(), TestServers.port(server))) {
            udp.setSoTimeout(20_000);
            udp.send(new DatagramPacket(new byte[100], 100, TestServers.udp(server)));
            udp.receive(new DatagramPacket(new byte[100], 100));
            tcp.setSoTimeout(20_000);
            tcp.getOutputStream().write(new byte[1_000]);
            tcp.getInputStream().readNBytes(1_000);
            String scrape = Http.get(server, "/metrics").body();
            TestServers.metrics(server)
                    .snapshot()
                    .forEach(
                            (counter, value) ->
                                    assertThat(Metric.value(scrape, series(counter)))
                                            .as(counter.name())
                                            .isEqualTo(value.doubleValue()));
            assertThat(Metric.value(scrape, "echo_udp_bytes_received_total")).isEqualTo(100);
            assertThat(Metric.value(scrape, "echo_tcp_bytes_echoed_total")).isEqualTo(1_000);
            assertThat(Metric.value(scrape, "echo_time_seconds_count{protocol=\"udp\"}"))
                    .isEqualTo(1);
            assertThat(Metric.value(scrape, "echo_tcp_connections_open")).isEqualTo(1);
        }
    }

    /** The counter as a scrape names it, with its reason. */
    private static String series(Counter counter) {
        return counter.metric()
                + counter.reason().map(why -> "{reason=\"" + why + "\"}").orElse("");
    }

    private static ServerConfig withSmallLimits() {
        return TestServers.untrusting(Transport.NIO)
                .withUdp(new ServerConfig.UdpLimits(0.01, 4_096, 1_400, Set.of()))
                .withTcp(
                        new ServerConfig.TcpLimits(
                                OptionalInt.of(5), OptionalInt.of(3), 50, Duration.ZERO, DAY, DAY));
    }

    @Test
    void showsLimitsBesideTheirUse() throws IOException {
        ServerConfig config = withSmallLimits();
        try (EchoServer server = EchoServer.start(config);
                DatagramSocket udp = new DatagramSocket();
                Socket one = new Socket(TestServers.loopback(), TestServers.port(server));
                Socket two = new Socket(TestServers.loopback(), TestServers.port(server))) {
            udp.setSoTimeout(20_000);
            udp.send(new DatagramPacket(new byte[100], 100, TestServers.udp(server)));
            udp.receive(new DatagramPacket(new byte[100], 100));
            for (Socket tcp : List.of(one, two)) {
                tcp.getOutputStream().write(1);
                tcp.getInputStream().read();
            }
            String scrape = Http.get(server, "/metrics").body();
            Map<String, Number> shown =
                    new LinkedHashMap<>(
                            Map.of(
                                    "tcp_connections_open",
                                    2,
                                    "tcp_connections_limit",
                                    5,
                                    "tcp_source_connections_open",
                                    2,
                                    "tcp_source_connections_limit",
                                    3,
                                    "udp_sources",
                                    1,
                                    "udp_sources_limit",
                                    RateLimiter.SLOTS,
                                    "admin_connections_open",
                                    1,
                                    "admin_connections_limit",
                                    AdminServer.MAX_CONNECTIONS));
            shown.putAll(
                    Map.of(
                            "tcp_source_accepts_limit",
                            50,
                            "udp_source_datagrams_limit",
                            0.01,
                            "udp_source_bytes_limit",
                            4_096,
                            "udp_datagram_bytes_limit",
                            1_400,
                            "heap_bytes_limit",
                            Runtime.getRuntime().maxMemory()));
            shown.forEach(
                    (name, value) ->
                            assertThat(Metric.value(scrape, "echo_" + name))
                                    .as(name)
                                    .isEqualTo(value.doubleValue()));
        }
    }

    @Test
    void tellsWhatItIsAndWhatHoldsIt() throws IOException {
        Instant before = Instant.now();
        ServerConfig config =
                TestServers.config(Transport.NIO)
                        .withUdp(
                                new ServerConfig.UdpLimits(
                                        0.5, 1.5e6, 1_400, Set.of(2_049, 1_000, 53, 1_001, 1_002)));
        try (EchoServer server = EchoServer.start(config)) {
            JsonObject info =
                    JsonParser.parseString(Http.get(server, "/info").body()).getAsJsonObject();
            assertThat(info.keySet())
                    .containsExactly(
                            "version",
                            "commit",
                            "transport",
                            "jdk",
                            "started",
                            "loops",
                            "udp",
                            "tcp",
                            "limits");
            assertThat(info.get("version").getAsString()).isEqualTo(Build.version());
            assertThat(info.get("commit").getAsString()).isEqualTo(Build.commit());
            assertThat(info.get("transport").getAsString()).isEqualTo("nio");
            assertThat(info.get("jdk").getAsString()).isEqualTo(Runtime.version().toString());
            assertThat(Instant.parse(info.get("started").getAsString()))
                    .isBetween(before, Instant.now());
            assertThat(info.get("loops").getAsInt()).isEqualTo(2);
            String address = "127.0.0.1:" + TestServers.port(server);
            assertThat(info.getAsJsonArray("udp"))
                    .map(JsonElement::getAsString)
                    .containsExactly(address);
            assertThat(info.getAsJsonArray("tcp"))
                    .map(JsonElement::getAsString)
                    .containsExactly(address);
            Map<String, String> limits = new LinkedHashMap<>();
            info.getAsJsonObject("limits")
                    .asMap()
                    .forEach((flag, value) -> limits.put(flag, value.getAsString()));
            assertThat(limits)
                    .containsEntry("udp-rate", "0.5/s")
                    .containsEntry("udp-bytes-rate", "1500000/s")
                    .containsEntry("max-datagram", "1400")
                    .containsEntry("idle-timeout", "300s")
                    .containsEntry("deny", "none")
                    .containsEntry("proxy-from", "none")
                    .containsEntry("allow-source-ports", "53,1000-1002,2049");
        }
    }

    /** A task that is due ten times a second is 300 ms late after its loop was away for 400. */
    @Test
    void tellsHowLateLoopsRun() throws IOException {
        try (EchoServer server = TestServers.start(Transport.NIO)) {
            TestServers.loops(server)
                    .all()
                    .get(0)
                    .eventLoop()
                    .submit(() -> TestServers.pause(400_000_000))
                    .syncUninterruptibly();
            Http.await(
                    server,
                    "/metrics",
                    a -> Metric.value(a.body(), "echo_loop_lag_seconds_sum") >= 0.3);
        }
    }

    /** Metrics in the last column of the README's table must be in a scrape. */
    @Test
    void showsWhatAlertsAskOfTheJvmAndOfNetty() throws IOException {
        String readme = Readme.text();
        Matcher alert = Pattern.compile("`((?:jvm|netty)_\\w+\\{[^}]+})`").matcher(readme);
        try (EchoServer server = TestServers.start(Transport.NIO)) {
            String scrape = Http.get(server, "/metrics").body();
            int alerts = 0;
            for (; alert.find(); alerts++) {
                String[] series = alert.group(1).split("[{}]");
                assertThat(scrape).containsPattern("(?m)^" + series[0] + "\\{.*" + series[1]);
            }
            assertThat(alerts).isPositive();
            assertThat(scrape)
                    .contains(
                            "\njvm_gc_",
                            "\njvm_threads_",
                            "\njvm_classes_",
                            "\nprocess_cpu_",
                            "\nprocess_files_max_files",
                            "\nsystem_cpu_",
                            "\nnetty_eventexecutor_");
        }
    }

    /** Both ways: nothing that is not told, nothing told that is not there. */
    @Test
    void isWhatTheReadmeLists() throws IOException {
        String readme = Readme.text();
        String table =
                readme.substring(
                        readme.indexOf("<!-- metrics -->"), readme.indexOf("<!-- /metrics -->"));
        Set<String> told = new TreeSet<>();
        Matcher name =
                Pattern.compile("(?m)^\\| `(echo_\\w+)(?:\\{(\\w+(?:, \\w+)*)\\})?`")
                        .matcher(table);
        try (EchoServer server = EchoServer.start(TestServers.withEveryPart(folder))) {
            String scrape = Http.await(server, "/metrics", a -> a.status() == 200).body();
            while (name.find()) {
                told.add(name.group(1));
                for (String label : Optional.ofNullable(name.group(2)).orElse("").split(", ")) {
                    assertThat(scrape)
                            .containsPattern(
                                    "(?m)^"
                                            + name.group(1)
                                            + "\\w*"
                                            + (label.isEmpty() ? "" : "\\{.*" + label + "=\""));
                }
            }
            assertThat(told).isEqualTo(Metric.names(scrape));
            for (Counter counter : Counter.values()) {
                counter.reason().ifPresent(why -> assertThat(table).contains("`" + why + "`"));
            }
        }
    }

    @Test
    void pleasesPromtool() throws IOException {
        try (EchoServer server = EchoServer.start(TestServers.withEveryPart(folder))) {
            byte[] scrape = Http.get(server, "/metrics").body().getBytes(StandardCharsets.UTF_8);
            Peers.Result checked = Peers.run(scrape, "promtool", "check", "metrics");
            assertThat(checked.err()).isEmpty();
            assertThat(checked.out()).isEmpty();
            assertThat(checked.exitCode()).isZero();
        }
    }

    /** Without what /metrics and /info are made with, as a user of the library may be. */
    @Test
    void saysWhichLibraryIsMissing() throws IOException {
        String all = System.getProperty("java.class.path");
        String trimmed =
                String.join(
                        ":",
                        Arrays.stream(all.split(":"))
                                .filter(e -> !e.matches(".*/(micrometer|prometheus|gson).*"))
                                .toList());
        assertThat(trimmed).isNotEqualTo(all);
        Peers.Result result =
                Peers.run(
                        new byte[0],
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        // Else Netty warns where there is no network card.
                        "-Dio.netty.machineId=02:00:00:00:00:01",
                        "-cp",
                        trimmed,
                        EmbeddingMain.class.getName());
        assertThat(result.err()).isEmpty();
        assertThat(new String(result.out(), StandardCharsets.UTF_8).lines())
                .containsExactly(
                        "without admin 9",
                        "/livez 200 ok",
                        "/metrics 500 this page needs micrometer-registry-prometheus on the class"
                                + " path: ",
                        "/metrics 500 this page needs micrometer-registry-prometheus on the class"
                                + " path: ",
                        "/info 500 this page needs gson on the class path: ",
                        "/readyz 200 ok");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1000, 0",
        "1001, 1",
        "2000, 1",
        "2001, 2",
        "4000, 2",
        "1000000, 10",
        "1048576000, 20",
        "1048576001, 21",
        "9000000000, 21"
    })
    void putsATimeInTheBucketThatHoldsIt(long ns, int bucket) {
        TimeHistogram histogram = new TimeHistogram();
        histogram.record(ns, 3);
        assertThat(histogram.count(bucket)).isEqualTo(3);
        assertThat(histogram.sumNs()).isEqualTo(3 * ns);
        assertThat(ns / 1e9).isLessThanOrEqualTo(TimeHistogram.upperSeconds(bucket));
        if (bucket > 0) {
            assertThat(ns / 1e9).isGreaterThan(TimeHistogram.upperSeconds(bucket - 1));
        }
    }
}
