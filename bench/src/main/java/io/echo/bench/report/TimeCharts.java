package io.echo.bench.report;

import io.echo.bench.report.HtmlPage.Section;
import io.echo.bench.result.Figures;
import io.echo.bench.result.JsonMembers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** How a load went, second by second; the charts share their cursor. */
final class TimeCharts {
    private static final String GROUP = "time";
    private static final Chart.Axis SECONDS =
            new Chart.Axis("until, from the start", Chart.Unit.S, false);
    private static final double ROUNDING = 0.002;

    private final JsonMembers json;
    private final List<JsonMembers> intervals;
    private final double end;

    private TimeCharts(JsonMembers json) {
        this.json = json;
        this.end = json.number("duration_s");
        this.intervals =
                json.objects("intervals").stream()
                        .filter(
                                second ->
                                        !drains(second)
                                                || second.count("received") > 0
                                                || second.count("lost") != 0)
                        .toList();
    }

    /** The sections of a result; none when it has no intervals. */
    static List<Section> of(JsonMembers json) {
        TimeCharts charts = new TimeCharts(json);
        if (charts.intervals.isEmpty()) {
            return List.of();
        }
        List<Section> sections = new ArrayList<>();
        sections.add(charts.latency());
        sections.add(charts.rate());
        if (charts.intervals.stream()
                .anyMatch(
                        second ->
                                second.json().has("send_lateness_us")
                                        && !second.json().get("send_lateness_us").isJsonNull())) {
            sections.add(charts.lateness());
        }
        return sections;
    }

    /** Nothing is sent any more, and the last replies are waited for. */
    private boolean drains(JsonMembers second) {
        return second.number("from_s") >= end - ROUNDING;
    }

    private Section latency() {
        return Section.of(
                "Latency over time",
                "Of the probes answered in each second, late ones included.",
                times("latency", "Latency over time", "latency_us", List.of()));
    }

    private Section lateness() {
        double limit =
                json.objects("checks").stream()
                        .filter(check -> check.text("flag").orElse("").equals("--max-lateness"))
                        .mapToDouble(check -> check.number("at_most"))
                        .findFirst()
                        .orElse(Double.NaN);
        List<Chart.Mark> marks =
                Double.isNaN(limit)
                        ? List.of()
                        : List.of(
                                new Chart.Mark(
                                        Double.NaN, limit, "limit of p99 " + Figures.time(limit)));
        return Section.of(
                "Send lateness over time",
                "How late the generator itself was. Where it rises together with latency, the tail"
                        + " is the generator's own.",
                times("lateness", "Send lateness over time", "send_lateness_us", marks));
    }

    private Chart times(String id, String title, String member, List<Chart.Mark> marks) {
        return new Chart(
                id,
                title,
                GROUP,
                SECONDS,
                places(),
                new Chart.Axis("time", Chart.Unit.US, true),
                List.of(
                        line("p50", Chart.Look.ONE, s -> s.object(member).number("p50")),
                        line("p99", Chart.Look.TWO, s -> s.object(member).number("p99")),
                        line("max", Chart.Look.EXTREME, s -> s.object(member).number("max"))),
                marks);
    }

    private Section rate() {
        double asked = json.number("rate_requested");
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
                                        s -> drains(s) ? Double.NaN : perSecond(s, "sent")),
                                line("received", Chart.Look.TWO, s -> perSecond(s, "received"))),
                        Double.isNaN(asked)
                                ? List.of()
                                : List.of(
                                        new Chart.Mark(
                                                Double.NaN, asked, "asked " + Figures.rate(asked))));
        Chart loss =
                new Chart(
                        "loss",
                        "Loss over time",
                        GROUP,
                        SECONDS,
                        places(),
                        new Chart.Axis("probes", Chart.Unit.COUNT, false),
                        List.of(line("lost", Chart.Look.BARS, s -> s.number("lost"))),
                        List.of());
        boolean lossless = Arrays.stream(loss.series().get(0).values()).allMatch(lost -> lost == 0);
        return lossless
                ? Section.of("Rate and loss over time", "Nothing was lost in any second.", rate)
                : Section.of(
                        "Rate and loss over time",
                        "A probe counts as lost when its timeout is over, and no longer when it is"
                                + " answered after all.",
                        rate,
                        loss);
    }

    private static double perSecond(JsonMembers second, String member) {
        double seconds = second.number("to_s") - second.number("from_s");
        return seconds > 0 ? second.number(member) / seconds : Double.NaN;
    }

    private double[] places() {
        return intervals.stream().mapToDouble(second -> second.number("to_s")).toArray();
    }

    private Chart.Series line(String name, Chart.Look look, ToDoubleFunction<JsonMembers> figure) {
        return new Chart.Series(name, look, intervals.stream().mapToDouble(figure).toArray());
    }
}
