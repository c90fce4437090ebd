package io.echo.client.outage;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.math.BigDecimal;
import java.util.List;

/** The members about outages that the results of {@code ping} and {@code load} share. */
public final class OutagesJson {
    private static final double NANOS_PER_US = 1e3;
    private static final int SECONDS_SCALE = 6;
    private static final int MILLIS_SCALE = 3;

    private OutagesJson() {}

    /** Adds {@code outages}, {@code longest_outage_ms} and {@code loss_runs}. */
    public static void write(Outages outages, JsonObject json) {
        json.add("outages", runs(outages.list()));
        json.addProperty("longest_outage_ms", millis(outages.longestNs()));
        JsonObject lengths = new JsonObject();
        outages.runs().forEach((probes, count) -> lengths.addProperty(probes.toString(), count));
        json.add("loss_runs", lengths);
    }

    /** Returns runs as objects. */
    public static JsonArray runs(List<LossRun> runs) {
        JsonArray array = new JsonArray();
        for (LossRun run : runs) {
            JsonObject json = new JsonObject();
            json.addProperty("from_s", seconds(run.fromNs()));
            json.addProperty("to_s", seconds(run.toNs()));
            json.addProperty("probes", run.probes());
            json.addProperty("flows", run.flows());
            array.add(json);
        }
        return array;
    }

    /** Returns seconds, to the microsecond. */
    public static Number seconds(long ns) {
        return micros(ns, SECONDS_SCALE);
    }

    /** Returns milliseconds, to the microsecond. */
    public static Number millis(double ns) {
        return micros(ns, MILLIS_SCALE);
    }

    /** Writes a whole number without a decimal point, and none with an exponent. */
    private static Number micros(double ns, int scale) {
        BigDecimal value = BigDecimal.valueOf(Math.round(ns / NANOS_PER_US), scale);
        BigDecimal shortest = value.stripTrailingZeros();
        return shortest.scale() <= 0 ? (Number) shortest.longValue() : shortest;
    }
}
