package io.echo.bench.report;

import io.echo.bench.report.HtmlPage.Cell;
import io.echo.bench.report.HtmlPage.Figure;
import io.echo.bench.report.HtmlPage.Finding;
import io.echo.bench.report.HtmlPage.Row;
import io.echo.bench.report.HtmlPage.Section;
import io.echo.bench.report.HtmlPage.Standing;
import io.echo.bench.report.HtmlPage.Table;
import io.echo.bench.result.Result;
import io.echo.bench.verdict.Check;
import io.echo.client.figures.Figures;
import io.echo.client.findings.Findings;
import io.echo.client.flow.Paths;
import io.echo.client.probe.LatencyUs;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/** The page of one result: its validity, its figures, and the conditions of the measurement. */
public final class LoadPage {
    private static final List<String> PERCENTILES =
            List.of("50", "75", "90", "99", "99.9", "99.99", "99.999", "100");
    private static final double PERCENT = 100;
    private static final double US = 1e3;

    /** From this ratio of latency to service on, the page explains the difference. */
    private static final double APART = 1.2;

    private final Result result;
    private final Result.Counts counts;
    private final Result.Times times;
    private final List<Check> checks;
    private final boolean open;

    /** Sentences about what stands out in flows and outages. */
    private final List<String> found;

    private LoadPage(Result result) {
        this.result = result;
        this.counts = result.counts();
        this.times = result.times();
        this.checks = result.outcome().checks();
        this.open = result.phase().rateRequested().isPresent();
        this.found =
                Findings.of(result.paths(), result.protocol().orElse("")).stream()
                        .map(LoadPage::capitalised)
                        .toList();
    }

    /** Makes the page; {@code command} is the name of the command that made the result. */
    public static HtmlPage of(String command, Result result) {
        return new LoadPage(result).page(command);
    }

    private HtmlPage page(String command) {
        List<Section> sections = new ArrayList<>();
        List<Section> paths = new ArrayList<>(FlowsSection.of(result));
        paths.addAll(SizesSection.of(result));
        paths.addAll(OutageSection.of(result));
        if (!found.isEmpty()) {
            sections.addAll(paths);
        }
        if (!checks.isEmpty()) {
            sections.add(Section.of("Checks", checkTable()));
        }
        sections.add(percentiles());
        sections.addAll(TimeCharts.of(result));
        if (found.isEmpty()) {
            sections.addAll(paths);
        }
        sections.add(Section.of("Every probe", countTable()));
        sections.addAll(ConditionsSection.sections(ConditionsSection.of(result), result.command()));
        return new HtmlPage(
                result.target(),
                ConditionsSection.facts(command, result),
                finding(),
                figures(),
                sections);
    }

    private Finding finding() {
        List<String> failures = result.outcome().failures();
        List<String> remarks = result.outcome().warnings();
        if (!result.outcome().valid()) {
            return new Finding(
                    Standing.INVALID,
                    "Not valid: do not rely on these figures",
                    reasons(failures, found),
                    remarks);
        }
        List<String> reasons = reasons(found, failures);
        if (!failures.isEmpty()) {
            String bad = bad().map(what -> "; " + what).orElse("");
            return new Finding(standing(), failed(failures.size()) + bad, reasons, remarks);
        }
        return found.isEmpty()
                ? new Finding(Standing.GOOD, good(), reasons, remarks)
                : new Finding(Standing.FOUND, but(), reasons, remarks);
    }

    private static String capitalised(String sentence) {
        return sentence.substring(0, 1).toUpperCase(Locale.ROOT) + sentence.substring(1);
    }

    private List<String> reasons(List<String> first, List<String> then) {
        List<String> reasons = new ArrayList<>(first);
        reasons.addAll(then);
        reasons.add(loss());
        return reasons;
    }

    /** Returns how many flows and sizes are bad; empty if none is, or all are alike. */
    private Optional<String> bad() {
        Paths paths = result.paths();
        if (paths.dead() == paths.total()) {
            return Optional.empty();
        }
        List<String> bad = new ArrayList<>();
        if (paths.bad() > 0) {
            bad.add(bad(paths.bad(), Figures.count(paths.total(), "flow")));
        }
        if (!paths.badSizes().isEmpty()) {
            bad.add(bad(paths.badSizes().size(), Figures.count(paths.sizes().size(), "size")));
        }
        return bad.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", bad));
    }

    private static String bad(long number, String all) {
        return Figures.count(number) + " of " + all + (number == 1 ? " is bad" : " are bad");
    }

