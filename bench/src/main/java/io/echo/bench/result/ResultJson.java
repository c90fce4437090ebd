package io.echo.bench.result;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.echo.bench.load.LoadConfig;
import io.echo.bench.load.Measurement;
import io.echo.bench.load.ProcessCost;
import io.echo.cli.Build;
import io.echo.client.probe.LatencyUs;
import io.echo.client.probe.ProbeStats;
import io.echo.net.Protocol;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.OptionalLong;
import java.util.zip.Deflater;
import org.HdrHistogram.Histogram;

/** A measurement and its verdict as the one JSON object that other programs read. */
public final class ResultJson {
    /** The version of the object's form. */
    public static final int SCHEMA = 1;

    private static final Gson GSON = new GsonBuilder().serializeNulls().create();
    private static final double NANOS = 1e9;

    private ResultJson() {}

    /** Returns the object as one line. */
    public static String line(JsonObject object) {
        return GSON.toJson(object);
    }

    /** Returns the object of a result, with its members in the fixed order. */
    public static JsonObject of(Measurement measurement, Verdict verdict) {
        LoadConfig config = measurement.config();
        ProbeStats tally = measurement.tally();
        boolean open = config.load().asked().isPresent();
        boolean tcp = config.protocol() == Protocol.TCP;
        JsonObject json = new JsonObject();
        json.addProperty("schema", SCHEMA);
        json.addProperty("version", Build.version());
        json.addProperty("target", measurement.target().toString());
        json.addProperty("protocol", config.protocol().toString());
        json.addProperty("transport", config.generator().transport().toString());
        json.addProperty("embedded", measurement.embedded());
        json.addProperty("started_at", measurement.startedAt().toString());
        json.add("size_bytes", number(config.sizes().mean()));
        json.addProperty("connections", config.connections());
        json.add("warmup_s", number(config.warmup().toNanos() / NANOS));
        json.add("duration_s", number(measurement.durationS()));
        json.add(
                "rate_requested",
                config.load()
                        .asked()
                        .<JsonElement>map(rate -> number(rate.perSecond()))
                        .orElse(JsonNull.INSTANCE));
        json.add("rate_achieved", number(Math.round(measurement.rateAchieved() * 1e3) / 1e3));
        json.addProperty("sent", tally.sent());
        json.addProperty("received", tally.received());
        json.addProperty("lost", tally.lost());
        json.addProperty("late", tally.late());
        json.addProperty("duplicated", tally.duplicated());
        json.addProperty("reordered", tally.reordered());
        json.addProperty("corrupted", tally.corrupted());
        json.addProperty("foreign", tally.foreign());
        json.add("latency_us", figures(tally.latency()));
        json.add("service_us", figures(tally.service()));
        json.add("send_lateness_us", open ? figures(tally.lateness()) : JsonNull.INSTANCE);
        json.add("connect_us", tcp ? figures(measurement.connectNs()) : JsonNull.INSTANCE);
        JsonArray intervals = new JsonArray();
        measurement.intervals().forEach(interval -> intervals.add(interval.toJson()));
        json.add("intervals", intervals);
        JsonObject hdr = new JsonObject();
        hdr.add("latency", encoded(tally.latency()));
        hdr.add("service", encoded(tally.service()));
        hdr.add("send_lateness", open ? encoded(tally.lateness()) : JsonNull.INSTANCE);
        hdr.add("connect", tcp ? encoded(measurement.connectNs()) : JsonNull.INSTANCE);
        json.add("hdr", hdr);
        json.addProperty("valid", verdict.valid());
        JsonArray failures = new JsonArray();
        verdict.failures().forEach(failures::add);
        json.add("failures", failures);
        json.add("generator", generator(measurement));
        JsonArray checks = new JsonArray();
        verdict.checks().forEach(check -> checks.add(check.toJson()));
        json.add("checks", checks);
        JsonArray warnings = new JsonArray();
        verdict.warnings().forEach(warnings::add);
        json.add("warnings", warnings);
        json.add("machine", Machine.here().toJson());
        return json;
    }

    private static JsonObject generator(Measurement measurement) {
        ProcessCost cost = measurement.cost();
        JsonObject json = new JsonObject();
        json.addProperty("loops", measurement.config().generator().loops());
        json.add("window", window(measurement.config().load()));
        json.addProperty("train", measurement.config().train());
        json.add("timeout_s", number(measurement.config().timeout().toNanos() / NANOS));
        json.addProperty("unsent", measurement.tally().unsent());
        json.add("cpu_s", number(Math.round(cost.cpuNs() / 1e6) / 1e3));
        json.addProperty("gc_pauses", cost.gcPauses());
        json.addProperty("gc_ms", cost.gcMs());
        json.add("receive_drops", number(cost.socketDrops()));
        json.add("machine_receive_drops", number(cost.machineDrops()));
        json.addProperty("interrupted", measurement.interrupted());
        JsonArray troubles = new JsonArray();
        measurement.troubles().forEach(troubles::add);
        json.add("troubles", troubles);
        return json;
    }

    private static JsonElement window(LoadConfig.Load load) {
        return load instanceof LoadConfig.Load.Closed closed
                ? new JsonPrimitive(closed.window())
                : JsonNull.INSTANCE;
    }

    /** The figures of a histogram; null when nothing was recorded. */
    static JsonElement figures(Histogram ns) {
        return LatencyUs.of(ns).<JsonElement>map(LatencyUs::toJson).orElse(JsonNull.INSTANCE);
    }

    /** HdrHistogram's V2 encoding, compressed, as every port of the library reads it. */
    static JsonElement encoded(Histogram histogram) {
        if (histogram.getTotalCount() == 0) {
            return JsonNull.INSTANCE;
        }
        ByteBuffer bytes = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        int length = histogram.encodeIntoCompressedByteBuffer(bytes, Deflater.DEFAULT_COMPRESSION);
        return new JsonPrimitive(
                Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), length)));
    }

    private static JsonElement number(OptionalLong value) {
        return value.isPresent() ? new JsonPrimitive(value.getAsLong()) : JsonNull.INSTANCE;
    }

    /** A whole number without a decimal point, and none with an exponent. */
    public static JsonPrimitive number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? new JsonPrimitive((long) value)
                : new JsonPrimitive(new BigDecimal(Figures.plain(value)));
    }
}
