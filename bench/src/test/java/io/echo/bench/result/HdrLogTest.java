package io.echo.bench.result;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.bench.load.Interval;
import io.echo.client.probe.ProbeStats;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.HistogramLogReader;
import org.assertj.core.api.Assertions;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** The times of an interval log are those of the run, whatever clock is set meanwhile. */
class HdrLogTest {
    @Test
    void placesIntervalsOneAfterTheOther() {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        HdrLog log = new HdrLog(file);
        Instant started = Instant.parse("2026-01-02T03:04:05.678Z");
        log.measuring(started);
        double[] ends = {1, 2.006, 5.25, 5.26};
        double fromS = 0;
        for (double toS : ends) {
            log.interval(interval(fromS, toS), new ProbeStats(), false);
            fromS = toS;
        }
        List<Double> times = new ArrayList<>();
        HistogramLogReader reader =
                new HistogramLogReader(new ByteArrayInputStream(file.toByteArray()));
        for (EncodableHistogram next = reader.nextIntervalHistogram();
                next != null;
                next = reader.nextIntervalHistogram()) {
            if (next.getTag() == null) {
                times.add(next.getStartTimeStamp() / 1e3);
                times.add(next.getEndTimeStamp() / 1e3);
            }
        }
        assertThat(times).hasSize(2 * ends.length);
        assertThat(times.get(0)).isCloseTo(started.toEpochMilli() / 1e3, within());
        for (int i = 0; i < ends.length; i++) {
            double from = times.get(2 * i) - times.get(0);
            assertThat(from).isCloseTo(i == 0 ? 0 : ends[i - 1], within());
            assertThat(times.get(2 * i + 1) - times.get(0)).isCloseTo(ends[i], within());
        }
    }

    private static Offset<Double> within() {
        return Assertions.within(0.0011);
    }

    private static Interval interval(double fromS, double toS) {
        return new Interval(
                fromS, toS, 0, 0, 0, 0, 0, 0, 0, 0, 0, Optional.empty(), Optional.empty());
    }
}
