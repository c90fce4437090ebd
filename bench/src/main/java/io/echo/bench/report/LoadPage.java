package io.echo.bench.report;

import io.echo.bench.report.HtmlPage.Cell;
import io.echo.bench.report.HtmlPage.Figure;
import io.echo.bench.report.HtmlPage.Finding;
import io.echo.bench.report.HtmlPage.Row;
import io.echo.bench.report.HtmlPage.Section;
import io.echo.bench.report.HtmlPage.Standing;
import io.echo.bench.report.HtmlPage.Table;
import io.echo.bench.result.Figures;
import io.echo.bench.result.JsonMembers;
import io.echo.bench.result.SavedResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** What the page of one result says: whether to believe it, what it came to, and what it was. */
public final class LoadPage {
    private static final List<String> PERCENTILES =
            List.of("50", "75", "90", "99", "99.9", "99.99", "99.999", "100");
    private static final double PERCENT = 100;
    private static final double US = 1e3;

    /** From this ratio on, the two ways of counting tell different stories. */
    private static final double APART = 1.2;

    private final SavedResult result;
    private final JsonMembers json;
    private final boolean open;

    private LoadPage(SavedResult result) {
        this.result = result;
        this.json = new JsonMembers(result.json());
        this.open = !Double.isNaN(json.number("rate_requested"));
    }

    /** Writes it up. */
    public static HtmlPage of(String command, SavedResult result) {
        return new LoadPage(result).page(command);
    }

    private HtmlPage page(String command) {
        List<Section> sections = new ArrayList<>();
        if (!json.objects("checks").isEmpty()) {
            sections.add(Section.of("Checks", checks(json.objects("checks"))));
        }
        sections.add(percentiles());
        sections.addAll(TimeCharts.of(json));
        sections.add(Section.of("Every probe", counts()));
        sections.addAll(
                ConditionsSection.sections(ConditionsSection.of(json), json.text("command")));
        return new HtmlPage(
                json.text("target").orElse("no target"),
                ConditionsSection.facts(command, json),
                finding(),
                figures(),
                sections);
    }

    private Finding finding() {
        List<String> failures = json.texts("failures");
        List<String> reasons = new ArrayList<>(failures);
        reasons.add(loss());
        List<String> remarks = json.texts("warnings");
        if (!result.valid()) {
            return new Finding(
                    Standing.INVALID, "Not valid: do not rely on these figures", reasons, remarks);
        }
        if (!failures.isEmpty()) {
            String words =
                    failures.size() == 1
                            ? "Valid, but a limit was missed"
                            : "Valid, but " + failures.size() + " limits were missed";
            return new Finding(Standing.MISSED, words, reasons, remarks);
        }
        return new Finding(Standing.GOOD, good(json.objects("checks")), reasons, remarks);
    }

    /** A sum has no checks, whatever the limits of its parts were. */
    private static String good(List<JsonMembers> checks) {
        if (checks.isEmpty()) {
            return "Valid";
        }
        return checks.stream().anyMatch(check -> check.text("decides").orElse("").equals("limit"))
                ? "Valid, and within every limit"
                : "Valid; no limit was set";
    }

    private String loss() {
        long sent = json.count("sent");
        long lost = json.count("lost");
        String late =
                json.count("late") == 0
                        ? ""
                        : ", " + Figures.count(json.count("late")) + " of them late";
        return lost == 0
                ? "Nothing was lost: all "
                        + Figures.count(sent)
                        + " probes were answered"
                        + late
                        + "."
                : Figures.count(lost)
                        + " of "
                        + Figures.count(sent)
                        + " probes were lost ("
                        + Figures.percent(lossPercent())
                        + "); "
                        + Figures.count(sent - lost)
                        + " were answered"
                        + late
                        + ".";
    }

    private double lossPercent() {
        return PERCENT * json.count("lost") / Math.max(1, json.count("sent"));
    }

    private List<Figure> figures() {
        double asked = json.number("rate_requested");
        return List.of(
                figure("p50", "half were faster"),
                figure("p99", "1 in 100 took longer"),
                figure("p99_9", "1 in 1,000 took longer"),
                figure("max", "the slowest"),
                new Figure(
                        "lost",
                        Figures.percent(lossPercent()),
                        Figures.count(json.count("lost"))
                                + " of "
                                + Figures.count(json.count("sent"))),
                new Figure(
                        "rate",
                        Figures.rate(json.number("rate_achieved")),
                        open ? Figures.rate(asked) + " asked" : "as fast as answered"));
    }

