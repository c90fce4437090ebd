package io.echo.client.probe;

import org.HdrHistogram.AbstractHistogram;
import org.HdrHistogram.Histogram;

/**
 * A histogram that keeps its smallest and its largest value exactly, where the library answers with
 * the edges of their buckets; none of its percentiles, nor its mean, lies beyond them.
 *
 * <p>What it is encoded to are the buckets: {@link #setExtremes} brings the two back. Recording
 * allocates nothing. Confined to one thread, like the library's own.
 */
public final class ExactHistogram extends Histogram {
    private static final long serialVersionUID = 1;

    private long min = Long.MAX_VALUE;
    private long max;

    ExactHistogram(long highest, int significantDigits) {
        super(1, highest, significantDigits);
    }

    @Override
    public void recordValue(long value) {
        super.recordValue(value);
        widen(value, value);
    }

    @Override
    public void recordValueWithCount(long value, long count) {
        super.recordValueWithCount(value, count);
        if (count > 0) {
            widen(value, value);
        }
    }

    /** Adds; what is exact in the other stays so. */
    @Override
    public void add(AbstractHistogram other) {
        long smallest = min;
        long largest = max;
        super.add(other); // may record, bucket by bucket
        min = smallest;
        max = largest;
        if (other.getTotalCount() > 0) {
            widen(other.getMinValue(), other.getMaxValue());
        }
    }

    /**
     * Takes the smallest and the largest value from elsewhere; ignored where the buckets say that
     * it cannot be so.
     */
    public void setExtremes(long smallest, long largest) {
        if (getTotalCount() > 0 && valuesAreEquivalent(smallest, min)) {
            min = smallest;
        }
        if (getTotalCount() > 0 && valuesAreEquivalent(largest, max)) {
            max = largest;
        }
    }

    @Override
    public void reset() {
        super.reset();
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

    /** The library takes the middle of each bucket, which may lie outside of what was recorded. */
    @Override
    public double getMean() {
        return getTotalCount() == 0 ? 0 : Math.min(Math.max(super.getMean(), min), max);
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
