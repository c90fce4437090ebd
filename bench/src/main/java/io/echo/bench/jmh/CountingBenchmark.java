package io.echo.bench.jmh;

import io.echo.server.metrics.Counter;
import io.echo.server.metrics.LoopCounters;
import io.echo.server.metrics.TimeHistogram;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Cost of counting a datagram.
 *
 * <p>Counters and times are written once per batch, so a batch of one datagram is the most
 * expensive.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class CountingBenchmark {
    private final LoopCounters counters = new LoopCounters();
    private final TimeHistogram times = new TimeHistogram();
    private long ns = 1_000;

    /** The harness, and a time that changes with each call. */
    @Benchmark
    public long baseline() {
        return nextNs();
    }

    /** One counter. */
    @Benchmark
    public long add() {
        counters.add(Counter.UDP_RECEIVED, 1);
        return nextNs();
    }

    /** One time. */
    @Benchmark
    public long record() {
        long next = nextNs();
        times.record(next, 1);
        return next;
    }

    /** All writes of a batch of one: received, echoed, pending, their bytes, and its time. */
    @Benchmark
    public long batch() {
        long next = nextNs();
        counters.add(Counter.UDP_RECEIVED, 1);
        counters.add(Counter.UDP_RECEIVED_BYTES, 64);
        counters.add(Counter.UDP_ECHOED, 1);
        counters.add(Counter.UDP_ECHOED_BYTES, 64);
        counters.add(Counter.UDP_PENDING, 0);
        counters.add(Counter.UDP_PENDING_BYTES, 0);
        times.record(next, 1);
        return next;
    }

    private long nextNs() {
        ns = ns * 5 + 1 & 0xF_FFFF;
        return ns;
    }
}
