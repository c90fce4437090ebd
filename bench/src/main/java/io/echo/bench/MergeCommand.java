package io.echo.bench;

import static java.util.Comparator.naturalOrder;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.echo.client.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The {@code merge} command: results of many generators as one. Counts and rates are summed and
 * histograms added; a percentile of the sum is exact, one averaged over generators would not be.
 */
@Command(
        name = "merge",
        description = "Join the results of many generators: histograms added, never averaged.",
        customSynopsis = "echo-bench merge [FLAGS] [FILE...]",
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class MergeCommand implements Callable<Integer> {
    private static final List<String> COUNTS =
            List.of(
                    "connections",
                    "sent",
                    "received",
                    "lost",
                    "late",
                    "duplicated",
                    "reordered",
                    "corrupted",
                    "foreign");

    /** The part of the shortest run that must be shared for rates to be added in silence. */
    private static final double TOGETHER = 0.9;

    private static final double NANOS = 1e9;

    private final InputStream in;
    private final PrintStream out;
    private final PrintStream err;

    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..*",
            paramLabel = "FILE",
            description = "Results, one or many each; - or none for standard input.")
    private List<String> files = new ArrayList<>();

    @Option(names = "--mix", description = "Also add results of different targets or sizes.")
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

    MergeCommand(InputStream in, PrintStream out, PrintStream err) {
        this.in = in;
        this.out = out;
        this.err = err;
    }

    @Override
    public Integer call() throws IOException {
        List<SavedResult> results = new ArrayList<>();
        for (String file : files.isEmpty() ? List.of("-") : files) {
            results.addAll(SavedResult.read(file, in));
        }
        TreeSet<String> subjects =
                results.stream()
                        .map(SavedResult::subject)
                        .collect(Collectors.toCollection(TreeSet::new));
        if (subjects.size() > 1 && !mix) {
            throw new IllegalArgumentException(
                    "results must have one target and one size, or --mix given, got "
                            + String.join(" and ", subjects));
        }
        SavedResult sum = sum(results);
        boolean onOut =
                ResultFiles.onStandardOutput(Map.of("--json", json, "--html", html));
        PrintStream table = onOut ? err : out;
        Terminal terminal = onOut ? Terminal.err() : Terminal.out();
        sum.json().addProperty("command", Invocation.of(spec));
        try (ResultFiles written = new ResultFiles(force, out)) {
            Optional<ResultFile> result = written.prepare("--json", json);
            if (result.isPresent()) {
                String line = ResultJson.line(sum.json()) + "\n";
                result.get().out().write(line.getBytes(StandardCharsets.UTF_8));
            }
            Optional<ResultFile> page = written.prepare("--html", html);
            if (page.isPresent()) {
                LoadPage.of("merge", sum).write(page.get().out());
            }
            written.commit();
        }
        apart(results).ifPresent(what -> table.println(Report.warning(what, terminal)));
        for (JsonElement why : sum.json().getAsJsonArray("failures")) {
            String sentence = why.getAsString();
            table.println(Report.headed("FAILED:", sentence, terminal, terminal::bad));
        }
        print(results.size(), String.join(" and ", subjects), sum, table);
        return sum.valid() ? Verdict.OK : Verdict.INVALID;
    }

    /** Starts from the first result, which has every member in its place, and replaces the sums. */
    private static SavedResult sum(List<SavedResult> results) {
        JsonObject json = results.get(0).json().deepCopy();
        for (String member : COUNTS) {
            json.addProperty(member, results.stream().mapToLong(r -> r.count(member)).sum());
        }
        json.add("rate_requested", total(results, "rate_requested"));
        json.add("rate_achieved", total(results, "rate_achieved"));
        json.addProperty(
                "duration_s",
                results.stream().mapToDouble(r -> r.number("duration_s")).max().orElseThrow());
        json.addProperty(
                "started_at",
                results.stream()
                        .map(r -> r.json().get("started_at").getAsString())
                        .sorted()
                        .findFirst()
                        .orElseThrow());
        Histogram latency = added(results, SavedResult::latency);
        Histogram service = added(results, SavedResult::service);
        Histogram lateness = added(results, SavedResult::lateness);
        json.add("latency_us", ResultJson.figures(latency));
        json.add("service_us", ResultJson.figures(service));
        json.add("send_lateness_us", ResultJson.figures(lateness));
        json.add("connect_us", JsonNull.INSTANCE); // without a histogram it cannot be added
        json.add("intervals", new JsonArray());
        JsonObject hdr = new JsonObject();
        hdr.add("latency", ResultJson.encoded(latency));
        hdr.add("service", ResultJson.encoded(service));
        hdr.add("send_lateness", ResultJson.encoded(lateness));
        json.add("hdr", hdr);
        json.addProperty("valid", results.stream().allMatch(SavedResult::valid));
        JsonArray failures = new JsonArray();
        for (int i = 0; i < results.size(); i++) {
            for (JsonElement failure : results.get(i).json().getAsJsonArray("failures")) {
                failures.add("result " + (i + 1) + ": " + failure.getAsString());
            }
        }
        json.add("failures", failures);
        List.of("generator", "checks", "machine", "command").forEach(json::remove);
        JsonArray warnings = new JsonArray();
        apart(results).ifPresent(warnings::add);
        json.add("warnings", warnings);
        return new SavedResult(json, latency, service, lateness);
    }

    /** Rates of runs that were not under way together are a sum that was never sent at once. */
    private static Optional<String> apart(List<SavedResult> results) {
        Instant from =
                results.stream().map(SavedResult::startedAt).max(naturalOrder()).orElseThrow();
        Instant to = results.stream().map(SavedResult::endedAt).min(naturalOrder()).orElseThrow();
        double shortest =
                results.stream().mapToDouble(r -> r.number("duration_s")).min().orElseThrow();
        double together = Math.max(0, Duration.between(from, to).toNanos() / NANOS);
        if (together >= shortest * TOGETHER) {
            return Optional.empty();
        }
        return Optional.of(
                String.format(
                        Locale.ROOT,
                        "all runs were under way together for %.3f s, the shortest took %.3f s:"
                                + " the sum of their rates was not sent at once (--start-at)",
                        together,
                        shortest));
    }

    private static JsonElement total(List<SavedResult> results, String member) {
        double sum = results.stream().mapToDouble(r -> r.number(member)).sum();
        return Double.isNaN(sum) ? JsonNull.INSTANCE : ResultJson.number(sum);
    }

    private static Histogram added(
            List<SavedResult> results, Function<SavedResult, Histogram> which) {
        Histogram sum = io.echo.client.Tally.newHistogram();
        results.forEach(result -> sum.add(which.apply(result)));
        return sum;
    }

    private static void print(int count, String subject, SavedResult sum, PrintStream table) {
        table.printf(
                Locale.ROOT, "%-14s%s, %s%n", "merged", Figures.count(count, "result"), subject);
        table.printf(
                Locale.ROOT,
                "%-14s%,.1f/s%n%-14s%,d sent, %,d received, %,d lost, %,d late%n%n",
                "rate",
                sum.number("rate_achieved"),
                "probes",
                sum.count("sent"),
                sum.count("received"),
                sum.count("lost"),
                sum.count("late"));
        table.println(Figures.heading());
        table.println(Figures.line("latency", sum.latency()));
        table.println(Figures.line("service", sum.service()));
        table.println(Figures.line("send lateness", sum.lateness()));
        table.flush();
    }
}
