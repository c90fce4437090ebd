package io.echo.server;

import io.netty.util.concurrent.Future;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The server's counters, summed over its loops when somebody asks. */
final class Metrics {
    /** A loop that is busier than that answers with what it counted last. */
    private static final long SETTLE_MILLIS = 1_000;

    private final List<Loop> loops;

    Metrics(List<Loop> loops) {
        this.loops = loops;
    }

    /** The sum as of now or a moment ago; cheap. */
    long sum(Counter counter) {
        long sum = 0;
        for (Loop loop : loops) {
            sum += loop.cells().get(counter);
        }
        return sum;
    }

    /** Every counter, after each loop has counted what has left since its last batch. */
    Map<Counter, Long> snapshot() {
        List<? extends Future<?>> settled =
                loops.stream().map(loop -> loop.eventLoop().submit(loop::settle)).toList();
        settled.forEach(f -> f.awaitUninterruptibly(SETTLE_MILLIS, TimeUnit.MILLISECONDS));
        Map<Counter, Long> values = new EnumMap<>(Counter.class);
        for (Counter counter : Counter.values()) {
            values.put(counter, sum(counter));
        }
        return values;
    }
}
