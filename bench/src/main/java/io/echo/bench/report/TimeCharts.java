package io.echo.bench.report;

import io.echo.bench.load.Interval;
import io.echo.bench.report.HtmlPage.Section;
import io.echo.bench.result.Result;
import io.echo.bench.verdict.Check;
import io.echo.client.figures.Figures;
import io.echo.client.findings.Findings;
import io.echo.client.probe.LatencyUs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The course of a load, second by second; the charts share their cursor. */
final class TimeCharts {
    /** The group of the charts whose x axis is the time of a load. */
    static final String GROUP = "time";

    /** Spans that are shaded; of more than these a reader sees no single one. */
    private static final int SHADED = 200;

    private static final double NANOS = 1e9;
    private static final double NANOS_PER_US = 1e3;
    private static final Chart.Axis SECONDS =
            new Chart.Axis("until, from the start", Chart.Unit.S, false);
    private static final double ROUNDING = 0.002;

    private final Result result;
    private final List<Interval> intervals;

    private TimeCharts(Result result) {
        this.result = result;
        this.intervals =
                result.intervals().stream()
                        .filter(
                                second ->
                                        !drains(second)
                                                || second.received() > 0
                                                || second.lost() != 0)
                        .toList();
    }

    /** Returns the sections of a result; none when it has no intervals. */
    static List<Section> of(Result result) {
        TimeCharts charts = new TimeCharts(result);
        if (charts.intervals.isEmpty()) {
            return List.of();
        }
        List<Section> sections = new ArrayList<>();
        sections.add(charts.latency());
        sections.add(charts.rate());
        if (charts.intervals.stream().anyMatch(second -> second.lateness().isPresent())) {
            sections.add(charts.lateness());
        }
        return sections;
    }

    /** Returns the end of the x axis, in seconds; empty where there are no intervals. */
    static Optional<Double> endS(Result result) {
        List<Interval> shown = new TimeCharts(result).intervals;
        return shown.isEmpty() ? Optional.empty() : Optional.of(shown.get(shown.size() - 1).toS());
    }

    /** Returns the outages that are shaded, the longest first. */
    private List<Chart.Span> outages() {
        return Findings.named(result.paths()).stream()
                .limit(SHADED)
                .map(
                        run ->
                                new Chart.Span(
                                        run.fromNs() / NANOS,
                                        run.toNs() / NANOS,
                                        "no answer " + Figures.time(run.lengthNs() / NANOS_PER_US)))
                .toList();
    }

    private boolean drains(Interval second) {
        return drains(result, second);
    }

    /** Tells whether it lies after the last send, when only replies are waited for. */
    static boolean drains(Result result, Interval second) {
        return second.fromS() >= result.phase().durationS() - ROUNDING;
    }

    private Section latency() {
        return Section.of(
                "Latency over time",
                "Of the probes answered in each second, late ones included.",
                times("latency", "Latency over time", Interval::latency, List.of()));
    }

    private Section lateness() {
        List<Chart.Mark> marks =
                result.outcome().bound(Check.Kind.LATENESS).stream()
                        .map(Check.Bound::value)
                        .map(us -> across(us, "limit of p99 " + Figures.time(us)))
                        .toList();
        return Section.of(
                "Send lateness over time",
                "How late the generator itself was. Where it rises together with latency, the tail"
                        + " is the generator's own.",
                times("lateness", "Send lateness over time", Interval::lateness, marks));
    }

    /** Draws a line from side to side. */
    private static Chart.Mark across(double value, String label) {
        return new Chart.Mark(Double.NaN, value, label);
    }

    private Chart times(
            String id,
            String title,
            Function<Interval, Optional<LatencyUs>> which,
            List<Chart.Mark> marks) {
        return new Chart(
                id,
                title,
                GROUP,
                SECONDS,
                places(),
                new Chart.Axis("time", Chart.Unit.US, true),
                List.of(
                        line("p50", Chart.Look.ONE, s -> us(which.apply(s), LatencyUs::p50)),
                        line("p99", Chart.Look.TWO, s -> us(which.apply(s), LatencyUs::p99)),
                        line("max", Chart.Look.EXTREME, s -> us(which.apply(s), LatencyUs::max))),
                marks,
                List.of(),
                outages());
    }

    private static double us(Optional<LatencyUs> us, ToDoubleFunction<LatencyUs> figure) {
        return us.isPresent() ? figure.applyAsDouble(us.get()) : Double.NaN;
    }

    private Section rate() {
        Chart rate =
                new Chart(
                        "rate",
                        "Rate over time",
                        GROUP,
                        SECONDS,
                        places(),
                        new Chart.Axis("rate", Chart.Unit.RATE, false),
                        List.of(
                                line(
                                        "sent",
                                        Chart.Look.ONE,
                                        s -> drains(s) ? Double.NaN : perSecond(s, s.sent())),
                                line("received", Chart.Look.TWO, s -> perSecond(s, s.received()))),
                        result.phase().rateRequested().stream()
                                .map(asked -> across(asked, "asked " + Figures.rate(asked)))
                                .toList(),
                        List.of(),
                        outages());
        Chart loss =
                new Chart(
                        "loss",
                        "Loss over time",
                        GROUP,
                        SECONDS,
                        places(),
                        new Chart.Axis("probes", Chart.Unit.COUNT, false),
                        List.of(line("lost", Chart.Look.BARS, Interval::lost)),
                        List.of(),
                        List.of(),
                        outages());
        boolean lossless = Arrays.stream(loss.series().get(0).values()).allMatch(lost -> lost == 0);
        return lossless
                ? Section.of("Rate and loss over time", "No loss was counted in any second.", rate)
                : Section.of(
                        "Rate and loss over time",
                        "A probe counts as lost when its timeout is over, and no longer when it is"
                                + " answered after all.",
                        rate,
                        loss);
    }

    private static double perSecond(Interval second, long count) {
        double seconds = second.toS() - second.fromS();
        return seconds > 0 ? count / seconds : Double.NaN;
    }

    private double[] places() {
        return intervals.stream().mapToDouble(Interval::toS).toArray();
    }

    private Chart.Series line(String name, Chart.Look look, ToDoubleFunction<Interval> figure) {
        return new Chart.Series(name, look, intervals.stream().mapToDouble(figure).toArray());
    }
}
