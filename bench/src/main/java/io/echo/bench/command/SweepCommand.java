package io.echo.bench.command;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.echo.bench.load.Endpoint;
import io.echo.bench.load.LoadConfig;
import io.echo.bench.load.LoadRun;
import io.echo.bench.load.Measurement;
import io.echo.bench.report.SweepPage;
import io.echo.bench.report.TextReport;
import io.echo.bench.result.Invocation;
import io.echo.bench.result.RateSearch;
import io.echo.bench.result.ResultJson;
import io.echo.bench.verdict.PassCriteria;
import io.echo.bench.verdict.Verdict;
import io.echo.cli.FlagValues;
import io.echo.cli.ResultFiles;
import io.echo.cli.Terminal;
import io.echo.client.probe.Rate;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The {@code sweep} command: finds the highest rate that meets the limits, the knee. */
@Command(
        name = "sweep",
        description = {
            "Find the highest rate that meets the limits: doubling, then bisection.",
            "Unless --max-loss is given, at most " + SweepCommand.DEFAULT_LOSS + "% may be lost."
        },
        customSynopsis = "echo-bench sweep [FLAGS] [TARGET]",
        sortOptions = false,
        footer = {"", FlagValues.TIME_HELP, FlagValues.RATE_HELP, FlagValues.SIZES_HELP},
        mixinStandardHelpOptions = true,
        addMethodSubcommands = false)
final class SweepCommand implements Callable<Integer> {
    static final String DEFAULT_LOSS = "0.1%";

    private static final String PRECISION = "5%";
    private static final String INDENT = "    ";
    private static final double PERCENT = 100;
    private static final double NANOS_PER_US = 1_000;

    private final PrintStream out;
    private final PrintStream err;
    private final Supplier<CompletableFuture<Integer>> interrupt;

    @Spec private CommandSpec spec;

    @Option(
            names = "--from",
            paramLabel = "RATE",
            defaultValue = "1k",
            description = "The first rate. Default: ${DEFAULT-VALUE}.")
    private String from;

    @Option(
            names = "--to",
            paramLabel = "RATE",
            defaultValue = "10M",
            description = "The highest rate. Default: ${DEFAULT-VALUE}.")
    private String to;

    @Option(
            names = "--precision",
            paramLabel = "PERCENT",
            defaultValue = PRECISION,
            description =
                    "Stop when the knee is known to this precision. Default: " + PRECISION + "%.")
    private String precision;

    @Mixin private TargetParameter target;
    @Mixin private LoadFlags flags;

    @ArgGroup(validate = false, heading = LimitFlags.HEADING)
    private LimitFlags limitFlags = new LimitFlags();

