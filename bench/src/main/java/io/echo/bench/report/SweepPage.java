package io.echo.bench.report;

import io.echo.bench.report.HtmlPage.Cell;
import io.echo.bench.report.HtmlPage.Figure;
import io.echo.bench.report.HtmlPage.Finding;
import io.echo.bench.report.HtmlPage.Row;
import io.echo.bench.report.HtmlPage.Section;
import io.echo.bench.report.HtmlPage.Standing;
import io.echo.bench.report.HtmlPage.Table;
import io.echo.bench.result.RateSearch;
import io.echo.bench.result.Result;
import io.echo.bench.verdict.Check;
import io.echo.client.figures.Figures;
import io.echo.client.probe.Rate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/** The page of a sweep: the rate at the knee, the latency there, and the first rate beyond it. */
public final class SweepPage {
    private static final double PERCENT = 100;
    private static final double US = 1e3;

    private final RateSearch.Outcome outcome;
    private final List<RateSearch.Step> steps;
    private final Optional<RateSearch.Step> knee;

    private SweepPage(RateSearch.Outcome outcome) {
        this.outcome = outcome;
        this.steps =
                outcome.decisive().stream()
                        .sorted(Comparator.comparingDouble(SweepPage::rate))
                        .toList();
        double met = outcome.knee().map(Rate::perSecond).orElse(Double.NaN);
        this.knee = steps.stream().filter(step -> rate(step) == met && step.met()).findFirst();
    }

    /** Makes the page; {@code command} is the line that makes it again. */
    public static HtmlPage of(RateSearch.Outcome outcome, String command) {
        return new SweepPage(outcome).page(command);
    }

    private HtmlPage page(String command) {
        RateSearch.Step first = outcome.decisive().get(0);
        Result result = first.result();
        List<Section> sections = new ArrayList<>();
        sections.add(byRate());
        sections.add(percentiles());
        sections.add(Section.of("Every rate", table()));
        String load =
                "open loop, from "
                        + Figures.rate(rate(steps.get(0)))
                        + " to "
                        + Figures.rate(rate(steps.get(steps.size() - 1)));
        sections.addAll(
                ConditionsSection.sections(
                        ConditionsSection.ofSweep(result, load), Optional.of(command)));
        return new HtmlPage(
                result.target(),
                ConditionsSection.facts("sweep", result),
                finding(),
                knee.map(SweepPage::figures).orElse(List.of()),
                sections);
    }

    private Finding finding() {
        Optional<RateSearch.Step> bound = outcome.bound();
        List<String> reasons = new ArrayList<>();
        String beyond =
                bound.map(
                                step ->
                                        "At "
                                                + Figures.rate(rate(step))
                                                + ": "
                                                + String.join("; ", step.verdict().failures())
                                                + ".")
                        .orElse("No higher rate was tried.");
        if (outcome.failed()) {
            reasons.add(beyond);
            return new Finding(Standing.FAILED, "The service does not answer", reasons, List.of());
        }
        if (!outcome.valid()) {
            reasons.add(beyond);
            reasons.add(
                    "That rate could not be measured in "
                            + RateSearch.TRIES
                            + " tries, so the service may carry more.");
            String words =
                    knee.map(
                                    step ->
                                            "Not valid: the knee is at "
                                                    + Figures.rate(rate(step))
                                                    + " or above")
                            .orElse("Not valid: no rate could be measured");
            return new Finding(Standing.INVALID, words, reasons, List.of());
        }
        if (outcome.interrupted()) {
            reasons.add("The search was interrupted before it was done.");
            return new Finding(
                    Standing.PLAIN,
                    knee.map(step -> "The knee is at least at " + Figures.rate(rate(step)))
                            .orElse("Interrupted before any rate met the limits"),
                    reasons,
                    List.of());
        }
        if (knee.isEmpty()) {
            reasons.add("Asked was " + limits() + ".");
            reasons.add(beyond);
            return new Finding(
                    Standing.MISSED, "No rate that was tried meets the limits", reasons, List.of());
        }
        reasons.add("The highest rate tried with " + limits() + ".");
        reasons.add(beyond);
        String rate = Figures.rate(rate(knee.get()));
        return new Finding(
                Standing.GOOD,
                bound.isPresent()
                        ? "The knee is at " + rate
                        : rate + " or more: the highest rate tried meets the limits",
                reasons,
                knee.get().verdict().warnings());
    }

    /** Returns the limits that each rate had to meet, in words. */
    private String limits() {
        return steps.get(0).verdict().checks().stream()
                .filter(check -> check.purpose() == Check.Purpose.LIMIT)
                .map(
                        check ->
                                check.figure()
                                        + (check.bound().most() ? " of at most " : " of at least ")
                                        + Figures.figure(
                                                check.bound().value(), check.bound().unit()))
                .collect(Collectors.joining(" and "));
    }

    private static List<Figure> figures(RateSearch.Step knee) {
        return List.of(
                new Figure("knee", Figures.rate(rate(knee)), "probes a second"),
                new Figure("p50 latency", Figures.time(us(knee, 50)), "at the knee"),
                new Figure("p99 latency", Figures.time(us(knee, 99)), "at the knee"),
                new Figure("p99.9 latency", Figures.time(us(knee, 99.9)), "at the knee"),
                new Figure("lost", Figures.percent(loss(knee)), "at the knee"));
    }

