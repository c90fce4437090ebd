package io.echo.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.bench.load.LoadConfig;
import io.echo.bench.load.Loads;
import io.echo.bench.load.Measurement;
import io.echo.bench.load.OddServer;
import io.echo.client.probe.ProbeSizes;
import io.echo.client.probe.ProbeStats;
import io.echo.client.probe.Rate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code --count}: exactly as many probes are measured, however few. */
@Timeout(20)
@Execution(ExecutionMode.CONCURRENT)
class CountTest {
    private static final LoadConfig.Load OPEN = new LoadConfig.Load.Open(Rate.perSecond(1_000));

    private static LoadConfig config(
            OddServer server, LoadConfig.Load load, int count, int connections, int loops) {
        return Loads.with(
                Loads.of(server.target(), load, count), connections, ProbeSizes.fixed(64), loops);
    }

    private static LoadConfig withWarmup(LoadConfig config, Duration warmup) {
        return new LoadConfig(
                config.target(),
                config.load(),
                config.connections(),
                config.sizes(),
                config.payload(),
                config.span(),
                warmup,
                config.timeout(),
                config.generator(),
                config.sockets(),
                config.startAt());
    }

    /** Starts a server that answers all and counts what arrives, warm-up included. */
    private static OddServer counting(AtomicLong arrived) throws Exception {
        return OddServer.udp(
                (n, request, reply) -> {
                    arrived.incrementAndGet();
                    reply.send(request);
                });
    }

    @ParameterizedTest
    @CsvSource({"1, 2, 2, 1", "1, 8, 8, 64", "3, 40, 2, 8"})
    void isExactWhenFewerThanLoopsOrConnectionsOrTheWindow(
            int count, int connections, int loops, int window) throws Exception {
        for (LoadConfig.Load load : List.of(new LoadConfig.Load.Closed(window), OPEN)) {
            AtomicLong arrived = new AtomicLong();
            try (OddServer server = counting(arrived)) {
                ProbeStats stats =
                        Loads.run(config(server, load, count, connections, loops)).stats();
                assertThat(stats.sent()).isEqualTo(count);
                assertThat(stats.received()).isEqualTo(count);
                assertThat(arrived).hasValue(count);
            }
        }
    }

    @Test
    void leavesTheWarmUpToAllLoopsAndMeasuresNoMoreThanWasAsked() throws Exception {
        Duration warmup = Duration.ofMillis(100);
        for (LoadConfig.Load load : List.of(new LoadConfig.Load.Closed(1), OPEN)) {
            AtomicLong arrived = new AtomicLong();
            try (OddServer server = counting(arrived)) {
                Measurement run = Loads.run(withWarmup(config(server, load, 1, 4, 4), warmup));
                assertThat(run.stats().sent()).isEqualTo(1);
                assertThat(run.stats().received()).isEqualTo(1);
                assertThat(arrived).hasValueGreaterThan(4);
            }
        }
    }

    @Test
    void holdsWhenNobodyAnswersTheWarmUp() throws Exception {
        AtomicLong arrived = new AtomicLong();
        try (OddServer server = OddServer.udp((n, request, reply) -> arrived.incrementAndGet())) {
            LoadConfig silent =
                    withWarmup(
                            config(server, new LoadConfig.Load.Closed(1), 1, 4, 4),
                            Duration.ofMillis(100));
            ProbeStats stats = Loads.run(silent).stats();
            assertThat(stats.sent()).isEqualTo(1);
            assertThat(stats.lost()).isEqualTo(1);
            assertThat(arrived).hasValue(4 + 1);
        }
    }

    @Test
    void isGivenUpWhenTheServerClosesTheConnectionBeforeTheFirstProbe() throws Exception {
        try (OddServer server = OddServer.tcp(connection -> {})) {
            // The first connection is closed long before the second is opened.
            LoadConfig slowly =
                    Loads.with(
                            config(server, new LoadConfig.Load.Closed(1), 10, 2, 2),
                            new LoadConfig.Sockets(
                                    List.of(),
                                    Optional.empty(),
                                    false,
                                    Optional.of(Rate.perSecond(5)),
                                    Optional.empty()));
            Measurement run = Loads.run(slowly);
            assertThat(run.stats().received()).isZero();
            assertThat(run.problems())
                    .anyMatch(said -> said.contains("connections were ended by the service"));
        }
    }

    @Test
    void holdsWhileConnectionsAreReplaced() throws Exception {
        for (LoadConfig.Load load : List.of(new LoadConfig.Load.Closed(1), OPEN)) {
            AtomicLong arrived = new AtomicLong();
            try (OddServer server = counting(arrived)) {
                LoadConfig churning =
                        Loads.with(
                                config(server, load, 3, 4, 4),
                                new LoadConfig.Sockets(
                                        List.of(),
                                        Optional.empty(),
                                        false,
                                        Optional.empty(),
                                        Optional.of(Duration.ofMillis(5))));
                assertThat(Loads.run(churning).stats().received()).isEqualTo(3);
                assertThat(arrived).hasValue(3);
            }
        }
    }

    @Test
    void takesAsLongAsItsRateSays() throws Exception {
        try (OddServer server = counting(new AtomicLong())) {
            LoadConfig.Load load = new LoadConfig.Load.Open(new Rate(1, 2_000_000_000));
            Measurement measured = Loads.run(config(server, load, 1, 1, 1));
            assertThat(measured.durationS()).isGreaterThanOrEqualTo(2);
            assertThat(measured.rateSent()).isLessThanOrEqualTo(0.5);
        }
    }
}
