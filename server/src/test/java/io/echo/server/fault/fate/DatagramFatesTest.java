package io.echo.server.fault.fate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.echo.server.config.FaultProfile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The fates of datagrams: as often as asked, in the right order, the same for the same seed. */
class DatagramFatesTest {
    private static final int DRAWS = 100_000;
    private static final int BYTES = 100;
    private static final FaultProfile.Datagrams MANY =
            new FaultProfile.Datagrams(
                    Optional.empty(),
                    0.1,
                    0.05,
                    Optional.of(new FaultProfile.Truncation(0.2, 40)),
                    0.3,
                    Optional.of(new FaultProfile.Reordering(0.02, 3)),
                    Optional.of(
                            new FaultProfile.Delay(
                                    Duration.ofMillis(20),
                                    Duration.ofMillis(5),
                                    FaultProfile.Shape.UNIFORM)),
                    OptionalLong.empty());

    private static FaultProfile profile(FaultProfile.Datagrams datagrams, long seed) {
        return new FaultProfile(datagrams, FaultProfile.Connections.NONE, seed);
    }

    private static FaultProfile.Datagrams with(
            Optional<FaultProfile.Burst> burst,
            Optional<FaultProfile.Delay> delay,
            OptionalLong rate) {
        FaultProfile.Datagrams none = FaultProfile.Datagrams.NONE;
        return new FaultProfile.Datagrams(
                burst, 0, 0, none.truncate(), 0, none.reorder(), delay, rate);
    }

    private static List<DatagramFate> draw(FaultProfile profile, int draws) {
        DatagramFates fates = new DatagramFates(profile, 0);
        List<DatagramFate> drawn = new ArrayList<>();
        for (int i = 0; i < draws; i++) {
            drawn.add(fates.next(i * 1_000L, BYTES));
        }
        return drawn;
    }

