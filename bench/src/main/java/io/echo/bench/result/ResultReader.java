package io.echo.bench.result;

import static java.util.stream.Collectors.toUnmodifiableSet;

import com.google.gson.JsonObject;
import io.echo.bench.load.Interval;
import io.echo.bench.verdict.Check;
import io.echo.client.figures.Figures;
import io.echo.client.figures.Unit;
import io.echo.client.probe.ExactHistogram;
import io.echo.client.probe.LatencyUs;
import io.echo.client.probe.ProbeStats;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * Reads the JSON object that {@link ResultJson} writes; members that are not known are passed over.
 */
final class ResultReader {
    private static final double NANOS_PER_US = 1_000;

    /** The precision of a histogram: two buckets. */
    private static final double DIGITS = 0.002;

    /** Bounds of times; between them a duration in nanoseconds does not overflow. */
    private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");

    private static final Instant LATEST = Instant.parse("2200-01-01T00:00:00Z");

    private ResultReader() {}

    /**
     * Reads a result. What a merged one does not have may be absent; all else must be there.
     *
     * @throws IOException when a member is missing, or not what it must be
     */
    static Result read(JsonObject object) throws IOException {
        try {
            Result result = read(new JsonMembers(object));
            Consistency.require(result);
            return result;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static Result read(JsonMembers json) throws IOException {
        if (json.count("schema") != ResultJson.SCHEMA) {
            throw new IOException(
                    "schema must be " + ResultJson.SCHEMA + ", got " + json.count("schema"));
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
                json.objects("intervals").stream().map(ResultReader::interval).toList(),
                PathsJson.read(json),
                new Result.Outcome(
                        json.is("valid"),
                        json.texts("failures"),
                        (json.has("checks") ? json.objects("checks") : List.<JsonMembers>of())
                                .stream().map(ResultReader::check).toList(),
                        json.texts("warnings")),
                generator(json),
                json.has("machine") ? machine(json.object("machine")) : Optional.empty(),
                json.has("results") ? Optional.of(sum(json)) : Optional.empty(),
                json.has("command") ? json.text("command") : Optional.empty());
    }

    private static Result.Sum sum(JsonMembers json) throws IOException {
        List<String> parts = json.texts("parts");
        Claim.equal("the number of parts", parts.size(), json.count("results"), "results");
        return new Result.Sum(
                parts,
                json.texts("failed").stream()
                        .map(Check.Purpose::named)
                        .collect(toUnmodifiableSet()));
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
                .filter(unit -> ResultJson.name(unit).equals(name))
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

    private static Optional<Result.Connections> life(JsonMembers json) throws IOException {
        Optional<Long> reopened = json.whole("connections_reopened");
        double downS = json.number("down_s");
        double awayS = json.number("service_away_s");
        Optional<Result.Handshakes> handshakes = handshakes(json);
        return reopened.map(times -> new Result.Connections(times, downS, awayS, handshakes));
    }

    /** Reads the handshakes of TLS; a result without TLS has none. */
    private static Optional<Result.Handshakes> handshakes(JsonMembers result) throws IOException {
        if (!result.json().has("handshakes")) {
            return Optional.empty();
        }
        JsonMembers json = result.object("handshakes");
        Histogram ns = histogram(json, "time");
        Claim.equal("handshakes.count", json.count("count"), ns.getTotalCount(), "those in hdr");
        Result.Handshakes handshakes =
                new Result.Handshakes(json.count("failed"), json.count("measured"), ns);
        Claim.most("handshakes.measured", handshakes.measured(), ns.getTotalCount(), "count");
        Claim.close(
                "handshakes.per_s",
                json.number("per_s"),
                handshakes.perSecond(result.number("duration_s")),
                "measured / duration_s");
        return Optional.of(handshakes);
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
        if (base64.isPresent() != figures.isPresent()) {
            throw new IOException(
                    "hdr."
                            + name
                            + " and "
                            + name
                            + "_us must both be there or both be null, got one");
        }
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
        LatencyUs us = figures.get();
        Consistency.requireOrder(name + "_us", us);
        histogram.setExtremes(
                Math.round(us.min() * NANOS_PER_US), Math.round(us.max() * NANOS_PER_US));
        requireSame(name + "_us", us, LatencyUs.of(histogram));
        histogram.setMean(us.mean() * NANOS_PER_US);
        return histogram;
    }

    /** Rejects figures that are not those of the histogram, which has three digits. */
    private static void requireSame(String name, LatencyUs told, Optional<LatencyUs> recorded)
            throws IOException {
        JsonObject figures = told.toJson();
        JsonObject expected = recorded.map(LatencyUs::toJson).orElseGet(JsonObject::new);
        for (String figure : figures.keySet()) {
            double got = figures.get(figure).getAsDouble();
            double of = expected.has(figure) ? expected.get(figure).getAsDouble() : Double.NaN;
            if (!(Math.abs(got - of) <= DIGITS * of + 1 / NANOS_PER_US)) {
                throw new IOException(
                        name
                                + "."
                                + figure
                                + " must be that of hdr, which is "
                                + Figures.plain(of)
                                + ", got "
                                + Figures.plain(got));
            }
        }
    }
}
