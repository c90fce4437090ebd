package io.echo.client.outage;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.probe.Rate;
import io.echo.client.probe.Schedule;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs of losses, and which of them are outages. */
class LossRunTest {
    private static final int PROBES = 20_000;

    /** Their times are whole nanoseconds, whatever the rate: that decides nothing. */
    @ParameterizedTest
    @ValueSource(strings = {"3000", "1000", "7", "33333"})
    void threeInARowAreAnOutageAndTwoAreNot(String rate) {
        Schedule schedule = new Schedule(0, Rate.parse("--rate", rate));
        double distanceNs = (double) schedule.intendedNs(PROBES) / PROBES;
        for (int first = 1; first < PROBES - 3; first++) {
            assertThat(run(schedule, first, 2).isOutage(distanceNs)).isFalse();
            assertThat(run(schedule, first, 3).isOutage(distanceNs)).isTrue();
        }
    }

    private static LossRun run(Schedule schedule, int first, int probes) {
        return new LossRun(
                schedule.intendedNs(first - 1),
                schedule.intendedNs(first),
                schedule.intendedNs(first + probes),
                probes,
                1);
    }
}