    private Section byRate() {
        double[] rates = steps.stream().mapToDouble(SweepPage::rate).toArray();
        List<Chart.State> states = steps.stream().map(SweepPage::state).toList();
        Chart.Axis axis = new Chart.Axis("rate", Chart.Unit.RATE, true);
        List<Chart.Mark> at =
                knee.map(step -> new Chart.Mark(rate(step), Double.NaN, "knee")).stream().toList();
        Chart latency =
                new Chart(
                        "latency",
                        "Latency by rate",
                        "rate",
                        axis,
                        rates,
                        new Chart.Axis("time", Chart.Unit.US, true),
                        List.of(
                                line("p50", Chart.Look.ONE, step -> us(step, 50), false),
                                line("p99", Chart.Look.TWO, step -> us(step, 99), true),
                                line("max", Chart.Look.EXTREME, step -> us(step, 100), false)),
                        Stream.concat(at.stream(), bound().stream()).toList(),
                        states);
        Chart loss =
                new Chart(
                        "loss",
                        "Loss by rate",
                        "rate",
                        axis,
                        rates,
                        new Chart.Axis("lost", Chart.Unit.PERCENT, false),
                        List.of(line("lost", Chart.Look.THREE, SweepPage::loss, true)),
                        at,
                        states);
        boolean lossless = Arrays.stream(loss.series().get(0).values()).allMatch(lost -> lost == 0);
        String says =
                "A disc is a rate that met the limits, a triangle one that missed them, a cross one"
                        + " that could not be measured.";
        return lossless
                ? Section.of("The knee", says + " Nothing was lost at any rate.", latency)
                : Section.of("The knee", says, latency, loss);
    }

    private Optional<Chart.Mark> bound() {
        return steps.get(0).verdict().checks().stream()
                .filter(check -> check.is(Check.Kind.P99))
                .map(check -> check.bound().value())
                .map(us -> new Chart.Mark(Double.NaN, us, "limit of p99 " + Figures.time(us)))
                .findFirst();
    }

    private Section percentiles() {
        List<RateSearch.Step> told =
                Stream.concat(knee.stream(), outcome.bound().stream()).toList();
        List<Histogram> histograms = told.stream().map(SweepPage::latency).toList();
        double[] places = PercentileCurve.places(histograms);
        List<Chart.Series> lines = new ArrayList<>();
        for (int i = 0; i < told.size(); i++) {
            String name =
                    Figures.rate(rate(told.get(i)))
                            + (knee.isPresent() && i == 0 ? ", the knee" : ", beyond it");
            lines.add(
                    new Chart.Series(
                            name,
                            i == 0 ? Chart.Look.ONE : Chart.Look.TWO,
                            PercentileCurve.along(places, histograms.get(i))));
        }
        return Section.of(
                "Latency by percentile",
                told.size() > 1
                        ? "At the knee, and at the lowest rate above it that was tried."
                        : "At the rate nearest to the knee.",
                new Chart(
                        "percentiles",
                        "Latency by percentile",
                        "",
                        PercentileCurve.axis(),
                        places,
                        new Chart.Axis("time", Chart.Unit.US, true),
                        lines,
                        List.of()));
    }

    private Table table() {
        List<Row> rows = new ArrayList<>();
        List<RateSearch.Step> all =
                outcome.steps().stream()
                        .sorted(Comparator.comparingDouble(SweepPage::rate))
                        .toList();
        for (RateSearch.Step step : all) {
            List<String> failures = step.verdict().failures();
            Standing standing = Standing.valueOf(state(step).name());
            rows.add(
                    new Row(
                            Figures.rate(rate(step)),
                            List.of(
                                    Cell.number(Figures.rate(step.measurement().rateAchieved())),
                                    Cell.number(Figures.time(us(step, 50))),
                                    Cell.number(Figures.time(us(step, 99))),
                                    Cell.number(Figures.percent(loss(step))),
                                    Cell.of(
                                            standing,
                                            standing == Standing.GOOD
                                                    ? "met"
                                                    : standing == Standing.MISSED
                                                            ? "missed"
                                                            : "not valid"),
                                    Cell.words(String.join("; ", failures)))));
        }
        return new Table(
                "Every rate that was tried",
                List.of("rate", "achieved", "p50", "p99", "lost", "outcome", "why"),
                rows);
    }

    private Chart.Series line(
            String name,
            Chart.Look look,
            ToDoubleFunction<RateSearch.Step> figure,
            boolean marked) {
        return new Chart.Series(name, look, steps.stream().mapToDouble(figure).toArray(), marked);
    }

    private static Chart.State state(RateSearch.Step step) {
        return step.met()
                ? Chart.State.GOOD
                : step.verdict().valid() ? Chart.State.MISSED : Chart.State.INVALID;
    }

    private static double rate(RateSearch.Step step) {
        return step.rate().perSecond();
    }

    private static Histogram latency(RateSearch.Step step) {
        return step.measurement().stats().latency();
    }

    private static double us(RateSearch.Step step, double percentile) {
        Histogram latency = latency(step);
        return latency.getTotalCount() == 0
                ? Double.NaN
                : latency.getValueAtPercentile(percentile) / US;
    }

    private static double loss(RateSearch.Step step) {
        return PERCENT * step.measurement().loss();
    }
}
