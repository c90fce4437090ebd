package io.echo.server;

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

/** What does one question to the table of budgets cost? */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = {EchoHandlerCost.KNOW_ALL, EchoHandlerCost.ALLOW_UNSAFE})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RateLimiterCost {
    private static final long APART_NS = 1_000;
    private static final double MORE_THAN_COMES = 1e9;
    private static final double LESS_THAN_COMES = 1;
    private static final int SOURCES = 1 << 14;

    private final RateLimiter wide = new RateLimiter(MORE_THAN_COMES);
    private final RateLimiter narrow = new RateLimiter(LESS_THAN_COMES);
    private long nowNs = System.nanoTime();
    private int next;

    /** The clock alone. */
    @Benchmark
    public long baseline() {
        return nowNs += APART_NS;
    }

    /** One source under its rate. */
    @Benchmark
    public boolean admitOneSource() {
        return wide.admit(1, 1, nowNs += APART_NS);
    }

    /** 16,384 sources in turn, each under its rate: their places are not in the nearest cache. */
    @Benchmark
    public boolean admitManySources() {
        next = next + 1 & SOURCES - 1;
        return wide.admit(next + 1, 1, nowNs += APART_NS);
    }

    /** One source over its rate. */
    @Benchmark
    public boolean refuseOneSource() {
        return narrow.admit(1, 1, nowNs += APART_NS);
    }
}
