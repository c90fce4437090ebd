package io.echo.bench.result;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.echo.bench.load.Interval;
import io.echo.client.probe.ExactHistogram;
import io.echo.client.probe.LatencyUs;
import io.echo.client.probe.ProbeStats;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import org.HdrHistogram.Histogram;

/**
 * The JSON object of a {@link Result}: written with its members in a fixed order, and read back.
 * Members that are not known are passed over.
 */
public final class ResultJson {
    /** The version of the object's form. */
    public static final int SCHEMA = 1;

    private static final Gson GSON = new GsonBuilder().serializeNulls().create();
    private static final double NANOS_PER_US = 1_000;

    /** Bounds of times; between them a duration in nanoseconds does not overflow. */
    private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");

    private static final Instant LATEST = Instant.parse("2200-01-01T00:00:00Z");

    private ResultJson() {}

    /** Returns the object as one line. */
    public static String line(JsonObject object) {
        return GSON.toJson(object);
    }

    /** Writes a result. */
    public static JsonObject of(Result result) {
        Result.Phase phase = result.phase();
        Result.Counts counts = result.counts();
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
        if (!merged) {
            json.add(
                    "machine",
                    result.machine().<JsonElement>map(ResultJson::of).orElse(JsonNull.INSTANCE));
        }
        result.merged().ifPresent(results -> json.addProperty("results", results));
        result.command().ifPresent(command -> json.addProperty("command", command));
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
        ByteBuffer bytes = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        int length = histogram.encodeIntoCompressedByteBuffer(bytes, Deflater.DEFAULT_COMPRESSION);
        return new JsonPrimitive(
                Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), length)));
    }

    private static JsonArray texts(List<String> texts) {
        JsonArray array = new JsonArray();
        texts.forEach(array::add);
        return array;
    }

    private static JsonElement count(Optional<Long> value) {
        return value.<JsonElement>map(JsonPrimitive::new).orElse(JsonNull.INSTANCE);
    }

    private static JsonElement number(Optional<Double> value) {
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

    static String name(Unit unit) {
        return switch (unit) {
            case US -> "us";
            case PER_SECOND -> "1/s";
            case PERCENT -> "%";
            case COUNT -> "1";
        };
    }

    /**
     * Reads a result. What a merged one does not have may be absent; all else must be there.
     *
     * @throws IOException when a member is missing, or not what it must be
     */
    static Result read(JsonObject object) throws IOException {
        try {
            Result result = read(new JsonMembers(object));
            long recorded = result.times().latency().getTotalCount();
            if (recorded != result.counts().received()) {
                throw new IOException(
                        "hdr.latency must hold "
                                + result.counts().received()
                                + " replies, as received says, got "
                                + recorded);
            }
            return result;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static Result read(JsonMembers json) throws IOException {
        if (json.count("schema") != SCHEMA) {
            throw new IOException("schema must be " + SCHEMA + ", got " + json.count("schema"));
        }
        return new Result(
                json.text("version"),
                json.text("target")
                        .orElseThrow(() -> new IOException("target must be a text, got null")),
                json.text("protocol"),
                json.text("transport"),
                json.is("embedded"),
                startedAt(json),
                new Result.Phase(
                        json.number("size_bytes"),
                        json.count("connections"),
                        json.optional("warmup_s"),
                        json.number("duration_s"),
                        json.optional("rate_requested"),
                        json.number("rate_achieved"),
                        json.number("rate_sent"),
                        json.number("rate_replied")),
                extent(json, "asked"),
                extent(json, "done"),
                counts(json),
                life(json),
                new Result.Times(
                        histogram(json, "latency"),
                        histogram(json, "service"),
                        histogram(json, "send_lateness"),
                        histogram(json, "connect")),
                json.objects("intervals").stream().map(ResultJson::interval).toList(),
                new Result.Outcome(
                        json.is("valid"),
                        json.texts("failures"),
                        (json.has("checks") ? json.objects("checks") : List.<JsonMembers>of())
                                .stream().map(ResultJson::check).toList(),
                        json.texts("warnings")),
                generator(json),
                json.has("machine") ? machine(json.object("machine")) : Optional.empty(),
                json.has("results") ? json.whole("results") : Optional.empty(),
                json.has("command") ? json.text("command") : Optional.empty());
    }

    private static Instant startedAt(JsonMembers json) throws IOException {
        String text = json.text("started_at").orElse("");
        try {
            Instant start = Instant.parse(text);
            if (start.isBefore(EARLIEST) || start.isAfter(LATEST)) {
                throw new DateTimeParseException("out of range", text, 0);
            }
            return start;
        } catch (DateTimeParseException e) {
            throw new IOException("started_at must be a time, got \"" + text + "\"", e);
        }
    }

    private static Result.Counts counts(JsonMembers json) {
        return new Result.Counts(
                json.count("sent"),
                json.whole("unsent"),
                json.count("received"),
                json.count("lost"),
                json.count("late"),
                json.count("duplicated"),
                json.count("reordered"),
                json.count("corrupted"),
                json.count("foreign"));
    }

    private static Interval interval(JsonMembers json) {
        return new Interval(
                json.number("from_s"),
                json.number("to_s"),
                json.count("sent"),
                json.count("received"),
                json.count("late"),
                json.change("lost"),
                json.count("duplicated"),
                json.count("reordered"),
                json.count("corrupted"),
                json.count("foreign"),
                json.count("in_flight"),
                latency(json, "latency_us"),
                latency(json, "send_lateness_us"));
    }

    private static Optional<LatencyUs> latency(JsonMembers json, String name) {
        return json.members(name)
                .map(
                        us ->
                                new LatencyUs(
                                        us.number("min"),
                                        us.number("mean"),
                                        us.number("p50"),
                                        us.number("p90"),
                                        us.number("p99"),
                                        us.number("p99_9"),
                                        us.number("p99_99"),
                                        us.number("max")));
    }

    private static Check check(JsonMembers json) {
        String figure = json.text("figure").orElse("");
        boolean most = json.has("at_most");
        return new Check(
                Check.Kind.named(figure),
                Check.Purpose.named(json.text("decides").orElse("")),
                figure,
                json.text("flag"),
                new Check.Bound(
                        most,
                        json.number(most ? "at_most" : "at_least"),
                        unit(json.text("unit").orElse(""))),
                json.optional("measured"),
                json.is("met"));
    }

    private static Unit unit(String name) {
        return Arrays.stream(Unit.values())
                .filter(unit -> name(unit).equals(name))
                .findFirst()
                .orElse(Unit.COUNT);
    }

    private static Optional<Result.Extent> extent(JsonMembers result, String name) {
        return result.members(name)
                .map(
                        json ->
                                new Result.Extent(
                                        json.optional("duration_s"),
                                        json.whole("count"),
                                        json.number("warmup_s"),
                                        json.number("connections"),
                                        json.optional("rate")));
    }

    private static Optional<Result.Connections> life(JsonMembers json) {
        Optional<Long> reopened = json.whole("connections_reopened");
        double downS = json.number("down_s");
        double awayS = json.number("service_away_s");
        return reopened.map(times -> new Result.Connections(times, downS, awayS));
    }

    private static Result.Generator generator(JsonMembers result) {
        JsonMembers json = result.object("generator");
        return new Result.Generator(
                json.whole("loops"),
                json.whole("window"),
                json.whole("train"),
                json.optional("timeout_s"),
                json.optional("cpu_s"),
                json.whole("gc_pauses"),
                json.whole("gc_ms"),
                json.whole("receive_drops"),
                json.has("machine_receive_drops")
                        ? json.whole("machine_receive_drops")
                        : Optional.empty(),
                result.is("interrupted"),
                json.texts("troubles"));
    }

    private static Optional<Machine> machine(JsonMembers json) {
        return json.text("system")
                .map(
                        system ->
                                new Machine(
                                        system,
                                        json.text("processor").orElse(""),
                                        (int) json.count("cores"),
                                        json.text("java").orElse("")));
    }

    /** Reads a histogram; its figures, which are in thousandths, hold its exact extremes. */
    private static Histogram histogram(JsonMembers json, String name) throws IOException {
        ExactHistogram histogram = ProbeStats.newHistogram();
        Optional<LatencyUs> figures = latency(json, name + "_us");
        Optional<String> base64 = json.object("hdr").text(name);
        if (base64.isEmpty()) {
            return histogram;
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(base64.get());
            histogram.add(
                    Histogram.decodeFromCompressedByteBuffer(
                            ByteBuffer.wrap(bytes), ProbeStats.LONGEST_NS));
        } catch (DataFormatException | RuntimeException e) {
            throw new IOException("hdr must be a compressed histogram, got damaged text", e);
        }
        figures.ifPresent(
                us ->
                        histogram.setExtremes(
                                Math.round(us.min() * NANOS_PER_US),
                                Math.round(us.max() * NANOS_PER_US)));
        return histogram;
    }
}
