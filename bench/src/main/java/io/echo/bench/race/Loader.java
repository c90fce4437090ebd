package io.echo.bench.race;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/**
 * The C loader: a process for each round, on a core of its own.
 *
 * <p>It is the same for all servers, and it is in C so that it costs less than they do; it takes
 * the server's CPU time itself, at the edges of the measured phase.
 */
final class Loader {
    private static final String SETTLE_S = "0.2";
    private static final double NANOS_PER_S = 1e9;

    private final Path program;
    private final List<String> pin;
    private final CompletableFuture<?> stop;

    Loader(Path program, List<String> pin, CompletableFuture<?> stop) {
        this.program = program;
        this.pin = pin;
        this.stop = stop;
    }

    /** Loads a server for a time, and says nothing of it. */
    void warm(RaceCase race, Running server, Duration time)
            throws IOException, InterruptedException {
        run(race, server, 0, "warmup=0", seconds(time));
    }

    /**
     * One round.
     *
     * @param rate messages a second, in open loop; 0 for closed loop
     * @throws IOException when a reply is wrong, or none comes
     */
    Figures round(RaceCase race, Running server, double rate, Duration time)
            throws IOException, InterruptedException {
        return Figures.parse(run(race, server, rate, "warmup=" + SETTLE_S, seconds(time)));
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "seconds=%.3f", time.toNanos() / NANOS_PER_S);
    }

    private String run(RaceCase race, Running server, double rate, String... more)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("setsid"));
        command.addAll(pin);
        command.addAll(
                List.of(program.toString(), race.protocol().toString(), "" + server.port()));
        command.addAll(race.words());
        command.addAll(List.of("server=" + server.pid(), "rate=" + rate));
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        CompletableFuture<?> ending = stop.thenRun(process::destroyForcibly);
        try {
            String text =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException(text.lines().findFirst().orElse("the loader was ended"));
            }
            return text;
        } finally {
            ending.cancel(false);
            process.destroyForcibly();
        }
    }
}
