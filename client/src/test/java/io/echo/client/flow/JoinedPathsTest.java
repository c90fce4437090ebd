package io.echo.client.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.echo.client.findings.Findings;
import io.echo.client.outage.LossRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The flows and outages of several generators as one. */
class JoinedPathsTest {
    private static final int PROBES = 4_000;
    private static final long SECOND_NS = 1_000_000_000;
    private static final long LENGTH_NS = 4 * SECOND_NS;
    private static final long LATER_NS = 50_000_000;

    /** A generator that began so much later, and whose probes were lost from and until a time. */
    private static JoinedPaths.Part part(long fromNs, int flows, long lostNs, long answeredNs) {
        Paths paths =
                SimulatedRun.of(
                        flows,
                        PROBES,
                        (number, flow) -> {
                            long atNs = fromNs + number * SECOND_NS / 1_000;
                            return atNs >= lostNs && atNs < answeredNs ? -1 : 80_000;
                        });
        return new JoinedPaths.Part(paths, fromNs, fromNs + LENGTH_NS, PROBES, Optional.empty());
    }

    @Test
    void findsAnOutageThatAllOfThemSaw() {
        Paths paths =
                JoinedPaths.of(
                        List.of(
                                part(0, 4, 2 * SECOND_NS, 2_300_000_000L),
                                part(LATER_NS, 4, 2_100_000_000L, 2_400_000_000L)),
                        true);
        assertThat(paths.outages().list()).hasSize(1);
        LossRun outage = paths.outages().longest();
        assertThat(outage.fromNs() / 1e6).isCloseTo(2_100, within(1.1));
        assertThat(outage.toNs() / 1e6).isCloseTo(2_300, within(1.1));
        assertThat(outage.flows()).isEqualTo(8);
        assertThat(paths.sent()).isEqualTo(2 * PROBES);
        assertThat(paths.total()).isEqualTo(8);
        assertThat(paths.outages().runs()).containsEntry(300L, 2L);
    }

    @Test
    void findsNoneWhereOneHadAnswers() {
        Paths paths =
                JoinedPaths.of(
                        List.of(part(0, 4, 2 * SECOND_NS, 2_300_000_000L), part(LATER_NS, 4, 0, 0)),
                        true);
        assertThat(paths.outages().list()).isEmpty();
    }

    /** A generator that has not begun, or has ended, cannot tell of an answer. */
    @Test
    void findsAnOutageAtTheEdgesOfTheRuns() {
        Paths paths =
                JoinedPaths.of(
                        List.of(part(0, 4, 0, 200_000_000), part(LATER_NS, 4, 0, 200_000_000)),
                        true);
        assertThat(paths.outages().longestNs() / 1e6).isCloseTo(200, within(1.1));
    }

    @Test
    void listsTheOutagesOfEachWhereTheyWereNotUnderWayTogether() {
        Paths paths =
                JoinedPaths.of(
                        List.of(
                                part(0, 4, 2 * SECOND_NS, 2_300_000_000L),
                                part(9 * SECOND_NS, 4, 11 * SECOND_NS, 11_100_000_000L)),
                        false);
        assertThat(paths.outages().list())
                .extracting(run -> run.lengthNs() / 1_000_000)
                .containsExactly(300L, 100L);
    }

    /** Each generator has one flow, and so nobody to compare it with. */
    @Test
    void namesAFlowThatIsBadAmongThoseOfOthers() {
        SplittableRandom random = new SplittableRandom(5);
        List<JoinedPaths.Part> parts = new ArrayList<>();
        for (int generator = 0; generator < 4; generator++) {
            double loss = generator == 2 ? 0.2 : 0.001;
            Paths paths =
                    SimulatedRun.of(
                            1, PROBES, (n, flow) -> random.nextDouble() < loss ? -1 : 80_000);
            assertThat(paths.bad()).isZero();
            parts.add(new JoinedPaths.Part(paths, 0, LENGTH_NS, PROBES, Optional.empty()));
        }
        Paths joined = JoinedPaths.of(parts, true);
        assertThat(joined.bad()).isEqualTo(1);
        assertThat(joined.flows().get(0).loss()).isCloseTo(0.2, within(0.03));
        assertThat(joined.lossEvenP().orElseThrow()).isLessThan(0.01);
    }

