package io.echo.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.echo.bench.verdict.PassCriteria;
import io.echo.bench.verdict.Verdict;
import io.echo.client.findings.Findings;
import io.echo.client.flow.FlowResult;
import io.echo.client.flow.Paths;
import io.echo.client.outage.LossRun;
import io.echo.client.probe.Probe;
import io.echo.client.probe.ProbeSizes;
import io.echo.client.probe.ProbeStats;
import io.echo.client.probe.Rate;
import io.echo.net.Transport;
import io.netty.buffer.Unpooled;
import java.io.InputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Flows and outages of real loads against servers that fail as they are told. */
class FlowTruthTest {
    private static final int FLOWS = 8;
    private static final ProbeSizes SIZES = ProbeSizes.fixed(64);
    private static final Duration SOON = Duration.ofMillis(200);

    private static LoadConfig open(OddServer server, int rate, long count) {
        LoadConfig.Load load = new LoadConfig.Load.Open(Rate.perSecond(rate));
        return Loads.waiting(
                Loads.with(Loads.of(server.target(), load, count), FLOWS, SIZES, 2), SOON);
    }

    private static LoadConfig closed(OddServer server, int connections, long count) {
        LoadConfig.Load load = new LoadConfig.Load.Closed(1);
        return Loads.waiting(
                Loads.with(Loads.of(server.target(), load, count), connections, SIZES, 2), SOON);
    }

