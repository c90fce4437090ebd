package io.echo.bench.command;

import io.echo.bench.report.ComparePage;
import io.echo.bench.report.TextReport;
import io.echo.bench.result.Comparison;
import io.echo.bench.result.Figures;
import io.echo.bench.result.Invocation;
import io.echo.bench.result.ResultFiles;
import io.echo.bench.result.SavedResults;
import io.echo.bench.result.Verdict;
import io.echo.cli.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Locale;
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
 * noise. It ends with 0 whatever it finds, since it has no limits to check.
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
        if (first.equals(second)) {
            throw new IllegalArgumentException(
                    "FILE_A and FILE_B must differ, got " + first + " twice");
        }
        boolean onOut = ResultFiles.onStandardOutput(Map.of("--html", html));
        PrintStream table = onOut ? err : out;
        Comparison comparison =
                Comparison.of(
                        new Comparison.Side("A", first, SavedResults.read(first, in)),
                        new Comparison.Side("B", second, SavedResults.read(second, in)));
        try (ResultFiles files = new ResultFiles(force, out)) {
            Optional<OutputStream> page = files.prepare("--html", html);
            if (page.isPresent()) {
                ComparePage.of(comparison, Invocation.of(spec)).write(page.get());
            }
            files.commit();
        }
        print(comparison, table, onOut ? Terminal.err() : Terminal.out());
        return Verdict.OK;
    }

    private static void print(Comparison comparison, PrintStream table, Terminal terminal) {
        describe(comparison.a(), table, terminal);
        describe(comparison.b(), table, terminal);
        table.println();
        table.println(
                say("%-20s%13s%13s%8s  %s", "median of the runs", "A", "B", "B/A", "difference"));
        for (Comparison.Figure figure : comparison.figures()) {
            table.println(
                    say(
                            "%-20s%,13.2f%,13.2f%8s  %s",
                            figure.name() + ", " + figure.unit().symbol(),
                            figure.before(),
                            figure.after(),
                            figure.before() == 0 ? "-" : say("%.3f", figure.ratio()),
                            figure.difference().words()));
        }
        table.flush();
    }

    private static void describe(Comparison.Side side, PrintStream table, Terminal terminal) {
        table.println(
                terminal.wrap(
                        side.letter()
                                + "  "
                                + side.name()
                                + ": "
                                + Figures.count(side.runs().size(), "run")
                                + ", "
                                + side.runs().get(0).subject(),
                        3));
        if (side.invalid() > 0) {
            String why =
                    side.invalid() + " of the runs of " + side.letter() + ", see their failures";
            table.println(TextReport.notValid(why, terminal));
        }
        if (side.mixed()) {
            table.println(TextReport.warning(side.mixture(), terminal));
        }
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
