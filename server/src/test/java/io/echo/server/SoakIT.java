package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.server.metrics.Counter;
import io.echo.testing.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Hours of ordinary trouble over a lossy link: descriptors, memory and log stay flat. {@code mvn
 * verify -Psoak -Dsoak.minutes=30 -Dsoak.transport=nio}, as root.
 */
@Tag("soak")
class SoakIT {
    private static final double MINUTES = Double.parseDouble(System.getProperty("soak.minutes"));
    private static final long EVERY_NS =
            (long) (Math.min(15, Math.max(1, MINUTES * 60 / 120)) * 1e9);
    private static final double MIB = 1 << 20;

    @TempDir private Path dir;

    @Test
    void staysFlat() throws Exception {
        String transport = System.getProperty("soak.transport");
        try (LossyLink link = LossyLink.open();
                ServerProcess server = start(link, transport)) {
            InetAddress host = link.server();
            exchange(host, server.port("tcp"));
            JvmMemory.of(server); // The first visit opens sockets in the server for good.
            int descriptors = server.descriptors();
            Map<String, List<double[]>> samples = new LinkedHashMap<>();
            try (SoakLoad load = new SoakLoad(link, server.port("tcp"))) {
                long startNs = System.nanoTime();
                long endNs = startNs + (long) (MINUTES * 60e9);
                for (long next = startNs; next < endNs; next += EVERY_NS) {
                    while (System.nanoTime() < next) {
                        LockSupport.parkNanos(next - System.nanoTime());
                    }
                    sample(server, (System.nanoTime() - startNs) / 1e9, samples);
                }
                System.out.printf("soak %s, %s minutes: %s%n", transport, MINUTES, load);
                assertThat(load.count("tcp corrupted") + load.count("udp corrupted")).isZero();
                assertThat(load.failures()).as("failures").isZero();
                assertThat(load.count("tcp slow intact")).isPositive();
                assertThat(load.count("udp intact")).isPositive();
                assertThat(load.count("tcp intact")).isPositive();
                assertThat(load.count("tcp vanished")).isPositive();
            }
            Map<String, Slope> slopes = report(samples);
            Await.until(
                    "every descriptor of a connection is given back",
                    () -> server.descriptors() <= descriptors);
            System.out.printf(
                    "  descriptors before %d, after %d%n", descriptors, server.descriptors());
            Await.until(
                    "nothing waits in the kernel for a peer", () -> server.sendQueueBytes() == 0);
            Map<Counter, Long> totals = server.stop();
            TestServers.assertConserved(totals);
            System.out.println("  " + totals);
            assertThat(slopes.get("descriptors").rises(4)).as("descriptors").isFalse();
            assertThat(slopes.get("resident MiB").rises(8)).as("resident").isFalse();
            assertThat(slopes.get("heap MiB").rises(1)).as("heap").isFalse();
            assertThat(slopes.get("direct MiB").rises(1)).as("direct").isFalse();
            assertThat(slopes.get("send queues MiB").rises(8)).as("send queues").isFalse();
            assertThat(Files.size(dir.resolve("log")) / (MINUTES * 60)).as("log").isLessThan(1_024);
        }
    }

    private ServerProcess start(LossyLink link, String transport) throws IOException {
        List<String> command =
                ServerProcess.jar(
                        List.of("-Xmx128m", JvmMemory.TRACKED),
                        "--host",
                        link.server().getHostAddress(),
                        "--port",
                        "0",
                        "--transport",
                        transport,
                        "--idle-timeout",
                        "10s", // Longer than any pause of a stream that goes on.
                        "--stall-timeout",
                        "3s",
                        "--half-closed-timeout",
                        "3s",
                        "--max-connections-per-source",
                        "10000"); // All of them come from one.
        return ServerProcess.start(
                dir.resolve("log"), Map.of(), ServerProcess.behind(link.prefix(), command));
    }

    private void sample(ServerProcess server, double seconds, Map<String, List<double[]>> samples)
            throws IOException {
        JvmMemory memory = JvmMemory.of(server);
        note(samples, "descriptors", seconds, server.descriptors());
        note(samples, "resident MiB", seconds, server.residentBytes() / MIB);
        note(samples, "heap MiB", seconds, memory.heap() / MIB);
        note(samples, "direct MiB", seconds, memory.direct() / MIB);
        note(samples, "send queues MiB", seconds, server.sendQueueBytes() / MIB);
    }

    private static void note(
            Map<String, List<double[]>> samples, String what, double seconds, double value) {
        samples.computeIfAbsent(what, w -> new ArrayList<>()).add(new double[] {seconds, value});
    }

    /** Leaves out the first quarter, in which the JVM compiles and pools fill. */
    private static Map<String, Slope> report(Map<String, List<double[]>> samples) {
        Map<String, Slope> slopes = new LinkedHashMap<>();
        samples.forEach(
                (what, points) -> {
                    Slope slope = Slope.of(points.subList(points.size() / 4, points.size()));
                    slopes.put(what, slope);
                    System.out.printf("  %s: %s (%d samples)%n", what, slope, points.size());
                });
        return slopes;
    }

    private static void exchange(InetAddress host, int port) throws IOException {
        try (Socket peer = new Socket(host, port)) {
            peer.setSoTimeout((int) TimeUnit.SECONDS.toMillis(10));
            peer.getOutputStream().write(1);
            assertThat(peer.getInputStream().read()).isEqualTo(1);
            peer.shutdownOutput();
            assertThat(peer.getInputStream().read()).isEqualTo(-1);
        }
    }
}
