package io.echo.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Growth of a quantity: the least-squares line through the means of twelve stretches of time.
 *
 * <p>Means, because neighbouring samples resemble one another, which would make the error of a line
 * through all of them look smaller than it is.
 *
 * @param mean of all samples
 * @param perHour what it gains
 * @param error one standard error of that
 * @param grown what it gained from the first sample to the last, by that line
 */
record Slope(double mean, double perHour, double error, double grown) {
    private static final int STRETCHES = 12;

    /** Returns the line through these points, each a time in seconds and a value. */
    static Slope of(List<double[]> points) {
        int stretches = Math.min(STRETCHES, points.size());
        List<double[]> means = new ArrayList<>();
        for (int i = 0; i < stretches; i++) {
            List<double[]> stretch =
                    points.subList(
                            points.size() * i / stretches, points.size() * (i + 1) / stretches);
            means.add(new double[] {mean(stretch, 0) / 3_600, mean(stretch, 1)});
        }
        double meanX = mean(means, 0);
        double meanY = mean(means, 1);
        double xx = 0;
        double xy = 0;
        for (double[] point : means) {
            xx += (point[0] - meanX) * (point[0] - meanX);
            xy += (point[0] - meanX) * (point[1] - meanY);
        }
        double slope = xy / xx;
        double squares = 0;
        for (double[] point : means) {
            double off = point[1] - meanY - slope * (point[0] - meanX);
            squares += off * off;
        }
        double hours = (points.get(points.size() - 1)[0] - points.get(0)[0]) / 3_600;
        double error = Math.sqrt(squares / Math.max(1, stretches - 2) / xx);
        return new Slope(meanY, slope, error, slope * hours);
    }

    /** Tells whether it rises beyond chance, and by more than this since the first sample. */
    boolean rises(double tolerated) {
        return perHour > 4 * error && grown > tolerated;
    }

    private static double mean(List<double[]> points, int column) {
        return points.stream().mapToDouble(point -> point[column]).average().orElseThrow();
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.2f, %+.3f ± %.3f an hour", mean, perHour, error);
    }
}
