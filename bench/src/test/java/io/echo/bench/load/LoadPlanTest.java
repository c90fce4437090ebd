package io.echo.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.probe.Rate;
import io.echo.net.Protocol;
import io.echo.net.Target;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The plan of an open loop, in which no probe need be due when the warm-up has passed. */
class LoadPlanTest {
    private static final Target TARGET = new Target(Protocol.UDP, "127.0.0.1", 1);

    @ParameterizedTest
    @CsvSource({
        "1, 300, 1",
        "1, 0, 1",
        "3, 100, 2",
        "10, 250, 10",
        "1000, 2000, 500",
        "7, 1500, 3",
        "0.001, 5, 1"
    })
    void beginsTheMeasuredPhaseWithAProbeJustWhenTheWarmupHasPassed(
            double rate, long warmupMs, long count) {
        LoadConfig.Load load = new LoadConfig.Load.Open(Rate.parse("--rate", "" + rate));
        Duration warmup = Duration.ofMillis(warmupMs);
        LoadConfig counted =
                Loads.with(Loads.of(TARGET, load, count), Duration.ofMillis(300), warmup);
        LoadConfig config =
                new LoadConfig(
                        counted.target(),
                        load,
                        1,
                        counted.sizes(),
                        counted.payload(),
                        Loads.of(TARGET, load, count).span(),
                        warmup,
                        counted.timeout(),
                        counted.generator(),
                        counted.sockets(),
                        counted.startAt());
        for (LoadConfig each : new LoadConfig[] {counted, config}) {
            LoadPlan plan = LoadPlan.of(each);
            OpenLoop.Plan open = plan.open().orElseThrow();
            assertThat(plan.measuredNs() - plan.startNs()).isEqualTo(warmup.toNanos());
            assertThat(open.schedule().intendedNs(open.measuredFrom()))
                    .isEqualTo(plan.measuredNs());
            assertThat(open.schedule().startNs()).isGreaterThanOrEqualTo(plan.startNs());
        }
        assertThat(LoadPlan.of(config).open().orElseThrow().end())
                .isEqualTo(LoadPlan.of(config).open().orElseThrow().measuredFrom() + count);
    }
}
