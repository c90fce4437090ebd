package io.echo.client.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.findings.Findings;
import io.echo.client.findings.OutageEvents;
import io.echo.client.findings.OutageFindings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sentences about outages, of runs that send a probe each millisecond. */
class OutageFindingsTest {
    private static final int FLOWS = 16;

    /** A run in which nothing is answered in these spans, each two milliseconds. */
    private static Paths silent(int probes, long... spans) {
        return SimulatedRun.of(
                FLOWS,
                probes,
                (number, flow) -> {
                    for (int i = 0; i < spans.length; i += 2) {
                        if (number >= spans[i] && number < spans[i + 1]) {
                            return -1;
                        }
                    }
                    return 80_000;
                });
    }

    /** A run in which all flows go silent, and come back one after the other, one each 40 ms. */
    private static Paths restart() {
        return SimulatedRun.of(
                FLOWS,
                8_000,
                (number, flow) ->
                        number >= 2_000 && number < 3_000 + 40 * (flow * 7 % FLOWS) ? -1 : 80_000);
    }

    @Test
    void namesThemInTheOrderOfTime() {
        assertThat(Findings.of(silent(4_000, 500, 600, 1_000, 1_300, 2_000, 2_200), "udp"))
                .containsExactly(
                        "no answer for 100.0 ms, from 0.500 s on (100 probes of 16 flows); for"
                                + " 300.0 ms, from 1.000 s on (300 probes of 16 flows); for 200.0"
                                + " ms, from 2.000 s on (200 probes of 16 flows)");
        assertThat(
                        Findings.of(
                                silent(4_000, 500, 600, 1_000, 1_300, 2_000, 2_200, 2_500, 2_801),
                                "udp"))
                .containsExactly(
                        "4 outages, the longest ones: no answer for 300.0 ms, from 1.000 s on (300"
                                + " probes of 16 flows); for 200.0 ms, from 2.000 s on (200 probes"
                                + " of 16 flows); for 301.0 ms, from 2.500 s on (301 probes of 16"
                                + " flows)");
    }

    @ParameterizedTest
    @CsvSource({
        "1000, 1000, '4 outages, every 1.0 s, the longest ones: '",
        "250, 255, '4 outages, every 252 ms, the longest ones: '",
        "1000, 1099, '4 outages, every 1.0 s, the longest ones: '",
        "1000, 1120, '4 outages, the longest ones: '"
    })
    void tellsThePeriodOfOutagesAtEqualDistances(int one, int other, String said) {
        long[] starts = {500, 500 + one, 500 + one + other, 500 + 2 * one + other};
        long[] spans = new long[2 * starts.length];
        for (int i = 0; i < starts.length; i++) {
            spans[2 * i] = starts[i];
            spans[2 * i + 1] = starts[i] + 100 + i;
        }
        assertThat(Findings.of(silent(5_000, spans), "udp"))
                .singleElement()
                .asString()
                .startsWith(said);
    }

    /** Fewer than four may have any distance by chance. */
    @Test
    void tellsNoPeriodOfThree() {
        assertThat(Findings.of(silent(4_000, 500, 600, 1_500, 1_600, 2_500, 2_600), "udp"))
                .singleElement()
                .asString()
                .startsWith("no answer for 100.0 ms, from 0.500 s on ");
    }

    @Test
    void countsWhatFollowsARestartAsOneEvent() {
        Paths paths = SimulatedRun.withDowns(restart(), FLOWS);
        int all = paths.outages().list().size();
        assertThat(all).isGreaterThan(20);
        assertThat(Findings.of(paths, "tcp"))
                .containsExactly(
                        "no answer for 1.008 s, from 2.000 s on (1,008 probes of 16 flows) and "
                                + (all - 1)
                                + " shorter ones before all connections were back");
        assertThat(OutageEvents.shorter(paths)).isEqualTo(all - 1);
    }

    /** Two restarts are two, and where no connection was down there was none. */
    @Test
    void keepsApartWhatIsNoRestart() {
        Paths two = SimulatedRun.withDowns(silent(4_000, 500, 600, 617, 700), FLOWS);
        assertThat(OutageEvents.of(two)).hasSize(2);
        assertThat(OutageEvents.shorter(two)).isZero();
        assertThat(OutageEvents.shorter(restart())).isZero();
    }

    @Test
    void saysOfWhichTheLongestOutageIs() {
        assertThat(OutageFindings.longest(silent(4_000, 1_000, 1_306)))
                .isEqualTo(
                        "320.0 ms on the flow 127.0.0.1:40008 (of the service 306.0 ms, from 1.000"
                                + " s on)");
        Paths flow =
                SimulatedRun.of(
                        FLOWS, 4_000, (n, at) -> at == 3 && n > 800 && n < 2_000 ? -1 : 80_000);
        assertThat(OutageFindings.longest(flow))
                .isEqualTo("1.200 s on the flow 127.0.0.1:40003 (of the service none)");
        Paths one = SimulatedRun.of(1, 4_000, (n, at) -> n >= 1_000 && n < 1_306 ? -1 : 80_000);
        assertThat(OutageFindings.longest(one)).isEqualTo("306.0 ms, from 1.000 s on");
    }

    /** A place whose connections are all reset at once has flows without an outage of their own. */
    @Test
    void countsThatAConnectionWasDown() {
        Paths down = SimulatedRun.withDowns(silent(4_000, 1_000, 1_306), 20, 2_130.6);
        assertThat(OutageFindings.longestMs(down)).isEqualTo(2_130.6);
        assertThat(OutageFindings.longest(down))
                .isEqualTo(
                        "2.131 s without a connection (of the service 306.0 ms, from 1.000 s on)");
        Paths shorter = SimulatedRun.withDowns(silent(4_000, 1_000, 1_306), 20, 100);
        assertThat(OutageFindings.longestMs(shorter)).isEqualTo(320);
    }
}
