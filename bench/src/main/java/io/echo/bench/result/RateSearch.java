package io.echo.bench.result;

import io.echo.bench.load.Measurement;
import io.echo.bench.verdict.Verdict;
import io.echo.client.probe.Rate;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * The search for the highest rate that meets the limits: it doubles the rate until one misses them,
 * then halves the gap between the highest rate that met them and the lowest that did not. A rate at
 * which the generator fell behind is tried again before it counts as one that did not. After a rate
 * at which nothing came back, the highest that met the limits is tried again: a service that has
 * gone away has no such rate, nor has one that can be reached no more.
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
        /** Tells whether it met the limits; one that was interrupted did not. */
        public boolean met() {
            return verdict.exitCode() == Verdict.OK && !measurement.interrupted();
        }

        /** Tells whether the service failed: nothing came back. */
        public boolean failed() {
            return verdict.exitCode() == Verdict.FAULT && !measurement.interrupted();
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
     * @param bound the lowest rate above it that did not, as it was tried last; empty if none was
     * @param unreachable why the service could not be reached any more, which ended the search
     * @param interrupted whether it was ended before it had its answer
     */
    public record Outcome(
            List<Step> steps,
            Optional<Rate> knee,
            Optional<Step> bound,
            Optional<String> unreachable,
            boolean interrupted) {
        /** Tells whether the server set the bound, and not a generator that fell behind. */
        public boolean valid() {
            return unreachable.isPresent()
                    || bound.map(step -> step.verdict().valid()).orElse(true);
        }

        /**
         * Tells whether the service had failed in the end, at a rate that had met the limits or at
         * every one: that no rate meets them says nothing then.
         */
        public boolean failed() {
            return !interrupted
                    && knee.isEmpty()
                    && (unreachable.isPresent() || steps.get(steps.size() - 1).failed());
        }

        /** Tells whether higher rates may meet the limits, too, because none was tried. */
        public boolean atLeast() {
            return interrupted || bound.isEmpty();
        }

        /**
         * Returns what a reader should know of the end and of the run at the knee, a sentence each.
         */
        public List<String> warnings() {
            return Stream.concat(
                            unreachable.stream(),
                            decisive().stream()
                                    .filter(step -> knee.filter(step.rate()::equals).isPresent())
                                    .flatMap(step -> step.verdict().warnings().stream()))
                    .toList();
        }

        /**
         * Returns the step of each rate that decided: the last, where one was tried again, and none
         * that was interrupted unless it is the only one.
         */
        public List<Step> decisive() {
            Map<Rate, Step> last = new LinkedHashMap<>();
            steps.stream()
                    .filter(step -> steps.size() == 1 || !step.measurement().interrupted())
                    .forEach(step -> last.put(step.rate(), step));
            return List.copyOf(last.values());
        }
    }

    /** The tries of a rate at which the generator falls behind, which may be a moment's hiccup. */
    public static final int TRIES = 3;

    private static final int MAX_RATES = 60;

    private final List<Step> steps = new ArrayList<>();
    private final Trial trial;
    private final BooleanSupplier stopped;
    private Optional<String> unreachable = Optional.empty();

    private RateSearch(Trial trial, BooleanSupplier stopped) {
        this.trial = trial;
        this.stopped = stopped;
    }

    /**
     * Tries rates.
     *
     * @param from the first, at least 1
     * @param to the highest that is tried
     * @param precision how close the bounds of the answer come, as a fraction of it
     * @param stopped tells whether the search is to end early
     * @throws IOException when the service cannot be reached at the first rate
     */
    public static Outcome run(
            long from, long to, double precision, Trial trial, BooleanSupplier stopped)
            throws IOException, InterruptedException {
        return new RateSearch(trial, stopped).search(from, to, precision);
    }

    private Outcome search(long from, long to, double precision)
            throws IOException, InterruptedException {
        long met = 0;
        Optional<Step> bound = Optional.empty();
        long next = from;
        for (int rates = 0; rates < MAX_RATES && next > 0; rates++) {
            Optional<Step> step = step(Rate.perSecond(next));
            if (step.isEmpty()) {
                return ended(met, bound);
            }
            if (step.get().met()) {
                met = next;
            } else {
                bound = step;
            }
            if (met > 0 && step.get().failed()) {
                Optional<Step> again = step(Rate.perSecond(met));
                if (again.isEmpty()) {
                    return ended(met, bound);
                }
                if (!again.get().met()) {
                    met = 0;
                    bound = again;
                }
                if (again.get().failed()) {
                    return outcome(met, bound, false);
                }
            }
            next = next(met, bound, to, precision);
        }
        return outcome(met, bound, false);
    }

    /** Returns the rate to try next; 0 when the answer is known. */
    private static long next(long met, Optional<Step> bound, long to, double precision) {
        if (bound.isEmpty()) {
            return met == to ? 0 : Math.min(to, met * 2);
        }
        long missed = (long) bound.get().rate().perSecond();
        if (missed - met <= Math.max(1, met * precision)) {
            return 0;
        }
        return met == 0 ? missed / 2 : met + (missed - met) / 2;
    }

    /** Returns the outcome of a search that has no answer. */
    private Outcome ended(long met, Optional<Step> bound) {
        return unreachable.isPresent() ? outcome(0, bound, false) : outcome(met, bound, true);
    }

    /**
     * Tries a rate, again when it could not be measured; empty when that was interrupted, or the
     * service could not be reached any more.
     */
    private Optional<Step> step(Rate rate) throws IOException, InterruptedException {
        for (int tries = 1; ; tries++) {
            if (stopped.getAsBoolean() && !steps.isEmpty()) {
                return Optional.empty();
            }
            Step step;
            try {
                step = trial.at(rate);
            } catch (IOException e) {
                if (steps.isEmpty()) {
                    throw e;
                }
                if (!stopped.getAsBoolean()) { // else interrupted while connecting
                    unreachable = Optional.of("at " + rate + ": " + e.getMessage());
                }
                return Optional.empty();
            }
            steps.add(step);
            if (step.measurement().interrupted()) {
                return Optional.empty();
            }
            if (step.verdict().valid() || tries == TRIES) {
                return Optional.of(step);
            }
        }
    }

    private Outcome outcome(long met, Optional<Step> bound, boolean interrupted) {
        return new Outcome(
                List.copyOf(steps),
                met == 0 ? Optional.empty() : Optional.of(Rate.perSecond(met)),
                bound,
                unreachable,
                interrupted);
    }
}
