package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.echo.server.config.ServerConfig;
import io.echo.testing.Programs;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Writer;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real Prometheus scrapes a server under load; what it stored must add up. */
@Timeout(120)
class PrometheusIT {
    private static final Pattern LISTENING =
            Pattern.compile("msg=\"?Listening on\"?.*address=127\\.0\\.0\\.1:(\\d+)");
    private static final int SCRAPES = 10;

    private static volatile boolean loading = true;
    private static EchoServer server;
    private static Process prometheus;
    private static int port;
    private static List<Thread> load;

    @BeforeAll
    static void scrapeUnderLoad(@TempDir Path dir) throws Exception {
        Programs.require("prometheus");
        ServerConfig config =
                TestServers.withEveryPart(dir)
                        .withAccess(ServerConfig.Access.WITHOUT_TRUST)
                        .withUdp(new ServerConfig.UdpLimits(500, 1 << 20, 65_527, Set.of()));
        server = EchoServer.start(config);
        load = List.of(new Thread(() -> loadUdp(server)), new Thread(() -> loadTcp(server)));
        load.forEach(Thread::start);
        prometheus = prometheus(dir);
        port = port(prometheus);
        awaitScrapes();
    }

    @AfterAll
    static void stop() throws InterruptedException {
        loading = false;
        if (prometheus != null) {
            prometheus.destroy();
            if (!prometheus.waitFor(20, TimeUnit.SECONDS)) {
                prometheus.destroyForcibly();
            }
        }
        if (server != null) {
            for (Thread thread : load) {
                thread.join();
            }
            server.close();
        }
    }

    @Test
    void storesThatReceivedIsEchoedDroppedAndPending() throws Exception {
        for (String unit : List.of("udp_datagrams", "udp_bytes", "tcp_bytes")) {
            String sum =
                    "sum(echo_%s_received_total) - sum(echo_%s_echoed_total)"
                            + " - sum(echo_%s_dropped_total) - sum(echo_%s_pending)";
            assertThat(highest("abs(" + sum.replace("%s", unit) + ")")).as(unit).isZero();
            assertThat(highest("sum(echo_" + unit + "_received_total)")).isPositive();
        }
        String dropped = "sum(echo_udp_datagrams_dropped_total{reason=\"rate\"})";
        assertThat(highest(dropped)).isPositive();
    }

    @Test
    void hasAnAnswerToEveryQueryOfTheDashboard() throws Exception {
        for (JsonObject target : DashboardTest.targets()) {
            String query = target.get("expr").getAsString();
            String chosen =
                    query.replace("$__rate_interval", "1m")
                            .replace("$job", "echo")
                            .replace("$instance", "127.0.0.1:\\\\d+");
            assertThat(highest(chosen)).as(chosen).isNotNaN();
        }
    }

    private static Process prometheus(Path dir) throws IOException {
        Path config = dir.resolve("prometheus.yml");
        Files.writeString(
                config,
                """
                global:
                  scrape_interval: 500ms
                  scrape_timeout: 500ms
                scrape_configs:
                  - job_name: echo
                    static_configs:
                      - targets: ["127.0.0.1:%d"]
                """
                        .formatted(server.addresses().admin().orElseThrow().getPort()));
        return new ProcessBuilder(
                        "prometheus",
                        "--config.file=" + config,
                        "--storage.tsdb.path=" + dir.resolve("data"),
                        "--web.listen-address=127.0.0.1:0")
                .redirectErrorStream(true)
                .start();
    }

    /** Finds the port in the log; reads on, because Prometheus would stop at a full pipe. */
    private static int port(Process prometheus) throws IOException {
        BufferedReader log = new BufferedReader(new InputStreamReader(prometheus.getInputStream()));
        StringBuilder all = new StringBuilder();
        for (String line = log.readLine(); line != null; line = log.readLine()) {
            all.append(line).append('\n');
            Matcher listening = LISTENING.matcher(line);
            if (listening.find()) {
                Thread rest = new Thread(() -> skip(log));
                rest.setDaemon(true);
                rest.start();
                return Integer.parseInt(listening.group(1));
            }
        }
        throw new IOException("no port in " + all);
    }

    private static void skip(BufferedReader log) {
        try {
            log.transferTo(Writer.nullWriter());
        } catch (IOException e) {
            // It has ended, and its output with it.
        }
    }

    private static void awaitScrapes() throws IOException {
        long startNs = System.nanoTime();
        double scrapes = 0;
        while (!(scrapes >= SCRAPES)) {
            assertThat(System.nanoTime() - startNs).isLessThan(TimeUnit.SECONDS.toNanos(60));
            LockSupport.parkNanos(200_000_000);
            scrapes = query("count_over_time(echo_udp_datagrams_received_total[1m])");
        }
    }

    /** Returns the highest value of the last minute; a scrape that comes too late leaves none. */
    private static double highest(String promql) throws IOException {
        return query("max_over_time((" + promql + ")[1m:100ms])");
    }

    private static double query(String promql) throws IOException {
        URI uri =
                URI.create(
                        "http://127.0.0.1:"
                                + port
                                + "/api/v1/query?query="
                                + URLEncoder.encode(promql, StandardCharsets.UTF_8));
        try (InputStream body = uri.toURL().openStream()) {
            JsonArray result =
                    JsonParser.parseString(new String(body.readAllBytes(), StandardCharsets.UTF_8))
                            .getAsJsonObject()
                            .getAsJsonObject("data")
                            .getAsJsonArray("result");
            return result.isEmpty()
                    ? Double.NaN
                    : result.get(0).getAsJsonObject().getAsJsonArray("value").get(1).getAsDouble();
        }
    }

    private static void loadUdp(EchoServer server) {
        try (DatagramSocket socket = new DatagramSocket(0, TestServers.loopback())) {
            socket.setSoTimeout(1); // What is over the rate does not come back.
            DatagramPacket packet = new DatagramPacket(new byte[100], 100, TestServers.udp(server));
            DatagramPacket reply = new DatagramPacket(new byte[100], 100);
            while (loading) {
                socket.send(packet);
                try {
                    socket.receive(reply);
                } catch (SocketTimeoutException e) {
                    Thread.onSpinWait();
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void loadTcp(EchoServer server) {
        try (Socket socket = new Socket(TestServers.loopback(), TestServers.port(server))) {
            while (loading) {
                socket.getOutputStream().write(new byte[10_000]);
                socket.getInputStream().readNBytes(10_000);
                LockSupport.parkNanos(1_000_000);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
