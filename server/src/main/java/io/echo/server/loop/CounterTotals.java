package io.echo.server.loop;

import io.echo.server.metrics.Counter;
import io.netty.util.concurrent.Future;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The server's counters, summed over its loops when somebody asks. */
public final class CounterTotals {
    private static final long SETTLE_NS = TimeUnit.SECONDS.toNanos(1);

    private final List<Loop> loops;

    public CounterTotals(List<Loop> loops) {
        this.loops = loops;
    }

    /** The sum as of now or a moment ago; cheap. */
    public long sum(Counter counter) {
        long sum = 0;
        for (Loop loop : loops) {
            sum += loop.counters().get(counter);
        }
        return sum;
    }

    /** Every counter; waits for a second at most. */
    public Map<Counter, Long> snapshot() {
        return snapshot(SETTLE_NS);
    }

    /**
     * Every counter, as each loop tells it between two batches, so that received = echoed + dropped
     * + pending holds under load too. A loop that does not answer in time counts with what its
     * counters hold just then.
     *
     * @param withinNs how long to wait for all loops together
     */
    public Map<Counter, Long> snapshot(long withinNs) {
        long startNs = System.nanoTime();
        List<Future<long[]>> asked = ask();
        for (Future<long[]> loop : asked) {
            long leftNs = Math.max(0, withinNs - (System.nanoTime() - startNs));
            loop.awaitUninterruptibly(leftNs, TimeUnit.NANOSECONDS);
        }
        return sumOf(asked);
    }

    /** Asks each loop for its counters, and does not wait. */
    public List<Future<long[]>> ask() {
        return loops.stream().map(Loop::ask).toList();
    }

    /** What the loops have told since; of one that has not, what its counters hold now. */
    public Map<Counter, Long> sumOf(List<Future<long[]>> asked) {
        long[] sums = new long[Counter.values().length];
        for (int loop = 0; loop < loops.size(); loop++) {
            Future<long[]> one = asked.get(loop);
            long[] values = one.isSuccess() ? one.getNow() : loops.get(loop).counters().copy();
            for (int i = 0; i < sums.length; i++) {
                sums[i] += values[i];
            }
        }
        Map<Counter, Long> values = new EnumMap<>(Counter.class);
        for (Counter counter : Counter.values()) {
            values.put(counter, sums[counter.ordinal()]);
        }
        return values;
    }
}