    @Option(
            names = {"--rate", "--window", "--train"},
            hidden = true)
    private Optional<String> pace = Optional.empty();

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Write all results and the knee as one JSON object; - for stdout.")
    private Optional<String> json = Optional.empty();

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "Write a report with charts that opens in any browser, offline.")
    private Optional<String> html = Optional.empty();

    @Option(names = "--force", description = "Replace result files that are there already.")
    private boolean force;

    SweepCommand(PrintStream out, PrintStream err, Supplier<CompletableFuture<Integer>> interrupt) {
        this.out = out;
        this.err = err;
        this.interrupt = interrupt;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (pace.isPresent()) {
            throw new IllegalArgumentException(
                    "sweep sets the rate itself, from --from to --to: leave out --rate, --window"
                            + " and --train");
        }
        PassCriteria limits =
                limitFlags.limits().orLoss(FlagValues.percentage("--max-loss", DEFAULT_LOSS));
        long first = whole("--from", from);
        long last = whole("--to", to);
        if (first > last) {
            throw FlagValues.mustBe("--from", "at most --to, which is " + to, from);
        }
        double close = FlagValues.percentage("--precision", precision);
        LoadConfig.Load load = new LoadConfig.Load.Open(Rate.perSecond(first));
        LoadConfig config = flags.config(load, target.value().stream().toList(), err);
        boolean onOut = ResultFiles.onStandardOutput(Map.of("--json", json, "--html", html));
        Table table = onOut ? new Table(err, Terminal.err()) : new Table(out, Terminal.out());
        // Ctrl-C ends the process until the search begins: a look-up needs no stop of its own.
        CompletableFuture<Void> never = new CompletableFuture<>();
        try (ResultFiles files = new ResultFiles(force, out);
                Endpoint endpoint = LoadCommand.endpoint(config, never)) {
            Optional<OutputStream> result = files.prepare("--json", json);
            Optional<OutputStream> page = files.prepare("--html", html);
            if (endpoint.isPublic()) {
                throw FlagValues.mustBe(
                        "TARGET", "on loopback or a private network for sweep", endpoint.target());
            }
            flags.requireRateForPublicTarget(endpoint, config, err);
            CompletableFuture<Integer> stop = interrupt.get();
            table.print(heading());
            RateSearch.Outcome outcome =
                    RateSearch.run(
                            first,
                            last,
                            close,
                            new Trials(config, endpoint, limits, stop, table),
                            stop::isDone);
            conclude(outcome, table);
            if (result.isPresent()) {
                String line = ResultJson.line(toJson(outcome)) + "\n";
                result.get().write(line.getBytes(StandardCharsets.UTF_8));
            }
            if (page.isPresent()) {
                SweepPage.of(outcome, Invocation.of(spec)).write(page.get());
            }
            files.commit();
            if (!outcome.valid()) {
                return Verdict.INVALID;
            }
            if (outcome.failed()) {
                return Verdict.FAULT;
            }
            if (outcome.interrupted()) {
                return stop.join();
            }
            return outcome.knee().isPresent() ? Verdict.OK : Verdict.LIMIT_MISSED;
        }
    }

    /** The stream of the table's rows. */
    private record Table(PrintStream stream, Terminal terminal) {
        void print(String line) {
            stream.println(line);
            stream.flush();
        }
    }

    /** The runs of a sweep, each printed as a row. */
    private final class Trials implements RateSearch.Trial {
        private final Endpoint endpoint;
        private final PassCriteria limits;
        private final CompletableFuture<?> stop;
        private final Table table;
        private LoadConfig next;

        Trials(
                LoadConfig first,
                Endpoint endpoint,
                PassCriteria limits,
                CompletableFuture<?> stop,
                Table table) {
            this.next = first;
            this.endpoint = endpoint;
            this.limits = limits;
            this.stop = stop;
            this.table = table;
        }

        @Override
        public RateSearch.Step at(Rate rate) throws IOException, InterruptedException {
            // Only the first run waits for --start-at.
            LoadConfig config =
                    rate.equals(next.load().asked().orElseThrow()) ? next : next.withRate(rate);
            next = config.withRate(rate);
            Measurement measurement;
            try (Progress progress = Progress.passing(err, config)) {
                measurement = LoadRun.run(config, endpoint, progress, stop);
            }
            Verdict verdict = Verdict.of(measurement, limits);
            RateSearch.Step step = new RateSearch.Step(rate, measurement, verdict);
            table.print(row(step, table.terminal()));
            // A run that was cut short says nothing of the rate.
            List<String> failures = measurement.interrupted() ? List.of() : verdict.failures();
            for (String why : failures) {
                table.print(table.terminal().wrap(INDENT + why, INDENT.length()));
            }
            return step;
        }
    }

    private static void conclude(RateSearch.Outcome outcome, Table table) {
        table.print("");
        table.print("knee          " + table.terminal().wrap(knee(outcome), INDENT.length()));
        outcome.warnings().forEach(what -> table.print(TextReport.warning(what, table.terminal())));
        if (!outcome.valid()) {
            String rate = outcome.bound().orElseThrow().rate().toString();
            String why =
                    rate
                            + " could not be measured in "
                            + RateSearch.TRIES
                            + " tries, so the server may carry more";
            table.print(TextReport.notValid(why, table.terminal()));
        }
    }

    private static String knee(RateSearch.Outcome outcome) {
        Optional<String> rate =
                outcome.knee().map(met -> String.format(Locale.ROOT, "%,.0f/s", met.perSecond()));
        if (outcome.interrupted()) {
            return rate.map(met -> "at least " + met).orElse("none so far")
                    + ": interrupted before the search was done";
        }
        if (outcome.failed()) {
            return "none: the service does not answer";
        }
        if (rate.isEmpty()) {
            return "none of these rates meets the limits";
        }
        return outcome.atLeast()
                ? rate.get() + " or more: the highest rate to try (--to) meets the limits"
                : rate.get() + " meets the limits";
    }

    private static String heading() {
        return String.format(
                Locale.ROOT,
                "%12s%14s%12s%12s%10s  %s",
                "rate, /s",
                "achieved, /s",
                "p50, us",
                "p99, us",
                "loss, %",
                "verdict");
    }

    private static String row(RateSearch.Step step, Terminal terminal) {
        Histogram latency = step.measurement().stats().latency();
        return String.format(
                Locale.ROOT,
                "%,12.0f%,14.1f%12s%12s%10.4f  %s",
                step.rate().perSecond(),
                step.measurement().rateAchieved(),
                us(latency, 50),
                us(latency, 99),
                step.measurement().loss() * PERCENT,
                step.measurement().interrupted()
                        ? "interrupted"
                        : step.met()
                                ? terminal.good("ok")
                                : TextReport.word(step.verdict(), terminal));
    }

    private static String us(Histogram latency, double percentile) {
        return latency.getTotalCount() == 0
                ? "-"
                : String.format(
                        Locale.ROOT,
                        "%,.1f",
                        latency.getValueAtPercentile(percentile) / NANOS_PER_US);
    }

    private JsonObject toJson(RateSearch.Outcome outcome) {
        JsonObject object = new JsonObject();
        object.addProperty("schema", ResultJson.SCHEMA);
        object.addProperty("valid", outcome.valid());
        object.add(
                "knee",
                outcome.knee()
                        .map(rate -> ResultJson.number(rate.perSecond()))
                        .orElse(JsonNull.INSTANCE));
        object.addProperty("at_least", outcome.atLeast());
        object.addProperty("interrupted", outcome.interrupted());
        JsonArray warnings = new JsonArray();
        outcome.warnings().forEach(warnings::add);
        object.add("warnings", warnings);
        JsonArray steps = new JsonArray();
        outcome.steps().forEach(step -> steps.add(ResultJson.of(step.result())));
        object.add("steps", steps);
        object.addProperty("command", Invocation.of(spec));
        return object;
    }

    private static long whole(String flag, String text) {
        Rate rate = Rate.parse(flag, text);
        if (rate.perSecond() < 1) {
            throw FlagValues.mustBe(flag, "at least 1/s", text);
        }
        return (long) rate.perSecond();
    }
}
