package io.echo.bench.result;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.echo.bench.load.Interval;
import io.echo.bench.verdict.Check;
import io.echo.client.figures.Figures;
import io.echo.client.figures.Unit;
import io.echo.client.probe.LatencyUs;
import io.echo.client.probe.ProbeStats;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.zip.Deflater;
import org.HdrHistogram.Histogram;

/**
 * The JSON object of a {@link Result}, written with its members in a fixed order; {@link
 * ResultReader} reads it back.
 */
public final class ResultJson {
    /** The version of the object's form. */
    public static final int SCHEMA = 1;

    private static final Gson GSON = new GsonBuilder().serializeNulls().create();

    private ResultJson() {}

    /** Returns the object as one line. */
    public static String line(JsonObject object) {
        return GSON.toJson(object);
    }

    /** Writes a result. */
    public static JsonObject of(Result result) {
        Result.Phase phase = result.phase();
        Result.Times times = result.times();
        Result.Outcome outcome = result.outcome();
        boolean merged = result.merged().isPresent();
        JsonObject json = new JsonObject();
        json.addProperty("schema", SCHEMA);
        json.addProperty("version", result.version().orElse(null));
        json.addProperty("target", result.target());
        json.addProperty("protocol", result.protocol().orElse(null));
        json.addProperty("transport", result.transport().orElse(null));
        json.addProperty("embedded", result.embedded());
        json.addProperty("started_at", result.startedAt().toString());
        json.add("size_bytes", number(phase.sizeBytes()));
        json.addProperty("connections", phase.connections());
        json.add("warmup_s", number(phase.warmupS()));
        json.add("duration_s", number(phase.durationS()));
        json.add("rate_requested", number(phase.rateRequested()));
        json.add("rate_achieved", number(phase.rateAchieved()));
        json.add("rate_sent", number(phase.rateSent()));
        json.add("rate_replied", number(phase.rateReplied()));
        json.add("asked", extent(result.asked()));
        json.add("done", extent(result.done()));
        json.addProperty("interrupted", result.generator().interrupted());
        addCounts(result, json);
        json.add("latency_us", figures(LatencyUs.of(times.latency())));
        json.add("service_us", figures(LatencyUs.of(times.service())));
        json.add("send_lateness_us", figures(LatencyUs.of(times.lateness())));
        json.add("connect_us", figures(LatencyUs.of(times.connect())));
        JsonArray intervals = new JsonArray();
        result.intervals().forEach(interval -> intervals.add(of(interval)));
        json.add("intervals", intervals);
        JsonObject hdr = new JsonObject();
        hdr.add("latency", encoded(times.latency()));
        hdr.add("service", encoded(times.service()));
        hdr.add("send_lateness", encoded(times.lateness()));
        hdr.add("connect", encoded(times.connect()));
        json.add("hdr", hdr);
        json.addProperty("valid", outcome.valid());
        json.add("failures", texts(outcome.failures()));
        json.add("generator", of(result.generator(), merged));
        if (!merged) {
            JsonArray checks = new JsonArray();
            outcome.checks().forEach(check -> checks.add(of(check)));
            json.add("checks", checks);
        }
        json.add("warnings", texts(outcome.warnings()));
        PathsJson.write(result.paths(), json);
        if (!merged) {
            json.add(
                    "machine",
                    result.machine().<JsonElement>map(ResultJson::of).orElse(JsonNull.INSTANCE));
        }
        result.merged().ifPresent(sum -> addSum(json, sum));
        result.command().ifPresent(command -> json.addProperty("command", command));
        return json;
    }

    private static void addCounts(Result result, JsonObject json) {
        Result.Counts counts = result.counts();
        json.addProperty("sent", counts.sent());
        json.add("unsent", count(counts.unsent()));
        json.addProperty("received", counts.received());
        json.addProperty("lost", counts.lost());
        json.addProperty("late", counts.late());
        json.addProperty("duplicated", counts.duplicated());
        json.addProperty("reordered", counts.reordered());
        json.addProperty("corrupted", counts.corrupted());
        json.addProperty("foreign", counts.foreign());
        Optional<Result.Connections> life = result.life();
        json.add("connections_reopened", count(life.map(Result.Connections::reopened)));
        json.add("down_s", number(life.map(Result.Connections::downS)));
        json.add("service_away_s", number(life.map(Result.Connections::awayS)));
        life.flatMap(Result.Connections::handshakes)
                .ifPresent(
                        handshakes ->
                                json.add("handshakes", of(handshakes, result.phase().durationS())));
    }

    /** Writes the handshakes of TLS, which a result without TLS does not have. */
    private static JsonObject of(Result.Handshakes handshakes, double durationS) {
        JsonObject json = new JsonObject();
        json.addProperty("count", handshakes.ns().getTotalCount());
        json.addProperty("failed", handshakes.failed());
        json.addProperty("measured", handshakes.measured());
        json.add("per_s", number(Figures.thousandths(handshakes.perSecond(durationS))));
        json.add("time_us", figures(LatencyUs.of(handshakes.ns())));
        JsonObject hdr = new JsonObject();
        hdr.add("time", encoded(handshakes.ns()));
        json.add("hdr", hdr);
        return json;
    }

