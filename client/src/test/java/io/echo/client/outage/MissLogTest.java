package io.echo.client.outage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Runs of probes without an answer, of a series of one each 10 ns from 1,000 on. */
class MissLogTest {
    private static final long START_NS = 1_000;
    private static final long END_NS = 2_000;
    private final MissLog log = new MissLog();

    private void miss(long number, int kind) {
        long atNs = START_NS + 10 * number;
        log.add(number, kind, atNs, number == 0 ? MissLog.UNKNOWN : atNs - 10, atNs + 10);
    }

    private List<LossRun> runs() {
        return log.runs(START_NS, END_NS, kind -> true);
    }

    @Test
    void joinsProbesThatFollowEachOther() {
        miss(3, 0);
        miss(4, 1);
        miss(5, 0);
        miss(9, 2);
        assertThat(runs())
                .containsExactly(new LossRun(20, 30, 60, 3, 1), new LossRun(80, 90, 100, 1, 1));
    }

    @Test
    void neitherCountsProbesOfAnotherKindNorEndsARunByThem() {
        miss(3, 0);
        miss(4, 1);
        miss(5, 0);
        miss(9, 2);
        assertThat(log.runs(START_NS, END_NS, kind -> kind == 0))
                .containsExactly(new LossRun(20, 30, 60, 2, 1));
        assertThat(log.runs(START_NS, END_NS, kind -> kind == 1))
                .containsExactly(new LossRun(20, 40, 60, 1, 1));
    }

    @Test
    void joinsThemInWhateverOrderTheyAreEntered() {
        for (long number : new long[] {5, 3, 9, 4}) {
            miss(number, 0);
        }
        assertThat(runs()).extracting(LossRun::probes).containsExactly(3L, 1L);
    }

    @Test
    void beginsWithTheFirstProbeAndEndsWithThePhase() {
        miss(0, 0);
        miss(99, 0);
        assertThat(runs())
                .containsExactly(new LossRun(0, 0, 10, 1, 1), new LossRun(980, 990, 1_000, 1, 1));
    }

    @Test
    void callsAnOutageWhatIsLongerThanTwoDistances() {
        miss(1, 0);
        miss(4, 0);
        miss(5, 0);
        for (int number = 10; number < 13; number++) {
            miss(number, 0);
        }
        OutageTally tally = new OutageTally(10);
        runs().forEach(tally::add);
        Outages outages = tally.outages();
        assertThat(outages.list()).containsExactly(new LossRun(90, 100, 130, 3, 1));
        assertThat(outages.longestNs()).isEqualTo(30);
        assertThat(outages.count()).isEqualTo(1);
        assertThat(outages.runs()).isEqualTo(Map.of(1L, 1L, 2L, 1L, 3L, 1L));
        // At a rate that varies one lost probe may be far from the next: it is no outage.
        assertThat(new LossRun(0, 0, 1_000, 1, 1).isOutage(10)).isFalse();
    }

    @Test
    void remembersTheLongestAlone() {
        OutageTally tally = new OutageTally(1_000);
        for (int i = 0; i < 5_000; i++) {
            long fromNs = 100_000L * i;
            tally.add(new LossRun(fromNs, fromNs, fromNs + i % 97 * 1_000, 2, 1));
        }
        Outages outages = tally.outages();
        assertThat(outages.list()).hasSize(OutageTally.LISTED);
        assertThat(outages.list()).allMatch(run -> run.lengthNs() > 70_000);
        assertThat(outages.list())
                .isSortedAccordingTo((a, b) -> Long.compare(a.fromNs(), b.fromNs()));
        assertThat(outages.count()).isEqualTo(5_000 - 3 * 52);
        assertThat(outages.longest().lengthNs()).isEqualTo(96_000);
    }
}
