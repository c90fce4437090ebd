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
                    tally -> tally.latency().getTotalCount(),
                    tally -> tally.latency().getMaxValue(),
                    tally -> tally.service().getTotalCount(),
                    tally -> tally.service().getMaxValue(),
                    tally -> tally.lateness().getTotalCount(),
                    tally -> tally.lateness().getMaxValue());

    private final ProbeStats tally = new ProbeStats();

    private static List<Long> figures(ProbeStats tally) {
        return FIGURES.stream().map(figure -> figure.applyAsLong(tally)).toList();
    }

    /** Each figure another number, so that none can stand in another's place. */
    private static void fill(ProbeStats tally) {
        for (int i = 0; i < 20; i++) {
            tally.countSent(100);
            tally.recordLateness(7);
        }
        for (int i = 0; i < 13; i++) {
            tally.recordReply(64, 900, 800);
        }
        repeat(2, tally::countUnsent);
        repeat(3, tally::countLate);
        repeat(4, tally::countDuplicated);
        repeat(5, tally::countReordered);
        repeat(6, tally::countCorrupted);
        repeat(8, tally::countForeign);
        tally.countExpired(9);
    }

    private static void repeat(int times, Runnable count) {
        for (int i = 0; i < times; i++) {
            count.run();
        }
    }

    @Test
    void tellsEveryFigureApart() {
        fill(tally);
        assertThat(figures(tally))
                .containsExactly(
                        20L, 2000L, 2L, 13L, 832L, 7L, 3L, 9L, 4L, 5L, 6L, 8L, 13L, 900L, 13L, 800L,
                        20L, 7L);
    }

    @Test
    void callsLostWhatWasSentAndNotReceived() {
        tally.countSent(64);
        tally.countUnsent();
        tally.countSent(64);
        tally.countCorrupted();
        tally.countSent(64);
        tally.recordReply(64, 10, 10);
        tally.countDuplicated();
        assertThat(tally.lost()).isEqualTo(2);
        assertThat(tally.sent()).isEqualTo(tally.received() + tally.lost());
    }

    @Test
    void takesAnExpiryBackWhenTheReplyComesLate() {
        tally.countSent(64);
        tally.countExpired(1);
        tally.recordReply(64, 2_000_000_000, 2_000_000_000);
        tally.countLate();
        tally.countExpired(-1);
        assertThat(tally.expired()).isZero();
        assertThat(tally.lost()).isZero();
        assertThat(tally.latency().getMaxValue()).isEqualTo(2_000_000_000);
    }

    @Test
    void addsEveryCountAndEveryTime() {
        fill(tally);
        ProbeStats other = new ProbeStats();
        other.countSent(50);
        other.recordLateness(11);
        other.recordReply(50, 1_000, 999);
        tally.add(other);
        assertThat(figures(tally))
                .containsExactly(
                        21L, 2050L, 2L, 14L, 882L, 7L, 3L, 9L, 4L, 5L, 6L, 8L, 14L, 1_000L, 14L,
                        999L, 21L, 11L);
    }

    @Test
    void countsTimesBeyondItsRangeAsTheEndsOfIt() {
        tally.recordReply(64, ProbeStats.LONGEST_NS + 1, -1);
        assertThat(tally.latency().getMaxValue()).isEqualTo(ProbeStats.LONGEST_NS);
        assertThat(tally.service().getMinValue()).isZero();
    }

    @Test
    void forgetsEverythingOnReset() {
        fill(tally);
        tally.reset();
        assertThat(figures(tally)).containsOnly(0L);
    }
}
