package io.echo.client.outage;

import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The times in which a service, or one flow of it, did not answer.
 *
 * @param list the longest outages, in the order of their times; {@link OutageTally#LISTED} at most
 * @param count of all outages
 * @param longestNs length of the longest; 0 when there is none
 * @param runs number of loss runs, of whatever length, by their number of probes
 * @param periods the longest loss runs, outages or not, in the order of their times; for adding up
 *     the results of several generators
 */
public record Outages(
        List<LossRun> list,
        long count,
        long longestNs,
        SortedMap<Long, Long> runs,
        List<LossRun> periods) {
    /** No probe was without an answer. */
    public static final Outages NONE = new Outages(List.of(), 0, 0, new TreeMap<>(), List.of());

    /** The part of all such series of probes in which chance makes a run as long as one named. */
    private static final double LEVEL = 0.01;

    /** The part of the longest outage that another one must have to be named beside it. */
    private static final double WORTH_NAMING = 0.05;

    /**
     * Returns the outages that losses at random would rarely make, at the loss beside each: the
     * longest first, and none that is small beside it.
     *
     * @param sent probes of the series, without those whose loss is explained elsewhere
     * @param explained losses
     */
    public List<LossRun> beyondChance(long sent, long explained) {
        return list.stream()
                .filter(run -> run.lengthNs() >= WORTH_NAMING * longestNs)
                .filter(run -> run.probes() == 0 || chance(run, sent, explained) < LEVEL)
                .sorted(Comparator.comparingLong(LossRun::lengthNs).reversed())
                .toList();
    }

    /** Returns how often losses at random make a run as long, in one such series. */
    private double chance(LossRun run, long sent, long explained) {
        double others = Math.max(0, missed() - explained - run.probes());
        double loss = (others + 1.0) / (sent - run.probes() + 2.0);
        return sent * Math.pow(loss, run.probes());
    }

    /** Returns the number of probes that were not answered in time. */
    public long missed() {
        return runs.entrySet().stream().mapToLong(run -> run.getKey() * run.getValue()).sum();
    }

    /** Returns the longest outage, of which there must be one. */
    public LossRun longest() {
        return list.stream().filter(run -> run.lengthNs() == longestNs).findFirst().orElseThrow();
    }
}
