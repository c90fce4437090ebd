package io.echo.server.admin;

import io.echo.server.loop.CounterTotals;
import io.echo.server.metrics.Counter;
import java.util.EnumMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says now and then what was dropped or rejected, in one line per reason: never one per packet,
 * never payload, so that no attack can use the log as its weapon. One thread.
 */
public final class DropLog {
    public static final int EVERY_SECONDS = 10;

    private static final Logger LOG = LoggerFactory.getLogger(DropLog.class);

    private final CounterTotals metrics;
    private final Map<Counter, Long> told = new EnumMap<>(Counter.class);

    public DropLog(CounterTotals metrics) {
        this.metrics = metrics;
    }

    /** Tells what has come to each reason since the last call. */
    public void tell() {
        for (Counter counter : Counter.values()) {
            String metric = counter.metric();
            if (metric.contains("datagrams_dropped") || metric.contains("rejected")) {
                long now = metrics.sum(counter);
                long before = told.getOrDefault(counter, 0L);
                if (now > before) {
                    LOG.warn(
                            "{} reason={} +{} in {} s",
                            metric,
                            counter.reason().orElse(""),
                            now - before,
                            EVERY_SECONDS);
                    told.put(counter, now);
                }
            }
        }
    }
}
