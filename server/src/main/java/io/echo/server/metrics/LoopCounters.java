package io.echo.server.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The counters of one event loop: written by that loop alone, read by anyone.
 *
 * <p>A single writer needs no atomic addition; opaque access keeps every read a value that was
 * written, and costs an add and a store. Two counters never share a cache line with another loop's.
 */
public final class LoopCounters {
    /** Longs in two cache lines, since processors fetch lines in pairs. */
    private static final int PADDING = 16;

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] values = new long[PADDING + Counter.values().length + PADDING];

    /** Adds on the loop. */
    public void add(Counter counter, long n) {
        int i = PADDING + counter.ordinal();
        CELL.setOpaque(values, i, values[i] + n);
    }

    /** Every value, in the order of the counters; one moment's when called on the loop. */
    public long[] copy() {
        long[] copy = new long[Counter.values().length];
        for (Counter counter : Counter.values()) {
            copy[counter.ordinal()] = get(counter);
        }
        return copy;
    }

    /** The value as of some moment at or before now. */
    public long get(Counter counter) {
        return (long) CELL.getOpaque(values, PADDING + counter.ordinal());
    }
}
