package io.echo.client.outage;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * The probes that were not answered in time, of a series that is numbered in the order in which
 * they should have left. Two that follow each other belong to one run, for whatever is not here was
 * answered.
 *
 * <p>They may be entered in any order: a late reply is known before a probe that expires. Confined
 * to one thread.
 */
public final class MissLog {
    /** A time that is not known. */
    public static final long UNKNOWN = Long.MIN_VALUE;

    /** Probes at most: 48 MB. Beyond it the service answers next to nothing. */
    private static final int MOST = 1 << 20;

    /**
     * A probe without an answer. Times are on the nanoTime clock.
     *
     * @param kind of probe
     * @param beforeNs when the probe before it should have left
     * @param afterNs when the probe after it should have left
     */
    private record Miss(long number, int kind, long intendedNs, long beforeNs, long afterNs) {
        long nextNs(long endNs) {
            return Math.min(afterNs, endNs);
        }
    }

    private final List<Miss> misses = new ArrayList<>();

    /**
     * Enters a probe without an answer in time.
     *
     * @param number in the series
     * @param kind of the probe, as {@link #runs} is asked for
     * @param intendedNs when it should have left
     * @param beforeNs when the one before it should have left; {@link #UNKNOWN} for the first
     * @param afterNs when the one after it should have left, or does at the latest
     */
    public void add(long number, int kind, long intendedNs, long beforeNs, long afterNs) {
        if (misses.size() < MOST) {
            misses.add(new Miss(number, kind, intendedNs, beforeNs, afterNs));
        }
    }

    /** Takes a probe, and the times at which it and the next one should have left. */
    public interface Visitor {
        /** Called once for each probe, in the order of their numbers. */
        void miss(long number, int kind, long atNs, long nextNs);
    }

    /**
     * Visits the probes without an answer; times are since the start of the phase.
     *
     * @param startNs of the measured phase, on the nanoTime clock
     * @param endNs of it
     */
    public void forEach(long startNs, long endNs, Visitor visitor) {
        for (Miss miss : sorted()) {
            visitor.miss(
                    miss.number(),
                    miss.kind(),
                    miss.intendedNs() - startNs,
                    miss.nextNs(endNs) - startNs);
        }
    }

    private List<Miss> sorted() {
        List<Miss> sorted = new ArrayList<>(misses);
        sorted.sort(Comparator.comparingLong(Miss::number));
        return sorted;
    }

    /**
     * Returns the runs of probes of some kinds, in the order of their numbers. A missed probe of
     * another kind says nothing: it is in no run, and does not end one.
     *
     * @param startNs of the measured phase, on the nanoTime clock
     * @param endNs of it
     * @param counts the kinds
     */
    public List<LossRun> runs(long startNs, long endNs, IntPredicate counts) {
        List<Miss> sorted = sorted();
        List<LossRun> runs = new ArrayList<>();
        for (int i = 0; i < sorted.size(); ) {
            int first = i;
            do {
                i++;
            } while (i < sorted.size() && sorted.get(i).number() == sorted.get(i - 1).number() + 1);
            run(sorted.subList(first, i), startNs, endNs, counts).ifPresent(runs::add);
        }
        return runs;
    }

    /** Makes a run of misses that follow each other; none if no probe of them counts. */
    private static Optional<LossRun> run(
            List<Miss> misses, long startNs, long endNs, IntPredicate counts) {
        List<Miss> counting = misses.stream().filter(miss -> counts.test(miss.kind())).toList();
        if (counting.isEmpty()) {
            return Optional.empty();
        }
        Miss first = misses.get(0);
        long fromNs = counting.get(0).intendedNs();
        return Optional.of(
                new LossRun(
                        (first.beforeNs() == UNKNOWN ? fromNs : first.beforeNs()) - startNs,
                        fromNs - startNs,
                        misses.get(misses.size() - 1).nextNs(endNs) - startNs,
                        counting.size(),
                        1));
    }
}
