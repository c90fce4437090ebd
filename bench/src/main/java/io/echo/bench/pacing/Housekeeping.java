package io.echo.bench.pacing;

/**
 * The times at which a loop looks at its connections: every 10 ms, but not while a reply may be
 * due. Used on that loop only; times are of {@link System#nanoTime}.
 */
public final class Housekeeping {
    private static final long EVERY_NS = 10_000_000;

    /** Time after a probe in which nothing is done that can wait: a round trip on loopback. */
    private static final long ROUND_TRIP_NS = 300_000;

    private long dueNs;
    private long keptNs;

    /** Makes it due, for the first time or at once. */
    public void begin(long nowNs) {
        dueNs = nowNs;
        keptNs = nowNs;
    }

    public long dueNs() {
        return dueNs;
    }

    /** Puts off what the end of a round trip would wait for, though not for ever. */
    public void probeSent(long nowNs) {
        boolean overdue = nowNs - keptNs > 2 * EVERY_NS;
        if (!overdue && nowNs + ROUND_TRIP_NS - dueNs > 0) {
            dueNs = nowNs + ROUND_TRIP_NS;
        }
    }

    /** Returns whether it is due, and plans the next time if it is. */
    public boolean takeTurn(long nowNs) {
        if (nowNs - dueNs < 0) {
            return false;
        }
        dueNs = nowNs + EVERY_NS;
        keptNs = nowNs;
        return true;
    }
}