    private static void assertTotals(Measurement measurement) {
        Paths paths = measurement.paths();
        ProbeStats stats = measurement.stats();
        assertThat(paths.flows()).hasSize((int) paths.total());
        assertThat(paths.sent()).isEqualTo(stats.sent());
        assertThat(paths.flows().stream().mapToLong(FlowResult::sent).sum())
                .isEqualTo(stats.sent());
        assertThat(paths.flows().stream().mapToLong(FlowResult::received).sum())
                .isEqualTo(stats.received());
        assertThat(paths.flows().stream().mapToLong(FlowResult::late).sum())
                .isEqualTo(stats.late());
        assertThat(
                        paths.outages().runs().entrySet().stream()
                                .mapToLong(run -> run.getKey() * run.getValue())
                                .sum())
                .isEqualTo(stats.lost() + stats.late());
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void namesTheFlowThatLosesEverything(Transport transport) throws Exception {
        OddServer.Flows deaf =
                (flow, n, request, reply) -> {
                    if (flow != 3) {
                        reply.send(request);
                    }
                };
        try (OddServer server = OddServer.udpFlows(deaf)) {
            Measurement measurement = Loads.run(Loads.with(open(server, 2_000, 800), transport));
            assertTotals(measurement);
            Paths paths = measurement.paths();
            assertThat(paths.dead()).isEqualTo(1);
            FlowResult dead = paths.flows().get(0);
            assertThat(dead.sent()).isEqualTo(100);
            assertThat(dead.received()).isZero();
            assertThat(dead.remote()).isEqualTo("127.0.0.1:" + server.target().port());
            assertThat(Findings.of(paths, "udp"))
                    .anyMatch(found -> found.startsWith("1 of 8 flows lost everything: "))
                    .anyMatch(found -> found.contains(dead.local()));
            assertThat(measurement.problems()).isEmpty();
            assertThat(paths.lossEvenP().orElseThrow()).isLessThan(0.01);
            PassCriteria one = LoadLimits.flowLoss(0.05);
            assertThat(Verdict.of(measurement, one).misses().toString())
                    .contains("loss is 100.0000 % on " + dead.local() + " (100 of 100)");
            // It is dead throughout, which is not an outage.
            assertThat(Verdict.of(measurement, LoadLimits.outage(SOON)).misses()).isEmpty();
        }
    }

    @Test
    void namesItInAClosedLoop() throws Exception {
        OddServer.Flows deaf =
                (flow, n, request, reply) -> {
                    if (flow != 1) {
                        reply.send(request);
                    }
                };
        try (OddServer server = OddServer.udpFlows(deaf)) {
            LoadConfig config =
                    Loads.with(closed(server, 4, 1), Duration.ofSeconds(2), Duration.ZERO);
            Measurement measurement = Loads.run(config);
            assertTotals(measurement);
            assertThat(measurement.paths().dead()).isEqualTo(1);
            assertThat(measurement.paths().outages().list()).isEmpty();
        }
    }

    /** A node behind a balancer dies: its flows stop, and the others go on. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void namesTheHalfOfTheFlowsThatStops(Transport transport) throws Exception {
        OddServer.Flows dies =
                (flow, n, request, reply) -> {
                    if (n < 1_000 || flow % 2 == 0) {
                        reply.send(request);
                    }
                };
        try (OddServer server = OddServer.udpFlows(dies)) {
            Measurement measurement = Loads.run(Loads.with(open(server, 2_000, 2_000), transport));
            assertTotals(measurement);
            Paths paths = measurement.paths();
            assertThat(paths.with(FlowResult.Fault.STOPPED)).hasSize(FLOWS / 2);
            assertThat(paths.bad()).isEqualTo(FLOWS / 2);
            assertThat(Findings.of(paths, "udp"))
                    .singleElement()
                    .asString()
                    .startsWith("4 of 8 flows stopped being answered, from 0.5 s on: 127.0.0.1:")
                    .contains(". To go on from here: mtr -u -L ");
        }
    }

    /** A connection that the server closed, and that is opened again, did not stop. */
    @Test
    void callsNoConnectionStoppedThatItsPeerEnded() throws Exception {
        AtomicLong accepted = new AtomicLong();
        OddServer.Stream some =
                connection -> {
                    if (accepted.getAndIncrement() % 2 == 0) {
                        echo(connection, 50);
                    } else {
                        connection.getInputStream().transferTo(connection.getOutputStream());
                    }
                };
        try (OddServer server = OddServer.tcp(some)) {
            Measurement measurement = Loads.run(open(server, 1_000, 1_000));
            assertThat(measurement.connections().reopened()).isPositive();
            assertThat(measurement.paths().with(FlowResult.Fault.STOPPED)).isEmpty();
        }
    }

    @Test
    void namesTheHalfOfTheFlowsThatIsLossy() throws Exception {
        Random random = new Random(5);
        OddServer.Flows half =
                (flow, n, request, reply) -> {
                    if (flow % 2 == 0 || random.nextInt(4) > 0) {
                        reply.send(request);
                    }
                };
        try (OddServer server = OddServer.udpFlows(half)) {
            Measurement measurement = Loads.run(open(server, 2_000, 2_000));
            assertTotals(measurement);
            assertThat(measurement.paths().with(FlowResult.Fault.LOSSY)).hasSize(FLOWS / 2);
            assertThat(Findings.of(measurement.paths(), "udp").get(0))
                    .matches("4 of 8 flows lose 2\\d\\.\\d\\d %, the others 0\\.00 %: .*");
        }
    }

    @Test
    void namesASlowFlow() throws Exception {
        Measurement measurement = slowFlow(20, 800);
        List<FlowResult> found = measurement.paths().with(FlowResult.Fault.SLOW);
        assertThat(found).hasSize(1);
        assertThat(found.get(0).p50Us().orElseThrow()).isGreaterThan(20_000);
        assertThat(Findings.of(measurement.paths(), "udp").toString())
                .contains("1 of 8 flows is slow, p50 up to ");
    }

    /** All its replies come after the timeout, and the last of them after the end of the run. */
    @Test
    void callsAFlowSlowWhoseRepliesAreAllLate() throws Exception {
        Measurement measurement = slowFlow(300, 1_600);
        assertTotals(measurement);
        Paths paths = measurement.paths();
        FlowResult slow = paths.flows().get(0);
        assertThat(slow.fault()).contains(FlowResult.Fault.SLOW);
        assertThat(slow.late()).isEqualTo(slow.received()).isGreaterThan(100);
        assertThat(slow.lost()).isPositive();
        assertThat(paths.bad()).isEqualTo(1);
        assertThat(Findings.of(paths, "udp").get(0))
                .startsWith("1 of 8 flows is slow, p50 up to 3")
                .contains(" ms (beyond --timeout), of the others ")
                .endsWith(": " + slow.local());
    }

    /** Sends so many probes to a server that answers one flow in eight so much later. */
    private static Measurement slowFlow(int ms, long count) throws Exception {
        ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();
        OddServer.Flows slow =
                (flow, n, request, reply) -> {
                    if (flow == 5) {
                        later.schedule(
                                () -> {
                                    reply.send(request);
                                    return null;
                                },
                                ms,
                                TimeUnit.MILLISECONDS);
                    } else {
                        reply.send(request);
                    }
                };
        try (OddServer server = OddServer.udpFlows(slow)) {
            return Loads.run(open(server, 1_000, count));
        } finally {
            later.shutdownNow();
        }
    }

    /** An outage begins with the first probe that is lost, and ends with the next one answered. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void measuresAnOutage(Transport transport) throws Exception {
        AtomicLong firstNs = new AtomicLong();
        OddServer.Datagrams silent =
                (n, request, reply) -> {
                    // Loops that share a core overtake each other: the plan alone tells the order.
                    long intendedNs = Probe.intendedNs(Unpooled.wrappedBuffer(request), 0);
                    firstNs.compareAndSet(0, intendedNs);
                    long ms = Math.floorDiv(intendedNs - firstNs.get(), 1_000_000L);
                    if (ms < 400 || ms >= 700) {
                        reply.send(request);
                    }
                };
        try (OddServer server = OddServer.udp(silent)) {
            Measurement measurement = Loads.run(Loads.with(open(server, 1_000, 1_000), transport));
            assertTotals(measurement);
            Paths paths = measurement.paths();
            LossRun longest = paths.outages().longest();
            assertThat(longest.lengthNs() / 1e6).isCloseTo(300, within(2.0));
            assertThat(longest.fromNs() / 1e6).isCloseTo(400, within(2.0));
            assertThat(longest.flows()).isEqualTo(FLOWS);
            assertThat(paths.bad()).isZero();
            Verdict verdict = Verdict.of(measurement, LoadLimits.outage(Duration.ofMillis(100)));
            assertThat(verdict.exitCode()).isIn(Verdict.LIMIT_MISSED, Verdict.INVALID);
            assertThat(verdict.failures().toString()).contains("the longest outage is ");
            assertThat(Verdict.of(measurement, LoadLimits.outage(Duration.ofSeconds(1))).misses())
                    .isEmpty();
        }
    }

    @Test
    void measuresAnOutageOfExactlySoManyProbesOnOneLoop() throws Exception {
        OddServer.Datagrams silent =
                (n, request, reply) -> {
                    if (n < 400 || n >= 700 && n % 100 != 50) {
                        reply.send(request);
                    }
                };
        try (OddServer server = OddServer.udp(silent)) {
            LoadConfig config = Loads.with(open(server, 1_000, 1_000), FLOWS, SIZES, 1);
            Paths paths = Loads.run(config).paths();
            assertThat(paths.outages().list())
                    .containsExactly(
                            new LossRun(399_000_000, 400_000_000, 700_000_000, 300, FLOWS));
            assertThat(paths.outages().runs()).isEqualTo(Map.of(1L, 3L, 300L, 1L));
            assertThat(paths.longestFlowOutageMs()).isCloseTo(304, within(8.0));
        }
    }

    @Test
    void measuresAnOutageInAClosedLoop() throws Exception {
        AtomicBoolean silent = new AtomicBoolean();
        long[] since = new long[1];
        OddServer.Datagrams stops =
                (n, request, reply) -> {
                    if (n == 2_000) {
                        since[0] = System.nanoTime();
                        silent.set(true);
                    }
                    if (silent.get() && System.nanoTime() - since[0] > 900_000_000) {
                        silent.set(false);
                    }
                    if (!silent.get()) {
                        reply.send(request);
                    }
                };
        try (OddServer server = OddServer.udp(stops)) {
            LoadConfig config =
                    Loads.with(closed(server, 4, 1), Duration.ofSeconds(3), Duration.ZERO);
            Measurement measurement = Loads.run(config);
            assertTotals(measurement);
            LossRun longest = measurement.paths().outages().longest();
            // A probe each 200 ms on each of the four connections, which is the timeout.
            assertThat(longest.lengthNs() / 1e6).isBetween(850.0, 1_250.0);
            assertThat(longest.flows()).isEqualTo(4);
        }
    }

    /** A connection that ends is an outage even if no probe was due; it is judged by it alone. */
    @Test
    void takesTheTimeWithoutAConnectionForAnOutage() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        OddServer.Stream once =
                connection -> {
                    if (ended.get()) {
                        connection.getInputStream().transferTo(connection.getOutputStream());
                        return;
                    }
                    echo(connection, 100);
                    ended.set(true);
                    connection.setSoLinger(true, 0);
                };
        try (OddServer server = OddServer.tcp(once)) {
            LoadConfig config =
                    Loads.with(closed(server, 1, 1), Duration.ofSeconds(2), Duration.ZERO);
            Measurement measurement = Loads.run(config);
            assertTotals(measurement);
            Paths paths = measurement.paths();
            assertThat(measurement.connections().reopened()).isEqualTo(1);
            assertThat(paths.total()).isEqualTo(2);
            double downMs = measurement.connections().downNs() / 1e6;
            assertThat(paths.outages().longestNs() / 1e6).isCloseTo(downMs, within(5.0));
            Verdict strict = Verdict.of(measurement, LoadLimits.outage(Duration.ofMillis(1)));
            assertThat(strict.failures().toString()).contains("the longest outage is ");
        }
    }

