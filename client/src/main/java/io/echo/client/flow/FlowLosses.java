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
    private final Ends ends;

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
    private long runTail;
    private Tail tail = Tail.NONE;

    /**
     * The times at which answers end, in nanoseconds since the start of the measured phase.
     *
     * @param flowNs when the last reply of the flow came
     * @param serviceNs from when on no probe of any flow was answered
     * @param phaseNs when the flow's turn to be asked ended with the phase; later for a flow whose
     *     connection was closed or replaced before
     */
    record Ends(long flowNs, long serviceNs, long phaseNs) {}

    /**
     * The run of losses in which a flow ended.
     *
     * @param fromNs when the first probe of it should have left
     * @param run its probes, outside of outages of the service
     * @param probes those of them that were due after the flow's last reply, and while other flows
     *     were answered
     */
    record Tail(long fromNs, long run, long probes) {
        /** The last probe of the flow was answered. */
        static final Tail NONE = new Tail(Long.MAX_VALUE, 0, 0);
    }

    /**
     * Begins with nothing.
     *
     * @param outages of the service, in the order of their times
     * @param downs times in which its place had no connection
     * @param distanceNs from one probe of the flow to the next, on average
     * @param ends of the answers
     */
    FlowLosses(
            List<LossRun> outages, List<ServiceLosses.Span> downs, double distanceNs, Ends ends) {
        this.outages = outages;
        this.downs = downs;
        downs.forEach(down -> longestNs = Math.max(longestNs, down.toNs() - down.fromNs()));
        this.distanceNs = distanceNs;
        this.ends = ends;
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
            runTail += atNs > ends.flowNs() && atNs < ends.serviceNs() ? 1 : 0;
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
        runTail = 0;
    }

    /** Ends the last run; to be called once, after the last probe. */
    void end() {
        if (run > 0 && runToNs >= ends.phaseNs()) {
            tail = new Tail(runFromNs, runOutside, runTail);
        }
        endRun();
    }

    /** Returns the run of losses with which the phase ended. */
    Tail tail() {
        return tail;
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
