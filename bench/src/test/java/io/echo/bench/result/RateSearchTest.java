package io.echo.bench.result;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.bench.load.LoadConfig;
import io.echo.bench.load.Loads;
import io.echo.bench.load.Measurement;
import io.echo.bench.load.ProcessCost;
import io.echo.bench.pacing.Stalls;
import io.echo.bench.verdict.Check;
import io.echo.bench.verdict.Verdict;
import io.echo.client.flow.Paths;
import io.echo.client.probe.ProbeStats;
import io.echo.client.probe.Rate;
import io.echo.net.Target;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The search alone, on a service that keeps its limits up to a known rate. */
class RateSearchTest {
    private static RateSearch.Step step(Rate rate, boolean met) {
        return step(rate, verdict(Check.Purpose.LIMIT, met), false);
    }

    private static RateSearch.Step step(Rate rate, Verdict verdict, boolean interrupted) {
        LoadConfig config =
                Loads.of(Target.parse("udp://localhost"), new LoadConfig.Load.Open(rate), 1);
        Measurement measurement =
                new Measurement(
                        config,
                        config.target().orElseThrow(),
                        new Measurement.Place(false, true, false, 65_536),
                        Instant.EPOCH,
                        1,
                        1,
                        interrupted,
                        0,
                        new Stalls(0, 0),
                        new ProbeStats(),
                        ProbeStats.newHistogram(),
                        new Measurement.Connections(0, 0, 0, Optional.empty()),
                        Paths.NONE,
                        List.of(),
                        new ProcessCost(
                                0,
                                0,
                                0,
                                0,
                                OptionalLong.empty(),
                                OptionalLong.empty(),
                                OptionalLong.empty(),
                                OptionalLong.empty()),
                        List.of());
        return new RateSearch.Step(rate, measurement, verdict);
    }

    private static Verdict verdict(Check.Purpose purpose, boolean met) {
        List<String> failures = met ? List.of() : List.of("missed");
        List<String> none = List.of();
        return purpose == Check.Purpose.VALIDITY
                ? new Verdict(List.of(), failures, none, none, none, none, none)
                : purpose == Check.Purpose.SERVICE
                        ? new Verdict(List.of(), none, failures, none, none, none, none)
                        : new Verdict(List.of(), none, none, failures, none, none, none);
    }

