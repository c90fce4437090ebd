package io.echo.server.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.server.fault.HoldingQueue.Leaving;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

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
}
