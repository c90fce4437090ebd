package io.echo.client.mtu;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Tries of a size, and waits for anything, on one socket.
 *
 * <p>A size is given up when so many tries are lost that chance would do that once in 10,000 times,
 * by the loss of the small datagrams that are sent beside: 5 tries when none of the first ten was
 * lost, 8 when two were, 20 at most.
 */
final class Patience {
    private static final int FEWEST_TRIES = 3;
    private static final int MOST_TRIES = 20;
    private static final double CHANCE = 1e-4;

    /** Time for a limiter to forgive what was sent. */
    static final long REST_NS = TimeUnit.SECONDS.toNanos(1);

    /** Bytes leave no faster than this: 8 MB a second. */
    private static final long NS_PER_BYTE = 125;

    private static final long SHORTEST_PAUSE_NS = 1_000_000;
    private static final long SHORTEST_GAP_NS = 5_000_000;

    private final DatagramBook book;
    private final long timeoutNs;

    Patience(DatagramBook book, Duration timeout) {
        this.book = book;
        this.timeoutNs = timeout.toNanos();
    }

    /** Tries of a size, by the loss so far. */
    int tries() {
        double tries = Math.log(CHANCE) / Math.log(book.loss(System.nanoTime() - timeoutNs));
        return (int) Math.min(MOST_TRIES, Math.max(FEWEST_TRIES, Math.ceil(tries)));
    }

    /** The time from now at which nothing more is waited for. */
    long deadlineNs() {
        return System.nanoTime() + timeoutNs;
    }

    /** The time from now until the next try of what was not answered. */
    long gapNs() {
        long twiceNs = 2 * book.longestNs();
        return Math.min(
                timeoutNs / 4, Math.max(Math.max(SHORTEST_GAP_NS, timeoutNs / 20), twiceNs));
    }

    /** The time after a datagram of so many bytes for which the next one waits. */
    static long pauseNs(int bytes) {
        return Math.max(SHORTEST_PAUSE_NS, bytes * NS_PER_BYTE);
    }
}
