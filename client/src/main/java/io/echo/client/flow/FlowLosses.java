package io.echo.client.flow;

import io.echo.client.outage.LossRun;
import java.util.List;

/**
 * Adds up the probes of one flow that were not answered in time, in the order in which they should
 * have left: in runs, and apart from those that the service as a whole did not answer.
 */
final class FlowLosses {
    private final List<LossRun> outages;
    private final List<ServiceLosses.Span> downs;
    private final double distanceNs;

    /** The index of the first outage that ends after the last probe. */
    private int outage;

    private long within;
    private double squares;
    private long longestNs;

    private long lastSequence = Long.MIN_VALUE;
    private long runFromNs;
    private long runToNs;
    private long run;
    private long runOutside;

    /**
     * Begins with nothing.
     *
     * @param outages of the service, in the order of their times
     * @param downs times in which its place had no connection
     * @param distanceNs from one probe of the flow to the next, on average
     */
    FlowLosses(List<LossRun> outages, List<ServiceLosses.Span> downs, double distanceNs) {
        this.outages = outages;
        this.downs = downs;
        downs.forEach(down -> longestNs = Math.max(longestNs, down.toNs() - down.fromNs()));
        this.distanceNs = distanceNs;
    }

    /**
     * Enters a probe.
     *
     * @param sequence in the order of the flow
     * @param atNs when it should have left
     * @param nextNs when the next one of the flow should have left, or the phase ended
     */
    void add(long sequence, long atNs, long nextNs) {
        follow(sequence, nextNs);
        runFromNs = run == 0 ? atNs : runFromNs;
        run++;
        while (outage < outages.size() && outages.get(outage).toNs() <= atNs) {
            outage++;
        }
        boolean inOutage = outage < outages.size() && outages.get(outage).fromNs() <= atNs;
        if (inOutage || downs.stream().anyMatch(down -> down.includes(atNs))) {
            within++;
        } else {
            runOutside++;
        }
    }

    /** Enters a probe that says nothing: it is in no run, and does not end one. */
    void skip(long sequence, long nextNs) {
        follow(sequence, nextNs);
    }

    private void follow(long sequence, long nextNs) {
        if (sequence != lastSequence + 1) {
            endRun();
        }
        lastSequence = sequence;
        runToNs = nextNs;
    }

    private void endRun() {
        LossRun ended = new LossRun(runFromNs, runFromNs, runToNs, run, 1);
        if (ended.isOutage(distanceNs)) {
            longestNs = Math.max(longestNs, ended.lengthNs());
        }
        squares += (double) runOutside * runOutside;
        run = 0;
        runOutside = 0;
    }

    /** Ends the last run; to be called once, after the last probe. */
    void end() {
        endRun();
    }

    /** Returns the length of the longest outage of the flow; 0 when there was none. */
    long longestNs() {
        return longestNs;
    }

    /** Returns the probes in outages of the service, or without a connection. */
    long within() {
        return within;
    }

    /** Returns the squared lengths of the runs outside of them, added up. */
    double squares() {
        return squares;
    }
}
