package io.echo.bench.result;

import io.echo.bench.load.Measurement;
import io.echo.client.probe.Rate;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The search for the highest rate that meets the limits: it doubles the rate until one misses them,
 * then halves the gap between the highest rate that met them and the lowest that did not.
 *
 * <p>It has no side effects of its own; the trial makes the runs.
 */
public final class RateSearch {
    /** Runs one load at a rate and judges it. */
    public interface Trial {
        Step at(Rate rate) throws IOException, InterruptedException;
    }

    /** One rate that was tried. */
    public record Step(Rate rate, Measurement measurement, Verdict verdict) {
        public boolean met() {
            return verdict.exitCode() == Verdict.OK;
        }

        public Result result() {
            return Result.of(measurement, verdict);
        }
    }

    /**
     * The end of a search.
     *
     * @param steps in the order in which they were tried
     * @param knee the highest rate that met the limits; empty if none did
     */
    public record Outcome(List<Step> steps, Optional<Rate> knee) {
        /** Returns the lowest rate above the knee that was tried and missed the limits. */
        public Optional<Step> bound() {
            double met = knee.map(Rate::perSecond).orElse(0.0);
            return steps.stream()
                    .filter(step -> !step.met() && step.rate().perSecond() > met)
                    .min(Comparator.comparingDouble(step -> step.rate().perSecond()));
        }

        /** Tells whether the server set the bound, and not a generator that fell behind. */
        public boolean valid() {
            return bound().map(step -> step.verdict().valid()).orElse(true);
        }
    }

    private static final int MAX_STEPS = 60;

    private RateSearch() {}

    /**
     * Tries rates.
     *
     * @param from the first, at least 1
     * @param to the highest that is tried
     * @param precision how close the bounds of the answer come, as a fraction of it
     */
    public static Outcome run(long from, long to, double precision, Trial trial)
            throws IOException, InterruptedException {
        List<Step> steps = new ArrayList<>();
        long met = 0;
        long missed = 0;
        long next = from;
        while (steps.size() < MAX_STEPS) {
            Step step = trial.at(Rate.perSecond(next));
            steps.add(step);
            if (step.met()) {
                met = next;
            } else {
                missed = next;
            }
            if (step.measurement().interrupted() || met == to) {
                break;
            }
            if (missed == 0) {
                next = Math.min(to, next * 2);
            } else if (missed - met <= Math.max(1, met * precision)) {
                break;
            } else {
                next = met == 0 ? missed / 2 : met + (missed - met) / 2;
                if (next == 0) {
                    break;
                }
            }
        }
        return new Outcome(
                List.copyOf(steps), met == 0 ? Optional.empty() : Optional.of(Rate.perSecond(met)));
    }
}
