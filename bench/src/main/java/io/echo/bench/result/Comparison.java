package io.echo.bench.result;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.apache.commons.math3.stat.descriptive.rank.Median;
import org.apache.commons.math3.stat.inference.MannWhitneyUTest;
import org.apache.commons.math3.util.CombinatoricsUtils;

/**
 * Two sides, figure by figure, with a test whether they differ by more than noise.
 *
 * <p>Noise is the difference between runs of one side, so only several runs of each side tell it. A
 * rank test gives the probability of such an order of the runs if the sides were alike; it assumes
 * no distribution, and needs at least four runs of each side before any order is unlikely.
 *
 * @param a the first side
 * @param b the second side, which is related to the first
 * @param figures the median of the runs of each side
 */
public record Comparison(Side a, Side b, List<Figure> figures) {
    /** Below this probability a difference is called larger than the noise. */
    private static final double UNLIKELY = 0.05;

    private static final double NANOS_PER_US = 1_000;

    /**
     * One side.
     *
     * @param letter its name in tables: A or B
     * @param name the file that it came from
     */
    public record Side(String letter, String name, List<Result> runs) {
        /** Counts the runs that are not valid. */
        public long invalid() {
            return runs.stream().filter(run -> !run.outcome().valid()).count();
        }

        /** Tells whether its runs have different targets or sizes. */
        public boolean mixed() {
            return runs.stream().map(Result::subject).distinct().count() > 1;
        }

        /** Returns the sentence that warns of a mixed side. */
        public String mixture() {
            return "the runs of " + letter + " are of different targets or sizes";
        }
    }

    /** The figures that are compared. */
    public enum Measure {
        RATE("rate achieved", Unit.PER_SECOND, result -> result.phase().rateAchieved()),
        LOST("lost", Unit.PERCENT, result -> result.counts().lossPercent()),
        LATENCY_P50("latency p50", Result.Times::latency, 50),
        LATENCY_P90("latency p90", Result.Times::latency, 90),
        LATENCY_P99("latency p99", Result.Times::latency, 99),
        LATENCY_P999("latency p99.9", Result.Times::latency, 99.9),
        LATENCY_MAX("latency max", Result.Times::latency, 100),
        SERVICE_P50("service p50", Result.Times::service, 50),
        SERVICE_P99("service p99", Result.Times::service, 99);

        private final String text;
        private final Unit unit;
        private final ToDoubleFunction<Result> value;

        Measure(String text, Unit unit, ToDoubleFunction<Result> value) {
            this.text = text;
            this.unit = unit;
            this.value = value;
        }

        Measure(String text, Function<Result.Times, Histogram> times, double percentile) {
            this(text, Unit.US, result -> us(times.apply(result.times()), percentile));
        }
    }

    /** The median of a figure on both sides. */
    public record Figure(Measure measure, double before, double after, Difference difference) {
        public String name() {
            return measure.text;
        }

        public Unit unit() {
            return measure.unit;
        }

        /** Returns the ratio of the second to the first; NaN when there is none. */
        public double ratio() {
            return before == 0 ? Double.NaN : after / before;
        }
    }

    /**
     * A difference between the sides, in the light of the noise.
     *
     * @param larger whether it is larger than the noise
     */
    public record Difference(boolean larger, String words) {}

    /** Compares the runs of two sides. */
    public static Comparison of(Side first, Side second) {
        return new Comparison(
                first,
                second,
                Stream.of(Measure.values())
                        .map(measure -> figure(measure, first.runs(), second.runs()))
                        .toList());
    }

    private static Figure figure(Measure measure, List<Result> a, List<Result> b) {
        double[] left = a.stream().mapToDouble(measure.value).toArray();
        double[] right = b.stream().mapToDouble(measure.value).toArray();
        return new Figure(
                measure,
                new Median().evaluate(left),
                new Median().evaluate(right),
                difference(left, right));
    }

    /** Returns one of the figures. */
    public Figure figure(Measure measure) {
        return figures.get(measure.ordinal());
    }

    /** Tells whether there are enough runs to tell a difference from noise. */
    public boolean tellable() {
        int left = a.runs().size();
        int right = b.runs().size();
        return left > 1 && right > 1 && least(left, right) < UNLIKELY;
    }

    /** Returns the probability of the most lopsided order, which is the smallest of all. */
    private static double least(int left, int right) {
        return 2 / CombinatoricsUtils.binomialCoefficientDouble(left + right, left);
    }

    /** Tests whether a difference is larger than the noise. */
    static Difference difference(double[] left, double[] right) {
        if (left.length == 1 || right.length == 1) {
            return new Difference(false, "noise unknown: one run");
        }
        double least = least(left.length, right.length);
        if (least >= UNLIKELY) {
            return new Difference(
                    false, String.format(Locale.ROOT, "too few runs (p >= %.2f)", least));
        }
        if (Arrays.stream(left).distinct().count() == 1 && Arrays.equals(left, right)) {
            return new Difference(false, "none");
        }
        double p = Math.max(least, new MannWhitneyUTest().mannWhitneyUTest(left, right));
        boolean larger = p < UNLIKELY;
        return new Difference(
                larger,
                String.format(
                        Locale.ROOT,
                        larger ? "above noise (p = %.3f)" : "within noise (p = %.3f)",
                        p));
    }

    private static double us(Histogram ns, double percentile) {
        return ns.getTotalCount() == 0
                ? Double.NaN
                : ns.getValueAtPercentile(percentile) / NANOS_PER_US;
    }
}
