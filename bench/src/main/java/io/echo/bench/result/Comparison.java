package io.echo.bench.result;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;
import org.apache.commons.math3.stat.descriptive.rank.Median;
import org.apache.commons.math3.stat.inference.MannWhitneyUTest;
import org.apache.commons.math3.util.CombinatoricsUtils;

/**
 * Two sides, figure by figure, and whether they differ by more than noise.
 *
 * <p>Noise is what differs between runs of one side, so it takes several runs a side to know it. A
 * rank test asks how likely such an order of the runs would be if the sides were alike; it knows
 * nothing of distributions, and needs at least four runs a side before any order is unlikely.
 *
 * @param a the first side
 * @param b what is told beside it
 * @param figures the median of the runs of each side
 */
public record Comparison(Side a, Side b, List<Figure> figures) {
    /** Below this probability a difference is called larger than the noise. */
    private static final double UNLIKELY = 0.05;

    private static final double NANOS_PER_US = 1_000;
    private static final double PERCENT = 100;

    /**
     * One side.
     *
     * @param letter what it is called
     * @param name the file that it came from
     */
    public record Side(String letter, String name, List<SavedResult> runs) {
        /** How many of its runs are not valid. */
        public long invalid() {
            return runs.stream().filter(run -> !run.valid()).count();
        }

        /** Whether its runs are no runs of one thing. */
        public boolean mixed() {
            return runs.stream().map(SavedResult::subject).distinct().count() > 1;
        }

        /** Says so. */
        public String mixture() {
            return "the runs of " + letter + " are of different targets or sizes";
        }
    }

    /**
     * A figure of both sides.
     *
     * @param unit {@code /s}, {@code %} or {@code us}
     */
    public record Figure(
            String name, String unit, double before, double after, Difference difference) {
        /** Of the second to the first; NaN when there is none. */
        public double ratio() {
            return before == 0 ? Double.NaN : after / before;
        }
    }

    /**
     * What is known of a difference.
     *
     * @param larger whether it is larger than the noise
     */
    public record Difference(boolean larger, String words) {}

    /** Compares the runs of two sides. */
    public static Comparison of(Side first, Side second) {
        List<SavedResult> a = first.runs();
        List<SavedResult> b = second.runs();
        return new Comparison(
                first,
                second,
                List.of(
                        figure("rate achieved", "/s", a, b, r -> r.number("rate_achieved")),
                        figure("lost", "%", a, b, Comparison::lost),
                        figure("latency p50", "us", a, b, r -> us(r.latency(), 50)),
                        figure("latency p90", "us", a, b, r -> us(r.latency(), 90)),
                        figure("latency p99", "us", a, b, r -> us(r.latency(), 99)),
                        figure("latency p99.9", "us", a, b, r -> us(r.latency(), 99.9)),
                        figure("latency max", "us", a, b, r -> us(r.latency(), 100)),
                        figure("service p50", "us", a, b, r -> us(r.service(), 50)),
                        figure("service p99", "us", a, b, r -> us(r.service(), 99))));
    }

    private static Figure figure(
            String name,
            String unit,
            List<SavedResult> a,
            List<SavedResult> b,
            ToDoubleFunction<SavedResult> of) {
        double[] left = a.stream().mapToDouble(of).toArray();
        double[] right = b.stream().mapToDouble(of).toArray();
        return new Figure(
                name,
                unit,
                new Median().evaluate(left),
                new Median().evaluate(right),
                difference(left, right));
    }

    /** Whether so many runs can tell a difference from noise at all. */
    public boolean tellable() {
        int left = a.runs().size();
        int right = b.runs().size();
        return left > 1 && right > 1 && least(left, right) < UNLIKELY;
    }

    /** How likely the most lopsided order of all is; when that is not unlikely, none can be. */
    private static double least(int left, int right) {
        return 2 / CombinatoricsUtils.binomialCoefficientDouble(left + right, left);
    }

    /** Says whether a difference is more than what runs of one side differ by. */
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

    private static double lost(SavedResult result) {
        return PERCENT * result.count("lost") / Math.max(1, result.count("sent"));
    }

    private static double us(Histogram ns, double percentile) {
        return ns.getTotalCount() == 0
                ? Double.NaN
                : ns.getValueAtPercentile(percentile) / NANOS_PER_US;
    }
}
