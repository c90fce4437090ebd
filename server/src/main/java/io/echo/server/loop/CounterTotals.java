package io.echo.server.loop;

import io.echo.server.metrics.Counter;
import io.netty.util.concurrent.Future;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The counters of a server, summed over its loops on request. */
public final class CounterTotals {
    /** The longest wait for the loops. */
    private static final long WAIT_NS = TimeUnit.SECONDS.toNanos(1);

    private final List<Loop> loops;

    /** Makes the totals of these loops. */
    public CounterTotals(List<Loop> loops) {
        this.loops = loops;
    }

    /** Returns the sum of one counter as of now or a moment ago; cheap. */
    public long sum(Counter counter) {
        long sum = 0;
        for (Loop loop : loops) {
            sum += loop.counters().get(counter);
        }
        return sum;
    }

    /** Returns every counter; waits for a second at most. */
    public Map<Counter, Long> snapshot() {
        return snapshot(WAIT_NS);
    }

    /**
     * Returns every counter as each loop reports it between two batches, so that received = echoed
     * + dropped + pending holds under load too. For a loop that does not answer in time, its
     * counters are read as they are.
     *
     * @param withinNs the longest wait for all loops together
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

    /** Asks each loop for its counters, without waiting for the answers. */
    public List<Future<long[]>> ask() {
        return loops.stream().map(Loop::ask).toList();
    }

    /** Sums the answers; for a loop that has not answered, its counters are read as they are. */
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
