package io.echo.bench.result;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The machine that a measurement was made on, in words.
 *
 * @param cores that this process may use
 */
public record Machine(String system, String processor, int cores, String java) {
    private static final Path CPUS = Path.of("/proc/cpuinfo");

    /** Describes this machine. */
    public static Machine here() {
        String architecture = System.getProperty("os.arch");
        return new Machine(
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                model().isEmpty() ? architecture : model() + ", " + architecture,
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("java.vm.name") + " " + Runtime.version());
    }

    private static String model() {
        try (Stream<String> lines = Files.lines(CPUS)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            return ""; // Not Linux.
        }
    }
}
