package io.echo.client.outage;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.TreeMap;

/**
 * Adds up loss runs. It remembers the longest ones alone, so that a service that loses half of a
 * million probes takes no more memory than one that stops once.
 */
public final class OutageTally {
    /** Outages, and loss runs, that are remembered. */
    public static final int LISTED = 1_000;

    private static final Comparator<LossRun> BY_TIME = Comparator.comparingLong(LossRun::fromNs);

    private final double distanceNs;
    private final Longest outages = new Longest(Comparator.comparingLong(LossRun::lengthNs));
    private final Longest periods =
            new Longest(Comparator.comparingLong(run -> run.toNs() - run.beforeNs()));
    private final TreeMap<Long, Long> runs = new TreeMap<>();
    private long count;
    private long longestNs;

    /**
     * Begins with nothing.
     *
     * @param distanceNs from one probe to the next, on average
     */
    public OutageTally(double distanceNs) {
        this.distanceNs = distanceNs;
    }

    /** Adds a run. */
    public void add(LossRun run) {
        runs.merge(run.probes(), 1L, Long::sum);
        periods.offer(run);
        if (run.isOutage(distanceNs)) {
            addOutage(run);
        }
    }

    /** Adds a time that is an outage however many probes were due in it. */
    public void addOutage(LossRun run) {
        count++;
        longestNs = Math.max(longestNs, run.lengthNs());
        outages.offer(run);
    }

    /** Adds probes that were each missed between two that were answered. */
    public void addSingles(long probes) {
        if (probes > 0) {
            runs.merge(1L, probes, Long::sum);
        }
    }

    /** Returns the sum so far. */
    public Outages outages() {
        return new Outages(
                outages.byTime(), count, longestNs, new TreeMap<>(runs), periods.byTime());
    }

    /** The longest of all that were offered. */
    private static final class Longest {
        private final PriorityQueue<LossRun> kept;
        private final Comparator<LossRun> byLength;

        Longest(Comparator<LossRun> byLength) {
            this.byLength = byLength;
            this.kept = new PriorityQueue<>(byLength);
        }

        void offer(LossRun run) {
            if (kept.size() == LISTED && byLength.compare(kept.peek(), run) >= 0) {
                return;
            }
            kept.add(run);
            if (kept.size() > LISTED) {
                kept.remove();
            }
        }

        List<LossRun> byTime() {
            return kept.stream().sorted(BY_TIME).toList();
        }
    }
}
