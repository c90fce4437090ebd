package io.echo.bench.jmh;

import io.echo.client.probe.FlowStats;
import io.echo.client.probe.Probe;
import io.echo.client.probe.ProbeStats;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Cost of a probe for the load tester, without the network. It allocates nothing. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {RoundTrip.KNOW_ALL, RoundTrip.ALLOW_UNSAFE})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class OneProbe {
    @Param({"64", "1400"})
    private int probeBytes;

    private final Probe probe = Probe.filled(1, 2);
    private final Histogram latency = ProbeStats.newHistogram();
    private final Histogram service = ProbeStats.newHistogram();
    private final Histogram lateness = ProbeStats.newHistogram();
    private final FlowStats flow = new FlowStats();
    private ByteBuf buffer;
    private long sequence;

    /** Allocates the one buffer, as each event loop of the load tester does. */
    @Setup(Level.Trial)
    public void allocate() {
        buffer = Unpooled.directBuffer(probeBytes, probeBytes);
        flow.startAt(System.nanoTime());
    }

    /** Releases the buffer. */
    @TearDown(Level.Trial)
    public void release() {
        buffer.release();
    }

    /** The harness and the two clock readings, which are part of each of the others. */
    @Benchmark
    public long baseline() {
        return System.nanoTime() + System.nanoTime();
    }

    /** Encodes a probe. */
    @Benchmark
    public int write() {
        long nowNs = System.nanoTime();
        probe.write(buffer.clear(), sequence++, nowNs - 100, nowNs, probeBytes);
        return buffer.writerIndex();
    }

    /** Records a reply in the figures and the course of its flow. */
    @Benchmark
    public long flow() {
        long intendedNs = System.nanoTime();
        long nowNs = System.nanoTime();
        flow.replied(intendedNs, nowNs - intendedNs, nowNs, false);
        return nowNs;
    }

    /** Encodes, verifies and records a probe: all work on it between two system calls. */
    @Benchmark
    public Probe.Judgement whole() {
        long intendedNs = System.nanoTime();
        probe.write(buffer.clear(), sequence++, intendedNs, intendedNs + 100, probeBytes);
        Probe.Judgement judgement = probe.judge(buffer, 0, probeBytes);
        long nowNs = System.nanoTime();
        latency.recordValue(nowNs - Probe.intendedNs(buffer, 0));
        service.recordValue(Math.max(0, nowNs - Probe.queuedNs(buffer, 0)));
        lateness.recordValue(100);
        flow.replied(intendedNs, nowNs - intendedNs, nowNs, false);
        return judgement;
    }
}
