package io.echo.client.probe;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExactHistogramTest {
    private static final long ODD_NS = 3_648_123;

    private final ExactHistogram histogram = ProbeStats.newHistogram();

    @Test
    void keepsTheSmallestAndTheLargestExactly() {
        histogram.recordValue(ODD_NS);
        assertThat(histogram.getMinValue()).isEqualTo(ODD_NS);
        assertThat(histogram.getMaxValue()).isEqualTo(ODD_NS);
        histogram.recordValue(ODD_NS + 1);
        histogram.recordValue(ODD_NS - 1);
        assertThat(histogram.getMinValue()).isEqualTo(ODD_NS - 1);
        assertThat(histogram.getMaxValue()).isEqualTo(ODD_NS + 1);
    }

    @Test
    void showsNoPercentileAboveTheLargest() {
        histogram.recordValue(ODD_NS);
        assertThat(histogram.getValueAtPercentile(50)).isEqualTo(ODD_NS);
        assertThat(histogram.getValueAtPercentile(99.99)).isEqualTo(ODD_NS);
        assertThat(LatencyUs.of(histogram).orElseThrow().p999()).isEqualTo(3_648.123);
    }

    @Test
    void showsNoMeanBeyondWhatWasRecorded() {
        assertThat(histogram.getMean()).isZero();
        histogram.recordValue(ODD_NS);
        histogram.recordValue(ODD_NS);
        assertThat(histogram.getMean()).isEqualTo(ODD_NS);
    }

    @Test
    void keepsTheMeanExactly() {
        ExactHistogram other = ProbeStats.newHistogram();
        other.recordValueWithCount(ODD_NS, 3);
        histogram.recordValue(ODD_NS + 2);
        histogram.recordValue(ODD_NS + 4);
        assertThat(histogram.getMean()).isEqualTo(ODD_NS + 3);
        histogram.add(other);
        assertThat(histogram.getMean()).isEqualTo(ODD_NS + 1.2);
        histogram.setMean(ODD_NS + 1);
        assertThat(histogram.getMean()).isEqualTo(ODD_NS + 1);
        histogram.reset();
        histogram.recordValue(ODD_NS);
        assertThat(histogram.getMean()).isEqualTo(ODD_NS);
    }

    @Test
    void addsExactly() {
        ExactHistogram other = ProbeStats.newHistogram();
        other.recordValue(ODD_NS);
        histogram.recordValue(7);
        histogram.add(other);
        histogram.add(ProbeStats.newHistogram());
        assertThat(histogram.getMinValue()).isEqualTo(7);
        assertThat(histogram.getMaxValue()).isEqualTo(ODD_NS);
        assertThat(histogram.getTotalCount()).isEqualTo(2);
    }

    @Test
    void forgetsOnReset() {
        histogram.recordValue(ODD_NS);
        histogram.reset();
        assertThat(histogram.getMinValue()).isZero();
        assertThat(histogram.getMaxValue()).isZero();
        histogram.recordValue(0);
        histogram.recordValue(5);
        assertThat(histogram.getMinValue()).isZero();
        assertThat(histogram.getMaxValue()).isEqualTo(5);
    }

    @Test
    void takesOnlyExtremesThatItsBucketsAllow() {
        histogram.recordValue(ODD_NS);
        histogram.setExtremes(ODD_NS - 100, ODD_NS + 100_000_000);
        assertThat(histogram.getMinValue()).isEqualTo(ODD_NS - 100);
        assertThat(histogram.getMaxValue()).isEqualTo(ODD_NS);
    }
}
