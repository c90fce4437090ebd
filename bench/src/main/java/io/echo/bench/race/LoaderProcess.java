package io.echo.bench.race;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.echo.bench.race.RaceOutcome.Figure;
import io.echo.cli.OneLine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Runs the loader: a process for each round, on a core of its own.
 *
 * <p>It is in C, so that it costs less than any server, and the same for all. It reads the server's
 * CPU time itself, at start and end of the measured phase. In the cases of generators, our load
 * command takes its place.
 */
record LoaderProcess(
        RacePlan plan, BuildDirectory builds, Path program, CompletableFuture<?> stop) {
    private static final double NANOS_PER_S = 1e9;
    private static final double US_PER_S = 1e6;

    static LoaderProcess of(RacePlan plan, BuildDirectory builds, CompletableFuture<?> stop)
            throws IOException {
        Path program =
                builds.c("load", "load.h", "load.c", "common.c", "udp.c", "tcp.c", "usage.c");
        return new LoaderProcess(plan, builds, program, stop);
    }

    /**
     * Loads a server.
     *
     * @param rate messages a second in open loop, 0 for closed loop; a rate of the case comes first
     * @param warmup time under load before the measured time
     * @throws IOException when a reply is wrong, none comes, or the race is stopped
     */
    Map<Figure, Double> run(
            RaceCase race, ServerProcess server, double rate, Duration warmup, Duration time)
            throws IOException, InterruptedException {
        List<String> words = new ArrayList<>();
        words.addAll(List.of(program.toString(), "" + race.protocol(), "" + server.port()));
        words.add("server=" + server.pid());
        words.add(word("rate", rate));
        words.add(word("warmup", seconds(warmup)));
        words.add(word("seconds", seconds(time)));
        words.addAll(race.words());
        return Figure.parse(output(race, words));
    }

    /** Loads a server with our load command on one loop of a transport. */
    Map<Figure, Double> runOurs(RaceCase race, ServerProcess server, String transport)
            throws IOException, InterruptedException {
        Path file = builds.directory().resolve("load.json");
        List<String> words = new ArrayList<>();
        words.add(plan.java().toString());
        words.addAll(plan.program().words());
        words.add("load");
        words.add(race.protocol() + "://127.0.0.1:" + server.port());
        for (String word : race.words()) {
            if (!word.startsWith("sleep=")) { // the load command does by itself
                words.add("--" + word.replace("bytes=", "size="));
            }
        }
        words.addAll(List.of("--transport=" + transport, "--loops=1", "--timeout=200ms"));
        words.add("--warmup=" + plan.warmup().toMillis() + "ms");
        words.add("--duration=" + plan.round().toMillis() + "ms");
        words.addAll(List.of("--json=" + file, "--force"));
        output(race, words);
        return figures(JsonParser.parseString(Files.readString(file)).getAsJsonObject());
    }

    private static Map<Figure, Double> figures(JsonObject result) {
        double received = result.get("received").getAsDouble();
        double timeS = result.get("duration_s").getAsDouble();
        double cpuS = result.getAsJsonObject("generator").get("cpu_s").getAsDouble();
        // The C loader's times, too, count from the actual send where it sleeps.
        JsonObject times = result.getAsJsonObject("service_us");
        Map<Figure, Double> figures = new EnumMap<>(Figure.class);
        figures.put(Figure.RATE, received / timeS);
        figures.put(Figure.LOAD_CPU_US, cpuS * US_PER_S / received);
        figures.put(Figure.LOAD_BUSY, cpuS / timeS);
        figures.put(Figure.P50_US, times.get("p50").getAsDouble());
        figures.put(Figure.P90_US, times.get("p90").getAsDouble());
        figures.put(Figure.P99_US, times.get("p99").getAsDouble());
        figures.put(Figure.RECEIVED, received);
        figures.put(Figure.LOST, result.get("lost").getAsDouble());
        return figures;
    }

    /** Runs a loader to its end, or until the race is stopped, and returns its output. */
    private String output(RaceCase race, List<String> words)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("setsid"));
        command.addAll(plan.cores().pinLoad(race.kind()));
        command.addAll(words);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        CompletableFuture<?> ending = stop.thenRun(process::destroyForcibly);
        try {
            String text =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException(OneLine.of(text, "the loader was ended"));
            }
            return text;
        } finally {
            ending.cancel(false);
            process.destroyForcibly();
        }
    }

    private static double seconds(Duration time) {
        return time.toNanos() / NANOS_PER_S;
    }

    private static String word(String name, double value) {
        return String.format(Locale.ROOT, "%s=%.6f", name, value);
    }
}
