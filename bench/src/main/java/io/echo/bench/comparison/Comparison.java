package io.echo.bench.comparison;

import io.echo.bench.result.Result;
import io.echo.bench.statistics.Design;
import io.echo.bench.statistics.RankTest;
import io.echo.bench.statistics.RatioInterval;
import io.echo.client.chance.Holm;
import io.echo.client.figures.Figures;
import io.echo.client.figures.Unit;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.apache.commons.statistics.descriptive.Median;

/**
 * Two sides, figure by figure, with a test whether they differ by more than noise.
 *
 * <p>Noise is the difference between runs of one side, so only several runs of each side tell it. A
 * rank test gives the probability of such an order of the runs if the sides were alike. The more
 * figures are tested, the more often one of them differs by chance; so three are judged, named
 * beforehand for each kind of load, and their probabilities corrected for being three. The others
 * are shown and not judged.
 *
 * @param a the first side
 * @param b the second side, which is related to the first
 * @param design the way in which their runs belong together
 */
public record Comparison(Side a, Side b, Design design, List<Figure> figures) {
    /** The chance of calling any difference where there is none. */
    public static final double LEVEL = 0.05;

    private static final double NANOS_PER_US = 1_000;
    private static final double LEAST_SHOWN = 0.001;

    /**
     * One side.
     *
     * @param letter its name in tables: A or B
     * @param name the file that it came from, or its target
     */
    public record Side(String letter, String name, List<Result> runs) {
        /** Counts the runs that are not valid. */
        public long invalid() {
            return runs.stream().filter(run -> !run.outcome().valid()).count();
        }

        /** Returns the sentence that warns of runs that were not made in the same way. */
        private Optional<String> mixture() {
            return Setting.differences(runs, EnumSet.allOf(Setting.class))
                    .map(settings -> "the runs of " + letter + " differ in " + settings);
        }

        /** Returns the sentence that tells of runs which say something of themselves. */
        private Optional<String> remarks() {
            List<List<String>> told =
                    runs.stream()
                            .map(Result::outcome)
                            .map(run -> concat(run.failures(), run.warnings()))
                            .filter(sentences -> !sentences.isEmpty())
                            .toList();
            return told.isEmpty()
                    ? Optional.empty()
                    : Optional.of(
                            Figures.count(told.size())
                                    + " of "
                                    + Figures.count(runs.size(), "run")
                                    + " of "
                                    + letter
                                    + " failed or warned; the first: "
                                    + String.join("; ", told.get(0)));
        }

        private static List<String> concat(List<String> some, List<String> more) {
            return Stream.concat(some.stream(), more.stream()).toList();
        }

        private double[] values(Measure measure) {
            return Comparison.values(runs, measure);
        }

        /** Counts the runs in which a figure has no value, as latency where nothing came back. */
        private long unknown(Measure measure) {
            return Comparison.unknown(values(measure));
        }
    }

    /** The figures that are compared. */
    public enum Measure {
        RATE("rate_replied", "rate replied", Unit.PER_SECOND, 1, Comparison::replied),
        LOST("lost", "lost", Unit.PERCENT, -1, result -> result.counts().lossPercent()),
        LATENCY_P50("latency_p50", "latency p50", Result.Times::latency, 50),
        LATENCY_P90("latency_p90", "latency p90", Result.Times::latency, 90),
        LATENCY_P99("latency_p99", "latency p99", Result.Times::latency, 99),
        LATENCY_P999("latency_p99_9", "latency p99.9", Result.Times::latency, 99.9),
        LATENCY_MAX("latency_max", "latency max", Result.Times::latency, 100),
        SERVICE_P50("service_p50", "service p50", Result.Times::service, 50),
        SERVICE_P99("service_p99", "service p99", Result.Times::service, 99);

        /** The figures that are judged in closed loop, where the service sets the rate. */
        private static final List<Measure> CLOSED = List.of(RATE, LATENCY_P99, LOST);

        /** The figures that are judged in open loop, where the rate is given. */
        private static final List<Measure> OPEN = List.of(LATENCY_P50, LATENCY_P99, LOST);

        private final String key;
        private final String text;
        private final Unit unit;
        private final int better;
        private final ToDoubleFunction<Result> value;

