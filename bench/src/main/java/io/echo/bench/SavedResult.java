package io.echo.bench;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.echo.client.Tally;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * A result of {@code load} that was written before, with its histograms.
 *
 * @param json the whole object
 */
record SavedResult(JsonObject json, Histogram latency, Histogram service, Histogram lateness) {
    /** Reads {@code -}, which is standard input, or a file. */
    static List<SavedResult> read(String name, InputStream standardInput) throws IOException {
        try (InputStream in =
                ResultFile.isStandardOutput(name)
                        ? standardInput
                        : Files.newInputStream(Path.of(name))) {
            List<SavedResult> results = parse(in);
            if (results.isEmpty()) {
                throw new IOException("input must hold a result of load, got none in " + name);
            }
            return results;
        } catch (NoSuchFileException e) {
            throw new IOException("input must be a file that exists, got " + name, e);
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
        results.add(
                new SavedResult(
                        json,
                        decode(hdr.get("latency")),
                        decode(hdr.get("service")),
                        decode(hdr.get("send_lateness"))));
    }

    private static Histogram decode(JsonElement base64) throws IOException {
        if (base64 == null || base64.isJsonNull()) {
            return Tally.newHistogram();
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(base64.getAsString());
            return Histogram.decodeFromCompressedByteBuffer(
                    ByteBuffer.wrap(bytes), Tally.LONGEST_NS);
        } catch (DataFormatException | RuntimeException e) {
            throw new IOException("hdr must be a compressed histogram, got damaged text", e);
        }
    }

    long count(String member) {
        return json.get(member).getAsLong();
    }

    double number(String member) {
        JsonElement value = json.get(member);
        return value.isJsonNull() ? Double.NaN : value.getAsDouble();
    }

    boolean valid() {
        return json.get("valid").getAsBoolean();
    }

    /** What may not differ between results that are added or compared. */
    String subject() {
        return json.get("target").getAsString()
                + ", "
                + Report.plain(number("size_bytes"))
                + " bytes";
    }
}
