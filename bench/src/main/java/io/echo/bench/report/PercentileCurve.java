package io.echo.bench.report;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/**
 * Histograms along an axis on which 0, 90, 99 and 99.9 % stand at equal distances: each further
 * nine of a percentile takes the same room.
 *
 * <p>The axis ends where one value is left: the largest of N stands at 100 - 100/N %.
 */
final class PercentileCurve {
    private static final int PLACES_PER_NINE = 40;
    private static final double ALL = 100;
    private static final double US = 1e3;

    private PercentileCurve() {}

    /** Returns places as far as the histogram with the most values goes, the median among them. */
    static double[] places(List<Histogram> histograms) {
        double last = histograms.stream().mapToDouble(PercentileCurve::nines).max().orElse(0);
        DoubleStream even =
                IntStream.rangeClosed(0, (int) (last * PLACES_PER_NINE))
                        .mapToDouble(place -> (double) place / PLACES_PER_NINE);
        DoubleStream ends = histograms.stream().mapToDouble(PercentileCurve::nines);
        return DoubleStream.concat(DoubleStream.concat(even, ends), DoubleStream.of(Math.log10(2)))
                .filter(nines -> nines <= last)
                .sorted()
                .distinct()
                .toArray();
    }

    /** Returns the values at these places, in microseconds; NaN beyond the largest value. */
    static double[] along(double[] places, Histogram ns) {
        double last = nines(ns);
        return DoubleStream.of(places).map(nines -> value(ns, nines, last)).toArray();
    }

    private static double value(Histogram ns, double nines, double last) {
        if (ns.getTotalCount() == 0 || nines > last) {
            return Double.NaN;
        }
        double percent = nines == last ? ALL : ALL - ALL / Math.pow(10, nines);
        return ns.getValueAtPercentile(percent) / US;
    }

    private static double nines(Histogram histogram) {
        return Math.log10(Math.max(1, histogram.getTotalCount()));
    }

    /** Returns the axis of the places. */
    static Chart.Axis axis() {
        return new Chart.Axis("percentile", Chart.Unit.NINES, false);
    }
}
