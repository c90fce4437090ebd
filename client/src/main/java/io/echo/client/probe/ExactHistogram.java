package io.echo.client.probe;

import org.HdrHistogram.AbstractHistogram;
import org.HdrHistogram.Histogram;

/**
 * A histogram that keeps its smallest and its largest value and its mean exactly; its percentiles
 * lie between them.
 *
 * <p>HdrHistogram itself answers with the edges of their buckets: with three digits a maximum of
 * 1,000,001 ns reads 1,000,447 ns, longer than any reply took, and results print both values. For
 * the mean it walks through all buckets, which takes a core for half a millisecond each second of a
 * run. Its encoded form has only the buckets: {@link #setExtremes} and {@link #setMean} restore the
 * values. Recording allocates nothing, but for a value that is larger than any before. Confined to
 * one thread, like the library's own.
 */
public final class ExactHistogram extends Histogram {
    private static final long serialVersionUID = 1;

    private long min = Long.MAX_VALUE;
    private long max;

    /** Sum of the values; a double, for it does not overflow. */
    private double sum;

    /** Creates an empty one that has room up to this value, and makes more when it must. */
    ExactHistogram(long roomUpTo, int significantDigits) {
        super(1, roomUpTo, significantDigits);
        setAutoResize(true);
    }

    @Override
    public void recordValue(long value) {
        super.recordValue(value);
        sum += value;
        widen(value, value);
    }

    @Override
    public void recordValueWithCount(long value, long count) {
        super.recordValueWithCount(value, count);
        if (count > 0) {
            sum += (double) value * count;
            widen(value, value);
        }
    }

    /** Adds another histogram; the exact values of an {@link ExactHistogram} stay exact. */
    @Override
    public void add(AbstractHistogram other) {
        long smallest = min;
        long largest = max;
        double together = sum + other.getMean() * other.getTotalCount();
        super.add(other); // may call recordValueWithCount for each bucket
        min = smallest;
        max = largest;
        sum = together;
        if (other.getTotalCount() > 0) {
            widen(other.getMinValue(), other.getMaxValue());
        }
    }

    /**
     * Sets the smallest and the largest value, as a saved result names them. One that lies in
     * another bucket than the recorded one is ignored.
     */
    public void setExtremes(long smallest, long largest) {
        if (getTotalCount() > 0 && valuesAreEquivalent(smallest, min)) {
            min = smallest;
        }
        if (getTotalCount() > 0 && valuesAreEquivalent(largest, max)) {
            max = largest;
        }
    }

    /** Sets the mean, as a saved result names it: the buckets alone have it to three digits. */
    public void setMean(double mean) {
        sum = mean * getTotalCount();
    }

    @Override
    public void reset() {
        super.reset();
        sum = 0;
        min = Long.MAX_VALUE;
        max = 0;
    }

    @Override
    public long getMinValue() {
        return getTotalCount() == 0 ? 0 : min;
    }

    @Override
    public long getMaxValue() {
        return max;
    }

    @Override
    public long getValueAtPercentile(double percentile) {
        return Math.min(super.getValueAtPercentile(percentile), max);
    }

    /** Returns the mean, within the recorded values: that of bucket middles may lie outside. */
    @Override
    public double getMean() {
        return getTotalCount() == 0 ? 0 : Math.min(Math.max(sum / getTotalCount(), min), max);
    }

    private void widen(long smallest, long largest) {
        if (smallest < min) {
            min = smallest;
        }
        if (largest > max) {
            max = largest;
        }
    }
}