    private static double share(FaultRecord record, DatagramFault fault, double of) {
        return record.of(fault) / of;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, Long.MIN_VALUE})
    void sharesConvergeToWhatIsAsked(long seed) {
        FaultRecord record = new FaultRecord();
        List<DatagramFate> fates = draw(profile(MANY, seed), DRAWS);
        fates.forEach(fate -> record.enter(fate, BYTES));
        long sent = DRAWS - record.of(DatagramFault.LOSS);
        long copies = sent + record.of(DatagramFault.DUPLICATE);
        assertThat(share(record, DatagramFault.LOSS, DRAWS)).isCloseTo(0.1, within(0.005));
        assertThat(share(record, DatagramFault.CORRUPT, sent)).isCloseTo(0.05, within(0.005));
        assertThat(share(record, DatagramFault.TRUNCATE, sent)).isCloseTo(0.2, within(0.007));
        assertThat(share(record, DatagramFault.DUPLICATE, sent)).isCloseTo(0.3, within(0.008));
        assertThat(share(record, DatagramFault.REORDER, copies)).isCloseTo(0.02, within(0.003));
        assertThat(share(record, DatagramFault.DELAY, copies)).isEqualTo(1);
        assertThat(record.of(DatagramFault.BURST)).isZero();
        assertThat(record.of(DatagramFault.RATE)).isZero();
    }

    @Test
    void theLostHaveNoOtherFate() {
        List<DatagramFate> lost =
                draw(profile(MANY, 7), DRAWS).stream()
                        .filter(fate -> fate.lost().isPresent())
                        .toList();
        assertThat(lost).hasSizeGreaterThan(DRAWS / 20);
        assertThat(lost).containsOnly(DatagramFate.lost(DatagramFault.LOSS));
    }

    @Test
    void sameSeedSameFates() {
        assertThat(draw(profile(MANY, 11), 1_000)).isEqualTo(draw(profile(MANY, 11), 1_000));
        assertThat(draw(profile(MANY, 11), 1_000)).isNotEqualTo(draw(profile(MANY, 12), 1_000));
    }

    @Test
    void anotherFaultLeavesTheFatesOfTheOthers() {
        FaultProfile.Datagrams lossless =
                new FaultProfile.Datagrams(
                        MANY.burst(),
                        0,
                        MANY.corrupt(),
                        Optional.empty(),
                        MANY.duplicate(),
                        MANY.reorder(),
                        MANY.delay(),
                        MANY.rate());
        List<DatagramFate> with = draw(profile(MANY, 5), 10_000);
        List<DatagramFate> without = draw(profile(lossless, 5), 10_000);
        for (int i = 0; i < with.size(); i++) {
            if (with.get(i).lost().isEmpty()) {
                assertThat(with.get(i).flippedBit()).isEqualTo(without.get(i).flippedBit());
                assertThat(with.get(i).copies()).isEqualTo(without.get(i).copies());
            }
        }
    }

    @Test
    void aBurstLosesAllOfItsTimeAndNothingElse() {
        FaultProfile.Burst burst =
                new FaultProfile.Burst(Duration.ofMillis(20), Duration.ofMillis(100));
        DatagramFates fates =
                new DatagramFates(
                        profile(
                                with(Optional.of(burst), Optional.empty(), OptionalLong.empty()),
                                1),
                        5);
        for (long ms = 0; ms < 1_000; ms++) {
            Optional<DatagramFault> lost = fates.next(5 + ms * 1_000_000, BYTES).lost();
            assertThat(lost.isPresent()).isEqualTo(ms % 100 < 20);
            lost.ifPresent(reason -> assertThat(reason).isEqualTo(DatagramFault.BURST));
        }
    }

    @ParameterizedTest
    @EnumSource(FaultProfile.Shape.class)
    void delayHasTheMeanAndTheSpreadThatAreAsked(FaultProfile.Shape shape) {
        FaultProfile.Delay delay =
                new FaultProfile.Delay(Duration.ofMillis(50), Duration.ofMillis(10), shape);
        List<DatagramFate> fates =
                draw(
                        profile(
                                with(Optional.empty(), Optional.of(delay), OptionalLong.empty()),
                                1),
                        DRAWS);
        double meanMs =
                fates.stream()
                                .mapToLong(fate -> fate.copies().get(0).delayNs())
                                .average()
                                .orElseThrow()
                        / 1e6;
        double leastMs =
                fates.stream().mapToLong(fate -> fate.copies().get(0).delayNs()).min().orElseThrow()
                        / 1e6;
        boolean neverEarly = shape == FaultProfile.Shape.PARETO;
        assertThat(meanMs).isCloseTo(neverEarly ? 60 : 50, within(0.5));
        assertThat(leastMs)
                .isBetween(
                        switch (shape) {
                            case NORMAL -> 0.0;
                            case UNIFORM -> 40.0;
                            case PARETO -> 50.0;
                        },
                        switch (shape) {
                            case NORMAL -> 20.0;
                            case UNIFORM -> 40.1;
                            case PARETO -> 50.1;
                        });
    }

    @Test
    void theLineCarriesItsRateAndDropsWhatWouldWaitTooLong() {
        FaultProfile.Datagrams slow =
                with(Optional.empty(), Optional.empty(), OptionalLong.of(100_000));
        FaultRecord record = new FaultRecord();
        DatagramFates fates = new DatagramFates(profile(slow, 1), 0);
        long lastNs = 0;
        for (int i = 0; i < 10_000; i++) {
            long nowNs = i * 100_000L;
            DatagramFate fate = fates.next(nowNs, BYTES);
            record.enter(fate, BYTES);
            DatagramFate.Copy copy = fate.copies().get(0);
            if (!copy.dropped()) {
                assertThat(nowNs + copy.waitNs()).isGreaterThanOrEqualTo(lastNs + 1_000_000);
                assertThat(copy.waitNs()).isLessThanOrEqualTo(201_000_000);
                lastNs = nowNs + copy.waitNs();
            }
        }
        // A second of 1,000 datagrams, and 200 ms of them in the queue.
        assertThat(10_000 - record.of(DatagramFault.RATE)).isBetween(1_195L, 1_205L);
    }

    @Test
    void aDroppedDuplicateIsCountedApart() {
        FaultProfile.Datagrams slow =
                new FaultProfile.Datagrams(
                        Optional.empty(),
                        0,
                        0,
                        Optional.empty(),
                        1,
                        Optional.empty(),
                        Optional.empty(),
                        OptionalLong.of(400));
        FaultRecord record = new FaultRecord();
        DatagramFates fates = new DatagramFates(profile(slow, 1), 0);
        record.enter(fates.next(0, BYTES), BYTES);
        record.enter(fates.next(0, BYTES), BYTES);
        assertThat(record.of(DatagramFault.DUPLICATE)).isEqualTo(2);
        assertThat(record.of(DatagramFault.RATE)).isEqualTo(1);
        assertThat(record.of(DatagramFault.DUPLICATE_DROPPED)).isEqualTo(2);
    }

    @Test
    void aFlipTurnsOneBitAndEveryBitCanBeIt() {
        FaultProfile.Datagrams corrupt =
                new FaultProfile.Datagrams(
                        Optional.empty(),
                        0,
                        1,
                        Optional.empty(),
                        0,
                        Optional.empty(),
                        Optional.empty(),
                        OptionalLong.empty());
        BitSet turned = new BitSet();
        for (DatagramFate fate : draw(profile(corrupt, 3), 20_000)) {
            BitSet bits = BitSet.valueOf(fate.apply(new byte[BYTES]));
            assertThat(bits.cardinality()).isEqualTo(1);
            turned.or(bits);
        }
        assertThat(turned.cardinality()).isEqualTo(BYTES * 8);
        DatagramFate empty = new DatagramFates(profile(corrupt, 3), 0).next(0, 0);
        assertThat(empty.flippedBit()).isEqualTo(OptionalInt.empty());
    }

    @Test
    void aCutLeavesTheFirstBytesAndNeverAddsAny() {
        FaultProfile.Datagrams cutting =
                new FaultProfile.Datagrams(
                        Optional.empty(),
                        0,
                        0,
                        Optional.of(new FaultProfile.Truncation(1, 2)),
                        0,
                        Optional.empty(),
                        Optional.empty(),
                        OptionalLong.empty());
        DatagramFates fates = new DatagramFates(profile(cutting, 3), 0);
        assertThat(fates.next(0, 3).apply(new byte[] {1, 2, 3})).containsExactly(1, 2);
        assertThat(fates.next(0, 1).apply(new byte[] {1})).containsExactly(1);
    }

    @Test
    void refusesSharesAndPeriodsThatCannotBe() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FaultProfile.Truncation(1.5, 3))
                .withMessage("truncate must be from 0% to 100%, got 150.0%");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new FaultProfile.Burst(Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .withMessageStartingWith("burst must be a time and the period");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FaultProfile.Split(3, 2))
                .withMessageContaining("got 3..2");
    }
}
