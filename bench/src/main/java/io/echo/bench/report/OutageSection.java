package io.echo.bench.report;

import io.echo.bench.report.HtmlPage.Cell;
import io.echo.bench.report.HtmlPage.Row;
import io.echo.bench.report.HtmlPage.Section;
import io.echo.bench.report.HtmlPage.Table;
import io.echo.bench.result.Result;
import io.echo.client.figures.Figures;
import io.echo.client.findings.Findings;
import io.echo.client.findings.OutageEvents;
import io.echo.client.flow.Paths;
import io.echo.client.outage.LossRun;
import io.echo.client.outage.Outages;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** When, for how long and in which runs probes were not answered. */
final class OutageSection {
    /** Outages in the table. */
    private static final int LISTED = 20;

    private static final double PERCENT = 100;
    private static final double NANOS_PER_US = 1e3;
    private static final double US_PER_MS = 1e3;

    private final Paths paths;
    private final Outages outages;

    private final boolean charts;

    private OutageSection(Result result) {
        this.paths = result.paths();
        this.outages = paths.outages();
        this.charts = !result.intervals().isEmpty();
    }

    /** Returns the section; none when every probe was answered in time. */
    static List<Section> of(Result result) {
        Outages outages = result.paths().outages();
        boolean none = outages.runs().isEmpty() && outages.count() == 0;
        return none ? List.of() : List.of(new OutageSection(result).section());
    }

    private Section section() {
        List<Table> tables = new ArrayList<>();
        if (!outages.list().isEmpty()) {
            tables.add(outageTable());
        }
        List<LossRuns> ranges = LossRuns.of(outages.runs());
        if (ranges.size() > 1) {
            tables.add(runTable(ranges));
        }
        List<String> says = new ArrayList<>(List.of(says()));
        if (ranges.size() == 1 && outages.list().isEmpty()) {
            says.add(single(ranges.get(0)));
        }
        return new Section("Outages", says, List.of(), tables, List.of());
    }

    private String says() {
        double seenUs = LossRun.shortest(paths.distanceUs());
        String seen =
                "An outage is two probes or more in a row, of all flows together, without an answer"
                        + " in time; at this rate none shorter than "
                        + Figures.time(seenUs)
                        + " can be seen.";
        String ofFlow =
                paths.total() > 1 && paths.longestFlowOutageMs() > 0
                        ? " One flow alone was without an answer for up to "
                                + Figures.time(paths.longestFlowOutageMs() * US_PER_MS)
                                + "."
                        : "";
        if (outages.count() == 0) {
            return "The service had none. " + seen + ofFlow;
        }
        long shorter = OutageEvents.shorter(paths);
        boolean shaded = charts && !Findings.named(paths).isEmpty();
        return "The service had "
                + Figures.count(outages.count())
                + ", the longest of "
                + Figures.time(outages.longestNs() / NANOS_PER_US)
                + ". "
                + (shorter == 0 ? "" : "Of these, " + OutageEvents.shorterOnes(shorter) + ". ")
                + seen
                + ofFlow
                + (shaded
                        ? " What chance would hardly make is shaded in the charts over time."
                        : "")
                + (outages.count() > LISTED ? " The longest " + LISTED + " are listed." : "");
    }

    private static String single(LossRuns runs) {
        return runs.least() == 1 && runs.most() == 1
                ? "All probes without an answer in time stood alone: "
                        + Figures.count(runs.times())
                        + " of them, each between two that were answered."
                : "Probes without an answer in time came in "
                        + Figures.count(runs.times(), "run")
                        + " of "
                        + runs.lengths()
                        + " in a row.";
    }

    private Table outageTable() {
        Set<LossRun> named = new HashSet<>(Findings.named(paths));
        return new Table(
                "Outages of the service, the longest first",
                List.of("from", "length", "probes", "flows", "by chance?"),
                outages.list().stream()
                        .sorted(Comparator.comparingLong(LossRun::lengthNs).reversed())
                        .limit(LISTED)
                        .map(run -> row(run, named.contains(run)))
                        .toList());
    }

    private static Row row(LossRun run, boolean named) {
        return new Row(
                Figures.time(run.fromNs() / NANOS_PER_US),
                List.of(
                        Cell.number(Figures.time(run.lengthNs() / NANOS_PER_US)),
                        Cell.number(Figures.count(run.probes())),
                        Cell.number(Figures.count(run.flows())),
                        Cell.words(named ? "hardly" : "perhaps")));
    }

    private static Table runTable(List<LossRuns> ranges) {
        double all = Math.max(1, ranges.stream().mapToDouble(LossRuns::probes).sum());
        return new Table(
                "Probes in a row without an answer in time, and how often",
                List.of("in a row", "times", "probes", "of all without an answer in time"),
                ranges.stream()
                        .map(
                                range -> {
                                    double percent = PERCENT * range.probes() / all;
                                    return new Row(
                                            range.lengths(),
                                            List.of(
                                                    Cell.number(Figures.count(range.times())),
                                                    Cell.number(Figures.number(range.probes())),
                                                    Cell.bar(percent, Figures.percent(percent))));
                                })
                        .toList());
    }
}
