package io.echo.bench.result;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.bench.load.LoadConfig;
import io.echo.bench.load.Loads;
import io.echo.bench.load.Measurement;
import io.echo.bench.load.ProcessCost;
import io.echo.client.probe.ProbeStats;
import io.echo.client.probe.Rate;
import io.echo.net.Target;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The search alone, on a service that keeps its limits up to a known rate. */
class RateSearchTest {
    private static RateSearch.Step step(Rate rate, boolean met) {
        LoadConfig config =
                Loads.of(Target.parse("udp://localhost"), new LoadConfig.Load.Open(rate), 1);
        Measurement measurement =
                new Measurement(
                        config,
                        config.target().orElseThrow(),
                        false,
                        Instant.EPOCH,
                        1,
                        false,
                        new ProbeStats(),
                        ProbeStats.newHistogram(),
                        List.of(),
                        new ProcessCost(0, 0, 0, 0, OptionalLong.empty(), OptionalLong.empty()),
                        List.of());
        return new RateSearch.Step(rate, measurement, verdict(Check.Purpose.LIMIT, met));
    }

    private static Verdict verdict(Check.Purpose purpose, boolean met) {
        List<String> failures = met ? List.of() : List.of("missed");
        return purpose == Check.Purpose.VALIDITY
                ? new Verdict(List.of(), failures, List.of(), List.of())
                : new Verdict(List.of(), List.of(), failures, List.of());
    }

    @ParameterizedTest
    @CsvSource({
        "1000, 10000000, 123456",
        "1000, 10000000, 1000",
        "1000, 10000000, 999",
        "1000, 10000000, 37",
        "1000, 50000, 60000",
        "1, 10, 3"
    })
    void findsTheKneeWithinItsPrecision(long from, long to, long truth) throws Exception {
        RateSearch.Outcome outcome =
                RateSearch.run(from, to, 0.05, rate -> step(rate, rate.perSecond() <= truth));
        double knee = outcome.knee().orElseThrow().perSecond();
        assertThat(knee).isBetween(Math.min(to, truth) * 0.94 - 1, (double) Math.min(to, truth));
        assertThat(outcome.steps()).hasSizeLessThan(40);
    }

    @ParameterizedTest
    @CsvSource({"2000, true", "1999, false"})
    void isValidOnlyIfTheServerSetTheBound(long generatorKeepsUpTo, boolean valid)
            throws Exception {
        RateSearch.Outcome outcome =
                RateSearch.run(
                        1_000,
                        2_000,
                        1,
                        rate -> {
                            RateSearch.Step step = step(rate, rate.perSecond() < 2_000);
                            return rate.perSecond() <= generatorKeepsUpTo
                                    ? step
                                    : new RateSearch.Step(
                                            rate,
                                            step.measurement(),
                                            verdict(Check.Purpose.VALIDITY, false));
                        });
        assertThat(outcome.knee().orElseThrow().perSecond()).isEqualTo(1_000);
        assertThat(outcome.bound().orElseThrow().rate().perSecond()).isEqualTo(2_000);
        assertThat(outcome.valid()).isEqualTo(valid);
    }

    @ParameterizedTest
    @CsvSource({"1000", "1"})
    void saysSoWhenNoRateMeetsTheLimits(long from) throws Exception {
        RateSearch.Outcome outcome = RateSearch.run(from, 10_000, 0.05, rate -> step(rate, false));
        assertThat(outcome.knee()).isEmpty();
    }
}
