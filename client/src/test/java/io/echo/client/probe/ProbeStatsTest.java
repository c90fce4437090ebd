package io.echo.client.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

class ProbeStatsTest {
    private static final List<ToLongFunction<ProbeStats>> FIGURES =
            List.of(
                    ProbeStats::sent,
                    ProbeStats::sentBytes,
                    ProbeStats::unsent,
                    ProbeStats::received,
                    ProbeStats::receivedBytes,
                    ProbeStats::lost,
                    ProbeStats::late,
                    ProbeStats::expired,
                    ProbeStats::duplicated,
                    ProbeStats::reordered,
                    ProbeStats::corrupted,
                    ProbeStats::foreign,
                    stats -> stats.latency().getTotalCount(),
                    stats -> stats.latency().getMaxValue(),
                    stats -> stats.service().getTotalCount(),
                    stats -> stats.service().getMaxValue(),
                    stats -> stats.lateness().getTotalCount(),
                    stats -> stats.lateness().getMaxValue());

    private final ProbeStats stats = new ProbeStats();

    private static List<Long> figures(ProbeStats stats) {
        return FIGURES.stream().map(figure -> figure.applyAsLong(stats)).toList();
    }

    /** Each figure another number, so that none can stand in another's place. */
    private static void fill(ProbeStats stats) {
        for (int i = 0; i < 20; i++) {
            stats.countSent(100);
            stats.recordLateness(7);
        }
        for (int i = 0; i < 13; i++) {
            stats.recordReply(64, 900, 800);
        }
        repeat(2, () -> stats.countUnsent(1));
        repeat(3, stats::countLate);
        repeat(4, stats::countDuplicated);
        repeat(5, stats::countReordered);
        repeat(6, stats::countCorrupted);
        repeat(8, stats::countForeign);
        stats.countExpired(9);
    }

    private static void repeat(int times, Runnable count) {
        for (int i = 0; i < times; i++) {
            count.run();
        }
    }

    @Test
    void tellsEveryFigureApart() {
        fill(stats);
        assertThat(figures(stats))
                .containsExactly(
                        20L, 2000L, 2L, 13L, 832L, 7L, 3L, 9L, 4L, 5L, 6L, 8L, 13L, 900L, 13L, 800L,
                        20L, 7L);
    }

    @Test
    void callsLostWhatWasSentAndNotReceived() {
        stats.countSent(64);
        stats.countUnsent(1);
        stats.countSent(64);
        stats.countCorrupted();
        stats.countSent(64);
        stats.recordReply(64, 10, 10);
        stats.countDuplicated();
        assertThat(stats.lost()).isEqualTo(2);
        assertThat(stats.sent()).isEqualTo(stats.received() + stats.lost());
    }

    @Test
    void takesAnExpiryBackWhenTheReplyComesLate() {
        stats.countSent(64);
        stats.countExpired(1);
        stats.recordReply(64, 2_000_000_000, 2_000_000_000);
        stats.countLate();
        stats.countExpired(-1);
        assertThat(stats.expired()).isZero();
        assertThat(stats.lost()).isZero();
        assertThat(stats.latency().getMaxValue()).isEqualTo(2_000_000_000);
    }

    @Test
    void addsEveryCountAndEveryTime() {
        fill(stats);
        ProbeStats other = new ProbeStats();
        other.countSent(50);
        other.recordLateness(11);
        other.recordReply(50, 1_000, 999);
        stats.add(other);
        assertThat(figures(stats))
                .containsExactly(
                        21L, 2050L, 2L, 14L, 882L, 7L, 3L, 9L, 4L, 5L, 6L, 8L, 14L, 1_000L, 14L,
                        999L, 21L, 11L);
    }

    @Test
    void countsTimesBeyondItsRangeAsTheEndsOfIt() {
        stats.recordReply(64, ProbeStats.LONGEST_NS + 1, -1);
        assertThat(stats.latency().getMaxValue()).isEqualTo(ProbeStats.LONGEST_NS);
        assertThat(stats.service().getMinValue()).isZero();
    }

    @Test
    void forgetsEverythingOnReset() {
        fill(stats);
        stats.reset();
        assertThat(figures(stats)).containsOnly(0L);
    }
}
