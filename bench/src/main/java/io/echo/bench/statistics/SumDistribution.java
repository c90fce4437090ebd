package io.echo.bench.statistics;

import java.util.Arrays;
import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * The distribution of a sum of ranks when chance decides which of them are in it: counted one rank
 * after the other, or the normal one where there are too many to count.
 *
 * <p>Probabilities and not numbers of orders are summed, so that nothing overflows.
 */
final class SumDistribution {
    /** The most ranks whose sums are counted. */
    static final int MOST_EXACT = 200;

    /** Room for the rounding of probabilities that are equal on paper. */
    private static final double ROUNDING = 1e-9;

    private final double[] probabilities;
    private final long twiceMean;
    private final double deviation;

    private SumDistribution(double[] probabilities, long twiceMean, double variance) {
        this.probabilities = probabilities;
        this.twiceMean = twiceMean;
        this.deviation = Math.sqrt(variance);
    }

    /** Tells whether a probability is at most another, but for its rounding. */
    static boolean atMost(double p, double limit) {
        return p <= limit * (1 + ROUNDING);
    }

    /** Returns the distribution of the sum of so many of the ranks, each choice as likely. */
    static SumDistribution ofChoices(int[] ranks, int chosen) {
        long total = Arrays.stream(ranks).asLongStream().sum();
        int all = ranks.length;
        double mean = (double) total / all;
        double squares = Arrays.stream(ranks).mapToDouble(r -> (r - mean) * (r - mean)).sum();
        double variance = squares * chosen * (all - chosen) / all / Math.max(1, all - 1);
        return new SumDistribution(
                all > MOST_EXACT ? new double[0] : choices(ranks, chosen, (int) total),
                Math.round(2 * mean * chosen),
                variance);
    }

    private static double[] choices(int[] ranks, int chosen, int total) {
        double[][] reached = new double[chosen + 1][total + 1];
        reached[0][0] = 1;
        int highest = 0;
        for (int i = 0; i < ranks.length; i++) {
            int rank = ranks[i];
            for (int k = Math.min(i, chosen - 1); k >= 0; k--) {
                double in = (double) (chosen - k) / (ranks.length - i);
                double[] without = reached[k];
                double[] with = reached[k + 1];
                for (int sum = 0; sum <= highest; sum++) {
                    double p = without[sum];
                    if (p > 0) {
                        with[sum + rank] += p * in;
                        without[sum] = p * Math.max(0, 1 - in);
                    }
                }
            }
            highest += rank;
        }
        return reached[chosen];
    }

    /** Returns the distribution of the sum of the ranks that a coin lets in, each by itself. */
    static SumDistribution ofCoins(int[] ranks) {
        long total = Arrays.stream(ranks).asLongStream().sum();
        double variance = Arrays.stream(ranks).mapToDouble(r -> (double) r * r / 4).sum();
        return new SumDistribution(
                ranks.length > MOST_EXACT ? new double[0] : coins(ranks, (int) total),
                total,
                variance);
    }

    private static double[] coins(int[] ranks, int total) {
        double[] reached = new double[total + 1];
        reached[0] = 1;
        int highest = 0;
        for (int rank : ranks) {
            for (int sum = highest; sum >= 0; sum--) {
                double half = reached[sum] / 2;
                reached[sum] = half;
                reached[sum + rank] += half;
            }
            highest += rank;
        }
        return reached;
    }

    /** Tells whether the sums were counted. */
    private boolean exact() {
        return probabilities.length > 0;
    }

    /** Returns the two-sided test of a sum. */
    RankTest test(long sum) {
        long away = 2 * sum - twiceMean;
        return new RankTest(p(Math.abs(away)), Long.signum(away), exact());
    }

    /** Returns the probability of a sum at least so far from the mean, twice the distance given. */
    private double p(long twiceAway) {
        if (twiceAway == 0 || deviation == 0) {
            return 1;
        }
        if (!exact()) {
            // Sums of doubled ranks are mostly 2 apart: half a step is 1, and twice that is 2.
            double z = Math.max(0, twiceAway - 2) / (2 * deviation);
            return Math.min(1, 2 * NormalDistribution.of(0, 1).cumulativeProbability(-z));
        }
        double p = 0;
        for (int sum = 0; sum < probabilities.length; sum++) {
            if (Math.abs(2L * sum - twiceMean) >= twiceAway) {
                p += probabilities[sum];
            }
        }
        return Math.min(1, p);
    }

    /**
     * Returns how many steps from its lowest end a sum of ranks without ties may lie and still have
     * at most this p; -1 when even the lowest has more.
     *
     * @param lowest the lowest sum
     */
    int steps(long lowest, double p) {
        int steps = -1;
        long sum = lowest;
        while (2 * sum < twiceMean && atMost(p(twiceMean - 2 * sum), p)) {
            steps++;
            sum += 2;
        }
        return steps;
    }
}
