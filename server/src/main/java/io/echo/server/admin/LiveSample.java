package io.echo.server.admin;

import io.echo.server.loop.Loop;
import io.echo.server.metrics.Counter;
import io.echo.server.metrics.TimeHistogram;
import io.netty.util.internal.PlatformDependent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/**
 * One row of numbers of the same moment: the time, every counter, the used part of the limits, and
 * the buckets of every histogram.
 *
 * <p>Names are those of {@code /metrics}. One thread.
 */
final class LiveSample {
    /**
     * A number that has a column.
     *
     * @param name with its label, as in a scrape
     */
    record Series(String name, String help) {}

    private record Column(Series series, ToLongFunction<Map<Counter, Long>> value) {}

    private record Times(String name, Function<Loop, TimeHistogram> of) {}

    private static final List<Times> TIMES =
            List.of(
                    new Times("echo_time_seconds{protocol=\"udp\"}", Loop::udpTimes),
                    new Times("echo_time_seconds{protocol=\"tcp\"}", Loop::tcpTimes),
                    new Times("echo_loop_lag_seconds", Loop::lag));

    private final List<Column> columns = new ArrayList<>();
    private final List<Loop> loops;

    /** Makes rows; {@code viewers} tells how many watch. */
    LiveSample(MetricsPage.Watched watched, IntSupplier viewers) {
        loops = watched.loops().all();
        for (Counter counter : Counter.values()) {
            String label = counter.reason().map(why -> "{reason=\"" + why + "\"}").orElse("");
            add(counter.metric() + label, counter.help(), counted -> counted.get(counter));
        }
        add(
                "echo_udp_receive_buffer_dropped_total",
                "Dropped by the kernel because a receive buffer was full.",
                counted -> watched.drops().total());
        for (LimitsInForce.Gauge gauge : watched.used()) {
            add(gauge.name(), gauge.help(), counted -> (long) gauge.value().getAsDouble());
        }
        Runtime jvm = Runtime.getRuntime();
        add("heap_bytes", "Heap in use.", counted -> jvm.totalMemory() - jvm.freeMemory());
        add(
                "direct_bytes",
                "Memory outside the heap in use.",
                counted -> PlatformDependent.usedDirectMemory());
        add("viewers", "Connections that this is sent to.", counted -> viewers.getAsInt());
    }

    /**
     * Describes the columns. Before the series stand the time in milliseconds since 1970 and the
     * milliseconds of a steady clock; behind them the buckets of each histogram.
     */
    Map<String, Object> head() {
        Map<String, Object> head = new LinkedHashMap<>();
        head.put("series", columns.stream().map(Column::series).toList());
        head.put("histograms", TIMES.stream().map(Times::name).toList());
        head.put(
                "bounds",
                IntStream.range(0, TimeHistogram.BUCKETS - 1) // The last has none.
                        .mapToDouble(TimeHistogram::upperSeconds)
                        .toArray());
        return head;
    }

    /**
     * Makes a row.
     *
     * @param timeMs time at which it was counted
     * @param clockNs {@link System#nanoTime} of that moment
     */
    long[] row(long timeMs, long clockNs, Map<Counter, Long> counted) {
        long[] row = new long[2 + columns.size() + TIMES.size() * TimeHistogram.BUCKETS];
        row[0] = timeMs;
        row[1] = clockNs / 1_000_000;
        int at = 2;
        for (Column column : columns) {
            row[at++] = column.value().applyAsLong(counted);
        }
        for (Times times : TIMES) {
            for (int bucket = 0; bucket < TimeHistogram.BUCKETS; bucket++) {
                for (Loop loop : loops) {
                    row[at] += times.of().apply(loop).count(bucket);
                }
                at++;
            }
        }
        return row;
    }

    private void add(String name, String help, ToLongFunction<Map<Counter, Long>> value) {
        columns.add(new Column(new Series(name, help), value));
    }
}
