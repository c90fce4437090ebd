package io.echo.client.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.findings.Findings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs in which nothing is wrong, and ones in which something is: only these are named. */
class FalseAlarmsTest {
    private static final int RUNS = 200;

    /** Allows 5 % of a thousand runs with losses at random to name something. */
    @Test
    void chanceNamesNothing() {
        assertThat(alarms(1_000, 64, 3_200, 0.01)).hasSizeLessThanOrEqualTo(50);
    }

    @ParameterizedTest
    @CsvSource({"64, 640", "16, 1600", "2, 200", "500, 2000"})
    @Tag("long")
    void norDoesItWithOtherFlows(int flows, int probes) {
        assertThat(alarms(RUNS, flows, probes, 0.01)).hasSizeLessThanOrEqualTo(RUNS / 20);
    }

    @ParameterizedTest
    @CsvSource({"0.001", "0.1", "0.5", "0.95"})
    @Tag("long")
    void norDoesItAtAnotherLoss(double loss) {
        assertThat(alarms(RUNS, 64, 3_200, loss)).hasSizeLessThanOrEqualTo(RUNS / 20);
    }

    private static List<String> alarms(int runs, int flows, int probes, double loss) {
        SplittableRandom random = new SplittableRandom(17);
        Random gauss = new Random(17);
        List<String> alarms = new ArrayList<>();
        for (int run = 0; run < runs; run++) {
            Paths paths =
                    SimulatedRun.of(
                            flows,
                            probes,
                            (number, flow) ->
                                    random.nextDouble() < loss
                                            ? -1
                                            : (long) (80_000 * Math.exp(gauss.nextGaussian())));
            List<String> found = Findings.of(paths, "udp");
            if (!found.isEmpty()) {
                alarms.add(found.get(0));
            }
        }
        return alarms;
    }

    /** Bursts of the line hit whoever is on it: 20 ms of loss, once a second on average. */
    @Test
    void burstsOnTheLineAreNoFaultOfAFlow() {
        SplittableRandom random = new SplittableRandom(18);
        int alarms = 0;
        for (int run = 0; run < RUNS; run++) {
            int[] left = {0};
            Paths paths =
                    SimulatedRun.of(
                            64,
                            3_200,
                            (number, flow) -> {
                                left[0] = random.nextInt(1_000) == 0 ? 20 : left[0] - 1;
                                return left[0] > 0 ? -1 : 80_000;
                            });
            alarms += paths.bad() > 0 ? 1 : 0;
        }
        assertThat(alarms).isLessThanOrEqualTo(RUNS / 20);
    }

    /** Flows that are opened after a restart meet a server that is slow for all of them. */
    @Test
    void timesOfTheServiceAreNoFaultOfAFlow() {
        Paths paths =
                SimulatedRun.of(
                        64,
                        6_400,
                        (number, flow) ->
                                number < 3_200 == flow < 32
                                        ? number < 3_200 ? 200_000 : 2_000_000
                                        : -1);
        assertThat(paths.flows())
                .noneMatch(flow -> flow.fault().equals(Optional.of(FlowResult.Fault.SLOW)));
    }

    /** Each flow loses a few probes in a row, now and then. */
    @Test
    void burstsThatEachFlowHasAreNoFaultOfOne() {
        SplittableRandom random = new SplittableRandom(22);
        int alarms = 0;
        for (int run = 0; run < RUNS; run++) {
            int[] left = new int[16];
            Paths paths =
                    SimulatedRun.of(
                            16,
                            3_200,
                            (number, flow) -> {
                                left[flow] = random.nextInt(40) == 0 ? 4 : left[flow] - 1;
                                return left[flow] > 0 ? -1 : 80_000;
                            });
            alarms += paths.bad() > 0 ? 1 : 0;
        }
        assertThat(alarms).isLessThanOrEqualTo(RUNS / 20);
    }

    /** Their losses are one run each, and all of one time; the others answer meanwhile. */
    @ParameterizedTest
    @CsvSource({"16, 0", "16, 0.01", "8, 0.01", "64, 0"})
    void namesFlowsThatStopInMidRun(int oneOf, double loss) {
        SplittableRandom random = new SplittableRandom(23);
        Paths paths =
                SimulatedRun.of(
                        64,
                        6_400,
                        (number, flow) ->
                                flow % oneOf == 3 && number > 1_900 || random.nextDouble() < loss
                                        ? -1
                                        : 80_000);
        assertThat(paths.with(FlowResult.Fault.STOPPED))
                .extracting(flow -> Integer.parseInt(flow.local().substring(10)) % oneOf)
                .hasSize(64 / oneOf)
                .containsOnly(3);
        assertThat(Findings.of(paths, "udp").toString())
                .containsPattern(
                        "^\\[\\d of 64 flows stopped being answered, from 1\\.[89] s on: ");
        assertThat(paths.lossEvenP().orElseThrow()).isLessThan(0.001);
    }

