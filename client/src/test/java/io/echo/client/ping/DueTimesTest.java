package io.echo.client.ping;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Times of probes, of which some were slept through. */
class DueTimesTest {
    private static final long START_NS = -500;
    private static final long INTERVAL_NS = 10;

    private final DueTimes due = new DueTimes(INTERVAL_NS);

    @Test
    void knowsWhenEachWasDue() {
        long[] timesNs = {0, 10, 20, 60, 70, 100};
        for (long ns : timesNs) {
            due.sent(START_NS + ns);
        }
        for (int i = 0; i < timesNs.length; i++) {
            assertThat(due.applyAsLong(i)).isEqualTo(START_NS + timesNs[i]);
        }
        assertThat(due.startNs()).isEqualTo(START_NS);
        assertThat(due.lengthNs()).isEqualTo(110);
        assertThat(due.idleNs()).isEqualTo(50);
    }

    @Test
    void endsWithThePingOrAnIntervalAfterTheLast() {
        due.sent(START_NS);
        due.end(START_NS + 3);
        assertThat(due.applyAsLong(1)).isEqualTo(START_NS + 3);
        due.end(START_NS + 300);
        assertThat(due.applyAsLong(1)).isEqualTo(START_NS + 10);
        assertThat(due.applyAsLong(9)).isEqualTo(START_NS + 10);
    }

    /**
     * A million gaps take no more memory than a quarter of them, and the times keep their order.
     */
    @Test
    void staysNearTheTimesWhenThereAreVeryManyGaps() {
        for (int i = 0; i < 1_000_000; i++) {
            due.sent(START_NS + 2 * INTERVAL_NS * i);
        }
        long beforeNs = Long.MIN_VALUE;
        for (int i = 0; i < 1_000_000; i++) {
            long ns = due.applyAsLong(i);
            assertThat(ns > beforeNs).isTrue();
            assertThat(START_NS + 2 * INTERVAL_NS * i - ns).isBetween(0L, 10 * INTERVAL_NS);
            beforeNs = ns;
        }
    }
}
