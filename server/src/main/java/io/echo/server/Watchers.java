package io.echo.server;

import io.echo.server.loop.Shortage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Tasks that a server repeats beside its loops, each on a thread of its own: none waits for what
 * keeps another. Not thread-safe.
 */
final class Watchers {
    private final List<ScheduledExecutorService> threads = new ArrayList<>();

    /** Repeats a task, on a thread of that name, so long after it has ended. */
    void repeat(String name, Runnable task, long firstMillis, long delayMillis) {
        ScheduledExecutorService thread =
                Executors.newSingleThreadScheduledExecutor(
                        it -> {
                            Thread daemon = new Thread(it, name);
                            daemon.setDaemon(true);
                            return daemon;
                        });
        threads.add(thread);
        thread.scheduleWithFixedDelay(
                Shortage.telling(task), firstMillis, delayMillis, TimeUnit.MILLISECONDS);
    }

    /** Interrupts every task, and repeats none. */
    void stop() {
        threads.forEach(ScheduledExecutorService::shutdownNow);
    }
}