    /** One of two, or of four, places stops for good; neighbours or every other one. */
    @ParameterizedTest
    @CsvSource({"2, 0", "2, 0.01", "4, 0.02"})
    void namesAPartOfTheFlowsThatStopsForGood(int oneOf, double loss) {
        SplittableRandom random = new SplittableRandom(31);
        for (boolean neighbours : new boolean[] {false, true}) {
            Paths paths =
                    SimulatedRun.of(
                            16,
                            10_000,
                            (number, flow) ->
                                    (neighbours ? flow < 16 / oneOf : flow % oneOf == 1)
                                                            && number >= 5_000
                                                    || random.nextDouble() < loss
                                            ? -1
                                            : 80_000);
            assertThat(paths.with(FlowResult.Fault.STOPPED)).hasSize(16 / oneOf);
            assertThat(paths.bad()).isEqualTo(16 / oneOf);
            assertThat(Findings.of(paths, "udp").get(0))
                    .startsWith(16 / oneOf + " of 16 flows stopped being answered, ")
                    .contains("from " + (loss == 0 ? "5.0" : ""))
                    .contains(". To go on from here: mtr -u -L ");
            assertThat(paths.outages().longestNs()).isLessThan(20_000_000);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 1_000, 5_000})
    void anOutageAtTheEndIsNoFaultOfTheFlows(int last) {
        SplittableRandom random = new SplittableRandom(32);
        for (int run = 0; run < 20; run++) {
            Paths paths =
                    SimulatedRun.of(
                            16,
                            10_000,
                            (number, flow) ->
                                    number >= 10_000 - last && number != 9_800
                                                    || random.nextDouble() < 0.02
                                            ? -1
                                            : random.nextInt(200_000_000));
            assertThat(paths.bad()).isZero();
            assertThat(paths.outages().longestNs()).isGreaterThan(last / 3 * 1_000_000L);
        }
    }

    /** Each flow is away for a third of a second, some of them at the end. */
    @Test
    void anOutageThatEachFlowHasIsNoFaultOfTheLast() {
        SplittableRandom random = new SplittableRandom(33);
        int alarms = 0;
        for (int run = 0; run < RUNS; run++) {
            int[] from = random.ints(16, 0, 10_000).toArray();
            Paths paths =
                    SimulatedRun.of(
                            16,
                            10_000,
                            (n, flow) -> n >= from[flow] && n < from[flow] + 333 ? -1 : 80_000);
            alarms += paths.bad() > 0 ? 1 : 0;
        }
        assertThat(alarms).isLessThanOrEqualTo(RUNS / 100);
    }

    @Test
    void namesHalfOfTheFlowsThatLoseMore() {
        SplittableRandom random = new SplittableRandom(34);
        int named = 0;
        for (int run = 0; run < 50; run++) {
            Paths paths =
                    SimulatedRun.of(
                            16,
                            10_000,
                            (n, flow) ->
                                    random.nextDouble() < (flow % 2 == 1 ? 0.1 : 0.005)
                                            ? -1
                                            : 80_000);
            named += paths.with(FlowResult.Fault.LOSSY).size() == 8 ? 1 : 0;
            assertThat(paths.with(FlowResult.Fault.LOSSY))
                    .allMatch(flow -> flow.local().matches(".*[13579]"));
        }
        assertThat(named).isGreaterThanOrEqualTo(48);
    }

    @Test
    @Tag("long")
    void spreadIsAsLikelyAsItIsSaidToBe() {
        SplittableRandom random = new SplittableRandom(19);
        int[] below = new int[3];
        double[] levels = {0.01, 0.1, 0.5};
        for (int run = 0; run < RUNS; run++) {
            Paths paths =
                    SimulatedRun.of(
                            64, 3_200, (n, flow) -> random.nextDouble() < 0.02 ? -1 : 80_000);
            double p = paths.lossEvenP().orElseThrow();
            for (int i = 0; i < levels.length; i++) {
                below[i] += p <= levels[i] ? 1 : 0;
            }
        }
        for (int i = 0; i < levels.length; i++) {
            double sigma = Math.sqrt(RUNS * levels[i] * (1 - levels[i]));
            assertThat((double) below[i])
                    .as("p at most %s", levels[i])
                    .isLessThan(RUNS * levels[i] + 4 * sigma);
        }
        assertThat(below[2]).isGreaterThan(RUNS / 3);
    }

