package io.echo.bench.command;

import io.echo.bench.comparison.Comparison;
import io.echo.bench.load.Endpoint;
import io.echo.bench.load.LoadConfig;
import io.echo.bench.load.LoadRun;
import io.echo.bench.load.Measurement;
import io.echo.bench.result.Result;
import io.echo.bench.verdict.PassCriteria;
import io.echo.bench.verdict.Verdict;
import io.echo.cli.FlagValues;
import io.echo.cli.Terminal;
import io.echo.client.figures.Figures;
import io.echo.net.Target;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/**
 * Runs of two targets in alternating rounds. The order within a round is drawn, so that neither a
 * machine that changes with time nor a run's effect on the next falls on one side.
 */
final class AlternatingRuns {
    private static final double NANOS_PER_US = 1_000;
    private static final String INDENT = "    ";

    private final PrintStream err;
    private final LoadConfig config;
    private final CompletableFuture<Integer> stop;
    private final List<List<Result>> runs = List.of(new ArrayList<>(), new ArrayList<>());
    private final List<Integer> exitCodes = new ArrayList<>();
    private boolean started;

    AlternatingRuns(PrintStream err, LoadConfig config, CompletableFuture<Integer> stop) {
        this.err = err;
        this.config = config;
        this.stop = stop;
    }

    /** Runs the rounds, or as many as are complete when it is interrupted. */
    void run(int rounds, Endpoint first, Endpoint second) throws IOException, InterruptedException {
        Duration run = config.warmup().plus(config.span().duration()).plus(config.timeout());
        if (config.span().count().isEmpty()) {
            Duration all = run.multipliedBy(2L * rounds);
            err.printf(
                    Locale.ROOT,
                    "%s of two runs, about %s in all%n",
                    Figures.count(rounds, "round"),
                    FlagValues.show(Duration.ofSeconds(all.plusMillis(999).toSeconds())));
        }
        List<Endpoint> endpoints = List.of(first, second);
        Random random = new Random();
        for (int round = 1; round <= rounds && !stop.isDone(); round++) {
            boolean turned = random.nextBoolean();
            List<Optional<Result>> pair =
                    new ArrayList<>(List.of(Optional.empty(), Optional.empty()));
            for (int turn = 0; turn < 2; turn++) {
                int side = turned ? 1 - turn : turn;
                pair.set(side, run(endpoints.get(side)));
            }
            if (pair.stream().allMatch(Optional::isPresent)) {
                for (int side = 0; side < 2; side++) {
                    runs.get(side).add(pair.get(side).orElseThrow());
                }
                err.println(line(round, pair));
                for (int side = 0; side < 2; side++) {
                    String letter = side == 0 ? "A: " : "B: ";
                    for (String why : pair.get(side).orElseThrow().outcome().failures()) {
                        err.println(Terminal.err().wrap(INDENT + letter + why, INDENT.length()));
                    }
                }
            }
        }
    }

    /** Runs one load; empty when it was interrupted. */
    private Optional<Result> run(Endpoint endpoint) throws IOException, InterruptedException {
        LoadConfig one = config.withTarget(endpoint.target());
        LoadConfig now = started ? one.withStartAt(Optional.empty()) : one;
        started = true;
        Measurement measurement;
        try (Progress progress = Progress.passing(err, now)) {
            measurement = LoadRun.run(now, endpoint, progress, stop);
        } catch (IOException e) {
            if (stop.isDone()) {
                return Optional.empty();
            }
            throw e;
        }
        if (measurement.interrupted()) {
            return Optional.empty();
        }
        Verdict verdict = Verdict.of(measurement, PassCriteria.NONE);
        exitCodes.add(verdict.exitCode());
        return Optional.of(Result.of(measurement, verdict));
    }

    private static String line(int round, List<Optional<Result>> pair) {
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "round %2d", round));
        for (int side = 0; side < 2; side++) {
            Result run = pair.get(side).orElseThrow();
            line.append(
                    String.format(
                            Locale.ROOT,
                            "  %s %,9.0f/s p99 %8s lost %,d",
                            side == 0 ? "A" : "B",
                            Comparison.replied(run),
                            run.counts().received() == 0
                                    ? "-"
                                    : Figures.shortTime(
                                            run.times().latency().getValueAtPercentile(99)
                                                    / NANOS_PER_US),
                            run.counts().lost()));
            if (!run.outcome().valid()) {
                line.append(" NOT VALID");
            }
        }
        return line.toString();
    }

    /** Counts the rounds that are complete. */
    int rounds() {
        return runs.get(0).size();
    }

    /** Returns a side: 0 or 1. */
    Comparison.Side side(int side, Target target) {
        return new Comparison.Side(side == 0 ? "A" : "B", target.toString(), runs.get(side));
    }

    /** Tells whether a run ended with this exit code. */
    boolean anyEndedWith(int exitCode) {
        return exitCodes.contains(exitCode);
    }
}
