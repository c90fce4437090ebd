package io.echo.bench.oracle;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/** A server's pauses, which are part of its program. */
final class Waiting {
    private static final long LONGEST_MS = 2_000;

    private Waiting() {}

    /** Waits until a thread has ended, or long enough. */
    static void forEnd(Thread thread) {
        try {
            thread.join(LONGEST_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for a signal that surely comes. */
    static void forSignal(CountDownLatch signal) {
        try {
            signal.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static void forNs(long ns) {
        long endNs = System.nanoTime() + ns;
        for (long left = ns; left > 0; left = endNs - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