    @Test
    void namesADeadALossyAndASlowFlowBesideLossAtRandom() {
        SplittableRandom random = new SplittableRandom(20);
        long more = 0;
        for (int run = 0; run < 50; run++) {
            Paths paths =
                    SimulatedRun.of(
                            64,
                            6_400,
                            (number, flow) -> {
                                double loss = flow == 3 ? 1 : flow == 19 ? 0.3 : 0.01;
                                return random.nextDouble() < loss
                                        ? -1
                                        : flow == 7 ? 400_000 : 80_000;
                            });
            assertThat(paths.dead()).isEqualTo(1);
            more += paths.bad() - 3;
            assertThat(paths.flows().get(0).local()).isEqualTo("127.0.0.1:40003");
            assertThat(paths.flows().get(1).local()).isEqualTo("127.0.0.1:40019");
            assertThat(paths.with(FlowResult.Fault.SLOW))
                    .extracting(FlowResult::local)
                    .contains("127.0.0.1:40007");
            assertThat(paths.lossEvenP().orElseThrow()).isLessThan(0.001);
            assertThat(Findings.of(paths, "udp").get(0))
                    .isEqualTo(
                            "1 of 64 flows lost everything: 127.0.0.1:40003. To go on from here:"
                                    + " mtr -u -L 40003 -P 2105 127.0.0.1");
        }
        assertThat(more).isLessThanOrEqualTo(4);
    }

    @Test
    void callsNoFlowBadByADifferenceThatIsSmall() {
        SplittableRandom random = new SplittableRandom(21);
        Paths paths =
                SimulatedRun.of(
                        2,
                        1_000_000,
                        (n, flow) ->
                                random.nextDouble() < (flow == 0 ? 0.001 : 0.002)
                                        ? -1
                                        : flow == 0 ? 80_000 : 130_000);
        assertThat(paths.bad()).isZero();
        assertThat(paths.lossEvenP().orElseThrow()).isLessThan(0.001);
    }

    @Test
    void anOutageOfTheServiceMakesNoFlowBad() {
        Paths paths =
                SimulatedRun.of(
                        64,
                        6_400,
                        (number, flow) -> number >= 2_000 && number < 2_312 ? -1 : 80_000);
        assertThat(paths.bad()).isZero();
        assertThat(paths.outages().list()).hasSize(1);
        assertThat(paths.outages().longestNs()).isEqualTo(312_000_000);
        assertThat(Findings.of(paths, "udp"))
                .containsExactly(
                        "no answer for 312.0 ms, from 2.000 s on (312 probes of 64 flows)");
    }

    /** The replies of the last 1.2 s do not come before the end of the run, and are lost. */
    @Test
    void callsAFlowSlowWhoseRepliesComeAfterTheTimeout() {
        Paths paths =
                SimulatedRun.of(
                        16,
                        8_000,
                        (n, flow) -> flow != 5 ? 80_000 : n < 6_800 ? 1_200_000_000L : -1);
        assertThat(Findings.of(paths, "udp"))
                .singleElement()
                .asString()
                .startsWith("1 of 16 flows is slow, p50 up to 120")
                .contains(" ms (beyond --timeout), of the others 0.08")
                .endsWith(": 127.0.0.1:40005");
    }

    /** A command is for a shell, and a merged result comes from a file. */
    @Test
    void makesNoCommandOfWhatIsNoAddress() {
        Paths paths = SimulatedRun.of(8, 800, (number, flow) -> flow == 3 ? -1 : 80_000);
        FlowResult dead = paths.flows().get(0);
        String command = "traceroute -T --sport=40003 -p 2105 127.0.0.1";
        assertThat(Findings.of(paths, "tcp").get(0)).endsWith(command);
        Paths strange = SimulatedRun.withRemote(paths, "10.0.0.1$(reboot):2105");
        assertThat(Findings.of(strange, "tcp").get(0)).endsWith(dead.local());
    }

    /** In the order of all probes they lose several in a row, which is no outage of the others. */
    @ParameterizedTest
    @CsvSource({"3, 64, 1", "12, 16, 1", "4, 64, 0.5"})
    void namesBadFlowsNextToEachOther(int bad, int flows, double loss) {
        SplittableRandom random = new SplittableRandom(22);
        Paths paths =
                SimulatedRun.of(
                        flows,
                        200 * flows,
                        (n, flow) ->
                                flow >= 2 && flow < 2 + bad && random.nextDouble() < loss
                                        ? -1
                                        : 80_000);
        assertThat(paths.bad()).isEqualTo(bad);
        assertThat(paths.dead()).isEqualTo(loss == 1 ? bad : 0);
        assertThat(paths.othersLoss()).isZero();
        assertThat(Findings.named(paths)).isEmpty();
        assertThat(Findings.of(paths, "udp")).hasSize(1);
    }

    @Test
    void findsAnOutageOfTheOthersBesideDeadFlows() {
        Paths paths =
                SimulatedRun.of(
                        8, 4_000, (n, flow) -> flow < 3 || n >= 2_000 && n < 2_400 ? -1 : 80_000);
        assertThat(paths.dead()).isEqualTo(3);
        assertThat(paths.outages().list()).hasSize(1);
        assertThat(paths.outages().longestNs()).isBetween(397_000_000L, 403_000_000L);
    }
}
