package io.echo.bench.load;

import java.time.Duration;
import java.time.Instant;

/**
 * The time of day beside that of {@link System#nanoTime}.
 *
 * <p>The two are read one after the other, and a thread may lose its core in between: of some tries
 * the quickest counts.
 *
 * @param ns on the nanoTime clock
 * @param instant the same moment
 */
record WallClock(long ns, Instant instant) {
    private static final int TRIES = 20;

    /** Quick enough: what both readings take. */
    private static final long ERROR_NS = 20_000;

    private static WallClock read() {
        WallClock best = null;
        long quickestNs = Long.MAX_VALUE;
        for (int i = 0; i < TRIES && quickestNs > ERROR_NS; i++) {
            long beforeNs = System.nanoTime();
            Instant now = Instant.now();
            long tookNs = System.nanoTime() - beforeNs;
            if (tookNs < quickestNs) {
                quickestNs = tookNs;
                best = new WallClock(beforeNs + tookNs / 2, now);
            }
        }
        return best;
    }

    /** Returns the time of day at a time on the nanoTime clock. */
    static Instant instant(long ns) {
        WallClock now = read();
        return now.instant.plusNanos(ns - now.ns);
    }

    /** Returns the time on the nanoTime clock at a time of day. */
    static long nanoTime(Instant at) {
        WallClock now = read();
        return now.ns + Duration.between(now.instant, at).toNanos();
    }
}
