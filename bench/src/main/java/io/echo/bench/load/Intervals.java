package io.echo.bench.load;

import io.echo.client.probe.ProbeStats;
import java.util.ArrayList;
import java.util.List;

/**
 * The intervals of a run, in order: they add up to its totals.
 *
 * <p>What is known later of probes of an earlier interval is taken out there: a reply that came
 * after its probe was given up, and probes for whose replies nobody waited.
 */
final class Intervals {
    private final List<Interval> list = new ArrayList<>();
    private long lost;

    /**
     * Adds the last one, with all that is lost and in no interval yet.
     *
     * @param totalLost in the whole run
     */
    void addLast(double toS, ProbeStats stats, long totalLost, boolean open) {
        add(toS, stats, totalLost - lost, 0, open);
    }

    /**
     * Adds what was counted since the last one.
     *
     * @param nowLost in it, less those of earlier ones whose replies came in it
     */
    void add(double toS, ProbeStats stats, long nowLost, long inFlight, boolean open) {
        double fromS = list.isEmpty() ? 0 : list.get(list.size() - 1).toS();
        lost += nowLost;
        takeBack(Math.max(0, -nowLost));
        // A run that is stopped in its warm-up ends before the phase begins.
        list.add(
                Interval.of(
                        fromS, Math.max(fromS, toS), stats, Math.max(0, nowLost), inFlight, open));
    }

    /** Takes lost probes out of the last intervals that have some: their replies came late. */
    private void takeBack(long probes) {
        long left = probes;
        for (int i = list.size() - 1; i >= 0 && left > 0; i--) {
            Interval interval = list.get(i);
            long here = Math.min(left, interval.lost());
            list.set(i, interval.with(interval.sent(), interval.lost() - here));
            left -= here;
        }
    }

    /** Takes probes out of those that were sent in the last intervals. */
    void leaveOut(long probes) {
        long left = probes;
        for (int i = list.size() - 1; i >= 0 && left > 0; i--) {
            Interval interval = list.get(i);
            long here = Math.min(left, interval.sent());
            list.set(i, interval.with(interval.sent() - here, interval.lost()));
            left -= here;
        }
    }

    /** Returns the last one. */
    Interval last() {
        return list.get(list.size() - 1);
    }

    List<Interval> all() {
        return List.copyOf(list);
    }
}
