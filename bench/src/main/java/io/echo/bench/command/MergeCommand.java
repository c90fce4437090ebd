package io.echo.bench.command;

import io.echo.bench.comparison.Setting;
import io.echo.bench.report.LoadPage;
import io.echo.bench.report.PathRows;
import io.echo.bench.report.TextReport;
import io.echo.bench.result.Invocation;
import io.echo.bench.result.MergedResult;
import io.echo.bench.result.Result;
import io.echo.bench.result.ResultJson;
import io.echo.bench.result.SavedResults;
import io.echo.bench.verdict.Check;
import io.echo.bench.verdict.Verdict;
import io.echo.cli.ResultFiles;
import io.echo.cli.Terminal;
import io.echo.client.figures.Figures;
import io.echo.client.findings.Findings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code merge} command: joins the results of many generators. */
@Command(
        name = "merge",
        description = "Join the results of many generators: histograms added, never averaged.",
        customSynopsis = "echo-bench merge [FLAGS] [FILE...]",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        addMethodSubcommands = false)
public final class MergeCommand implements Callable<Integer> {
    private final InputStream in;
    private final PrintStream out;
    private final PrintStream err;

    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..*",
            paramLabel = "FILE",
            description = "Results, one or many each; - or none for standard input.")
    private List<String> files = new ArrayList<>();

    @Option(
            names = "--mix",
            description = "Also add results of different targets, sizes, windows or timeouts.")
    private boolean mix;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Write the sum as one JSON object; - for stdout.")
    private Optional<String> json = Optional.empty();

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "Write a report with charts that opens in any browser, offline.")
    private Optional<String> html = Optional.empty();

    @Option(names = "--force", description = "Replace result files that are there already.")
    private boolean force;

    public MergeCommand(InputStream in, PrintStream out, PrintStream err) {
        this.in = in;
        this.out = out;
        this.err = err;
    }

    @Override
    public Integer call() throws IOException {
        SavedResults saved = new SavedResults(in);
        List<Result> results = new ArrayList<>();
        List<Optional<String>> names = new ArrayList<>();
        for (String file : files.isEmpty() ? List.of("-") : files) {
            List<Result> read = saved.read(file);
            results.addAll(read);
            Optional<String> name =
                    Optional.of(file).filter(f -> read.size() == 1 && !f.equals("-"));
            names.addAll(Collections.nCopies(read.size(), name));
        }
        TreeSet<String> subjects =
                results.stream()
                        .map(Result::subject)
                        .collect(Collectors.toCollection(TreeSet::new));
        requireAlike(results);
        Result sum = MergedResult.of(results, names).withCommand(Invocation.of(spec));
        boolean onOut = ResultFiles.onStandardOutput(Map.of("--json", json, "--html", html));
        PrintStream table = onOut ? err : out;
        Terminal terminal = onOut ? Terminal.err() : Terminal.out();
        try (ResultFiles written = new ResultFiles(force, out)) {
            Optional<OutputStream> result = written.prepare("--json", json);
            if (result.isPresent()) {
                String line = ResultJson.line(ResultJson.of(sum)) + "\n";
                result.get().write(line.getBytes(StandardCharsets.UTF_8));
            }
            Optional<OutputStream> page = written.prepare("--html", html);
            if (page.isPresent()) {
                LoadPage.of("merge", sum).write(page.get());
            }
            written.commit();
        }
        Result.Outcome outcome = sum.outcome();
        outcome.failures()
                .forEach(
                        why ->
                                table.println(
                                        TextReport.headed(
                                                "FAILED:", why, terminal, terminal::bad)));
        outcome.warnings().forEach(what -> table.println(TextReport.warning(what, terminal)));
        Findings.of(sum.paths(), sum.protocol().orElse(""))
                .forEach(what -> table.println(TextReport.found(what, terminal)));
        String merged = Figures.count(sum.results(), "result");
        table.println(TextReport.row("merged", merged + ", " + String.join(" and ", subjects)));
        print(sum, table, terminal);
        return exitCode(sum);
    }

    /** Returns the code of the gravest result: not valid, then a fault, then a missed limit. */
    private static int exitCode(Result sum) {
        if (!sum.outcome().valid()) {
            return Verdict.INVALID;
        }
        return sum.failed().contains(Check.Purpose.SERVICE)
                ? Verdict.FAULT
                : sum.failed().contains(Check.Purpose.LIMIT) ? Verdict.LIMIT_MISSED : Verdict.OK;
    }

    /** Rejects results whose sum would be of nothing that is one. */
    private void requireAlike(List<Result> results) {
        long open = results.stream().filter(r -> r.phase().rateRequested().isPresent()).count();
        if (open > 0 && open < results.size()) {
            throw new IllegalArgumentException(
                    "results of open and closed loop cannot be added, with --mix or without: their"
                            + " latencies count from other times; got "
                            + open
                            + " open and "
                            + (results.size() - open)
                            + " closed");
        }
        Optional<String> differences = Setting.differences(results, Setting.OF_A_SUM);
        if (differences.isPresent() && !mix) {
            throw new IllegalArgumentException(
                    "results differ in " + differences.get() + "; --mix adds them all the same");
        }
    }

    private static void print(Result sum, PrintStream table, Terminal terminal) {
        Result.Counts counts = sum.counts();
        Result.Times times = sum.times();
        table.println(TextReport.row("rate", say("%,.1f/s", sum.phase().rateAchieved())));
        table.println(
                TextReport.row(
                        "probes",
                        say(
                                "%,d sent, %,d received, %s, %,d late",
                                counts.sent(),
                                counts.received(),
                                terminal.alarm(counts.lost(), say("%,d lost", counts.lost())),
                                counts.late())));
        String spread = Findings.spread(sum.paths());
        if (!spread.isEmpty()) {
            table.println(TextReport.row("loss", spread));
        }
        PathRows.of(sum.paths(), sum.phase().connections()).forEach(table::println);
        table.println(
                TextReport.besides(
                        counts.duplicated(),
                        counts.reordered(),
                        counts.corrupted(),
                        counts.foreign(),
                        terminal));
        table.println();
        table.println(Figures.heading());
        table.println(Figures.line("latency", times.latency()));
        if (times.lateness().getTotalCount() > 0) {
            table.println(Figures.line("service", times.service()));
            table.println(Figures.line("send lateness", times.lateness()));
        }
        if (times.connect().getTotalCount() > 0) {
            table.println(Figures.line("connect", times.connect()));
        }
        sum.life()
                .flatMap(Result.Connections::handshakes)
                .ifPresent(all -> table.println(Figures.line("handshake", all.ns())));
        table.flush();
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
