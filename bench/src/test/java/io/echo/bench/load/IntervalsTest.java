package io.echo.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.probe.ProbeStats;
import org.junit.jupiter.api.Test;

/** Intervals add up to the totals, whatever is known late. */
class IntervalsTest {
    private final Intervals intervals = new Intervals();

    private void add(double toS, long lost) {
        intervals.add(toS, new ProbeStats(), lost, 0, true);
    }

    @Test
    void takesALateReplyOutOfTheIntervalInWhichItsProbeWasGivenUp() {
        add(1, 8);
        add(2, 3);
        add(3, -5);
        assertThat(intervals.all()).extracting(Interval::lost).containsExactly(6L, 0L, 0L);
        intervals.addLast(4, new ProbeStats(), 4, true);
        assertThat(intervals.all()).extracting(Interval::lost).containsExactly(4L, 0L, 0L, 0L);
    }

    @Test
    void putsWhatIsLostAndInNoneIntoTheLast() {
        add(1, 8);
        intervals.addLast(2, new ProbeStats(), 10, true);
        assertThat(intervals.all()).extracting(Interval::lost).containsExactly(8L, 2L);
    }
}
