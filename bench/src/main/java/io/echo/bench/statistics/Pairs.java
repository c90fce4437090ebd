package io.echo.bench.statistics;

import java.util.stream.IntStream;

/**
 * The signed-rank test (Wilcoxon) of the ratio in each pair: ranks by how far the ratio is from 1,
 * and the sum of those of the pairs in which the second is higher, among the sums of all signs.
 * Equal values tell nothing and are left out; 0 and something else are an infinite ratio.
 */
final class Pairs implements Design {
    @Override
    public RankTest test(double[] first, double[] second) {
        int[] unequal =
                IntStream.range(0, first.length).filter(i -> first[i] != second[i]).toArray();
        if (unequal.length == 0) {
            return new RankTest(1, 0, true);
        }
        // Ratios, not logarithms, whose rounding would break ties.
        int[] ranks =
                MidRanks.doubled(
                        IntStream.of(unequal)
                                .mapToDouble(
                                        i ->
                                                Math.max(first[i], second[i])
                                                        / Math.min(first[i], second[i]))
                                .toArray());
        long sum =
                IntStream.range(0, unequal.length)
                        .filter(i -> second[unequal[i]] > first[unequal[i]])
                        .mapToLong(i -> ranks[i])
                        .sum();
        return SumDistribution.ofCoins(ranks).test(sum);
    }

    @Override
    public RatioInterval ratio(double[] first, double[] second, double confidence) {
        int pairs = first.length;
        double[] each =
                IntStream.range(0, pairs)
                        .mapToDouble(i -> RatioInterval.log(first[i], second[i]))
                        .toArray();
        double[] means =
                IntStream.range(0, pairs)
                        .boxed()
                        .flatMapToDouble(
                                i ->
                                        IntStream.rangeClosed(0, i)
                                                .mapToDouble(j -> (each[i] + each[j]) / 2))
                        .toArray();
        int[] ranks = IntStream.rangeClosed(1, pairs).map(rank -> 2 * rank).toArray();
        return RatioInterval.of(means, SumDistribution.ofCoins(ranks).steps(0, 1 - confidence));
    }

    @Override
    public double smallestP(int first, int second) {
        return Math.min(1, Math.pow(2, 1 - Math.min(first, second)));
    }
}
