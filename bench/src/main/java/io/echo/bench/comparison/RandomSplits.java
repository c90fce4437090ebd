package io.echo.bench.comparison;

import io.echo.bench.comparison.Comparison.Measure;
import io.echo.bench.result.Result;
import io.echo.bench.statistics.Design;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * A check of {@link Comparison} itself: runs of one service, divided at random into two sides that
 * cannot differ, are compared many times. The part that is called different is the error; the same
 * with one side made worse is the power.
 */
public final class RandomSplits {
    private final List<double[]> figures;
    private final List<Measure> measures;
    private final int runs;
    private final int side;

    /**
     * Takes the runs, in the order in which they were made.
     *
     * @param side runs of each side
     */
    public RandomSplits(List<Result> runs, int side) {
        this.measures = Comparison.judged(runs);
        this.figures = measures.stream().map(m -> Comparison.values(runs, m)).toList();
        this.runs = runs.size();
        this.side = side;
    }

    /**
     * Returns the part of the splits in which any figure is called different.
     *
     * @param design pairs are runs that were made one after the other
     * @param worse factor by which latency is higher on one side, and the rate lower
     */
    public double called(Design design, double worse, int splits, Random random) {
        int called = 0;
        for (int i = 0; i < splits; i++) {
            int[] order = design == Design.PAIRS ? pairs(random) : any(random);
            List<double[]> first = new ArrayList<>();
            List<double[]> second = new ArrayList<>();
            for (int m = 0; m < measures.size(); m++) {
                double[] figure = figures.get(m);
                double factor = factor(measures.get(m), worse);
                first.add(Arrays.stream(order, 0, side).mapToDouble(run -> figure[run]).toArray());
                second.add(
                        Arrays.stream(order, side, 2 * side)
                                .mapToDouble(run -> figure[run] * factor)
                                .toArray());
            }
            boolean any =
                    Comparison.test(first, second, design).stream()
                            .anyMatch(test -> test.p() <= Comparison.LEVEL);
            called += any ? 1 : 0;
        }
        return (double) called / splits;
    }

    private static double factor(Measure measure, double worse) {
        return measure == Measure.RATE ? 1 / worse : measure == Measure.LOST ? 1 : worse;
    }

    private int[] any(Random random) {
        return shuffled(runs, random).stream().mapToInt(Integer::intValue).toArray();
    }

    /** Returns the first runs of all pairs, then their second ones. */
    private int[] pairs(Random random) {
        int[] order = new int[2 * side];
        List<Integer> pairs = shuffled(runs / 2, random);
        for (int i = 0; i < side; i++) {
            int turn = random.nextInt(2);
            order[i] = 2 * pairs.get(i) + turn;
            order[side + i] = 2 * pairs.get(i) + 1 - turn;
        }
        return order;
    }

    private static List<Integer> shuffled(int count, Random random) {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(i);
        }
        Collections.shuffle(all, random);
        return all;
    }
}