    private static void echo(Socket connection, int probes) throws java.io.IOException {
        InputStream in = connection.getInputStream();
        for (int i = 0; i < probes; i++) {
            connection.getOutputStream().write(in.readNBytes(64));
        }
    }

    @Test
    void addsUpWhenConnectionsAreReplaced() throws Exception {
        OddServer.Datagrams most =
                (n, request, reply) -> {
                    if (n % 10 != 0) {
                        reply.send(request);
                    }
                };
        try (OddServer server = OddServer.udp(most)) {
            LoadConfig config =
                    Loads.with(open(server, 2_000, 2_000), Loads.replaced(Duration.ofMillis(100)));
            Measurement measurement = Loads.run(config);
            assertTotals(measurement);
            assertThat(measurement.paths().total()).isGreaterThan(FLOWS);
        }
    }

    @Test
    void hasNothingToSayOfAHealthyService() throws Exception {
        try (OddServer server = OddServer.udp((n, request, reply) -> reply.send(request))) {
            Measurement measurement = Loads.run(open(server, 1_000, 800));
            assertTotals(measurement);
            Paths paths = measurement.paths();
            assertThat(paths.lossEvenP()).isEqualTo(Optional.empty());
            assertThat(paths.outages().runs()).isEmpty();
            assertThat(paths.dead()).isZero();
            assertThat(Findings.spread(paths)).isEmpty();
        }
    }
}
