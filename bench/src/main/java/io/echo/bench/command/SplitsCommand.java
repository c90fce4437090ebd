package io.echo.bench.command;

import io.echo.bench.comparison.RandomSplits;
import io.echo.bench.result.Result;
import io.echo.bench.result.SavedResults;
import io.echo.bench.statistics.Design;
import io.echo.cli.FlagValues;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The {@code splits} command: prints how often {@code compare} is wrong, and how much it sees. */
@Command(
        name = "splits",
        hidden = true,
        description = {
            "Divide the runs of one service at random into two sides, and tell in how many",
            "of these comparisons compare calls any difference; then with one side worse."
        },
        customSynopsis = "echo-bench splits [FLAGS] FILE",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        addMethodSubcommands = false)
final class SplitsCommand implements Callable<Integer> {
    private static final List<Double> WORSE = List.of(1.0, 1.05, 1.1, 1.2, 1.5);
    private static final double PERCENT = 100;
    private static final long MOST = 1_000_000;

    private final InputStream in;
    private final PrintStream out;

    @Parameters(paramLabel = "FILE", description = "Results of one service; - for stdin.")
    private String file;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "8",
            description = "Runs of each side. Default: ${DEFAULT-VALUE}.")
    private String runs;

    @Option(
            names = "--splits",
            paramLabel = "N",
            defaultValue = "2000",
            description = "How many. Default: ${DEFAULT-VALUE}.")
    private String splits;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Of the random numbers. Default: ${DEFAULT-VALUE}.")
    private String seed;

    SplitsCommand(InputStream in, PrintStream out) {
        this.in = in;
        this.out = out;
    }

    @Override
    public Integer call() throws IOException {
        List<Result> results = new SavedResults(in).read(file);
        if (results.size() < 2) {
            throw FlagValues.mustBe("FILE", "at least two results", file);
        }
        long unusable =
                results.stream()
                        .filter(run -> !run.outcome().valid() || run.counts().received() == 0)
                        .count();
        if (unusable > 0) {
            throw FlagValues.mustBe(
                    "FILE",
                    "valid results with replies",
                    unusable + " without, of " + results.size() + ", in " + file);
        }
        int side = (int) FlagValues.count("--runs", runs, 1, results.size() / 2);
        int count = (int) FlagValues.count("--splits", splits, 1, MOST);
        Random random = new Random(FlagValues.count("--seed", seed, 0, Long.MAX_VALUE));
        RandomSplits divided = new RandomSplits(results, side);
        out.printf(
                Locale.ROOT,
                "%d runs, %,d random splits, %d against %d%n%n%-12s%20s%12s%n",
                results.size(),
                count,
                side,
                side,
                "B worse by",
                "called, samples",
                "pairs");
        for (double worse : WORSE) {
            out.printf(
                    Locale.ROOT,
                    "%-12.2f%18.1f %%%10.1f %%%n",
                    worse,
                    PERCENT * divided.called(Design.SAMPLES, worse, count, random),
                    PERCENT * divided.called(Design.PAIRS, worse, count, random));
        }
        out.flush();
        return 0;
    }
}
