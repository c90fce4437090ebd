package io.echo.client.flow;

import io.echo.client.probe.FlowStats;
import java.util.List;

/**
 * The latency of flows beside that of the others at the same time. A flow that was opened in mid
 * run met another service than one that had ended by then: a server that has just started is slow
 * for all.
 */
final class Contemporaries {
    /** The part of the time with replies from which on a flow has met what the others have. */
    private static final double WHOLE = 0.8;

    private final long wholeNs;
    private final long[] replies = new long[FlowStats.CELLS];
    private final long[] latencyNs = new long[FlowStats.CELLS];

    /** Adds up flows that were answered, which then have spans of one length. */
    Contemporaries(List<FlowStats> flows) {
        int shift = flows.stream().mapToInt(FlowStats::shift).max().orElse(0);
        flows.forEach(flow -> flow.lengthenTo(shift));
        long firstNs = flows.stream().mapToLong(FlowStats::firstReplyNs).min().orElse(0);
        wholeNs = flows.stream().mapToLong(FlowStats::lastReplyNs).max().orElse(0) - firstNs;
        for (FlowStats flow : flows) {
            for (int cell = 0; cell < FlowStats.CELLS; cell++) {
                replies[cell] += flow.inTime(cell);
                latencyNs[cell] += flow.latencyNs(cell);
            }
        }
    }

    /**
     * Tells whether a flow, one of those added up, was answered all the time, or for most of its
     * replies later than the others in the same span of time.
     *
     * @param times the mean of the others by which it must be longer
     * @param moreNs time by which it must be longer
     */
    boolean allowSlow(FlowStats flow, double times, long moreNs) {
        if (flow.lastReplyNs() - flow.firstReplyNs() >= WHOLE * wholeNs) {
            return true;
        }
        long compared = 0;
        long slower = 0;
        for (int cell = 0; cell < FlowStats.CELLS; cell++) {
            long own = flow.inTime(cell);
            long others = replies[cell] - own;
            if (own == 0 || others == 0) {
                continue;
            }
            double mean = (double) flow.latencyNs(cell) / own;
            double othersMean = (double) (latencyNs[cell] - flow.latencyNs(cell)) / others;
            compared += own;
            slower += mean >= othersMean * times && mean >= othersMean + moreNs ? own : 0;
        }
        return 2 * slower > compared;
    }
}
