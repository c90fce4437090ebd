package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for what nothing announces, with a deadline. */
final class Await {
    private static final long TICK_NS = 5_000_000;

    private Await() {}

    /** Returns as soon as the condition holds; fails when it does not within so many seconds. */
    static void until(double seconds, String what, Callable<Boolean> condition) throws Exception {
        long startNs = System.nanoTime();
        while (!condition.call()) {
            assertThat((System.nanoTime() - startNs) / 1e9).as(what).isLessThan(seconds);
            LockSupport.parkNanos(TICK_NS);
        }
    }
}
