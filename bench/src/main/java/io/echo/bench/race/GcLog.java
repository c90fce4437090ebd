package io.echo.bench.race;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Reads the garbage of our server: the bytes allocated from its metrics, the pauses from its JVM's
 * GC log.
 *
 * @param file the GC log, see {@link #options}
 */
record GcLog(ServerProcess server, Path file) {
    private static final Pattern PAUSE = Pattern.compile("Pause .* (\\d+\\.\\d+)ms");
    private static final String ALLOCATED = "jvm_gc_memory_allocated_bytes_total ";
    private static final Pattern EDEN =
            Pattern.compile("jvm_memory_used_bytes\\{area=\"heap\",id=\"[^\"]*Eden[^\"]*\"} .*");

    /** Returns the JVM options that write the log. */
    static List<String> options(Path file) {
        return List.of("-Xlog:gc:file=" + file);
    }

    /** Returns the bytes allocated so far: up to the last collection, and since. */
    double allocated() throws IOException {
        return server.metrics()
                .lines()
                .filter(line -> line.startsWith(ALLOCATED) || EDEN.matcher(line).matches())
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    /** Returns all pauses so far, in milliseconds. */
    List<Double> pausesMs() throws IOException {
        return PAUSE.matcher(Files.readString(file))
                .results()
                .map(pause -> Double.valueOf(pause.group(1)))
                .toList();
    }
}
