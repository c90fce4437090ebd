package io.echo.client.probe;

import com.google.gson.JsonObject;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/**
 * The printed figures of a histogram of nanoseconds: microseconds with decimals.
 *
 * @param min smallest, exactly; percentiles have three significant digits
 * @param max largest, exactly
 */
public record LatencyUs(
        double min,
        double mean,
        double p50,
        double p90,
        double p99,
        double p999,
        double p9999,
        double max) {
    private static final double NANOS = 1_000.0;

    /** Returns the figures of a histogram; empty when nothing was recorded. */
    public static Optional<LatencyUs> of(Histogram ns) {
        if (ns.getTotalCount() == 0) {
            return Optional.empty();
        }
        return Optional.of(
                new LatencyUs(
                        us(ns.getMinValue()),
                        us(ns.getMean()),
                        us(ns.getValueAtPercentile(50)),
                        us(ns.getValueAtPercentile(90)),
                        us(ns.getValueAtPercentile(99)),
                        us(ns.getValueAtPercentile(99.9)),
                        us(ns.getValueAtPercentile(99.99)),
                        us(ns.getMaxValue())));
    }

    /**
     * Returns the object that results carry: {@code {"min":..,"mean":..,"p50":..,...,"max":..}}.
     */
    public JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("min", min);
        json.addProperty("mean", mean);
        json.addProperty("p50", p50);
        json.addProperty("p90", p90);
        json.addProperty("p99", p99);
        json.addProperty("p99_9", p999);
        json.addProperty("p99_99", p9999);
        json.addProperty("max", max);
        return json;
    }

    private static double us(double ns) {
        return Math.round(ns) / NANOS;
    }
}
