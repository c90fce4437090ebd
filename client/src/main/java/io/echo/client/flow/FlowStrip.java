package io.echo.client.flow;

import io.echo.client.probe.FlowStats;
import io.netty.util.NetUtil;
import java.util.List;

/**
 * Flows against time: how each fared in each of some equal spans of the measured phase.
 *
 * @param cellS length of a span in seconds
 * @param rows a flow each, in the order of {@link Paths#flows}
 */
public record FlowStrip(double cellS, List<Row> rows) {
    private static final double NANOS = 1e9;
    private static final double NANOS_PER_US = 1e3;

    /**
     * The course of one flow.
     *
     * @param flow its local address
     * @param sent probes of each span, by the time at which they should have left
     * @param missed those of them without an answer in time
     * @param latencyUs mean latency of the others; NaN where there is none
     */
    public record Row(String flow, long[] sent, long[] missed, double[] latencyUs) {}

    /** Draws flows, of which there is one at least, in spans of one length. */
    static FlowStrip of(List<FlowBook.Entry> flows, long lengthNs) {
        int shift = flows.stream().mapToInt(flow -> flow.stats().shift()).max().orElseThrow();
        flows.forEach(flow -> flow.stats().lengthenTo(shift));
        int cells = (int) Math.min(FlowStats.CELLS, Math.max(1, (lengthNs - 1 >> shift) + 1));
        return new FlowStrip(
                (1L << shift) / NANOS, flows.stream().map(flow -> row(flow, cells)).toList());
    }

    private static Row row(FlowBook.Entry flow, int cells) {
        FlowStats stats = flow.stats();
        long[] sent = new long[cells];
        long[] without = new long[cells];
        double[] latencyUs = new double[cells];
        for (int cell = 0; cell < cells; cell++) {
            without[cell] = stats.missed(cell);
            sent[cell] = (long) stats.inTime(cell) + stats.missed(cell);
            latencyUs[cell] = // NaN where none was
                    stats.latencyNs(cell) / NANOS_PER_US / stats.inTime(cell);
        }
        return new Row(NetUtil.toSocketAddressString(flow.local()), sent, without, latencyUs);
    }
}
