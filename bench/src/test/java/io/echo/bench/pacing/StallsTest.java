package io.echo.bench.pacing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The time that a generator was kept from its work. */
class StallsTest {
    private static final long MILLI = 1_000_000;

    @Test
    void addsUpWhatItsUpkeepDoesNotExplain() {
        Stalls stalls = Stalls.NONE;
        for (int i = 0; i < 20; i++) {
            stalls = stalls.and(20 * MILLI).and(12 * MILLI);
        }
        assertThat(stalls).isEqualTo(new Stalls(20 * MILLI, 400 * MILLI));
        assertThat(Stalls.NONE.and(12 * MILLI)).isEqualTo(new Stalls(12 * MILLI, 0));
    }

    @Test
    void isThatOfTheLoopThatStoodStillMost() {
        assertThat(new Stalls(3, 9).or(new Stalls(5, 7))).isEqualTo(new Stalls(5, 9));
    }

    @Test
    void isNotTheWaitForTheNextProbe() {
        assertThat(Stalls.NONE.and(12 * MILLI).exceed(1)).isFalse();
        assertThat(Stalls.NONE.and(20 * MILLI).exceed(1)).isTrue();
        assertThat(Stalls.NONE.and(20 * MILLI).exceed(20 * MILLI)).isFalse();
    }

    @Test
    void isInTheMeasuredPhaseAndWhileSomethingIsDue() {
        StallWatch watch = new StallWatch();
        watch.startAt(1_000 * MILLI);
        watch.look(100 * MILLI, true);
        watch.look(600 * MILLI, true); // in the warm-up
        assertThat(watch.seen()).isEqualTo(Stalls.NONE);
        watch.look(1_300 * MILLI, true);
        assertThat(watch.seen()).isEqualTo(new Stalls(300 * MILLI, 300 * MILLI));
        watch.look(1_310 * MILLI, false);
        watch.look(2_000 * MILLI, false); // nothing was due
        assertThat(watch.seen()).isEqualTo(new Stalls(300 * MILLI, 300 * MILLI));
    }
}
