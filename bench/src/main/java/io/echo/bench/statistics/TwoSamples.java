package io.echo.bench.statistics;

import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.apache.commons.numbers.combinatorics.BinomialCoefficientDouble;

/**
 * The permutation test of mid-ranks (Wilcoxon, Mann and Whitney): the sum of the ranks of one side,
 * among the sums of all choices of as many ranks.
 */
final class TwoSamples implements Design {
    @Override
    public RankTest test(double[] first, double[] second) {
        // The ranks of the smaller side are fewer to choose.
        boolean swapped = second.length > first.length;
        double[] chosen = swapped ? first : second;
        double[] rest = swapped ? second : first;
        int[] ranks =
                MidRanks.doubled(
                        DoubleStream.concat(DoubleStream.of(chosen), DoubleStream.of(rest))
                                .toArray());
        long sum = IntStream.of(ranks).limit(chosen.length).asLongStream().sum();
        RankTest test = SumDistribution.ofChoices(ranks, chosen.length).test(sum);
        return new RankTest(test.p(), swapped ? -test.direction() : test.direction(), test.exact());
    }

    @Override
    public RatioInterval ratio(double[] first, double[] second, double confidence) {
        double[] logs =
                DoubleStream.of(first)
                        .flatMap(a -> DoubleStream.of(second).map(b -> RatioInterval.log(a, b)))
                        .toArray();
        int fewer = Math.min(first.length, second.length);
        int all = first.length + second.length;
        int[] ranks = IntStream.rangeClosed(1, all).map(rank -> 2 * rank).toArray();
        long lowest = (long) fewer * (fewer + 1);
        int outside = SumDistribution.ofChoices(ranks, fewer).steps(lowest, 1 - confidence);
        return RatioInterval.of(logs, outside);
    }

    @Override
    public double smallestP(int first, int second) {
        return Math.min(1, 2 / BinomialCoefficientDouble.value(first + second, first));
    }
}