        Measure(String key, String text, Unit unit, int better, ToDoubleFunction<Result> value) {
            this.key = key;
            this.text = text;
            this.unit = unit;
            this.better = better;
            this.value = value;
        }

        Measure(
                String key,
                String text,
                Function<Result.Times, Histogram> times,
                double percentile) {
            this(key, text, Unit.US, -1, result -> us(times.apply(result.times()), percentile));
        }
    }

    /**
     * A figure on both sides.
     *
     * @param before median of the runs of the first side; NaN when there is none
     * @param after the same of the second
     * @param ratio of the second to the first, with its interval of 95 %
     * @param difference the judgement; empty for a figure that is not judged
     */
    public record Figure(
            Measure measure,
            double before,
            double after,
            RatioInterval ratio,
            Optional<Difference> difference) {
        public String key() {
            return measure.key;
        }

        public String name() {
            return measure.text;
        }

        public Unit unit() {
            return measure.unit;
        }

        /** Tells whether it is judged, and differs by more than the noise. */
        public boolean differs() {
            return difference.filter(Difference::larger).isPresent();
        }

        /** Tells whether it differs for the worse. */
        public boolean worse() {
            return differs() && difference.orElseThrow().direction() == -measure.better;
        }

        /** Returns the judgement; nothing for a figure that is not judged. */
        public String words() {
            return difference.map(Difference::words).orElse("");
        }
    }

    /**
     * A difference between the sides, in the light of the noise.
     *
     * @param p after the correction; empty when it was not tested
     * @param larger whether it is larger than the noise
     * @param direction 1 when the second side is higher, -1 when it is lower
     */
    public record Difference(Optional<Double> p, boolean larger, int direction, String words) {
        private static Difference untested(String why) {
            return new Difference(Optional.empty(), false, 0, why);
        }

        private static Difference of(RankTest test) {
            double p = test.p();
            boolean larger = p <= LEVEL;
            return new Difference(
                    Optional.of(p),
                    larger,
                    test.direction(),
                    (larger ? "above noise (p " : "within noise (p ")
                            + (test.exact() ? "= " : "about ")
                            + (p < LEAST_SHOWN
                                    ? new BigDecimal(p).round(new MathContext(1)).toPlainString()
                                    : Figures.number(p))
                            + ")");
        }
    }

    /**
     * Compares the runs of two sides.
     *
     * @throws IllegalArgumentException when they are not all in open or all in closed loop, which
     *     decides the figures that are judged
     */
    public static Comparison of(Side first, Side second, Design design) {
        List<Boolean> loops =
                Stream.of(first, second)
                        .flatMap(side -> side.runs().stream())
                        .map(run -> run.phase().rateRequested().isPresent())
                        .distinct()
                        .toList();
        if (loops.size() > 1) {
            throw new IllegalArgumentException(
                    "runs must be all in open loop or all in closed loop to be compared, got both");
        }
        Map<Measure, Difference> judged = judge(judged(first.runs()), first, second, design);
        return new Comparison(
                first,
                second,
                design,
                Stream.of(Measure.values())
                        .map(m -> figure(m, first, second, design, judged.get(m)))
                        .toList());
    }

    private static Figure figure(
            Measure measure, Side first, Side second, Design design, Difference judged) {
        double[] before = first.values(measure);
        double[] after = second.values(measure);
        boolean known = first.unknown(measure) + second.unknown(measure) == 0;
        return new Figure(
                measure,
                Median.withDefaults().evaluate(before),
                Median.withDefaults().evaluate(after),
                known ? design.ratio(before, after, 1 - LEVEL) : RatioInterval.NONE,
                Optional.ofNullable(judged));
    }

    private static Map<Measure, Difference> judge(
            List<Measure> judged, Side first, Side second, Design design) {
        List<RankTest> tests =
                test(
                        judged.stream().map(first::values).toList(),
                        judged.stream().map(second::values).toList(),
                        design);
        boolean enough = enough(first, second, design, judged.size());
        Optional<String> invalid = invalid(first.invalid() + second.invalid());
        Map<Measure, Difference> differences = new EnumMap<>(Measure.class);
        for (int i = 0; i < tests.size(); i++) {
            Measure measure = judged.get(i);
            differences.put(
                    measure,
                    !enough
                            ? Difference.untested(tooFew(design, judged.size()))
                            : invalid.or(() -> missing(measure, first, second))
                                    .map(Difference::untested)
                                    .orElse(Difference.of(tests.get(i))));
        }
        return differences;
    }