    /** Returns the headline of a result without failures in which something stands out. */
    private String but() {
        boolean limited = checks.stream().anyMatch(check -> check.purpose() == Check.Purpose.LIMIT);
        return (limited ? "Valid, and within every limit, but " : "Valid, but ")
                + bad().orElseGet(
                                () ->
                                        "there was no answer for "
                                                + Figures.time(
                                                        result.paths().outages().longestNs() / US));
    }

    /** Returns the standing of a valid result with failures; a merged one has no checks. */
    private Standing standing() {
        return missed(Check.Purpose.SERVICE) || checks.isEmpty()
                ? Standing.FAILED
                : missed(Check.Purpose.LIMIT) ? Standing.MISSED : Standing.PARTIAL;
    }

    private boolean missed(Check.Purpose purpose) {
        return checks.stream().anyMatch(check -> check.purpose() == purpose && !check.met());
    }

    /** Returns the headline of a valid result with failures, the worst of them first. */
    private String failed(int failures) {
        boolean missed = missed(Check.Purpose.LIMIT);
        if (missed(Check.Purpose.SERVICE)) {
            return "Valid, but the service failed";
        }
        if (!missed && result.generator().interrupted()) {
            return "Valid, but interrupted: not all that was asked for was measured";
        }
        if (checks.isEmpty()) {
            return "Valid, but with " + Figures.count(failures, "failure");
        }
        if (!missed) {
            return "Valid, but not what was asked for";
        }
        return failures == 1
                ? "Valid, but a limit was missed"
                : "Valid, but " + failures + " limits were missed";
    }

    /** Returns the headline of a result without failures; a merged one has no checks. */
    private String good() {
        if (checks.isEmpty()) {
            return "Valid";
        }
        return checks.stream().anyMatch(check -> check.purpose() == Check.Purpose.LIMIT)
                ? "Valid, and within every limit"
                : "Valid; no limit was set";
    }

    private String loss() {
        String late =
                counts.late() == 0 ? "" : ", " + Figures.count(counts.late()) + " of them late";
        boolean waited = !result.generator().interrupted();
        String spread = Findings.spread(result.paths());
        return counts.lost() == 0
                ? (waited ? "Nothing was lost: all " : "Of those waited for, all ")
                        + Figures.count(counts.sent())
                        + " probes were answered"
                        + late
                        + "."
                : Figures.count(counts.lost())
                        + " of "
                        + Figures.count(counts.sent())
                        + " probes were lost ("
                        + Figures.percent(counts.lossPercent())
                        + (spread.isEmpty() ? "" : "; " + spread)
                        + "); "
                        + Figures.count(counts.sent() - counts.lost())
                        + " were answered"
                        + late
                        + ".";
    }

    private List<Figure> figures() {
        return List.of(
                figure("p50 latency", LatencyUs::p50, "half were faster"),
                figure("p99 latency", LatencyUs::p99, "1 in 100 took longer"),
                figure("p99.9 latency", LatencyUs::p999, "1 in 1,000 took longer"),
                figure("max latency", LatencyUs::max, "the slowest"),
                new Figure(
                        "lost",
                        Figures.percent(counts.lossPercent()),
                        Figures.count(counts.lost()) + " of " + Figures.count(counts.sent())),
                new Figure(
                        "rate",
                        Figures.rate(result.phase().rateAchieved()),
                        result.phase()
                                .rateRequested()
                                .map(asked -> Figures.rate(asked) + " asked")
                                .orElse("as fast as answered")));
    }

    private Figure figure(String name, ToDoubleFunction<LatencyUs> of, String note) {
        return new Figure(name, Figures.time(us(times.latency(), of)), note);
    }

    private static double us(Histogram ns, ToDoubleFunction<LatencyUs> of) {
        Optional<LatencyUs> us = LatencyUs.of(ns);
        return us.isPresent() ? of.applyAsDouble(us.get()) : Double.NaN;
    }

    /** Returns the checks as a table: the bound, the figure, the outcome. */
    private Table checkTable() {
        List<Row> rows = new ArrayList<>();
        for (Check check : checks) {
            Check.Bound bound = check.bound();
            boolean valid = check.purpose() == Check.Purpose.VALIDITY;
            double measured = check.measured().orElse(Double.NaN);
            rows.add(
                    new Row(
                            check.figure(),
                            List.of(
                                    Cell.number(
                                            (bound.most() ? "at most " : "at least ")
                                                    + Figures.figure(bound.value(), bound.unit())),
                                    Cell.number(
                                            Figures.beside(measured, bound.value(), bound.unit())),
                                    Cell.of(
                                            check.met()
                                                    ? Standing.GOOD
                                                    : valid ? Standing.INVALID : Standing.MISSED,
                                            check.met() ? "met" : "missed"),
                                    Cell.words(
                                            check.flag()
                                                    .orElse(valid ? "validity" : "the service")))));
        }
        return new Table(
                "What the measurement had to be and what it was",
                List.of("check", "must be", "was", "outcome", "set by"),
                rows);
    }

