package io.echo.bench.flow;

import java.util.List;

/**
 * Flows against time: how each fared in each of some equal spans of the measured phase.
 *
 * @param cellS length of a span in seconds
 * @param rows a flow each, in the order of {@link Paths#flows}
 */
public record FlowStrip(double cellS, List<Row> rows) {
    /**
     * The course of one flow.
     *
     * @param flow its local address
     * @param sent probes of each span, by the time at which they should have left
     * @param missed those of them without an answer in time
     * @param latencyUs mean latency of the others; NaN where there is none
     */
    public record Row(String flow, long[] sent, long[] missed, double[] latencyUs) {}
}
