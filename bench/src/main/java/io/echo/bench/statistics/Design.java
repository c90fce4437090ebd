package io.echo.bench.statistics;

import java.util.stream.IntStream;

/** The way in which the values of two sides belong together, which decides how they are tested. */
public sealed interface Design permits TwoSamples, Pairs {
    /** Two samples, each measured by itself: an exact permutation test of the mid-ranks. */
    Design SAMPLES = new TwoSamples();

    /** Values that were measured in turn, the n-th of one side with that of the other. */
    Design PAIRS = new Pairs();

    /**
     * Tests whether the second side is higher or lower than the first.
     *
     * @param first values from 0 on, none NaN
     * @param second the same
     */
    RankTest test(double[] first, double[] second);

    /** Returns the ratio of the second side to the first, with an interval of this confidence. */
    RatioInterval ratio(double[] first, double[] second, double confidence);

    /** Returns the smallest p that so many values can have: that of the most lopsided order. */
    double smallestP(int first, int second);

    /** Returns the smallest number of values on each side that can have a p of at most this. */
    default int valuesNeeded(double p) {
        return IntStream.iterate(1, n -> n + 1)
                .filter(n -> SumDistribution.atMost(smallestP(n, n), p))
                .findFirst()
                .orElseThrow();
    }
}