    private Figure figure(String member, String note) {
        String name = member.equals("max") ? "max latency" : member.replace('_', '.') + " latency";
        return new Figure(name, Figures.time(json.object("latency_us").number(member)), note);
    }

    /** The checks of a result as a table: what had to be, what was. */
    static Table checks(List<JsonMembers> checks) {
        List<Row> rows = new ArrayList<>();
        for (JsonMembers check : checks) {
            boolean most = !Double.isNaN(check.number("at_most"));
            boolean met = check.is("met");
            boolean valid = check.text("decides").orElse("").equals("valid");
            String unit = check.text("unit").orElse("");
            String bound = shown(check.number(most ? "at_most" : "at_least"), unit);
            rows.add(
                    new Row(
                            check.text("figure").orElse(""),
                            List.of(
                                    Cell.number((most ? "at most " : "at least ") + bound),
                                    Cell.number(shown(check.number("measured"), unit)),
                                    Cell.of(
                                            met
                                                    ? Standing.GOOD
                                                    : valid ? Standing.INVALID : Standing.MISSED,
                                            met ? "met" : "missed"),
                                    Cell.words(
                                            check.text("flag")
                                                    .orElse(valid ? "validity" : "limit")))));
        }
        return new Table(
                "What the measurement had to be and what it was",
                List.of("check", "must be", "was", "outcome", "set by"),
                rows);
    }

    /** A figure in the unit of a check. */
    static String shown(double value, String unit) {
        return switch (unit) {
            case "us" -> Figures.time(value);
            case "1/s" -> Figures.rate(value);
            case "%" -> Figures.percent(value);
            default -> Figures.number(value);
        };
    }

    private Section percentiles() {
        double[] places = PercentileCurve.places(List.of(result.latency()));
        List<Chart.Series> lines = new ArrayList<>();
        lines.add(
                new Chart.Series(
                        open ? "latency, from the intended time" : "latency",
                        Chart.Look.ONE,
                        PercentileCurve.along(places, result.latency())));
        if (open) {
            lines.add(
                    new Chart.Series(
                            "service, from the actual send",
                            Chart.Look.TWO_FILLED,
                            PercentileCurve.along(places, result.service())));
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

    /** What the two ways of counting say, in the figures of this run. */
    private String lesson() {
        if (!open) {
            return "In a closed loop the next probe leaves when one comes back: a stall holds back"
                    + " the load, and shows in one probe instead of all that it delayed. --rate"
                    + " shows what users would feel.";
        }
        double latency = json.object("latency_us").number("p99");
        double service = json.object("service_us").number("p99");
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
        for (JsonMembers check : json.objects("checks")) {
            String flag = check.text("flag").orElse("");
            double limit = check.number("at_most");
            if (flag.equals("--max-p99")) {
                marks.add(new Chart.Mark(2, limit, "limit " + Figures.time(limit)));
            } else if (flag.equals("--max-p99.9")) {
                marks.add(new Chart.Mark(3, limit, "limit " + Figures.time(limit)));
            }
        }
        return marks;
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
        columns.put("latency", result.latency());
        if (open) {
            columns.put("service", result.service());
            columns.put("send lateness", result.lateness());
        }
        if (result.connect().getTotalCount() > 0) {
            columns.put("connect", result.connect());
        }
        return columns;
    }

    private static String time(Histogram ns, double percentile) {
        return ns.getTotalCount() == 0
                ? "–"
                : Figures.time(ns.getValueAtPercentile(percentile) / US);
    }

    private Table counts() {
        return new Table(
                "What became of the probes",
                List.of(),
                List.of(
                        count("sent", "their intended time lies in the measured phase"),
                        count("received", "answered intact at least once"),
                        count("late", "of these, after the timeout"),
                        count("lost", "the rest"),
                        count("duplicated", "further intact answers"),
                        count("reordered", "an earlier probe's answer came after"),
                        count("corrupted", "the right probe with wrong bytes"),
                        count("foreign", "answers to nothing that was sent")));
    }

    private Row count(String member, String meaning) {
        return new Row(
                member,
                List.of(Cell.number(Figures.count(json.count(member))), Cell.words(meaning)));
    }
}
