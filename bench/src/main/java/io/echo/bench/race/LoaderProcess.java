package io.echo.bench.race;

import io.echo.bench.race.RaceOutcome.Figure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The C loader: a process for each round, on a core of its own.
 *
 * <p>It is the same for all servers, and it is in C so that it costs less than they do; it takes
 * the server's CPU time itself, at the edges of the measured phase.
 */
final class LoaderProcess {
    private static final double NANOS_PER_S = 1e9;

    private final Path program;
    private final List<String> pin;
    private final CompletableFuture<?> stop;

    LoaderProcess(Path program, List<String> pin, CompletableFuture<?> stop) {
        this.program = program;
        this.pin = pin;
        this.stop = stop;
    }

    /**
     * Loads a server.
     *
     * @param rate messages a second, in open loop; 0 for closed loop
     * @param warmup what does not count, before what does
     * @throws IOException when a reply is wrong, none comes, or the race is stopped
     */
    Map<Figure, Double> run(
            RaceCase race, ServerProcess server, double rate, Duration warmup, Duration time)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("setsid"));
        command.addAll(pin);
        command.addAll(List.of(program.toString(), "" + race.protocol(), "" + server.port()));
        command.addAll(race.words());
        command.add("server=" + server.pid());
        command.add(word("rate", rate));
        command.add(word("warmup", warmup.toNanos() / NANOS_PER_S));
        command.add(word("seconds", time.toNanos() / NANOS_PER_S));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        CompletableFuture<?> ending = stop.thenRun(process::destroyForcibly);
        try {
            String text =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException(text.lines().findFirst().orElse("the loader was ended"));
            }
            return Figure.parse(text);
        } finally {
            ending.cancel(false);
            process.destroyForcibly();
        }
    }

    private static String word(String name, double value) {
        return String.format(Locale.ROOT, "%s=%.6f", name, value);
    }
}
