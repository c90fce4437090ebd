package io.echo.client.chance;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The correction for several tests (Holm): the chance that any of them is at or below a level by
 * noise alone is at most that level, however they depend on each other.
 */
public final class Holm {
    private Holm() {}

    /** Returns each p, adjusted, in the order in which they are given. */
    public static double[] adjust(double[] p) {
        List<Integer> order =
                IntStream.range(0, p.length)
                        .boxed()
                        .sorted(Comparator.comparingDouble(i -> p[i]))
                        .toList();
        double[] adjusted = new double[p.length];
        double highest = 0;
        for (int i = 0; i < p.length; i++) {
            highest = Math.max(highest, Math.min(1, (p.length - i) * p[order.get(i)]));
            adjusted[order.get(i)] = highest;
        }
        return adjusted;
    }
}
