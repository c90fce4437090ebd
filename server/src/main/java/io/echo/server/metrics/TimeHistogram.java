package io.echo.server.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Durations in buckets that double from a microsecond to a second. Written by one thread and read
 * by any, as {@link LoopCounters} are.
 */
public final class TimeHistogram {
    /** Number of buckets: up to 1 us, 2 us, 4 us … 1.05 s, and one for longer durations. */
    public static final int BUCKETS = 22;

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int PADDING = 16;
    private static final int SUM = PADDING + BUCKETS;

    private final long[] values = new long[SUM + 1 + PADDING];

    /** Adds {@code count} durations of {@code ns} each, on the writing thread. */
    public void record(long ns, int count) {
        add(PADDING + bucket(ns), count);
        add(SUM, ns * count);
    }

    /** Returns the number of durations in a bucket. */
    public long count(int bucket) {
        return (long) CELL.getOpaque(values, PADDING + bucket);
    }

    /** Returns the sum of all durations, in nanoseconds. */
    public long sumNs() {
        return (long) CELL.getOpaque(values, SUM);
    }

    /** Returns the upper bound of a bucket, in seconds. */
    public static double upperSeconds(int bucket) {
        return bucket == BUCKETS - 1 ? Double.POSITIVE_INFINITY : (1L << bucket) / 1e6;
    }

    static int bucket(long ns) {
        if (ns <= 1_000) {
            return 0;
        }
        return Math.min(BUCKETS - 1, 64 - Long.numberOfLeadingZeros((ns - 1) / 1_000));
    }

    private void add(int i, long n) {
        CELL.setOpaque(values, i, values[i] + n);
    }
}