    private static JsonElement extent(Optional<Result.Extent> extent) {
        return extent.<JsonElement>map(ResultJson::of).orElse(JsonNull.INSTANCE);
    }

    private static JsonObject of(Result.Extent extent) {
        JsonObject json = new JsonObject();
        json.add("duration_s", number(extent.durationS()));
        json.add("count", count(extent.count()));
        json.add("warmup_s", number(extent.warmupS()));
        json.add("connections", number(extent.connections()));
        json.add("rate", number(extent.rate()));
        return json;
    }

    /** Writes an interval: an element of {@code intervals}, and a line of {@code --json-stream}. */
    public static JsonObject of(Interval interval) {
        JsonObject json = new JsonObject();
        json.addProperty("from_s", interval.fromS());
        json.addProperty("to_s", interval.toS());
        json.addProperty("sent", interval.sent());
        json.addProperty("received", interval.received());
        json.addProperty("late", interval.late());
        json.addProperty("lost", interval.lost());
        json.addProperty("duplicated", interval.duplicated());
        json.addProperty("reordered", interval.reordered());
        json.addProperty("corrupted", interval.corrupted());
        json.addProperty("foreign", interval.foreign());
        json.addProperty("in_flight", interval.inFlight());
        json.add("latency_us", figures(interval.latency()));
        json.add("send_lateness_us", figures(interval.lateness()));
        return json;
    }

    /** Writes the generator; a merged one has its settings behind its cost. */
    private static JsonObject of(Result.Generator generator, boolean merged) {
        JsonObject json = new JsonObject();
        json.add("loops", count(generator.loops()));
        if (!merged) {
            addSettings(generator, json);
        }
        json.add("cpu_s", number(generator.cpuS()));
        json.add("gc_pauses", count(generator.gcPauses()));
        json.add("gc_ms", count(generator.gcMs()));
        json.add("receive_drops", count(generator.receiveDrops()));
        if (merged) {
            addSettings(generator, json);
        } else {
            json.add("machine_receive_drops", count(generator.machineReceiveDrops()));
        }
        json.add("troubles", texts(generator.troubles()));
        return json;
    }

    private static void addSettings(Result.Generator generator, JsonObject json) {
        json.add("window", count(generator.window()));
        json.add("train", count(generator.train()));
        json.add("timeout_s", number(generator.timeoutS()));
    }

    private static JsonObject of(Check check) {
        Check.Bound bound = check.bound();
        JsonObject json = new JsonObject();
        json.addProperty("figure", check.figure());
        json.addProperty("flag", check.flag().orElse(null));
        json.addProperty("decides", check.purpose().word());
        json.add(bound.most() ? "at_most" : "at_least", number(bound.value()));
        json.add("measured", number(check.measured()));
        json.addProperty("unit", name(bound.unit()));
        json.addProperty("met", check.met());
        return json;
    }

    private static JsonObject of(Machine machine) {
        JsonObject json = new JsonObject();
        json.addProperty("system", machine.system());
        json.addProperty("processor", machine.processor());
        json.addProperty("cores", machine.cores());
        json.addProperty("java", machine.java());
        return json;
    }

    private static JsonElement figures(Optional<LatencyUs> us) {
        return us.<JsonElement>map(LatencyUs::toJson).orElse(JsonNull.INSTANCE);
    }

    /** Writes HdrHistogram's V2 encoding, compressed, as every port of the library reads it. */
    static JsonElement encoded(Histogram histogram) {
        if (histogram.getTotalCount() == 0) {
            return JsonNull.INSTANCE;
        }
        // One range for all: histograms grow, and their encoded form names their room.
        Histogram whole =
                new Histogram(
                        1, ProbeStats.LONGEST_NS, histogram.getNumberOfSignificantValueDigits());
        whole.add(histogram);
        ByteBuffer bytes = ByteBuffer.allocate(whole.getNeededByteBufferCapacity());
        int length = whole.encodeIntoCompressedByteBuffer(bytes, Deflater.DEFAULT_COMPRESSION);
        return new JsonPrimitive(
                Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), length)));
    }

    private static void addSum(JsonObject json, Result.Sum sum) {
        json.addProperty("results", sum.parts().size());
        json.add("parts", texts(sum.parts()));
        json.add("failed", texts(sum.failed().stream().map(Check.Purpose::word).sorted().toList()));
    }

    private static JsonArray texts(List<String> texts) {
        JsonArray array = new JsonArray();
        texts.forEach(array::add);
        return array;
    }

    private static JsonElement count(Optional<Long> value) {
        return value.<JsonElement>map(JsonPrimitive::new).orElse(JsonNull.INSTANCE);
    }

    static JsonElement number(Optional<Double> value) {
        return value.map(ResultJson::number).orElse(JsonNull.INSTANCE);
    }

    /** Writes a whole number without a decimal point, none with an exponent, and NaN as null. */
    public static JsonElement number(double value) {
        if (Double.isNaN(value)) {
            return JsonNull.INSTANCE;
        }
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? new JsonPrimitive((long) value)
                : new JsonPrimitive(new BigDecimal(Figures.plain(value)));
    }

    public static String name(Unit unit) {
        return switch (unit) {
            case US -> "us";
            case PER_SECOND -> "1/s";
            case PERCENT -> "%";
            case COUNT -> "1";
        };
    }
}