    private Section percentiles() {
        double[] places = PercentileCurve.places(List.of(times.latency()));
        List<Chart.Series> lines = new ArrayList<>();
        lines.add(
                new Chart.Series(
                        open ? "latency, from the intended time" : "latency",
                        Chart.Look.ONE,
                        PercentileCurve.along(places, times.latency())));
        if (open) {
            lines.add(
                    new Chart.Series(
                            "service, from the actual send",
                            Chart.Look.TWO_FILLED,
                            PercentileCurve.along(places, times.service())));
        }
        Chart chart =
                new Chart(
                        "percentiles",
                        "Latency by percentile",
                        "",
                        PercentileCurve.axis(),
                        places,
                        new Chart.Axis("time", Chart.Unit.US, true),
                        lines,
                        bounds());
        return new Section(
                "Latency by percentile",
                List.of(lesson()),
                List.of(chart),
                List.of(percentileTable()),
                List.of());
    }

    /** Explains latency and service with the figures of this run. */
    private String lesson() {
        if (!open) {
            return "In a closed loop the next probe leaves when one comes back: a stall holds back"
                    + " the load, and shows in one probe instead of all that it delayed. --rate"
                    + " shows what users would feel.";
        }
        double latency = us(times.latency(), LatencyUs::p99);
        double service = us(times.service(), LatencyUs::p99);
        String lines =
                "Latency counts from when a probe should have left, service from when it did;"
                        + " between them lies the time that probes were held back. ";
        return latency > service * APART
                ? lines
                        + "A tester that sees service alone would report a p99 of "
                        + Figures.time(service)
                        + " instead of "
                        + Figures.time(latency)
                        + "."
                : lines
                        + "Here they hardly differ: a p99 of "
                        + Figures.time(latency)
                        + " and "
                        + Figures.time(service)
                        + ".";
    }

    private List<Chart.Mark> bounds() {
        List<Chart.Mark> marks = new ArrayList<>();
        result.outcome().bound(Check.Kind.P99).ifPresent(bound -> marks.add(limit(2, bound)));
        result.outcome().bound(Check.Kind.P999).ifPresent(bound -> marks.add(limit(3, bound)));
        return marks;
    }

    private static Chart.Mark limit(int nines, Check.Bound bound) {
        return new Chart.Mark(nines, bound.value(), "limit " + Figures.time(bound.value()));
    }

    private Table percentileTable() {
        Map<String, Histogram> columns = columns();
        List<Row> rows = new ArrayList<>();
        for (String percent : PERCENTILES) {
            double percentile = Double.parseDouble(percent);
            String name = percentile == PERCENT ? "max" : percent + " %";
            rows.add(
                    Row.numbers(
                            name,
                            columns.values().stream().map(ns -> time(ns, percentile)).toList()));
        }
        List<String> head = new ArrayList<>(List.of("percentile"));
        head.addAll(columns.keySet());
        return new Table("Percentiles", head, rows);
    }

    private Map<String, Histogram> columns() {
        Map<String, Histogram> columns = new LinkedHashMap<>();
        columns.put("latency", times.latency());
        if (open) {
            columns.put("service", times.service());
            columns.put("send lateness", times.lateness());
        }
        if (times.connect().getTotalCount() > 0) {
            columns.put("connect", times.connect());
        }
        result.life()
                .flatMap(Result.Connections::handshakes)
                .ifPresent(handshakes -> columns.put("handshake", handshakes.ns()));
        return columns;
    }

    private static String time(Histogram ns, double percentile) {
        return ns.getTotalCount() == 0
                ? "–"
                : Figures.time(ns.getValueAtPercentile(percentile) / US);
    }

    private Table countTable() {
        return new Table(
                "What became of the probes",
                List.of(),
                List.of(
                        row(
                                "sent",
                                counts.sent(),
                                "their intended time lies in the measured phase"),
                        row("received", counts.received(), "answered intact at least once"),
                        row("late", counts.late(), "of these, after the timeout"),
                        row("lost", counts.lost(), "the rest"),
                        row("duplicated", counts.duplicated(), "further intact answers"),
                        row(
                                "reordered",
                                counts.reordered(),
                                "an earlier probe's answer came after"),
                        row("corrupted", counts.corrupted(), "the right probe with wrong bytes"),
                        row("foreign", counts.foreign(), "answers to nothing that was sent")));
    }

    private static Row row(String name, long count, String meaning) {
        return new Row(name, List.of(Cell.number(Figures.count(count)), Cell.words(meaning)));
    }
}