    private static RateSearch.Outcome search(RateSearch.Trial trial) throws Exception {
        return RateSearch.run(1_000, 64_000, 0.05, trial, () -> false);
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
                RateSearch.run(
                        from, to, 0.05, rate -> step(rate, rate.perSecond() <= truth), () -> false);
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
                        },
                        () -> false);
        assertThat(outcome.knee().orElseThrow().perSecond()).isEqualTo(1_000);
        assertThat(outcome.bound().orElseThrow().rate().perSecond()).isEqualTo(2_000);
        assertThat(outcome.valid()).isEqualTo(valid);
    }

    @ParameterizedTest
    @CsvSource({"1000", "1"})
    void saysSoWhenNoRateMeetsTheLimits(long from) throws Exception {
        RateSearch.Outcome outcome =
                RateSearch.run(from, 10_000, 0.05, rate -> step(rate, false), () -> false);
        assertThat(outcome.knee()).isEmpty();
    }

    @Test
    void triesARateAgainThatCouldNotBeMeasured() throws Exception {
        List<Double> tried = new ArrayList<>();
        RateSearch.Outcome outcome =
                RateSearch.run(
                        1_000,
                        8_000,
                        1,
                        rate -> {
                            tried.add(rate.perSecond());
                            boolean hiccup = Collections.frequency(tried, 2_000.0) < 3;
                            return rate.perSecond() == 2_000 && hiccup
                                    ? step(rate, verdict(Check.Purpose.VALIDITY, false), false)
                                    : step(rate, rate.perSecond() < 4_000);
                        },
                        () -> false);
        assertThat(tried).containsExactly(1_000.0, 2_000.0, 2_000.0, 2_000.0, 4_000.0);
        assertThat(outcome.knee()).contains(Rate.perSecond(2_000));
        assertThat(outcome.valid()).isTrue();
        assertThat(outcome.atLeast()).isFalse();
        assertThat(outcome.decisive()).hasSize(3);
        assertThat(outcome.decisive().get(1).met()).isTrue();
    }

    /** Nothing comes back after so many runs, at any rate. */
    @ParameterizedTest
    @CsvSource({"0, 11", "1, 3", "3, 5"})
    void findsNoKneeWhereTheServiceHasGoneAway(int runs, int tried) throws Exception {
        List<Rate> rates = new ArrayList<>();
        RateSearch.Outcome outcome =
                search(
                        rate -> {
                            rates.add(rate);
                            boolean there = rates.size() <= runs;
                            return step(rate, verdict(Check.Purpose.SERVICE, there), false);
                        });
        assertThat(outcome.failed()).isTrue();
        assertThat(outcome.knee()).isEmpty();
        assertThat(rates).hasSizeLessThanOrEqualTo(tried);
    }

    @Test
    void goesOnWhereTheServiceComesBack() throws Exception {
        RateSearch.Outcome outcome =
                search(
                        rate -> {
                            boolean there = rate.perSecond() <= 5_000;
                            return step(rate, verdict(Check.Purpose.SERVICE, there), false);
                        });
        assertThat(outcome.failed()).isFalse();
        assertThat(outcome.knee().orElseThrow().perSecond()).isBetween(4_700.0, 5_000.0);
        assertThat(outcome.bound()).isPresent();
    }

    /** It carries 8,000/s, dies above that, and comes back as one that carries 3,000/s. */
    @Test
    void findsNoKneeWhereTheServiceCanBeReachedNoMore() throws Exception {
        RateSearch.Outcome outcome =
                search(
                        rate -> {
                            if (rate.perSecond() > 2_000) {
                                throw new IOException("cannot connect");
                            }
                            return step(rate, true);
                        });
        assertThat(outcome.steps()).hasSize(2);
        assertThat(outcome.knee()).isEmpty();
        assertThat(outcome.failed()).isTrue();
        assertThat(outcome.interrupted()).isFalse();
        assertThat(outcome.warnings()).containsExactly("at 4000/s: cannot connect");
    }

    @Test
    void takesBackARateThatDoesNotMeetTheLimitsAgain() throws Exception {
        AtomicBoolean died = new AtomicBoolean();
        RateSearch.Outcome outcome =
                search(
                        rate -> {
                            if (!died.get() && rate.perSecond() > 8_000) {
                                died.set(true);
                                return step(rate, verdict(Check.Purpose.SERVICE, false), false);
                            }
                            return step(rate, rate.perSecond() <= (died.get() ? 3_000 : 8_000));
                        });
        assertThat(outcome.failed()).isFalse();
        assertThat(outcome.knee().orElseThrow().perSecond()).isBetween(2_800.0, 3_000.0);
        assertThat(outcome.decisive())
                .filteredOn(step -> step.rate().equals(outcome.knee().orElseThrow()))
                .allMatch(RateSearch.Step::met);
    }

    @Test
    void saysThatHigherRatesWereNotTried() throws Exception {
        RateSearch.Outcome outcome =
                RateSearch.run(1_000, 3_000, 0.05, rate -> step(rate, true), () -> false);
        assertThat(outcome.knee()).contains(Rate.perSecond(3_000));
        assertThat(outcome.atLeast()).isTrue();
    }

    /** Half a step tells nothing of its rate, and what was not tried is not known. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void knowsOnlyWhatWasMeasuredWhenInterrupted(boolean inAStep) throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        RateSearch.Outcome outcome =
                RateSearch.run(
                        1_000,
                        64_000,
                        0.05,
                        rate -> {
                            stop.set(rate.perSecond() == 4_000);
                            return step(
                                    rate,
                                    verdict(Check.Purpose.LIMIT, true),
                                    stop.get() && inAStep);
                        },
                        stop::get);
        assertThat(outcome.interrupted()).isTrue();
        assertThat(outcome.atLeast()).isTrue();
        assertThat(outcome.knee()).contains(Rate.perSecond(inAStep ? 2_000 : 4_000));
        assertThat(outcome.decisive()).hasSize(inAStep ? 2 : 3);
    }
}
