package io.echo.client.outage;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

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
     * @param flow that it belonged to
     * @param beforeNs when the probe before it should have left
     * @param afterNs when the probe after it should have left
     */
    private record Miss(long number, int flow, long intendedNs, long beforeNs, long afterNs) {
        long nextNs(long endNs) {
            return Math.min(afterNs, endNs);
        }
    }

    private final List<Miss> misses = new ArrayList<>();

    /**
     * Enters a probe without an answer in time.
     *
     * @param number in the series
     * @param flow of the series to which it belonged
     * @param intendedNs when it should have left
     * @param beforeNs when the one before it should have left; {@link #UNKNOWN} for the first
     * @param afterNs when the one after it should have left, or does at the latest
     */
    public void add(long number, int flow, long intendedNs, long beforeNs, long afterNs) {
        if (misses.size() < MOST) {
            misses.add(new Miss(number, flow, intendedNs, beforeNs, afterNs));
        }
    }

    /** Takes a probe, and the times at which it and the next one should have left. */
    public interface Visitor {
        /** Called once for each probe, in the order of their numbers. */
        void miss(long number, long atNs, long nextNs);
    }

    /**
     * Visits the probes without an answer; times are since the start of the phase.
     *
     * @param startNs of the measured phase, on the nanoTime clock
     * @param endNs of it
     */
    public void forEach(long startNs, long endNs, Visitor visitor) {
        for (Miss miss : sorted()) {
            visitor.miss(miss.number(), miss.intendedNs() - startNs, miss.nextNs(endNs) - startNs);
        }
    }

    private List<Miss> sorted() {
        List<Miss> sorted = new ArrayList<>(misses);
        sorted.sort(Comparator.comparingLong(Miss::number));
        return sorted;
    }

    /**
     * Returns the runs, in the order of their times.
     *
     * @param startNs of the measured phase, on the nanoTime clock
     * @param endNs of it
     */
    public List<LossRun> runs(long startNs, long endNs) {
        List<Miss> sorted = sorted();
        List<LossRun> runs = new ArrayList<>();
        for (int i = 0; i < sorted.size(); ) {
            int first = i;
            Set<Integer> flows = new HashSet<>();
            do {
                flows.add(sorted.get(i).flow());
                i++;
            } while (i < sorted.size() && sorted.get(i).number() == sorted.get(i - 1).number() + 1);
            Miss begin = sorted.get(first);
            long beforeNs = begin.beforeNs() == UNKNOWN ? begin.intendedNs() : begin.beforeNs();
            runs.add(
                    new LossRun(
                            beforeNs - startNs,
                            begin.intendedNs() - startNs,
                            sorted.get(i - 1).nextNs(endNs) - startNs,
                            i - first,
                            flows.size()));
        }
        return runs;
    }
}
