package io.echo.server.admin;

import io.echo.cli.ErrorQueue;
import io.echo.server.loop.CounterTotals;
import io.echo.server.metrics.Counter;
import java.util.EnumMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warns of drops and rejections every {@value #EVERY_SECONDS} seconds, in one line per reason:
 * never one per packet, never payload, so that an attack cannot fill the log. Tells of lines that
 * the log itself has lost, too. One thread.
 */
public final class DropLog {
    public static final int EVERY_SECONDS = 10;

    private static final Logger LOG = LoggerFactory.getLogger(DropLog.class);

    private final CounterTotals metrics;
    private final Map<Counter, Long> logged = new EnumMap<>(Counter.class);

    /** Dropped lines of the log that were told of. */
    private long lines;

    public DropLog(CounterTotals metrics) {
        this.metrics = metrics;
    }

    /** Logs what has grown since the last call. */
    public void logNew() {
        for (Counter counter : Counter.values()) {
            switch (counter.kind()) {
                case DROP -> logNew(counter, "dropped {} datagrams in {} s: {} (reason={})");
                case REJECT -> logNew(counter, "rejected {} connections in {} s: {} (reason={})");
                default -> {} // Nothing was lost.
            }
        }
        logDroppedLines();
    }

    /**
     * Tells of lines in all, since the line that told of the last ones may be among the dropped.
     */
    private void logDroppedLines() {
        long now = ErrorQueue.standard().dropped();
        if (now > lines) {
            LOG.warn("dropped {} lines of this log so far: standard error did not take them", now);
            lines = now;
        }
    }

    private void logNew(Counter counter, String line) {
        long now = metrics.sum(counter);
        long more = now - logged.getOrDefault(counter, 0L);
        if (more > 0) {
            LOG.warn(line, more, EVERY_SECONDS, counter.cause(), counter.reason().orElse(""));
            logged.put(counter, now);
        }
    }
}
