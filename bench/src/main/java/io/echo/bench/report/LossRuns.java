package io.echo.bench.report;

import io.echo.client.figures.Figures;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Loss runs of about the same length, in ranges that double.
 *
 * @param least probes in the shortest of them
 * @param most probes in the longest of them
 * @param times how often one of them came
 * @param probes in all of them together
 */
record LossRuns(long least, long most, long times, double probes) {
    /** Returns the ranges in which there are any, the shortest first. */
    static List<LossRuns> of(SortedMap<Long, Long> runs) {
        TreeMap<Integer, LossRuns> ranges = new TreeMap<>();
        for (Map.Entry<Long, Long> run : runs.entrySet()) {
            long length = run.getKey();
            ranges.merge(
                    Long.SIZE - Long.numberOfLeadingZeros(Math.max(1, length)),
                    new LossRuns(length, length, run.getValue(), (double) length * run.getValue()),
                    LossRuns::and);
        }
        return new ArrayList<>(ranges.values());
    }

    private LossRuns and(LossRuns other) {
        return new LossRuns(
                Math.min(least, other.least),
                Math.max(most, other.most),
                times + other.times,
                probes + other.probes);
    }

    /** Returns the lengths in words. */
    String lengths() {
        return Figures.count(least) + (most > least ? " to " + Figures.count(most) : "");
    }
}
