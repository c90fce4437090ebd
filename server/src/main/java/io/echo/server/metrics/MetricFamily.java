package io.echo.server.metrics;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A metric of a part that a server has only where a flag asks for it.
 *
 * @param kind {@link Counter.Kind#TOTAL} or {@link Counter.Kind#GAUGE}
 * @param name as Prometheus has it; that of a total ends with {@code _total}
 * @param points the values of now; asked by any thread, once for each scrape
 */
public record MetricFamily(
        Counter.Kind kind, String name, String help, Supplier<List<Point>> points) {
    /** A value and its labels. */
    public record Point(Map<String, String> labels, double value) {}
}
