package io.echo.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.bench.verdict.Check;
import io.echo.bench.verdict.PassCriteria;
import io.echo.bench.verdict.Verdict;
import io.echo.client.probe.ProbeStats;
import io.echo.client.probe.Rate;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that are stopped while probes are in flight, to a server that answers none. */
@Timeout(30)
class StoppedRunTest {
    private static Measurement stoppedAt(int probe, LoadConfig.Load load, Duration warmup)
            throws Exception {
        return stoppedAt(probe, 0, load, warmup);
    }

    private static Measurement stoppedAt(
            int probe, int answered, LoadConfig.Load load, Duration warmup) throws Exception {
        CompletableFuture<Integer> stop = new CompletableFuture<>();
        OddServer.Datagrams silent =
                (n, request, reply) -> {
                    if (n < answered) {
                        reply.send(request);
                    }
                    if (n == probe) {
                        stop.complete(130);
                    }
                };
        try (OddServer server = OddServer.udp(silent)) {
            LoadConfig config =
                    Loads.with(Loads.of(server.target(), load, 1), Duration.ofMinutes(1), warmup);
            try (Endpoint endpoint = Endpoint.of(server.target(), config.timeout())) {
                return LoadRun.run(config, endpoint, LoadRun.Listener.NONE, stop);
            }
        }
    }

    private static PassCriteria limits(Duration p99, double loss) {
        return new PassCriteria(
                Optional.of(p99),
                Optional.empty(),
                Optional.of(loss),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                LoadConfig.DEFAULT_MAX_LATENESS);
    }

    private static void assertNothingCounts(Measurement measurement) {
        ProbeStats stats = measurement.stats();
        assertThat(measurement.interrupted()).isTrue();
        assertThat(stats.sent()).isZero();
        assertThat(stats.lost()).isZero();
        assertThat(measurement.intervals())
                .allSatisfy(
                        interval -> {
                            assertThat(interval.sent()).isZero();
                            assertThat(interval.lost()).isZero();
                            assertThat(interval.fromS()).isNotNegative();
                            assertThat(interval.toS()).isGreaterThanOrEqualTo(interval.fromS());
                        });
    }

    /** Ctrl-C while a name is looked up: there are no addresses then. */
    @Test
    void doesNotBeginWhenItWasStoppedBefore() throws Exception {
        CompletableFuture<Integer> stop = CompletableFuture.completedFuture(130);
        try (OddServer server = OddServer.udp((n, request, reply) -> reply.send(request))) {
            LoadConfig config = Loads.of(server.target(), new LoadConfig.Load.Closed(1), 1);
            try (Endpoint endpoint = Endpoint.of(server.target(), config.timeout(), stop)) {
                assertThat(endpoint.addresses()).isEmpty();
                assertNothingCounts(LoadRun.run(config, endpoint, LoadRun.Listener.NONE, stop));
            }
        }
    }

    @Test
    void takesNoProbeOfTheWarmupForOneThatWasMeasured() throws Exception {
        Rate rate = Rate.perSecond(1_000);
        assertNothingCounts(stoppedAt(5, new LoadConfig.Load.Open(rate), Duration.ofMinutes(1)));
        assertNothingCounts(stoppedAt(5, new LoadConfig.Load.Closed(16), Duration.ofMinutes(1)));
    }

    /** The first 50 probes are of the warm-up, and as unanswered as the measured ones. */
    @ParameterizedTest
    @ValueSource(ints = {49, 60, 100})
    void leavesOutTheProbesInFlightThatWereMeasured(int probe) throws Exception {
        Rate rate = Rate.perSecond(1_000);
        assertNothingCounts(
                stoppedAt(probe, new LoadConfig.Load.Open(rate), Duration.ofMillis(50)));
    }

    /** 100 probes were answered, and 100 more were on their way when it was stopped. */
    @Test
    void neitherMeetsNorMissesALimitThatProbesInFlightDecide() throws Exception {
        LoadConfig.Load load = new LoadConfig.Load.Open(Rate.perSecond(1_000));
        Measurement measurement = stoppedAt(199, 100, load, Duration.ZERO);
        ProbeStats stats = measurement.stats();
        assertThat(stats.sent()).isEqualTo(100);
        assertThat(stats.lost()).isZero();
        assertThat(stats.uncounted()).isGreaterThanOrEqualTo(100);
        Verdict verdict = Verdict.of(measurement, limits(Duration.ofSeconds(10), 0.01));
        assertThat(verdict.checks()).noneMatch(check -> check.purpose() == Check.Purpose.LIMIT);
        assertThat(verdict.failures())
                .anyMatch(
                        why ->
                                why.endsWith(
                                        "probes were in flight, which leaves open --max-p99,"
                                                + " --max-loss"));
        assertThat(Verdict.of(measurement, limits(Duration.ofSeconds(10), 0.9)).checks())
                .anyMatch(check -> check.met() && check.flag().equals(Optional.of("--max-loss")));
    }
}
