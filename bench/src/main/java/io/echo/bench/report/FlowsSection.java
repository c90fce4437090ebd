package io.echo.bench.report;

import io.echo.bench.report.HtmlPage.Cell;
import io.echo.bench.report.HtmlPage.Row;
import io.echo.bench.report.HtmlPage.Section;
import io.echo.bench.report.HtmlPage.Standing;
import io.echo.bench.report.HtmlPage.Table;
import io.echo.bench.result.Result;
import io.echo.client.figures.Figures;
import io.echo.client.flow.FlowResult;
import io.echo.client.flow.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The flows of a load: against time, and as a table. */
final class FlowsSection {
    /** Flows in the table that is open: all, or of more the worst. */
    private static final int FEW = 16;

    private static final double PERCENT = 100;
    private static final double US_PER_MS = 1e3;
    private static final double US_PER_S = 1e6;

    private final Paths paths;
    private final Result result;

    /** True if the flows go to several addresses. */
    private final boolean spread;

    private FlowsSection(Result result) {
        this.result = result;
        this.paths = result.paths();
        this.spread = paths.flows().stream().map(FlowResult::remote).distinct().count() > 1;
    }

    /** Returns the section; none when all there is to say of flows is that there is one. */
    static List<Section> of(Result result) {
        Paths paths = result.paths();
        return paths.total() < 2 || paths.flows().isEmpty()
                ? List.of()
                : List.of(new FlowsSection(result).section());
    }

    private Section section() {
        boolean few = paths.flows().size() <= FEW;
        List<FlowResult> shown =
                paths.flows().stream()
                        .filter(flow -> few || flow.fault().isPresent())
                        .limit(FEW)
                        .toList();
        double sentS = result.phase().durationS();
        double endS = Math.max(sentS, TimeCharts.endS(result).orElse(sentS));
        // Without a picture, a figure is needed for the flows that are not in the table alone.
        boolean figure = paths.strip().isPresent() || !few;
        return new Section(
                "Flows",
                List.of(says(shown.size())),
                figure
                        ? List.of(new FlowPlot(paths.flows(), paths.strip(), sentS, endS))
                        : List.of(),
                shown.isEmpty() ? List.of() : List.of(table(few, shown)),
                List.of());
    }

    private String says(int shown) {
        List<String> words = new ArrayList<>();
        String to = spread ? "" : " to " + paths.flows().get(0).remote();
        words.add(
                Figures.count(paths.total(), "flow")
                        + to
                        + (paths.bad() == 0
                                ? ": none stands out"
                                : ": " + String.join(", ", kinds()))
                        + ".");
        int listed = paths.flows().size();
        if (listed < paths.total()) {
            words.add(
                    Figures.count(listed)
                            + " of "
                            + Figures.count(paths.total(), "flow")
                            + " are listed: all that are bad, and an even sample of the others.");
        }
        if (listed > FEW && paths.bad() > shown) {
            words.add("The table has the worst " + Figures.count(shown) + " of them.");
        }
        return String.join(" ", words);
    }

    /** Returns how many flows there are of each kind. */
    private List<String> kinds() {
        List<String> kinds = new ArrayList<>();
        for (FlowResult.Fault fault : FlowResult.Fault.values()) {
            List<FlowResult> flows = paths.with(fault);
            if (!flows.isEmpty()) {
                kinds.add(Figures.count(flows.size()) + " " + FlowPlot.fault(flows.get(0)));
            }
        }
        if (paths.total() > paths.bad()) {
            kinds.add(Figures.count(paths.total() - paths.bad(), "other"));
        }
        return kinds;
    }

    private Table table(boolean all, List<FlowResult> flows) {
        List<String> head = new ArrayList<>(List.of("flow", "fault"));
        if (spread) {
            head.add("to");
        }
        head.addAll(
                List.of(
                        "sent",
                        "received",
                        "late",
                        "lost",
                        "p50",
                        "p99",
                        "first reply",
                        "last reply",
                        "longest outage"));
        return new Table(
                all ? "All flows, the bad ones first" : "Bad flows",
                head,
                flows.stream().map(this::row).toList());
    }

    private Row row(FlowResult flow) {
        List<Cell> cells = new ArrayList<>();
        cells.add(
                flow.fault().isPresent()
                        ? Cell.of(Standing.MISSED, FlowPlot.fault(flow))
                        : new Cell("–", "standing", List.of(), List.of()));
        if (spread) {
            cells.add(Cell.words(flow.remote()));
        }
        cells.add(Cell.number(Figures.count(flow.sent())));
        cells.add(Cell.number(Figures.count(flow.received())));
        cells.add(Cell.number(Figures.count(flow.late())));
        cells.add(Cell.number(Figures.percent(PERCENT * flow.loss())));
        cells.add(time(flow.p50Us()));
        cells.add(time(flow.p99Us()));
        cells.add(time(flow.firstReplyS().map(s -> s * US_PER_S)));
        cells.add(time(flow.lastReplyS().map(s -> s * US_PER_S)));
        cells.add(
                time(Optional.of(flow.longestOutageMs() * US_PER_MS).filter(outage -> outage > 0)));
        return new Row(flow.local(), cells);
    }

    private static Cell time(Optional<Double> us) {
        return Cell.number(us.map(Figures::time).orElse("–"));
    }
}
