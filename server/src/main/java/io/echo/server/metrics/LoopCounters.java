package io.echo.server.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The counters of one event loop, written by that loop alone and read by any thread.
 *
 * <p>A single writer needs no atomic addition. With opaque access a reader sees only values that
 * were written, and an addition costs an add and a store. No cache line holds counters of two
 * loops.
 */
public final class LoopCounters {
    /** Longs in two cache lines, since processors fetch lines in pairs. */
    private static final int PADDING = 16;

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] values = new long[PADDING + Counter.values().length + PADDING];

    /** Adds to a counter. On the loop. */
    public void add(Counter counter, long n) {
        int i = PADDING + counter.ordinal();
        CELL.setOpaque(values, i, values[i] + n);
    }

    /** Returns every value, by ordinal; on the loop they are of one moment. */
    public long[] copy() {
        long[] copy = new long[Counter.values().length];
        for (Counter counter : Counter.values()) {
            copy[counter.ordinal()] = get(counter);
        }
        return copy;
    }

    /** Returns the value of a counter, now or a moment ago. */
    public long get(Counter counter) {
        return (long) CELL.getOpaque(values, PADDING + counter.ordinal());
    }
}
