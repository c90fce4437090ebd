package io.echo.bench.result;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Results in files and logs, found line by line. */
public final class SavedResults {
    private SavedResults() {}

    /** Reads all results in {@code -}, which is standard input, or in a file. */
    public static List<Result> read(String name, InputStream standardInput) throws IOException {
        try (InputStream in =
                ResultFiles.isStandard(name)
                        ? standardInput
                        : Files.newInputStream(Path.of(name))) {
            List<Result> results = parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
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
     * Reads the results among the lines of a text. Text before the first brace of a line is taken
     * for the prefix of a log, and a line without a result is passed over. A text that is one
     * object over several lines is one result.
     */
    private static List<Result> parse(String text) throws IOException {
        List<Result> results = new ArrayList<>();
        for (String line : text.lines().toList()) {
            add(line, results);
        }
        if (results.isEmpty()) {
            add(text, results);
        }
        return results;
    }

    private static void add(String text, List<Result> results) throws IOException {
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
        if (element.isJsonObject() && element.getAsJsonObject().has("hdr")) {
            results.add(ResultJson.read(element.getAsJsonObject()));
        }
    }
}
