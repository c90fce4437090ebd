package io.echo.bench.race;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What our server does with its heap, from outside: its own metrics tell how much it allocates, and
 * the log of its collector how long it stood still.
 */
final class GcLog {
    private static final Pattern ADMIN = Pattern.compile("^ready .*admin=(\\S+)");
    private static final Pattern PAUSE = Pattern.compile("Pause .* (\\d+\\.\\d+)ms");
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final String ALLOCATED = "jvm_gc_memory_allocated_bytes_total ";
    private static final Pattern EDEN =
            Pattern.compile("jvm_memory_used_bytes\\{area=\"heap\",id=\"[^\"]*Eden[^\"]*\"} .*");

    private final URI metrics;
    private final Path collections;

    /**
     * Of a server that runs.
     *
     * @param log its output, with the ready line
     * @param collections the file that {@link #options} named
     */
    GcLog(Path log, Path collections) throws IOException {
        try (Stream<String> lines = Files.lines(log)) {
            String admin =
                    lines.map(ADMIN::matcher)
                            .filter(Matcher::find)
                            .map(matcher -> matcher.group(1))
                            .findFirst()
                            .orElseThrow(() -> new IOException("no ready line with admin="));
            this.metrics = URI.create("http://" + admin + "/metrics");
            this.collections = collections;
        }
    }

    /** What makes a JVM write the file of its collections. */
    static List<String> options(Path collections) {
        return List.of("-Xlog:gc:file=" + collections);
    }

    /** Bytes allocated so far: up to the last collection, and since. */
    double allocated() throws IOException, InterruptedException {
        HttpResponse<Stream<String>> answer =
                HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(metrics).timeout(PATIENCE).build(),
                                HttpResponse.BodyHandlers.ofLines());
        return answer.body()
                .filter(line -> line.startsWith(ALLOCATED) || EDEN.matcher(line).matches())
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    /** All pauses so far, in milliseconds. */
    List<Double> pausesMs() throws IOException {
        return PAUSE.matcher(Files.readString(collections))
                .results()
                .map((MatchResult pause) -> Double.valueOf(pause.group(1)))
                .toList();
    }
}
