package io.echo.bench.report;

import io.echo.bench.comparison.Comparison;
import io.echo.bench.comparison.Comparison.Measure;
import io.echo.bench.load.Interval;
import io.echo.bench.report.HtmlPage.Cell;
import io.echo.bench.report.HtmlPage.Figure;
import io.echo.bench.report.HtmlPage.Finding;
import io.echo.bench.report.HtmlPage.Row;
import io.echo.bench.report.HtmlPage.Section;
import io.echo.bench.report.HtmlPage.Standing;
import io.echo.bench.report.HtmlPage.Table;
import io.echo.bench.result.Result;
import io.echo.client.figures.Figures;
import io.echo.client.probe.LatencyUs;
import io.echo.client.probe.ProbeStats;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/** The page of a comparison: do two sides differ, by how much, and where. */
public final class ComparePage {
    /** The largest number of single runs that are drawn; more would be a thicket. */
    private static final int MOST_RUNS = 10;

    private final Comparison.Side a;
    private final Comparison.Side b;
    private final Comparison comparison;

    private ComparePage(Comparison comparison) {
        this.a = comparison.a();
        this.b = comparison.b();
        this.comparison = comparison;
    }

    /** Makes the page; {@code command} is the line that makes it again. */
    public static HtmlPage of(Comparison comparison, String command) {
        return new ComparePage(comparison).page(command);
    }

    private HtmlPage page(String command) {
        List<Section> sections = new ArrayList<>();
        sections.add(Section.of("Figure by figure", figureTable()));
        sections.add(
                Section.of(
                        "Latency by percentile",
                        "All runs of a side together" + (several() ? ", each run thinly." : "."),
                        percentiles("latency", "Latency", Result.Times::latency)));
        if (sides().allMatch(side -> sum(side, Result.Times::service).getTotalCount() > 0)) {
            sections.add(
                    Section.of(
                            "Service time by percentile",
                            "From the actual send, without the time that probes were held back.",
                            percentiles("service", "Service time", Result.Times::service)));
        }
        if (sides().flatMap(side -> side.runs().stream()).anyMatch(run -> seconds(run) > 0)) {
            sections.add(
                    Section.of(
                            "p99 over time",
                            "Of latency, in each second of each run.",
                            overTime()));
        }
        sections.add(Section.of("Parameters and machines", settings()));
        sections.add(ConditionsSection.again(command));
        return new HtmlPage(
                a.name() + " and " + b.name(),
                List.of("echo-bench compare", words(a), words(b)),
                finding(),
                figures(),
                sections);
    }

    private static String words(Comparison.Side side) {
        return side.letter() + ": " + side.name() + ", " + Figures.count(side.runs().size(), "run");
    }

    private static Result first(Comparison.Side side) {
        return side.runs().get(0);
    }

    private static Histogram sum(Comparison.Side side, Function<Result.Times, Histogram> which) {
        Histogram sum = ProbeStats.newHistogram();
        side.runs().forEach(run -> sum.add(which.apply(run.times())));
        return sum;
    }

    private Stream<Comparison.Side> sides() {
        return Stream.of(a, b);
    }

    private boolean several() {
        return sides().anyMatch(side -> side.runs().size() > 1);
    }

    private Finding finding() {
        List<String> remarks = comparison.warnings();
        List<String> invalid =
                sides().filter(side -> side.invalid() > 0).map(ComparePage::invalid).toList();
        if (!invalid.isEmpty()) {
            return new Finding(
                    Standing.INVALID,
                    "Not valid: do not rely on this comparison",
                    invalid,
                    remarks);
        }
        List<Comparison.Figure> larger =
                comparison.figures().stream().filter(Comparison.Figure::differs).toList();
        if (!larger.isEmpty()) {
            List<String> reasons = larger.stream().map(ComparePage::sentence).toList();
            return new Finding(
                    Standing.PLAIN, "B differs from A by more than the noise", reasons, remarks);
        }
        String words =
                comparison.enough()
                        ? "No difference between A and B is shown to be larger than the noise"
                        : "Too few runs to tell a difference between A and B from noise";
        return new Finding(
                Standing.PLAIN,
                words,
                comparison.judged().stream().map(ComparePage::sentence).toList(),
                remarks);
    }

    private static String invalid(Comparison.Side side) {
        return side.runs().size() == 1
                ? "The run of " + side.letter() + " is not valid."
                : side.invalid()
                        + " of the "
                        + side.runs().size()
                        + " runs of "
                        + side.letter()
                        + (side.invalid() == 1 ? " is not valid." : " are not valid.");
    }

    private static String sentence(Comparison.Figure figure) {
        return figure.name()
                + ": "
                + Figures.figure(figure.before(), figure.unit())
                + " in A, "
                + Figures.figure(figure.after(), figure.unit())
                + " in B, B/A "
                + CompareTable.interval(figure.ratio())
                + ", "
                + figure.words()
                + ".";
    }

