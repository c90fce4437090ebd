package io.echo.bench.jmh;

import io.echo.server.EchoHandler;
import io.echo.server.metrics.LoopCounters;
import io.echo.server.metrics.TimeHistogram;
import io.echo.server.tcp.AckWatch;
import io.echo.server.tcp.TcpGuard;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Cost of the guard of a connection, for one read that is echoed at once.
 *
 * <p>The cost is the difference to {@code baseline}, the same channel without the guard.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {EchoHandlerCost.KNOW_ALL, EchoHandlerCost.ALLOW_UNSAFE})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TcpGuardCost {
    private final ByteBuf message = Unpooled.directBuffer(64).writeZero(64);
    private final EmbeddedChannel plain = new EmbeddedChannel(new EchoHandler());
    private final EmbeddedChannel guarded =
            new EmbeddedChannel(
                    new TcpGuard(new LoopCounters(), new TimeHistogram(), AckWatch.unavailable()),
                    new EchoHandler());

    /** Closes the channels. */
    @TearDown(Level.Trial)
    public void close() {
        plain.finishAndReleaseAll();
        guarded.finishAndReleaseAll();
        message.release();
    }

    /** One read, echoed. */
    @Benchmark
    public Object baseline() {
        return Batches.read(plain, message.retain());
    }

    /** One read, guarded, echoed and counted when it was sent. */
    @Benchmark
    public Object guarded() {
        return Batches.read(guarded, message.retain());
    }
}
