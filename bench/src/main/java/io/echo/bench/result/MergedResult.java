package io.echo.bench.result;

import static java.util.Comparator.naturalOrder;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.echo.client.probe.ProbeStats;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/**
 * Many results as one: counts, rates and costs are summed and histograms added; a percentile of the
 * sum is exact, one averaged over generators would not be. So there are no intervals in it, whose
 * percentiles came without a histogram, nor checks, whose bounds were each result's own.
 */
public final class MergedResult {
    private static final List<String> COUNTS =
            List.of(
                    "connections",
                    "sent",
                    "received",
                    "lost",
                    "late",
                    "duplicated",
                    "reordered",
                    "corrupted",
                    "foreign");

    /** What it cost; not the drops of a whole machine, which several generators may share. */
    private static final List<String> COSTS =
            List.of("loops", "unsent", "cpu_s", "gc_pauses", "gc_ms", "receive_drops");

    /** The part of the shortest run that must be shared for rates to be added in silence. */
    private static final double TOGETHER = 0.9;

    private static final double NANOS = 1e9;

    private final List<SavedResult> results;

    private MergedResult(List<SavedResult> results) {
        this.results = results;
    }

    /** Adds them; there must be one. */
    public static SavedResult of(List<SavedResult> results) {
        return new MergedResult(results).result();
    }

    /** Starts from the first result, which has every member in its place. */
    private SavedResult result() {
        JsonObject json = results.get(0).json().deepCopy();
        List.of("checks", "machine", "command").forEach(json::remove);
        List.of("version", "target", "protocol", "transport")
                .forEach(member -> json.add(member, names(member)));
        json.addProperty("embedded", results.stream().anyMatch(r -> r.members().is("embedded")));
        json.addProperty(
                "started_at",
                results.stream()
                        .map(SavedResult::startedAt)
                        .min(naturalOrder())
                        .orElseThrow()
                        .toString());
        json.add("size_bytes", number(meanBytes()));
        json.add("warmup_s", common(SavedResult::members, "warmup_s"));
        json.addProperty(
                "duration_s",
                results.stream().mapToDouble(r -> r.number("duration_s")).max().orElseThrow());
        json.add("rate_requested", total(SavedResult::members, "rate_requested"));
        json.add("rate_achieved", total(SavedResult::members, "rate_achieved"));
        COUNTS.forEach(member -> json.add(member, total(SavedResult::members, member)));
        json.add("intervals", new JsonArray());
        json.addProperty("valid", results.stream().allMatch(SavedResult::valid));
        json.add("failures", told(SavedResult::members, "failures"));
        json.add("generator", generator());
        JsonArray warnings = new JsonArray();
        apart().ifPresent(warnings::add);
        warnings.addAll(told(SavedResult::members, "warnings"));
        json.add("warnings", warnings);
        json.addProperty("results", results.stream().mapToLong(SavedResult::results).sum());
        return withHistograms(json);
    }

    private SavedResult withHistograms(JsonObject json) {
        SavedResult sum =
                new SavedResult(
                        json,
                        added(SavedResult::latency),
                        added(SavedResult::service),
                        added(SavedResult::lateness),
                        added(SavedResult::connect));
        JsonObject hdr = new JsonObject();
        sum.histograms()
                .forEach(
                        (name, histogram) -> {
                            json.add(name + "_us", ResultJson.figures(histogram));
                            hdr.add(name, ResultJson.encoded(histogram));
                        });
        json.add("hdr", hdr);
        return sum;
    }

    private JsonObject generator() {
        Function<SavedResult, JsonMembers> of = result -> result.members().object("generator");
        JsonObject json = new JsonObject();
        COSTS.forEach(member -> json.add(member, total(of, member)));
        List.of("window", "train", "timeout_s")
                .forEach(member -> json.add(member, common(of, member)));
        json.addProperty(
                "interrupted", results.stream().map(of).anyMatch(one -> one.is("interrupted")));
        json.add("troubles", told(of, "troubles"));
        return json;
    }

    /** Each text that a result has there, once. */
    private JsonElement names(String member) {
        String names =
                results.stream()
                        .flatMap(result -> result.members().text(member).stream())
                        .distinct()
                        .collect(Collectors.joining(" and "));
        return names.isEmpty() ? JsonNull.INSTANCE : new JsonPrimitive(names);
    }

    /** The number that every result has there; null when they differ. */
    private JsonElement common(Function<SavedResult, JsonMembers> of, String member) {
        List<Double> all =
                results.stream().map(of).map(one -> one.number(member)).distinct().toList();
        return all.size() == 1 ? number(all.get(0)) : JsonNull.INSTANCE;
    }

    /** The sum of what every result has there; null when one has nothing. */
    private JsonElement total(Function<SavedResult, JsonMembers> of, String member) {
        return number(results.stream().map(of).mapToDouble(one -> one.number(member)).sum());
    }

    private static JsonElement number(double value) {
        return Double.isNaN(value) ? JsonNull.INSTANCE : ResultJson.number(value);
    }

    /** Of all probes together; what was never sent has a size, too. */
    private double meanBytes() {
        ToDoubleFunction<SavedResult> weight = result -> Math.max(1, result.count("sent"));
        double bytes =
                results.stream()
                        .mapToDouble(r -> r.number("size_bytes") * weight.applyAsDouble(r))
                        .sum();
        return bytes / results.stream().mapToDouble(weight).sum();
    }

    /** The sentences of all results, each with the number of its own. */
    private JsonArray told(Function<SavedResult, JsonMembers> of, String member) {
        JsonArray told = new JsonArray();
        for (int i = 0; i < results.size(); i++) {
            String prefix = "result " + (i + 1) + ": ";
            of.apply(results.get(i)).texts(member).forEach(text -> told.add(prefix + text));
        }
        return told;
    }

    private Histogram added(Function<SavedResult, Histogram> which) {
        Histogram sum = ProbeStats.newHistogram();
        results.forEach(result -> sum.add(which.apply(result)));
        return sum;
    }

    /** Rates of runs that were not under way together are a sum that was never sent at once. */
    private Optional<String> apart() {
        Instant from =
                results.stream().map(SavedResult::startedAt).max(naturalOrder()).orElseThrow();
        Instant to = results.stream().map(SavedResult::endedAt).min(naturalOrder()).orElseThrow();
        double shortest =
                results.stream().mapToDouble(r -> r.number("duration_s")).min().orElseThrow();
        double together = Math.max(0, Duration.between(from, to).toNanos() / NANOS);
        if (together >= shortest * TOGETHER) {
            return Optional.empty();
        }
        return Optional.of(
                String.format(
                        Locale.ROOT,
                        "all runs were under way together for %.3f s, the shortest took %.3f s:"
                                + " the sum of their rates was not sent at once (--start-at)",
                        together,
                        shortest));
    }
}