    private List<Figure> figures() {
        return Stream.of(
                        Measure.LATENCY_P50,
                        Measure.LATENCY_P99,
                        Measure.LATENCY_P999,
                        Measure.RATE,
                        Measure.LOST)
                .map(comparison::figure)
                .map(
                        figure ->
                                new Figure(
                                        figure.name(),
                                        Double.isFinite(figure.ratio().estimate())
                                                ? "×" + Figures.number(figure.ratio().estimate())
                                                : Figures.figure(figure.after(), figure.unit()),
                                        Figures.figure(figure.before(), figure.unit())
                                                + " → "
                                                + Figures.figure(figure.after(), figure.unit())))
                .toList();
    }

    private Table figureTable() {
        List<Row> rows = new ArrayList<>();
        for (Comparison.Figure figure : comparison.figures()) {
            rows.add(
                    new Row(
                            figure.name(),
                            List.of(
                                    Cell.number(Figures.figure(figure.before(), figure.unit())),
                                    Cell.number(Figures.figure(figure.after(), figure.unit())),
                                    Cell.number(CompareTable.ratio(figure.ratio())),
                                    Cell.words(
                                            figure.difference().isPresent()
                                                    ? CompareTable.interval(figure.ratio())
                                                    : ""),
                                    Cell.words(figure.words()))));
        }
        return new Table(
                "Median of the runs of A and B",
                List.of("median of the runs", "A", "B", "B/A", "95 % of B/A", "difference"),
                rows);
    }

    private Chart percentiles(String id, String what, Function<Result.Times, Histogram> which) {
        Map<Comparison.Side, Histogram> sums = new LinkedHashMap<>();
        sides().forEach(side -> sums.put(side, sum(side, which)));
        double[] places = PercentileCurve.places(List.copyOf(sums.values()));
        List<Chart.Series> lines = new ArrayList<>();
        sums.forEach(
                (side, sum) ->
                        lines.add(
                                new Chart.Series(
                                        side.letter(),
                                        look(side, false),
                                        PercentileCurve.along(places, sum))));
        if (several()) {
            eachRun(lines, run -> PercentileCurve.along(places, which.apply(run.times())));
        }
        return new Chart(
                id,
                what + " by percentile",
                "percentiles",
                PercentileCurve.axis(),
                places,
                new Chart.Axis("time", Chart.Unit.US, true),
                lines,
                List.of());
    }

    private Chart overTime() {
        int most =
                sides().flatMap(side -> side.runs().stream())
                        .mapToInt(ComparePage::seconds)
                        .max()
                        .orElse(0);
        List<Chart.Series> lines = new ArrayList<>();
        eachRun(lines, run -> p99s(run, most));
        return new Chart(
                "time",
                "p99 of latency over time",
                "",
                new Chart.Axis("second", Chart.Unit.S, false),
                IntStream.rangeClosed(1, most).asDoubleStream().toArray(),
                new Chart.Axis("time", Chart.Unit.US, true),
                lines,
                List.of());
    }

    private void eachRun(List<Chart.Series> lines, Function<Result, double[]> values) {
        sides().forEach(
                        side -> {
                            int runs = Math.min(MOST_RUNS, side.runs().size());
                            for (int i = 0; i < runs; i++) {
                                boolean alone = side.runs().size() == 1;
                                lines.add(
                                        new Chart.Series(
                                                side.letter() + (alone ? "" : " run " + (i + 1)),
                                                look(side, !alone),
                                                values.apply(side.runs().get(i))));
                            }
                        });
    }

    private Chart.Look look(Comparison.Side side, boolean run) {
        return side == a
                ? run ? Chart.Look.ONE_RUN : Chart.Look.ONE
                : run ? Chart.Look.TWO_RUN : Chart.Look.TWO;
    }

    /** Returns the seconds in which it sent; what comes later is no second of the load. */
    private static List<Interval> sending(Result run) {
        return run.intervals().stream().filter(i -> !TimeCharts.drains(run, i)).toList();
    }

    private static int seconds(Result run) {
        return sending(run).size();
    }

    private static double[] p99s(Result run, int length) {
        List<Interval> intervals = sending(run);
        return IntStream.range(0, length)
                .mapToDouble(
                        i ->
                                i < intervals.size()
                                        ? intervals
                                                .get(i)
                                                .latency()
                                                .map(LatencyUs::p99)
                                                .orElse(Double.NaN)
                                        : Double.NaN)
                .toArray();
    }

    private Table settings() {
        Map<String, String> left = ConditionsSection.of(first(a));
        Map<String, String> right = ConditionsSection.of(first(b));
        List<Row> rows = new ArrayList<>();
        Stream.concat(left.keySet().stream(), right.keySet().stream())
                .distinct()
                .forEach(
                        name ->
                                rows.add(
                                        Row.of(
                                                name,
                                                left.getOrDefault(name, "–"),
                                                right.getOrDefault(name, "–"))));
        return new Table(
                "Parameters and machines of the first run of each side",
                List.of("first run of each side", "A", "B"),
                rows);
    }
}
