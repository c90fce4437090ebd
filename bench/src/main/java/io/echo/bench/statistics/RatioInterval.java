package io.echo.bench.statistics;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.commons.statistics.descriptive.Median;

/**
 * A ratio and its confidence interval, which holds at least as often as it says, also with ties.
 *
 * @param estimate the Hodges-Lehmann estimate, the median of all ratios; NaN when there is none
 * @param low from 0 on
 * @param high infinite when so few values give no bound
 */
public record RatioInterval(double estimate, double low, double high) {
    /** A ratio of which nothing is known. */
    public static final RatioInterval NONE =
            new RatioInterval(Double.NaN, 0, Double.POSITIVE_INFINITY);

    /**
     * Inverts a rank test.
     *
     * @param logs of all ratios that the test counts; NaN for one that could be anything, as 0 to 0
     * @param outside number of ratios that the interval leaves out at each end; negative for all
     */
    static RatioInterval of(double[] logs, int outside) {
        double[] known = Arrays.stream(logs).filter(log -> !Double.isNaN(log)).toArray();
        double estimate = known.length == 0 ? Double.NaN : middle(known);
        if (outside < 0) {
            return new RatioInterval(estimate, 0, Double.POSITIVE_INFINITY);
        }
        double low = sorted(logs, Double.NEGATIVE_INFINITY)[outside];
        double high = sorted(logs, Double.POSITIVE_INFINITY)[logs.length - 1 - outside];
        return new RatioInterval(estimate, Math.exp(low), Math.exp(high));
    }

    private static double middle(double[] logs) {
        double[] ratios = Arrays.stream(logs).map(Math::exp).toArray();
        return IntStream.range(0, ratios.length).anyMatch(i -> Double.isInfinite(ratios[i]))
                ? sorted(ratios, Double.NaN)[ratios.length / 2]
                : Median.withDefaults().evaluate(ratios);
    }

    private static double[] sorted(double[] values, double unknown) {
        return Arrays.stream(values).map(v -> Double.isNaN(v) ? unknown : v).sorted().toArray();
    }

    /** Returns the logarithm of a ratio; NaN for 0 to 0. */
    static double log(double first, double second) {
        return Math.log(second) - Math.log(first);
    }
}
