package io.echo.bench.report;

import io.echo.bench.comparison.Comparison;
import io.echo.bench.statistics.Design;
import io.echo.bench.statistics.RatioInterval;
import io.echo.cli.Terminal;
import io.echo.client.figures.Figures;
import io.echo.client.figures.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A comparison as a table for people. */
public final class CompareTable {
    private static final String NONE = "-";

    private CompareTable() {}

    /** Returns the lines of the table, in the width and colours of a terminal. */
    public static List<String> of(Comparison comparison, Terminal terminal) {
        List<String> lines = new ArrayList<>();
        lines.addAll(side(comparison.a(), terminal));
        lines.addAll(side(comparison.b(), terminal));
        comparison.warnings().forEach(what -> lines.add(TextReport.warning(what, terminal)));
        lines.add("");
        lines.add(
                row(
                        "median of runs",
                        "A",
                        "B",
                        "B/A",
                        "95 % of B/A",
                        comparison.design() == Design.PAIRS
                                ? "difference, in pairs"
                                : "difference"));
        for (Comparison.Figure figure : comparison.figures()) {
            lines.add(
                    row(
                            figure.name(),
                            value(figure.before(), figure.unit()),
                            value(figure.after(), figure.unit()),
                            ratio(figure.ratio()),
                            figure.difference().isPresent() ? interval(figure.ratio()) : "",
                            figure.words()));
        }
        return lines;
    }

    private static List<String> side(Comparison.Side side, Terminal terminal) {
        List<String> lines = new ArrayList<>();
        lines.add(
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
            lines.add(TextReport.notValid(why, terminal));
        }
        return lines;
    }

    private static String row(String... cells) {
        return String.format(Locale.ROOT, "%-14s%11s%11s%8s%13s  %s", (Object[]) cells)
                .stripTrailing();
    }

    private static String value(double value, Unit unit) {
        if (Double.isNaN(value)) {
            return NONE;
        }
        return unit == Unit.US
                ? Figures.shortTime(value)
                : Figures.number(value) + (unit == Unit.PERCENT ? " " : "") + unit.symbol();
    }

    /** Returns a ratio; a dash where there is none. */
    static String ratio(RatioInterval ratio) {
        return Double.isFinite(ratio.estimate()) ? Figures.number(ratio.estimate()) : NONE;
    }

    /** Returns the bounds of a ratio; a dash where there are none. */
    static String interval(RatioInterval ratio) {
        if (Double.isInfinite(ratio.high())) {
            return ratio.low() > 0 && Double.isFinite(ratio.low())
                    ? "from " + Figures.number(ratio.low())
                    : NONE;
        }
        return Figures.number(ratio.low()) + "-" + Figures.number(ratio.high());
    }
}
