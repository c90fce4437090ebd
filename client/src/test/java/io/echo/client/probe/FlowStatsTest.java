package io.echo.client.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The figures and the course of one flow. */
class FlowStatsTest {
    private static final long START_NS = Long.MAX_VALUE - 1_000;
    private static final long MS = 1_000_000;
    private final FlowStats stats = new FlowStats();

    @BeforeEach
    void start() {
        stats.startAt(START_NS);
    }

    private void reply(long atMs, long tookNs) {
        long intendedNs = START_NS + atMs * MS;
        stats.replied(intendedNs, tookNs, intendedNs + tookNs, false);
    }

    @Test
    void keepsItsCourseInSpansThatDouble() {
        for (int ms = 0; ms < 60_000; ms += 10) {
            if (ms >= 20_000 && ms < 30_000) {
                stats.missed(START_NS + ms * MS);
            } else {
                reply(ms, 1_000);
            }
        }
        long spanNs = 1L << stats.shift();
        assertThat(60_000 * MS / spanNs).isBetween(64L, 128L);
        long answered = 0;
        long missed = 0;
        for (int cell = 0; cell < FlowStats.CELLS; cell++) {
            answered += stats.inTime(cell);
            missed += stats.missed(cell);
            assertThat(stats.latencyNs(cell)).isEqualTo(1_000L * stats.inTime(cell));
            boolean within = cell * spanNs >= 20_000 * MS && (cell + 1) * spanNs <= 30_000 * MS;
            assertThat(within && stats.inTime(cell) > 0).as("cell %d", cell).isFalse();
        }
        assertThat(answered).isEqualTo(5_000);
        assertThat(missed).isEqualTo(1_000);
    }

    @Test
    void knowsItsFiguresOnceItIsSettled() {
        for (int i = 1; i <= 1_000; i++) {
            reply(i, i * 1_000L);
        }
        long p50Ns = stats.p50Ns();
        assertThat(p50Ns / 1e3).isCloseTo(500, within(5.0));
        assertThat(stats.p99Ns() / 1e3).isCloseTo(990, within(10.0));
        stats.settle();
        assertThat(stats.latency()).isEmpty();
        assertThat(stats.p50Ns()).isEqualTo(p50Ns);
        assertThat(stats.received()).isEqualTo(1_000);
        assertThat(stats.firstReplyNs()).isEqualTo(MS + 1_000);
        assertThat(stats.lastReplyNs()).isEqualTo(1_000 * MS + 1_000_000);
        assertThat(stats.inTime(0)).isZero();
    }

    @Test
    void countsALateReplyAsMissedAlone() {
        long intendedNs = START_NS + MS;
        stats.missed(intendedNs);
        stats.replied(intendedNs, 2_000 * MS, intendedNs + 2_000 * MS, true);
        assertThat(stats.received()).isEqualTo(1);
        assertThat(stats.late()).isEqualTo(1);
        assertThat(stats.inTime(0)).isZero();
        assertThat(stats.missed(0)).isEqualTo(1);
    }
}
