package io.echo.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for what nothing announces, for as long as nobody waits on an idle machine. */
public final class Await {
    private static final double PATIENCE_SECONDS = 30;
    private static final long TICK_NS = 5_000_000;

    private Await() {}

    /** Returns as soon as the condition holds; fails when it does not. */
    public static void until(String what, Callable<Boolean> condition) throws Exception {
        long startNs = System.nanoTime();
        while (!condition.call()) {
            assertThat((System.nanoTime() - startNs) / 1e9).as(what).isLessThan(PATIENCE_SECONDS);
            LockSupport.parkNanos(TICK_NS);
        }
    }
}