    /** Each generator has one flow; half of these stop, or all do, or they lose more. */
    private static Paths four(SimulatedRun.Fate odd, SimulatedRun.Fate even) {
        List<JoinedPaths.Part> parts = new ArrayList<>();
        for (int generator = 0; generator < 4; generator++) {
            Paths paths = SimulatedRun.of(1, PROBES, generator % 2 == 1 ? odd : even);
            assertThat(paths.bad()).isZero();
            parts.add(new JoinedPaths.Part(paths, 0, LENGTH_NS, PROBES, Optional.empty()));
        }
        return JoinedPaths.of(parts, true);
    }

    @Test
    void namesHalfOfTheFlowsThatStop() {
        Paths joined = four((n, flow) -> n < 2_000 ? 80_000 : -1, (n, flow) -> 80_000);
        assertThat(joined.with(FlowResult.Fault.STOPPED)).hasSize(2);
        assertThat(Findings.of(joined, "udp").get(0))
                .startsWith("2 of 4 flows stopped being answered, from 2.0 s on: ");
        assertThat(four((n, f) -> n < 3_700 ? 80_000 : -1, (n, f) -> n < 3_700 ? 80_000 : -1).bad())
                .isZero();
    }

    @Test
    void namesHalfOfTheFlowsThatLoseMore() {
        SplittableRandom random = new SplittableRandom(6);
        Paths joined =
                four(
                        (n, flow) -> random.nextInt(10) == 0 ? -1 : 80_000,
                        (n, flow) -> random.nextInt(1_000) == 0 ? -1 : 80_000);
        assertThat(joined.with(FlowResult.Fault.LOSSY)).hasSize(2);
    }

    /** A restart ends connections, which come back one after the other. */
    @Test
    void blamesNoFlowForTheWaitForItsConnection() {
        List<JoinedPaths.Part> parts = new ArrayList<>();
        for (int generator = 0; generator < 4; generator++) {
            int backAt = 2_000 + 400 * generator;
            Paths paths =
                    SimulatedRun.of(1, PROBES, (n, f) -> n >= 2_000 && n < backAt ? -1 : 80_000);
            parts.add(
                    new JoinedPaths.Part(
                            SimulatedRun.withDowns(paths, 1),
                            0,
                            LENGTH_NS,
                            PROBES,
                            Optional.empty()));
        }
        Paths joined = JoinedPaths.of(parts, true);
        assertThat(joined.bad()).isZero();
        assertThat(joined.lossEvenP()).isEmpty();
    }

    /** A generator that loses probes at random, alike on all of its flows. */
    private static JoinedPaths.Part random(
            SplittableRandom random, int flows, double loss, String name) {
        Paths paths =
                SimulatedRun.of(
                        flows, PROBES, (n, flow) -> random.nextDouble() < loss ? -1 : 80_000);
        return new JoinedPaths.Part(
                paths, 0, LENGTH_NS, PROBES, Optional.of(name).filter(text -> !text.isEmpty()));
    }

    /** No flow is named for what all flows of its generator lose. */
    @ParameterizedTest
    @ValueSource(doubles = {0.02, 0.1})
    void namesTheGeneratorThatLosesMoreAndNoneOfItsFlows(double loss) {
        for (int seed = 0; seed < 50; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            JoinedPaths.Part clean = random(random, 24, 0, "a.json");
            JoinedPaths.Part lossy = random(random, 8, loss, "b.json");
            assertThat(lossy.paths().bad()).isZero();
            Paths joined = JoinedPaths.of(List.of(clean, lossy), true);
            assertThat(joined.bad()).isZero();
            assertThat(joined.parts()).hasSize(1);
            assertThat(joined.parts().get(0).loss()).isCloseTo(loss, within(0.02));
            assertThat(Findings.of(joined, "udp").get(0))
                    .matches("the flows of b\\.json lose [0-9.]+ %, the others 0 %");
            assertThat(Findings.spread(joined))
                    .isEqualTo("0.0000 % on the flows of the other results");
        }
    }

