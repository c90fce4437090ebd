package io.echo.bench.command;

import io.echo.bench.comparison.Comparison;
import io.echo.bench.comparison.ComparisonJson;
import io.echo.bench.load.Endpoint;
import io.echo.bench.load.LoadConfig;
import io.echo.bench.report.ComparePage;
import io.echo.bench.report.CompareTable;
import io.echo.bench.result.Invocation;
import io.echo.bench.result.ResultJson;
import io.echo.bench.result.SavedResults;
import io.echo.bench.statistics.Design;
import io.echo.bench.verdict.Verdict;
import io.echo.cli.FlagValues;
import io.echo.cli.ResultFiles;
import io.echo.cli.Terminal;
import io.echo.net.Target;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The {@code compare} command: prints two sides, their ratios, and which differ by more than noise.
 * The sides are results in files, or targets that it measures itself in alternating rounds. Without
 * {@code --fail-on-worse} it ends with 0 whatever it finds.
 */
@Command(
        name = "compare",
        description = {
            "Tell whether B differs from A by more than noise.",
            "Two files of results, or two targets that are measured in turn, round by round,",
            "with the flags of load."
        },
        customSynopsis = {
            "echo-bench compare FILE_A FILE_B",
            "  or   echo-bench compare [FLAGS] TARGET_A TARGET_B"
        },
        sortOptions = false,
        footer = {"", FlagValues.TIME_HELP, FlagValues.RATE_HELP, FlagValues.SIZES_HELP},
        mixinStandardHelpOptions = true,
        addMethodSubcommands = false)
public final class CompareCommand implements Callable<Integer> {
    private static final String ROUNDS = "8";
    private static final int MOST_ROUNDS = 200;

    /** The flags that go with files, too. */
    private static final Set<String> OF_FILES =
            Set.of("--fail-on-worse", "--json", "--html", "--force");

    private static final Pattern PORT = Pattern.compile(".*:\\d{1,5}");

