package io.echo.client.chance;

import org.apache.commons.numbers.gamma.RegularizedBeta;
import org.apache.commons.statistics.distribution.HypergeometricDistribution;

/**
 * The chance that a part of many has so many marked ones among it, if marks are spread at random:
 * Fisher's exact test, one-sided.
 */
public final class Surplus {
    /** Up to here sums are exact; beyond it the whole is as good as endless, and the sum long. */
    private static final int MOST_EXACT = 20_000;

    private Surplus() {}

    /**
     * Returns the chance of at least this many.
     *
     * @param marked in the part
     * @param part its size
     * @param allMarked in the whole, the part among it
     * @param all the size of the whole
     * @param burst how many marks come together: the counts say as much as that many fewer
     */
    public static double chance(long marked, long part, long allMarked, long all, double burst) {
        long k = Math.round(marked / burst);
        long n = Math.max(k, Math.round(part / burst));
        long of = Math.max(k, Math.round(allMarked / burst));
        long whole = Math.max(n + of - k, Math.round(all / burst));
        if (k == 0) {
            return 1;
        }
        if (whole < Integer.MAX_VALUE && Math.min(n, of) <= MOST_EXACT) {
            return HypergeometricDistribution.of((int) whole, (int) of, (int) n)
                    .survivalProbability((int) k - 1);
        }
        // Binomial, by the incomplete beta function.
        return RegularizedBeta.value((double) of / whole, k, n - k + 1.0);
    }
}
