package io.echo.client.outage;

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

    /** Returns the longest outage, of which there must be one. */
    public LossRun longest() {
        return list.stream().filter(run -> run.lengthNs() == longestNs).findFirst().orElseThrow();
    }
}
