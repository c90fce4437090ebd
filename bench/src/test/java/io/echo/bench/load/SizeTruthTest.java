package io.echo.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.findings.Findings;
import io.echo.client.flow.FlowResult;
import io.echo.client.flow.Paths;
import io.echo.client.flow.SizeResult;
import io.echo.client.probe.ProbeSizes;
import io.echo.client.probe.ProbeStats;
import io.echo.client.probe.Rate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Losses by size, of real loads against servers that drop what is large. */
class SizeTruthTest {
    private static final Duration SOON = Duration.ofSeconds(1);
    private static final int NARROW = 1_200;
    private static final ProbeSizes SIZES = ProbeSizes.parse("--size", "64:50%,1100:20%,1473:30%");

    private static LoadConfig open(OddServer server, int flows, long count) {
        LoadConfig.Load load = new LoadConfig.Load.Open(Rate.perSecond(2_000));
        return Loads.waiting(
                Loads.with(Loads.of(server.target(), load, count), flows, SIZES, 2), SOON);
    }

    private static void assertTotals(Measurement measurement) {
        Paths paths = measurement.paths();
        ProbeStats stats = measurement.stats();
        assertThat(paths.sizes().stream().mapToLong(SizeResult::sent).sum())
                .isEqualTo(stats.sent());
        assertThat(paths.sizes().stream().mapToLong(SizeResult::lost).sum())
                .isEqualTo(stats.lost());
        assertThat(
                        paths.outages().runs().entrySet().stream()
                                .mapToLong(run -> run.getKey() * run.getValue())
                                .sum())
                .isEqualTo(stats.lost() + stats.late());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8})
    void namesTheSizeThatDoesNotPass(int flows) throws Exception {
        OddServer.Datagrams narrow =
                (n, request, reply) -> {
                    if (request.length <= NARROW) {
                        reply.send(request);
                    }
                };
        try (OddServer server = OddServer.udp(narrow)) {
            Measurement measurement = Loads.run(open(server, flows, 1_600));
            assertTotals(measurement);
            Paths paths = measurement.paths();
            assertThat(paths.sizes()).extracting(SizeResult::fromBytes).contains(64, 1_100, 1_473);
            SizeResult large = paths.sizes().get(2);
            assertThat(large.fault()).isEqualTo(Optional.of(FlowResult.Fault.DEAD));
            assertThat(large.lost()).isEqualTo(480);
            assertThat(Findings.of(paths, "udp"))
                    .containsExactly(
                            "datagrams of 1,473 bytes and more lost everything (480 of 480),"
                                    + " smaller ones 0 %: echo-client mtu "
                                    + server.target());
            assertThat(paths.bad()).isZero();
            assertThat(paths.outages().list()).isEmpty();
            assertThat(paths.longestFlowOutageMs()).isZero();
        }
    }

    @Test
    void findsADeadFlowAndAnOutageBesideIt() throws Exception {
        OddServer.Flows narrow =
                (flow, n, request, reply) -> {
                    if (request.length <= NARROW && flow != 3 && (n < 600 || n >= 900)) {
                        reply.send(request);
                    }
                };
        try (OddServer server = OddServer.udpFlows(narrow)) {
            Measurement measurement = Loads.run(open(server, 8, 2_000));
            assertTotals(measurement);
            Paths paths = measurement.paths();
            assertThat(paths.bad()).isEqualTo(1);
            assertThat(paths.dead()).isEqualTo(1);
            assertThat(paths.badSizes()).extracting(SizeResult::fromBytes).containsExactly(1_473);
            assertThat(paths.outages().longestNs() / 1e6).isBetween(130.0, 400.0);
            assertThat(Findings.of(paths, "udp").get(1)).contains(": echo-client mtu udp://");
        }
    }

    @Test
    void namesItInAClosedLoop() throws Exception {
        OddServer.Datagrams narrow =
                (n, request, reply) -> {
                    if (request.length <= NARROW) {
                        reply.send(request);
                    }
                };
        try (OddServer server = OddServer.udp(narrow)) {
            LoadConfig.Load load = new LoadConfig.Load.Closed(1);
            LoadConfig config =
                    Loads.waiting(
                            Loads.with(Loads.of(server.target(), load, 160), 4, SIZES, 2),
                            Duration.ofMillis(50));
            Measurement measurement = Loads.run(config);
            assertTotals(measurement);
            Paths paths = measurement.paths();
            assertThat(paths.badSizes()).extracting(SizeResult::fromBytes).containsExactly(1_473);
            assertThat(paths.bad()).isZero();
            assertThat(Findings.named(paths)).isEmpty();
        }
    }

    /** A reply that comes late takes its probe out of the lost ones again. */
    @Test
    void countsALateReplyAsReceived() throws Exception {
        List<Runnable> held = new ArrayList<>();
        OddServer.Datagrams late =
                (n, request, reply) -> {
                    if (n >= 50 && n < 100) {
                        held.add(() -> send(reply, request));
                    } else {
                        reply.send(request);
                    }
                    if (n == 700) {
                        held.forEach(Runnable::run);
                    }
                };
        try (OddServer server = OddServer.udp(late)) {
            Measurement measurement =
                    Loads.run(Loads.waiting(open(server, 4, 800), Duration.ofMillis(200)));
            assertTotals(measurement);
            assertThat(measurement.stats().late()).isPositive();
            assertThat(measurement.paths().badSizes()).isEmpty();
        }
    }

    private static void send(OddServer.Reply reply, byte[] request) {
        try {
            reply.send(request);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