    /**
     * Tests figures, with p corrected for their number. One that lacks a value counts as tested and
     * is never different, so that the correction is the same in any case.
     */
    static List<RankTest> test(List<double[]> first, List<double[]> second, Design design) {
        List<RankTest> tests = new ArrayList<>();
        for (int i = 0; i < first.size(); i++) {
            boolean known = unknown(first.get(i)) + unknown(second.get(i)) == 0;
            tests.add(known ? design.test(first.get(i), second.get(i)) : new RankTest(1, 0, true));
        }
        double[] adjusted = Holm.adjust(tests.stream().mapToDouble(RankTest::p).toArray());
        for (int i = 0; i < adjusted.length; i++) {
            RankTest test = tests.get(i);
            tests.set(i, new RankTest(adjusted[i], test.direction(), test.exact()));
        }
        return tests;
    }

    private static long unknown(double[] values) {
        return Arrays.stream(values).filter(Double::isNaN).count();
    }

    /** Returns the reason why a figure cannot be tested, if there is one. */
    private static Optional<String> missing(Measure measure, Side first, Side second) {
        return Stream.of(first, second)
                .filter(side -> side.unknown(measure) > 0)
                .map(
                        side ->
                                "no value in "
                                        + side.unknown(measure)
                                        + " of "
                                        + Figures.count(side.runs().size(), "run")
                                        + " of "
                                        + side.letter())
                .findFirst();
    }

    /** Returns why runs that are not valid tell neither a difference nor that there is none. */
    private static Optional<String> invalid(long runs) {
        return runs == 0
                ? Optional.empty()
                : Optional.of(
                        "cannot be told: "
                                + Figures.count(runs, "run")
                                + (runs == 1 ? " is" : " are")
                                + " not valid");
    }

    /** Returns a sentence for each way in which runs were made that is not the same in all. */
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        Stream.of(a, b).forEach(side -> side.mixture().ifPresent(warnings::add));
        Setting.differences(a.runs(), b.runs())
                .map(settings -> "A and B were measured with another " + settings)
                .ifPresent(warnings::add);
        Stream.of(a, b).forEach(side -> side.remarks().ifPresent(warnings::add));
        return warnings;
    }

    /** Counts the runs of both sides that are not valid. */
    public long invalid() {
        return a.invalid() + b.invalid();
    }

    /** Tells whether there are enough runs for any difference to be called. */
    public boolean enough() {
        long judged = figures.stream().filter(figure -> figure.difference().isPresent()).count();
        return enough(a, b, design, (int) judged);
    }

    private static boolean enough(Side first, Side second, Design design, int judged) {
        return judged * design.smallestP(first.runs().size(), second.runs().size()) <= LEVEL;
    }

    private static String tooFew(Design design, int judged) {
        return "too few runs: " + design.valuesNeeded(LEVEL / judged) + " a side needed";
    }

    /** Returns the smallest number of runs a side with which any difference could be called. */
    public static int runsNeeded(Design design) {
        return design.valuesNeeded(LEVEL / Measure.CLOSED.size());
    }

    /** Returns one of the figures. */
    public Figure figure(Measure measure) {
        return figures.get(measure.ordinal());
    }

    /** Returns the figures that are judged. */
    public List<Figure> judged() {
        return figures.stream().filter(figure -> figure.difference().isPresent()).toList();
    }

    /** Tells whether a judged figure of the second side is worse by more than the noise. */
    public boolean worse() {
        return figures.stream().anyMatch(Figure::worse);
    }

    static double[] values(List<Result> runs, Measure measure) {
        return runs.stream().mapToDouble(measure.value).toArray();
    }

    /** Returns the figures that are judged for such runs. */
    static List<Measure> judged(List<Result> runs) {
        return runs.get(0).phase().rateRequested().isPresent() ? Measure.OPEN : Measure.CLOSED;
    }

    /** Returns the intact replies a second. */
    public static double replied(Result result) {
        return result.phase().rateReplied();
    }

    private static double us(Histogram ns, double percentile) {
        return ns.getTotalCount() == 0
                ? Double.NaN
                : ns.getValueAtPercentile(percentile) / NANOS_PER_US;
    }
}
