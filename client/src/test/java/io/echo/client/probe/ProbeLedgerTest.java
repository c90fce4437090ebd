package io.echo.client.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProbeLedgerTest {
    private final ProbeLedger ledger = new ProbeLedger(1 << 16);

    @Test
    void tellsFirstRepliesFromDuplicates() {
        long sequence = ledger.send(10, 10);
        assertThat(ledger.inFlight()).isEqualTo(1);
        assertThat(ledger.answer(sequence)).isEqualTo(ProbeLedger.Answer.FIRST);
        assertThat(ledger.answer(sequence)).isEqualTo(ProbeLedger.Answer.DUPLICATE);
        assertThat(ledger.inFlight()).isZero();
    }

    @Test
    void givesUpTheOldestFirstAndStillTakesALateReply() {
        ledger.send(10, 10);
        ledger.send(20, 20);
        ledger.send(30, 30);
        ledger.answer(1);
        assertThat(ledger.expire(9)).isEqualTo(-1);
        assertThat(ledger.expire(25)).isZero();
        assertThat(ledger.expire(25)).isEqualTo(-1);
        assertThat(ledger.inFlight()).isEqualTo(1);
        assertThat(ledger.answer(0)).isEqualTo(ProbeLedger.Answer.FIRST_AFTER_EXPIRY);
        assertThat(ledger.answer(0)).isEqualTo(ProbeLedger.Answer.DUPLICATE);
        assertThat(ledger.inFlight()).isEqualTo(1);
    }

    @Test
    void knowsNoProbeThatWasNotSent() {
        ledger.send(10, 10);
        ledger.skip(0);
        assertThat(ledger.answer(2)).isEqualTo(ProbeLedger.Answer.UNKNOWN);
        assertThat(ledger.answer(-1)).isEqualTo(ProbeLedger.Answer.UNKNOWN);
        assertThat(ledger.answer(1)).isEqualTo(ProbeLedger.Answer.UNKNOWN);
        assertThat(ledger.inFlight()).isEqualTo(1);
    }

    @Test
    void knowsAfterTheRepliesWhichProbesNeverLeft() {
        ledger.skip(0);
        ledger.skip(0);
        ledger.send(10, 10);
        ledger.skip(0);
        ledger.skip(0);
        ledger.skip(0);
        ledger.send(10, 10);
        ledger.skip(0);
        for (int i = 0; i < 2; i++) {
            assertThat(ledger.firstSent(0)).isEqualTo(2);
            assertThat(ledger.firstSent(2)).isEqualTo(2);
            assertThat(ledger.firstSent(3)).isEqualTo(6);
            assertThat(ledger.firstSent(7)).isEqualTo(ledger.next());
            ledger.answer(2);
            ledger.answer(6);
            assertThat(ledger.inFlight()).isZero();
            assertThat(ledger.answer(3)).isEqualTo(ProbeLedger.Answer.UNKNOWN);
        }
    }

    @Test
    void knowsWhichProbesNeverLeftWhenTheOthersExpire() {
        ledger.send(10, 10);
        ledger.skip(0);
        ledger.send(10, 10);
        assertThat(ledger.expire(20)).isZero();
        assertThat(ledger.expire(20)).isEqualTo(2);
        assertThat(ledger.expire(20)).isEqualTo(-1);
        assertThat(ledger.firstSent(1)).isEqualTo(2);
        assertThat(ledger.answer(1)).isEqualTo(ProbeLedger.Answer.UNKNOWN);
    }

    @Test
    void skipsARunOfUnsentProbesOverTheEndOfItsMemory() {
        ProbeLedger small = new ProbeLedger(4_096);
        int memory = 2 * 4_096;
        for (int i = 0; i < memory - 100; i++) {
            small.answer(small.send(i, i));
        }
        for (int i = 0; i < 200; i++) {
            small.skip(0);
        }
        long sent = small.send(0, 0);
        assertThat(sent).isEqualTo(memory + 100);
        assertThat(small.firstSent(memory - 100)).isEqualTo(sent);
        for (int i = 0; i < memory; i++) {
            small.send(i, i);
        }
        assertThat(small.firstSent(sent + 200)).isEqualTo(sent + 200);
        assertThat(small.firstSent(0)).isZero();
        assertThat(small.answer(memory - 100)).isEqualTo(ProbeLedger.Answer.UNKNOWN);
    }

    @Test
    void seesReordering() {
        ledger.send(10, 10);
        ledger.send(10, 10);
        ledger.send(10, 10);
        assertThat(ledger.inOrder(1)).isTrue();
        ledger.answer(1);
        assertThat(ledger.inOrder(0)).isFalse();
        assertThat(ledger.inOrder(2)).isTrue();
    }

    @Test
    void forgetsTheOldestBeyondItsMemory() {
        ProbeLedger small = new ProbeLedger(4_096);
        for (int i = 0; i < 3 * 4_096; i++) {
            small.send(i, i);
        }
        assertThat(small.answer(0)).isEqualTo(ProbeLedger.Answer.UNKNOWN);
        assertThat(small.knows(0)).isFalse();
        assertThat(small.answer(2 * 4_096)).isEqualTo(ProbeLedger.Answer.FIRST);
        assertThat(small.inFlight()).isEqualTo(2 * 4_096 - 1);
    }

    /** Against a model that keeps everything: any order of sends, replies, timeouts and gaps. */
    @Test
    void agreesWithAModelThatKeepsEverything() {
        Random random = new Random(20261123);
        for (int round = 0; round < 20; round++) {
            ProbeLedger tested = new ProbeLedger(1 << 20);
            ArrayDeque<Long> waiting = new ArrayDeque<>();
            Set<Long> answered = new HashSet<>();
            Set<Long> expired = new HashSet<>();
            Set<Long> skipped = new HashSet<>();
            for (long nowNs = 0; nowNs < 20_000; nowNs++) {
                if (random.nextInt(50) == 0) {
                    skipped.add(tested.skip(0));
                } else {
                    waiting.add(tested.send(nowNs, nowNs));
                }
                long sequence = Math.max(0, tested.next() - 1 - random.nextInt(200));
                ProbeLedger.Answer answer = tested.answer(sequence);
                long left = sequence;
                while (skipped.contains(left)) {
                    left++;
                }
                assertThat(tested.firstSent(sequence)).isEqualTo(left);
                if (skipped.contains(sequence)) {
                    assertThat(answer).isEqualTo(ProbeLedger.Answer.UNKNOWN);
                    continue;
                }
                assertThat(answer)
                        .isEqualTo(
                                answered.contains(sequence)
                                        ? ProbeLedger.Answer.DUPLICATE
                                        : expired.contains(sequence)
                                                ? ProbeLedger.Answer.FIRST_AFTER_EXPIRY
                                                : ProbeLedger.Answer.FIRST);
                answered.add(sequence);
                if (random.nextInt(10) == 0) {
                    for (long gone = tested.expire(nowNs - 150);
                            gone >= 0;
                            gone = tested.expire(nowNs - 150)) {
                        expired.add(gone);
                        assertThat(answered.contains(gone)).as("%d is answered", gone).isFalse();
                    }
                    waiting.removeIf(s -> answered.contains(s) || expired.contains(s));
                    assertThat(tested.inFlight()).isEqualTo(waiting.size());
                    assertThat(tested.owes())
                            .isEqualTo(answered.size() + skipped.size() < tested.next());
                }
            }
        }
    }

    @Test
    void knowsWhenEachProbeLeftWhateverWasSkippedBetween() {
        long first = ledger.send(10, 11);
        ledger.skip(0);
        long third = ledger.send(20, 21);

        assertThat(ledger.leave(12)).isEqualTo(first);
        assertThat(ledger.isWaiting(third)).isTrue();
        for (int i = 0; i < 1_000; i++) {
            ledger.send(30, 30);
        }
        assertThat(ledger.leave(10_000_000_020L)).isEqualTo(third);

        assertThat(ledger.isWaiting(third)).isFalse();
        assertThat(ledger.sentNs(first)).isEqualTo(12);
        assertThat(ledger.sentNs(third)).isEqualTo(10_000_000_020L);
        assertThat(ledger.intendedNs(third)).isEqualTo(20);
    }

    @Test
    void keepsNoTimesForeverForProbesThatCannotLeave() {
        ledger.send(10, 10);
        ledger.giveUp();
        for (int i = 0; i < 200_000; i++) {
            ledger.skip(0);
            ledger.giveUp();
        }

        assertThat(ledger.knowsTimes(0)).isFalse();
        assertThat(ledger.leave(20)).isNotNegative();
    }
}
