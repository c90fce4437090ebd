package io.echo.server;

import java.net.InetSocketAddress;
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

/** What does the decision on one datagram cost, without the pipeline around it? */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = {EchoHandlerCost.KNOW_ALL, EchoHandlerCost.ALLOW_UNSAFE})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class UdpPolicyCost {
    private static final int BYTES = 64;
    private static final long APART_NS = 1_000;

    private final UdpPolicy policy = UdpGuardCost.policy();
    private final InetSocketAddress trusted = new InetSocketAddress("127.0.0.1", 40_000);
    private final InetSocketAddress untrusted = new InetSocketAddress("203.0.113.7", 40_000);
    private final InetSocketAddress reflected = new InetSocketAddress("203.0.113.7", 53);
    private long nowNs = System.nanoTime();

    /** The clock alone, which a batch reads once. */
    @Benchmark
    public long baseline() {
        return nowNs += APART_NS;
    }

    /** From a trusted source. */
    @Benchmark
    public Verdict trusted() {
        return policy.judge(trusted, BYTES, nowNs += APART_NS);
    }

    /** From an untrusted source under its rate. */
    @Benchmark
    public Verdict underItsRate() {
        return policy.judge(untrusted, BYTES, nowNs += APART_NS);
    }

    /** From a port that no client uses. */
    @Benchmark
    public Verdict refusedPort() {
        return policy.judge(reflected, BYTES, nowNs += APART_NS);
    }
}
