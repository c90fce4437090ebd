package io.echo.client.probe;

import java.util.Optional;
import org.HdrHistogram.Histogram;

/**
 * The measured phase of one flow: its counts, its latency, and its course over time.
 *
 * <p>Latency has two significant digits, so that thousands of flows fit in memory: about 10 KiB
 * each for times up to 10 ms. The course is kept in at most {@link #CELLS} equal spans of time,
 * which double in length whenever the phase outgrows them. Recording allocates nothing, but for a
 * time that is longer than any before and for the first probe that is missed. Confined to the
 * flow's event loop while probes come and go; read on another thread only after that.
 */
public final class FlowStats {
    /** The number of spans of time, at most. */
    public static final int CELLS = 128;

    /** The length of the shortest span: 2^24 ns, which is 16.8 ms. */
    private static final int SHORTEST_SHIFT = 24;

    /** Times are told apart from here on: 2^7 ns. */
    private static final long UNIT_NS = 128;

    private static final long ROOM_NS = 10_000_000;
    private static final int SIGNIFICANT_DIGITS = 2;
    private static final double MEDIAN = 50;
    private static final double TAIL = 99;

    private long startNs;

    /** The same until {@link #settle}, as the arrays below are. */
    private Histogram latency = newHistogram();

    private int[] inTime = new int[CELLS];
    private long[] latencyNs = new long[CELLS];

    /** Made when the first probe is missed. */
    private int[] missed;

    /** The binary logarithm of the length of a span in nanoseconds. */
    private int shift = SHORTEST_SHIFT;

    /** The span of the last reply, and what it adds: of many flows each array is far in memory. */
    private int span;

    private int spanInTime;
    private long spanLatencyNs;

    private long sent;
    private long received;
    private long p50Ns;
    private long p99Ns;
    private long late;
    private long firstReplyNs;
    private long lastReplyNs;

    /** Probes of each size: sent, lost, and in flight when the phase was ended; empty for one. */
    private long[] sentBySize = {};

    private long[] lostBySize = {};
    private long[] flyingBySize = {};

    /** Sets the start of the measured phase, on the nanoTime clock, before anything is entered. */
    public void startAt(long ns) {
        startNs = ns;
    }

    /** Creates an empty histogram of the range and precision of a flow's. */
    public static Histogram newHistogram() {
        Histogram histogram = new Histogram(UNIT_NS, ROOM_NS, SIGNIFICANT_DIGITS);
        histogram.setAutoResize(true);
        return histogram;
    }

    /**
     * Enters the first intact reply to a measured probe.
     *
     * @param isLate whether it took longer than the timeout: then it was missed, too
     */
    public void replied(long intendedNs, long tookNs, long nowNs, boolean isLate) {
        if (received == 0) {
            firstReplyNs = nowNs;
        }
        received++;
        lastReplyNs = nowNs;
        latency.recordValue(Math.min(Math.max(tookNs, 0), ProbeStats.LONGEST_NS));
        if (isLate) {
            late++;
        } else {
            int cell = cell(intendedNs);
            if (cell != span) {
                endSpan();
                span = cell;
            }
            spanInTime++;
            spanLatencyNs += tookNs;
        }
    }

    /** Enters a measured probe that was not answered in time. */
    void missed(long intendedNs) {
        if (missed == null) {
            missed = new int[CELLS];
        }
        missed[cell(intendedNs)]++;
    }

    void setSent(long probes) {
        sent = probes;
    }

    void setSizes(long[] sentOf, long[] lostOf, long[] flying) {
        sentBySize = sentOf;
        lostBySize = lostOf;
        flyingBySize = flying;
    }

    /**
     * Returns how many probes of each class of sizes were sent, and how many of them were lost;
     * both empty where all have one size.
     *
     * @param uncounted true if probes that were in flight at the end do not count as sent
     */
    public SizeCounts sizes(boolean uncounted) {
        long[] sentOf = sentBySize.clone();
        long[] lostOf = lostBySize.clone();
        for (int i = 0; i < sentOf.length; i++) {
            sentOf[i] -= uncounted ? flyingBySize[i] : 0;
            lostOf[i] += uncounted ? 0 : flyingBySize[i];
        }
        return new SizeCounts(sentOf, lostOf);
    }

    private int cell(long intendedNs) {
        long cell = Math.max(0, intendedNs - startNs) >> shift;
        while (cell >= CELLS) {
            lengthen();
            cell >>= 1;
        }
        return (int) cell;
    }

    /** Doubles the length of the spans until it is at least 2^{@code to} ns. */
    public void lengthenTo(int to) {
        while (shift < to && !settled()) {
            lengthen();
        }
    }

    /** Adds the replies of the last span to the course. */
    private void endSpan() {
        if (spanInTime > 0) {
            inTime[span] += spanInTime;
            latencyNs[span] += spanLatencyNs;
            spanInTime = 0;
            spanLatencyNs = 0;
        }
    }

    private void lengthen() {
        endSpan();
        for (int i = 0; i < CELLS; i++) {
            boolean full = 2 * i < CELLS;
            inTime[i] = full ? inTime[2 * i] + inTime[2 * i + 1] : 0;
            latencyNs[i] = full ? latencyNs[2 * i] + latencyNs[2 * i + 1] : 0;
            if (missed != null) {
                missed[i] = full ? missed[2 * i] + missed[2 * i + 1] : 0;
            }
        }
        span >>= 1;
        shift++;
    }

    /** Keeps the figures alone: of flows that have ended there may be very many. */
    public void settle() {
        spanInTime = 0;
        p50Ns = latency.getValueAtPercentile(MEDIAN);
        p99Ns = latency.getValueAtPercentile(TAIL);
        latency = null;
        inTime = null;
        latencyNs = null;
        missed = null;
    }

    private boolean settled() {
        return latency == null;
    }

    /** Returns the binary logarithm of the length of a span, in nanoseconds. */
    public int shift() {
        return shift;
    }

    /** Returns how many probes of a span were answered in time. */
    public int inTime(int cell) {
        endSpan();
        return settled() ? 0 : inTime[cell];
    }

    /** Returns the sum of their latencies. */
    public long latencyNs(int cell) {
        endSpan();
        return settled() ? 0 : latencyNs[cell];
    }

    /** Returns how many probes of a span were not answered in time. */
    public int missed(int cell) {
        return missed == null ? 0 : missed[cell];
    }

    /** Returns the times from the intended send to the first intact reply; empty once settled. */
    public Optional<Histogram> latency() {
        return Optional.ofNullable(latency);
    }

    /** Returns the median of these times; 0 without a reply. */
    public long p50Ns() {
        return settled() ? p50Ns : latency.getValueAtPercentile(MEDIAN);
    }

    /** Returns their 99th percentile; 0 without a reply. */
    public long p99Ns() {
        return settled() ? p99Ns : latency.getValueAtPercentile(TAIL);
    }

    /** Returns the measured probes of the flow, those that never left among them. */
    public long sent() {
        return sent;
    }

    /** Returns those with an intact reply. */
    public long received() {
        return received;
    }

    /** Returns those of {@link #received} that took longer than the timeout. */
    public long late() {
        return late;
    }

    /** Returns when the first intact reply came, after the start of the phase; if any has. */
    public long firstReplyNs() {
        return firstReplyNs - startNs;
    }

    /** Returns when the last one came. */
    public long lastReplyNs() {
        return lastReplyNs - startNs;
    }
}