    private final InputStream in;
    private final PrintStream out;
    private final PrintStream err;
    private final Supplier<CompletableFuture<Integer>> interrupt;

    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "A",
            description = "Results, one or many (- for stdin), or a target, as in load.")
    private String first;

    @Parameters(index = "1", paramLabel = "B", description = "The same, for the other side.")
    private String second;

    @Option(
            names = "--fail-on-worse",
            description =
                    "Exit 3 when a judged figure of B is worse by more than the noise, 4 when a"
                            + " run is not valid; too few runs are wrong usage, 2.")
    private boolean failOnWorse;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Write the comparison as one JSON object; - for stdout.")
    private Optional<String> json = Optional.empty();

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "Write a report with charts that opens in any browser, offline.")
    private Optional<String> html = Optional.empty();

    @Option(names = "--force", description = "Replace a report that is there already.")
    private boolean force;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = ROUNDS,
            description =
                    "Of targets: so many runs of each, in pairs whose order is drawn. Default:"
                            + " ${DEFAULT-VALUE}.")
    private String rounds;

    @Mixin private PaceFlags pace;
    @Mixin private LoadFlags flags;

    public CompareCommand(
            InputStream in,
            PrintStream out,
            PrintStream err,
            Supplier<CompletableFuture<Integer>> interrupt) {
        this.in = in;
        this.out = out;
        this.err = err;
        this.interrupt = interrupt;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        boolean measures = isTarget(first);
        if (measures != isTarget(second)) {
            throw new IllegalArgumentException(
                    "A and B must be two files or two targets, got the "
                            + (measures ? "target " : "file ")
                            + first
                            + " and the "
                            + (measures ? "file " : "target ")
                            + second);
        }
        boolean onOut = ResultFiles.onStandardOutput(Map.of("--json", json, "--html", html));
        PrintStream table = onOut ? err : out;
        Terminal terminal = onOut ? Terminal.err() : Terminal.out();
        return measures ? measure(table, terminal) : read(table, terminal);
    }

    /** Tells a target, which has a scheme or a port, from the name of a file that is there. */
    private static boolean isTarget(String text) {
        if (!text.contains("://") && !PORT.matcher(text).matches()) {
            return false;
        }
        try {
            return !Files.exists(Path.of(text));
        } catch (InvalidPathException e) {
            return true;
        }
    }

    private int read(PrintStream table, Terminal terminal) throws IOException {
        for (OptionSpec flag : spec.commandLine().getParseResult().matchedOptions()) {
            if (!OF_FILES.contains(flag.longestName())) {
                throw new IllegalArgumentException(
                        flag.longestName() + " goes with two targets to measure, not with files");
            }
        }
        SavedResults saved = new SavedResults(in);
        Comparison.Side a = new Comparison.Side("A", first, saved.read(first));
        Comparison.Side b = new Comparison.Side("B", second, saved.read(second));
        Comparison comparison = Comparison.of(a, b, Design.SAMPLES);
        if (failOnWorse && !comparison.enough()) {
            throw new IllegalArgumentException(
                    "--fail-on-worse needs at least "
                            + Comparison.runsNeeded(Design.SAMPLES)
                            + " runs a side, got "
                            + a.runs().size()
                            + " of A and "
                            + b.runs().size()
                            + " of B");
        }
        try (Outputs outputs = new Outputs()) {
            outputs.write(comparison, false);
        }
        print(comparison, table, terminal);
        return judge(comparison);
    }

    private int measure(PrintStream table, Terminal terminal)
            throws IOException, InterruptedException {
        int asked = (int) FlagValues.count("--rounds", rounds, 1, MOST_ROUNDS);
        if (failOnWorse && asked < Comparison.runsNeeded(Design.PAIRS)) {
            throw FlagValues.mustBe(
                    "--rounds",
                    "at least " + Comparison.runsNeeded(Design.PAIRS) + " with --fail-on-worse",
                    rounds);
        }
        Target a = Target.parse(first);
        Target b = Target.parse(second);
        LoadConfig config = flags.config(pace.load(), List.of(a, b), err);
        config.withTarget(b); // checks that the flags go with it
        config.generator().transport().requireAvailable();
        try (Outputs outputs = new Outputs();
                Endpoint endpointA = Endpoint.of(a, config.timeout());
                Endpoint endpointB = Endpoint.of(b, config.timeout())) {
            flags.requireRateForPublicTarget(endpointA, config, err);
            flags.requireRateForPublicTarget(endpointB, config, err);
            CompletableFuture<Integer> stop = interrupt.get();
            AlternatingRuns runs = new AlternatingRuns(err, config, stop);
            runs.run(asked, endpointA, endpointB);
            boolean interrupted = runs.rounds() < asked;
            if (interrupted) {
                err.println(
                        "interrupted after " + runs.rounds() + " of " + asked + " complete rounds");
            }
            if (runs.rounds() == 0) {
                return stop.join();
            }
            Comparison comparison =
                    Comparison.of(
                            runs.side(0, endpointA.target()),
                            runs.side(1, endpointB.target()),
                            Design.PAIRS);
            outputs.write(comparison, interrupted);
            print(comparison, table, terminal);
            if (runs.anyEndedWith(Verdict.INVALID)) {
                return Verdict.INVALID;
            }
            if (runs.anyEndedWith(Verdict.FAULT)) {
                return Verdict.FAULT;
            }
            int judged = judge(comparison);
            return judged == Verdict.OK && interrupted ? stop.join() : judged;
        }
    }

    private static void print(Comparison comparison, PrintStream table, Terminal terminal) {
        CompareTable.of(comparison, terminal).forEach(table::println);
        table.flush();
    }

    /** Returns the exit code of a gate, which must not pass where runs cannot be believed. */
    private int judge(Comparison comparison) {
        if (!failOnWorse) {
            return Verdict.OK;
        }
        if (comparison.invalid() > 0) {
            return Verdict.INVALID;
        }
        return comparison.worse() ? Verdict.LIMIT_MISSED : Verdict.OK;
    }

    /** The files of the command, opened before there is anything to write. */
    private final class Outputs implements AutoCloseable {
        private final ResultFiles files = new ResultFiles(force, out);
        private final Optional<OutputStream> object;
        private final Optional<OutputStream> page;

        Outputs() throws IOException {
            try {
                object = files.prepare("--json", json);
                page = files.prepare("--html", html);
            } catch (IOException e) {
                close();
                throw e;
            }
        }

        void write(Comparison comparison, boolean interrupted) throws IOException {
            String command = Invocation.of(spec);
            if (object.isPresent()) {
                String line =
                        ResultJson.line(ComparisonJson.of(comparison, interrupted, command)) + "\n";
                object.get().write(line.getBytes(StandardCharsets.UTF_8));
            }
            if (page.isPresent()) {
                ComparePage.of(comparison, command).write(page.get());
            }
            files.commit();
        }

        @Override
        public void close() throws IOException {
            files.close();
        }
    }
}
