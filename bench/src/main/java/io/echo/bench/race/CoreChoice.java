package io.echo.bench.race;

import io.echo.cli.FlagValues;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The cores of a race: one for the server alone, another for the loader.
 *
 * @param server the core of the server
 * @param load the core of the loader
 * @param siblings whether the two are threads of one physical core, for lack of another
 * @param all the cores that this process may use
 */
record CoreChoice(int server, int load, boolean siblings, List<Integer> all) {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path CPUS = Path.of("/sys/devices/system/cpu");

    /** Chooses among the cores that this process may use; a core that a flag names is taken. */
    static CoreChoice choose(OptionalInt server, OptionalInt load) throws IOException {
        if (server.isPresent() && server.equals(load)) {
            throw FlagValues.mustBe(
                    "--load-core", "another one than --server-core", load.getAsInt());
        }
        List<Integer> allowed = allowed();
        require(
                allowed.size() > 1,
                "a race needs two cores, one for the server and one for the"
                        + " loader; this process may use "
                        + allowed.size());
        int first =
                server.orElseGet(
                        () ->
                                allowed.stream()
                                        .filter(core -> load.orElse(-1) != core)
                                        .findFirst()
                                        .get());
        List<Integer> beside = siblings(first);
        int second =
                load.orElseGet(
                        () ->
                                allowed.stream()
                                        .filter(core -> !beside.contains(core))
                                        .findFirst()
                                        .orElseGet(
                                                () ->
                                                        allowed.get(
                                                                allowed.get(0) == first ? 1 : 0)));
        require(
                allowed.contains(first),
                "--server-core must be one of " + allowed + ", got " + first);
        require(
                allowed.contains(second),
                "--load-core must be one of " + allowed + ", got " + second);
        return new CoreChoice(first, second, beside.contains(second), allowed);
    }

    /** Returns the command that pins a server to its core, or to both with two loops. */
    List<String> pinServer(RaceCase.Kind kind) {
        return switch (kind) {
            case LOOPS -> pin(List.of(server, load));
            case SLEEPING -> pinNowhere();
            default -> pin(List.of(server));
        };
    }

    /** Returns the command that pins a loader to its core, or to both beside two loops. */
    List<String> pinLoad(RaceCase.Kind kind) {
        return switch (kind) {
            case LOOPS -> pin(List.of(server, load));
            case SLEEPING -> pinNowhere();
            default -> pin(List.of(load));
        };
    }

    /**
     * Returns the command that lets a program use all cores, also the one that this process avoids.
     */
    List<String> pinNowhere() {
        return pin(all);
    }

    private static List<String> pin(List<Integer> cores) {
        return List.of("taskset", "-c", list(cores));
    }

    private static String list(List<Integer> cores) {
        return cores.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    /** Keeps this process and its unpinned children off the server's core. */
    void keepOff() throws IOException {
        String list = list(all.stream().filter(core -> core != server).toList());
        BuildDirectory.output(
                List.of(
                        "taskset",
                        "-a",
                        "-c",
                        "-p",
                        list,
                        String.valueOf(ProcessHandle.current().pid())),
                Map.of());
    }

    private static List<Integer> allowed() throws IOException {
        if (!Files.isReadable(STATUS)) {
            throw new IOException("a race needs Linux; this is " + System.getProperty("os.name"));
        }
        try (var lines = Files.lines(STATUS)) {
            return lines.filter(line -> line.startsWith("Cpus_allowed_list:"))
                    .findFirst()
                    .map(line -> list(line.substring(line.indexOf(':') + 1)))
                    .orElseThrow(() -> new IOException("no Cpus_allowed_list in " + STATUS));
        }
    }

    private static List<Integer> siblings(int core) {
        Path file = CPUS.resolve("cpu" + core).resolve("topology/thread_siblings_list");
        try {
            return list(Files.readAllLines(file).get(0));
        } catch (IOException e) {
            return List.of(core);
        }
    }

    /** Reads a kernel list such as {@code 0-3,8}. */
    static List<Integer> list(String text) {
        return Arrays.stream(text.strip().split(","))
                .map(part -> part.split("-"))
                .flatMapToInt(
                        ends ->
                                IntStream.rangeClosed(
                                        Integer.parseInt(ends[0]),
                                        Integer.parseInt(ends[ends.length - 1])))
                .boxed()
                .toList();
    }

    private static void require(boolean fact, String sentence) throws IOException {
        if (!fact) {
            throw new IOException(sentence);
        }
    }
}
