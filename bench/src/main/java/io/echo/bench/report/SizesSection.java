package io.echo.bench.report;

import io.echo.bench.report.HtmlPage.Cell;
import io.echo.bench.report.HtmlPage.Row;
import io.echo.bench.report.HtmlPage.Section;
import io.echo.bench.report.HtmlPage.Standing;
import io.echo.bench.report.HtmlPage.Table;
import io.echo.bench.result.Result;
import io.echo.client.figures.Figures;
import io.echo.client.findings.SizeFindings;
import io.echo.client.flow.SizeResult;
import java.util.List;

/** The losses of a load by the size of its probes. */
final class SizesSection {
    private static final double PERCENT = 100;

    private SizesSection() {}

    /** Returns the section; none when all probes had one size, or none was lost. */
    static List<Section> of(Result result) {
        List<SizeResult> sizes = result.paths().sizes();
        if (sizes.stream().allMatch(size -> size.lost() == 0)) {
            return List.of();
        }
        Table table =
                new Table(
                        "Lost by size",
                        List.of("bytes", "fault", "sent", "lost", "of those sent"),
                        sizes.stream().map(SizesSection::row).toList());
        return List.of(new Section("Sizes", List.of(), List.of(), List.of(table), List.of()));
    }

    private static Row row(SizeResult size) {
        return new Row(
                SizeFindings.bytes(size),
                List.of(
                        size.fault()
                                .map(fault -> Cell.of(Standing.MISSED, fault.word()))
                                .orElseGet(() -> new Cell("–", "standing", List.of(), List.of())),
                        Cell.number(Figures.count(size.sent())),
                        Cell.number(Figures.count(size.lost())),
                        Cell.number(Figures.percent(PERCENT * size.loss()))));
    }
}
