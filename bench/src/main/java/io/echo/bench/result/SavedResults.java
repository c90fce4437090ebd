package io.echo.bench.result;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.TypeAdapter;
import io.echo.cli.FileName;
import io.echo.cli.ResultFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads the results in files and logs, each once.
 *
 * <p>A result is a JSON object on a line, behind any prefix of a log, or an object that begins with
 * a brace alone on its line and goes on over several. Lines without one are passed over. A line
 * that was meant to be a result and is cut or damaged is an error, and so is the same result a
 * second time: a sum that lacks one, or has one twice, looks like any other.
 */
public final class SavedResults {
    /** Text that only a result has: in what is left of a line, it is a part of one. */
    private static final Pattern PART =
            Pattern.compile(
                    "\"(schema|started_at|rate_achieved|hdr|failures)\"\\s*:"
                            + "|\"command\"\\s*:\\s*\"echo-bench ");

    /** The same inside a text of another object, as a log in JSON keeps the lines of a program. */
    private static final Pattern QUOTED = Pattern.compile("\\\\\"(started_at|hdr)\\\\\"\\s*:");

    /** The end of a line that was cut right after its first brace. */
    private static final Pattern BEGINNING =
            Pattern.compile("\\{\"(s(c(h(e(m(a\"?)?)?)?)?)?)?\\s*$");

    private static final TypeAdapter<JsonElement> JSON = new Gson().getAdapter(JsonElement.class);

    private final InputStream standardInput;

    /** The places of the loads so far, by {@link Result#parts what names them}. */
    private final Map<String, String> seen = new HashMap<>();

    public SavedResults(InputStream standardInput) {
        this.standardInput = standardInput;
    }

    /**
     * Reads all results in {@code -}, which is standard input, or in a file.
     *
     * @throws IOException also when one is cut or damaged, or was read before
     */
    public List<Result> read(String name) throws IOException {
        try (InputStream in = open(name)) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            List<Result> results = new Scan(name, text).results();
            if (results.isEmpty()) {
                throw new IOException("input must hold a result of load, got none in " + name);
            }
            return results;
        } catch (NoSuchFileException e) {
            throw new IOException("input must be a file that exists, got " + name, e);
        } catch (FileSystemException e) {
            throw new IOException("input must be a readable file, got " + name, e);
        } catch (OutOfMemoryError e) {
            throw new IOException(
                    "input must fit in the heap, which is "
                            + (Runtime.getRuntime().maxMemory() >> 20)
                            + " MiB (java -Xmx sets it), got "
                            + name,
                    e);
        }
    }

    private InputStream open(String name) throws IOException {
        if (ResultFiles.isStandard(name)) {
            return standardInput;
        }
        Path file = FileName.path(name);
        if (Files.isDirectory(file)) {
            throw new FileSystemException(name); // else an error of the first read, without a name
        }
        return Files.newInputStream(file);
    }

    /** Rejects a load that was read before, by itself or as a part of a merged result. */
    private void requireNew(Result result, String place) throws IOException {
        for (String part : result.parts()) {
            String first = seen.putIfAbsent(part, place);
            if (first != null) {
                throw new IOException(place + " holds the same result as " + first);
            }
        }
    }

    /** A walk through one text. */
    private final class Scan {
        private final String name;
        private final String text;
        private final List<Result> results = new ArrayList<>();
        private int line;

        /** Begin of the text that belongs to no object so far. */
        private int rest;

        Scan(String name, String text) {
            this.name = name;
            this.text = text;
        }

        List<Result> results() throws IOException {
            int start = 0;
            while (start < text.length()) {
                line++;
                start = line(start) + 1;
            }
            return results;
        }

        /** Reads the objects that begin on a line; returns the end of the line where they end. */
        private int line(int start) throws IOException {
            int end = lineEnd(start);
            int bound = text.substring(start, end).strip().equals("{") ? text.length() : end;
            rest = start;
            int brace = text.indexOf('{', start);
            while (brace >= 0 && brace < end) {
                int close = close(brace, bound);
                Optional<JsonObject> object =
                        close < 0 ? Optional.empty() : parse(text.substring(brace, close));
                if (object.isPresent()) {
                    requireNoPart(brace);
                    requireNoneQuoted(brace, close);
                    add(object.get());
                    rest = close;
                    line +=
                            (int)
                                    text.substring(brace, close)
                                            .chars()
                                            .filter(c -> c == '\n')
                                            .count();
                    end = lineEnd(close);
                    bound = end;
                }
                brace = text.indexOf('{', object.isPresent() ? close : brace + 1);
            }
            requireNoPart(end);
            return end;
        }

        private int lineEnd(int from) {
            int end = text.indexOf('\n', from);
            return end < 0 ? text.length() : end;
        }

        /** Returns the end of an object, behind its last brace; -1 when it has none. */
        private int close(int brace, int bound) {
            int depth = 0;
            boolean quoted = false;
            for (int i = brace; i < bound; i++) {
                char c = text.charAt(i);
                if (quoted && c == '\\') {
                    i++;
                } else if (c == '"') {
                    quoted = !quoted;
                } else if (!quoted && c == '{') {
                    depth++;
                } else if (!quoted && c == '}' && --depth == 0) {
                    return i + 1;
                }
            }
            return -1;
        }

        private Optional<JsonObject> parse(String object) {
            try {
                return Optional.of(JSON.fromJson(new StringReader(object)).getAsJsonObject());
            } catch (IOException | JsonParseException | IllegalStateException e) {
                return Optional.empty(); // braces of a log, or a damaged result
            }
        }

        /** Reads a result; other objects, as a second of a stream or a sweep, are passed over. */
        private void add(JsonObject object) throws IOException {
            if (!object.has("hdr") && !(object.has("schema") && object.has("started_at"))) {
                return;
            }
            Result result;
            try {
                result = ResultReader.read(object);
            } catch (IOException e) {
                throw new IOException(place() + ": " + e.getMessage(), e);
            }
            requireNew(result, place());
            results.add(result);
        }

        /** Rejects a part of a result in the text from {@link #rest} on. */
        private void requireNoPart(int to) throws IOException {
            String left = text.substring(rest, to);
            if (PART.matcher(left).find()
                    || BEGINNING.matcher(left).find()
                    || left.strip().equals("{")) {
                throw new IOException(
                        place() + " must be a whole result, got one that is cut or damaged");
            }
        }

        /** Rejects a result in a text of an object: a log of containers, as it lies on the disk. */
        private void requireNoneQuoted(int from, int to) throws IOException {
            if (QUOTED.matcher(text.substring(from, to)).find()) {
                throw new IOException(
                        place()
                                + " must be a result, got one inside a text of another object: take"
                                + " the program's own output (docker logs, kubectl logs)");
            }
        }

        private String place() {
            return "line " + line + " of " + (ResultFiles.isStandard(name) ? "stdin" : name);
        }
    }
}
