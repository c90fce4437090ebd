package io.echo.bench.result;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.echo.bench.load.Measurement;
import io.echo.client.probe.ExactHistogram;
import io.echo.client.probe.ProbeStats;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * A result of {@code load} as it is written, with its histograms.
 *
 * @param json the whole object
 */
public record SavedResult(
        JsonObject json,
        Histogram latency,
        Histogram service,
        Histogram lateness,
        Histogram connect) {
    private static final double NANOS_PER_US = 1_000;
    private static final double NANOS_PER_S = 1e9;

    /** The result of a load that is just over. */
    public static SavedResult of(JsonObject json, Measurement measurement) {
        ProbeStats tally = measurement.tally();
        return new SavedResult(
                json, tally.latency(), tally.service(), tally.lateness(), measurement.connectNs());
    }

    /** Reads {@code -}, which is standard input, or a file. */
    public static List<SavedResult> read(String name, InputStream standardInput)
            throws IOException {
        try (InputStream in =
                ResultFiles.isStandard(name)
                        ? standardInput
                        : Files.newInputStream(Path.of(name))) {
            List<SavedResult> results = parse(in);
            if (results.isEmpty()) {
                throw new IOException("input must hold a result of load, got none in " + name);
            }
            return results;
        } catch (NoSuchFileException e) {
            throw new IOException("input must be a file that exists, got " + name, e);
        } catch (OutOfMemoryError e) {
            throw new IOException(
                    "input must fit in the heap, which is "
                            + (Runtime.getRuntime().maxMemory() >> 20)
                            + " MiB (java -Xmx sets it), got "
                            + name,
                    e);
        }
    }

    /**
     * Reads the results among the lines of a text: whatever stands before the first brace of a line
     * is a prefix that a log put there, and a line without a result is passed over. A text that is
     * one object over several lines is one result.
     */
    private static List<SavedResult> parse(InputStream in) throws IOException {
        String text =
                new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                        .lines()
                        .collect(java.util.stream.Collectors.joining("\n"));
        List<SavedResult> results = new ArrayList<>();
        for (String line : text.split("\n")) {
            add(line, results);
        }
        if (results.isEmpty()) {
            add(text, results);
        }
        return results;
    }

    private static void add(String text, List<SavedResult> results) throws IOException {
        int brace = text.indexOf('{');
        if (brace < 0) {
            return;
        }
        JsonElement element;
        try {
            element = JsonParser.parseString(text.substring(brace));
        } catch (JsonParseException e) {
            if (e.getCause() instanceof OutOfMemoryError tooLarge) {
                throw tooLarge;
            }
            return; // a line of a log that happens to have a brace
        }
        if (!element.isJsonObject() || !element.getAsJsonObject().has("hdr")) {
            return;
        }
        JsonObject json = element.getAsJsonObject();
        if (!json.has("schema") || json.get("schema").getAsInt() != ResultJson.SCHEMA) {
            throw new IOException(
                    "schema must be " + ResultJson.SCHEMA + ", got " + json.get("schema"));
        }
        JsonObject hdr = json.getAsJsonObject("hdr");
        try {
            Instant.parse(json.get("started_at").getAsString());
        } catch (DateTimeParseException e) {
            throw new IOException("started_at must be a time, got " + json.get("started_at"), e);
        }
        results.add(
                new SavedResult(
                        json,
                        decode(hdr.get("latency"), json.get("latency_us")),
                        decode(hdr.get("service"), json.get("service_us")),
                        decode(hdr.get("send_lateness"), json.get("send_lateness_us")),
                        decode(hdr.get("connect"), json.get("connect_us"))));
    }

    /** Reads a histogram; its figures, which are in thousandths, hold its exact extremes. */
    private static Histogram decode(JsonElement base64, JsonElement figures) throws IOException {
        ExactHistogram histogram = ProbeStats.newHistogram();
        if (base64 == null || base64.isJsonNull()) {
            return histogram;
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(base64.getAsString());
            histogram.add(
                    Histogram.decodeFromCompressedByteBuffer(
                            ByteBuffer.wrap(bytes), ProbeStats.LONGEST_NS));
            if (figures != null && figures.isJsonObject()) {
                JsonObject us = figures.getAsJsonObject();
                histogram.setExtremes(
                        Math.round(us.get("min").getAsDouble() * NANOS_PER_US),
                        Math.round(us.get("max").getAsDouble() * NANOS_PER_US));
            }
            return histogram;
        } catch (DataFormatException | RuntimeException e) {
            throw new IOException("hdr must be a compressed histogram, got damaged text", e);
        }
    }

    /** What was recorded, by its name in the result. */
    Map<String, Histogram> histograms() {
        Map<String, Histogram> histograms = new LinkedHashMap<>();
        histograms.put("latency", latency);
        histograms.put("service", service);
        histograms.put("send_lateness", lateness);
        histograms.put("connect", connect);
        return histograms;
    }

    /** Its members, some of which a file may lack. */
    public JsonMembers members() {
        return new JsonMembers(json);
    }

    /** How many loads it is of: more than one where it was merged. */
    public long results() {
        return json.has("results") ? count("results") : 1;
    }

    public long count(String member) {
        return json.get(member).getAsLong();
    }

    public double number(String member) {
        JsonElement value = json.get(member);
        return value.isJsonNull() ? Double.NaN : value.getAsDouble();
    }

    /** Start of its measured phase. */
    Instant startedAt() {
        return Instant.parse(json.get("started_at").getAsString());
    }

    /** End of its measured phase. */
    Instant endedAt() {
        return startedAt().plusNanos(Math.round(number("duration_s") * NANOS_PER_S));
    }

    public boolean valid() {
        return json.get("valid").getAsBoolean();
    }

    /** What may not differ between results that are added or compared. */
    public String subject() {
        return json.get("target").getAsString()
                + ", "
                + Figures.plain(number("size_bytes"))
                + " bytes";
    }
}