    @Test
    void namesHalfOfTheGeneratorsByTheirPlaceWhereTheyHaveNoName() {
        SplittableRandom random = new SplittableRandom(7);
        Paths joined =
                JoinedPaths.of(
                        List.of(
                                random(random, 8, 0.03, ""),
                                random(random, 8, 0, ""),
                                random(random, 1, 0, ""),
                                random(random, 4, 0.03, "")),
                        true);
        assertThat(joined.bad()).isZero();
        assertThat(joined.parts())
                .extracting(PartLoss::flows)
                .containsExactly("the 8 flows of result 1", "the 4 flows of result 4");
    }

    /** One flow is bad among those of its generator, of which the others are not to blame. */
    @Test
    void keepsTheFlowThatStandsOutOfItsGenerator() {
        SplittableRandom random = new SplittableRandom(8);
        Paths paths =
                SimulatedRun.of(
                        8,
                        PROBES,
                        (n, flow) -> random.nextDouble() < (flow == 3 ? 0.5 : 0.03) ? -1 : 80_000);
        assertThat(paths.bad()).isEqualTo(1);
        Paths joined =
                JoinedPaths.of(
                        List.of(
                                random(random, 24, 0, "a.json"),
                                new JoinedPaths.Part(
                                        paths, 0, LENGTH_NS, PROBES, Optional.of("b.json"))),
                        true);
        assertThat(joined.bad()).isEqualTo(1);
        assertThat(joined.flows().get(0).local()).endsWith(":40003");
        assertThat(joined.parts())
                .extracting(PartLoss::flows)
                .containsExactly("the other flows of b.json");
    }

    @Test
    void namesTheFlowOfAGeneratorThatHasNoOther() {
        SplittableRandom random = new SplittableRandom(9);
        Paths two =
                JoinedPaths.of(
                        List.of(random(random, 1, 0, "a.json"), random(random, 1, 0.02, "b.json")),
                        true);
        assertThat(two.with(FlowResult.Fault.LOSSY)).hasSize(1);
        assertThat(two.parts()).isEmpty();
        Paths many =
                JoinedPaths.of(
                        List.of(random(random, 24, 0, "a.json"), random(random, 1, 0.02, "b.json")),
                        true);
        assertThat(many.with(FlowResult.Fault.LOSSY)).hasSize(1);
        assertThat(many.parts()).isEmpty();
    }

    @Test
    void namesAllFlowsOfAGeneratorThatStopTogether() {
        Paths joined =
                JoinedPaths.of(
                        List.of(part(0, 8, 0, 0), part(0, 4, 2 * SECOND_NS, 9 * SECOND_NS)), true);
        assertThat(joined.with(FlowResult.Fault.STOPPED)).hasSize(4);
        assertThat(joined.parts()).isEmpty();
    }

    /** Losses at random, and bursts that a generator meets by itself, are the same for all. */
    @ParameterizedTest
    @ValueSource(ints = {1, 20})
    void chanceNamesNoGenerator(int burst) {
        SplittableRandom random = new SplittableRandom(10);
        int alarms = 0;
        for (int run = 0; run < 200; run++) {
            List<JoinedPaths.Part> parts = new ArrayList<>();
            for (int flows : new int[] {24, 8, 2}) {
                int[] left = {0};
                Paths paths =
                        SimulatedRun.of(
                                flows,
                                1_000,
                                (n, flow) -> {
                                    boolean begins = random.nextInt(100 * burst) == 0;
                                    left[0] = begins ? burst : left[0] - 1;
                                    return left[0] > 0 ? -1 : 80_000;
                                });
                parts.add(new JoinedPaths.Part(paths, 0, SECOND_NS, 1_000, Optional.empty()));
            }
            Paths joined = JoinedPaths.of(parts, true);
            alarms += joined.bad() + joined.parts().size() > 0 ? 1 : 0;
        }
        assertThat(alarms).isLessThanOrEqualTo(10);
    }
}
