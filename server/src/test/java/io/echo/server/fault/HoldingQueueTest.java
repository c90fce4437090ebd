package io.echo.server.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.server.fault.HoldingQueue.Leaving;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Replies that wait, with a clock of the test's own. */
class HoldingQueueTest {
    private static final long PATIENCE_NS = HoldingQueue.PATIENCE.toNanos();

    private final HoldingQueue<String, Integer> queue = new HoldingQueue<>();

    private List<Integer> leaveBy(long nowNs) {
        List<Integer> left = new ArrayList<>();
        for (Optional<Leaving<Integer>> next = queue.next(nowNs);
                next.isPresent();
                next = queue.next(nowNs)) {
            left.add(next.get().alone() ? -next.get().reply() : next.get().reply());
        }
        return left;
    }

    @Test
    void leaveWhenTheyAreDueInTheOrderOfTimeThenOfArrival() {
        queue.hold(1, "a", 1, 0, 50);
        queue.hold(2, "b", 2, 0, 20);
        queue.hold(3, "a", 3, 0, 50);
        queue.hold(4, "a", 4, 0, 10);
        assertThat(queue.nextNs()).isEqualTo(10);
        assertThat(leaveBy(9)).isEmpty();
        assertThat(leaveBy(20)).containsExactly(4, 2);
        assertThat(queue.size()).isEqualTo(2);
        assertThat(leaveBy(Long.MAX_VALUE)).containsExactly(1, 3);
        assertThat(queue.nextNs()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void anOvertakenOneLeavesBehindTheLastOfThoseItWaitsFor() {
        queue.hold(1, "a", 1, 2, 0);
        queue.noteLeft("a", 2);
        queue.noteLeft("b", 3);
        assertThat(leaveBy(PATIENCE_NS - 1)).isEmpty();
        queue.noteLeft("a", 4);
        assertThat(leaveBy(5)).containsExactly(1);
    }

    @Test
    void heldOnesThatLeaveOvertakeToo() {
        queue.hold(1, "a", 1, 1, 10);
        queue.hold(2, "a", 2, 0, 30);
        assertThat(leaveBy(29)).isEmpty();
        assertThat(leaveBy(30)).containsExactly(2, 1);
    }

    @Test
    void anOvertakenOneKeepsItsDelay() {
        queue.hold(1, "a", 1, 1, 100);
        queue.noteLeft("a", 2);
        assertThat(queue.nextNs()).isEqualTo(100);
    }

    @Test
    void earlierOnesAndTheSameOneDoNotOvertake() {
        queue.hold(5, "a", 5, 1, 0);
        queue.noteLeft("a", 4);
        queue.noteLeft("a", 5);
        assertThat(leaveBy(0)).isEmpty();
    }

    @Test
    void nobodyWaitsForEverForOthers() {
        queue.hold(1, "a", 1, 3, 100);
        queue.noteLeft("a", 2);
        assertThat(leaveBy(100 + PATIENCE_NS - 1)).isEmpty();
        assertThat(leaveBy(100 + PATIENCE_NS)).as("alone").containsExactly(-1);
        queue.noteLeft("a", 3);
        assertThat(queue.size()).isZero();
    }

    @Test
    void oneThatLeavesAloneTakesNoCountFromThoseBefore() {
        queue.hold(1, "a", 1, 2, 1_000);
        queue.hold(2, "a", 2, 2, 0);
        queue.noteLeft("a", 3);
        assertThat(leaveBy(PATIENCE_NS)).as("2 alone, the second before 1").containsExactly(-2, 1);
    }

    @Test
    void agreesWithCountingEachOne() {
        SplittableRandom random = new SplittableRandom(7);
        Counted counted = new Counted();
        for (int number = 1, nowNs = 0; number <= 3_000; number++, nowNs += random.nextInt(200)) {
            assertThat(leaveBy(nowNs)).isEqualTo(counted.leaveBy(nowNs));
            String flow = random.nextBoolean() ? "a" : "b";
            int behind = random.nextInt(3) > 0 ? 0 : flow.equals("a") ? 3 : 40;
            if (random.nextInt(4) == 0) {
                queue.noteLeft(flow, number);
                counted.noteLeft(flow, number);
                continue;
            }
            for (int copy = random.nextInt(10) / 9; copy >= 0; copy--) {
                long dueNs = nowNs + random.nextInt(10_000);
                queue.hold(number, flow, number, behind, dueNs);
                counted.hold(number, flow, behind, dueNs);
            }
        }
        assertThat(counted.held).hasSizeGreaterThan(10);
        assertThat(leaveBy(Long.MAX_VALUE)).isEqualTo(counted.leaveBy(Long.MAX_VALUE));
    }

    /** Counts at each one that waits: slow, and plainly as documented. */
    private static final class Counted {
        private static final class One {
            int number;
            String flow;
            int behind;
            long dueNs;

            long atNs() {
                return behind > 0 ? dueNs + PATIENCE_NS : dueNs;
            }
        }

        /** In the order of arrival. */
        final List<One> held = new ArrayList<>();

        void hold(int number, String flow, int behind, long dueNs) {
            One one = new One();
            one.number = number;
            one.flow = flow;
            one.behind = behind;
            one.dueNs = dueNs;
            held.add(one);
        }

        void noteLeft(String flow, int number) {
            for (One one : held) {
                if (one.flow.equals(flow) && one.number < number && one.behind > 0) {
                    one.behind--;
                }
            }
        }

        List<Integer> leaveBy(long nowNs) {
            List<Integer> left = new ArrayList<>();
            while (true) {
                Optional<One> next = held.stream().min(Comparator.comparingLong(One::atNs));
                if (next.isEmpty() || next.get().atNs() > nowNs) {
                    return left;
                }
                held.remove(next.get());
                left.add(next.get().behind > 0 ? -next.get().number : next.get().number);
                noteLeft(next.get().flow, next.get().number);
            }
        }
    }

    /** Looking at all that wait whenever one leaves took 25 s. */
    @Test
    @Timeout(5)
    void letsManyOfOneFlowLeaveAtOnce() {
        int many = 60_000;
        for (int i = 0; i < many; i++) {
            queue.hold(i, "a", i, 10_000, 1_000_000_000L * i);
        }
        assertThat(leaveBy(Long.MAX_VALUE)).hasSize(many);
        assertThat(queue.size()).isZero();
    }
}
