package io.echo.bench.command;

import io.echo.bench.report.ComparePage;
import io.echo.bench.report.CompareTable;
import io.echo.bench.result.Comparison;
import io.echo.bench.result.ComparisonJson;
import io.echo.bench.result.Invocation;
import io.echo.bench.result.ResultFiles;
import io.echo.bench.result.ResultJson;
import io.echo.bench.result.SavedResults;
import io.echo.bench.result.Verdict;
import io.echo.bench.statistics.Design;
import io.echo.cli.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The {@code compare} command: prints both sides, their ratios, and which differ by more than
 * noise. Without {@code --fail-on-worse} it ends with 0 whatever it finds.
 */
@Command(
        name = "compare",
        description = "Put two sets of results side by side, with ratios.",
        customSynopsis = "echo-bench compare FILE_A FILE_B",
        mixinStandardHelpOptions = true)
public final class CompareCommand implements Callable<Integer> {
    private final InputStream in;
    private final PrintStream out;
    private final PrintStream err;

    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "FILE_A",
            description = "Results, one or many; - for stdin.")
    private String first;

    @Parameters(
            index = "1",
            paramLabel = "FILE_B",
            description = "Results, one or many; - for stdin.")
    private String second;

    @Option(
            names = "--fail-on-worse",
            description =
                    "Exit 3 when a judged figure of B is worse by more than the noise, 4 when a"
                            + " run is not valid or the runs are too few.")
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

    public CompareCommand(InputStream in, PrintStream out, PrintStream err) {
        this.in = in;
        this.out = out;
        this.err = err;
    }

    @Override
    public Integer call() throws IOException {
        boolean onOut = ResultFiles.onStandardOutput(Map.of("--json", json, "--html", html));
        PrintStream table = onOut ? err : out;
        SavedResults saved = new SavedResults(in);
        Comparison comparison =
                Comparison.of(
                        new Comparison.Side("A", first, saved.read(first)),
                        new Comparison.Side("B", second, saved.read(second)),
                        Design.SAMPLES);
        try (ResultFiles files = new ResultFiles(force, out)) {
            Optional<OutputStream> object = files.prepare("--json", json);
            if (object.isPresent()) {
                String line =
                        ResultJson.line(ComparisonJson.of(comparison, Invocation.of(spec))) + "\n";
                object.get().write(line.getBytes(StandardCharsets.UTF_8));
            }
            Optional<OutputStream> page = files.prepare("--html", html);
            if (page.isPresent()) {
                ComparePage.of(comparison, Invocation.of(spec)).write(page.get());
            }
            files.commit();
        }
        CompareTable.of(comparison, onOut ? Terminal.err() : Terminal.out())
                .forEach(table::println);
        table.flush();
        return failOnWorse ? judge(comparison) : Verdict.OK;
    }

    /** Returns the exit code of a gate, which must not pass where nothing could be told. */
    private int judge(Comparison comparison) {
        if (comparison.a().invalid() + comparison.b().invalid() > 0) {
            return Verdict.INVALID;
        }
        if (!comparison.enough()) {
            err.println("echo-bench: --fail-on-worse cannot be decided: too few runs");
            return Verdict.INVALID;
        }
        return comparison.worse() ? Verdict.LIMIT_MISSED : Verdict.OK;
    }
}
