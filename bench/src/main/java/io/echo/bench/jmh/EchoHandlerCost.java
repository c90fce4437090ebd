package io.echo.bench.jmh;

import io.echo.server.EchoHandler;
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
 * Cost of the echo handler: a write and a flush, down to the channel.
 *
 * <p>The cost is the difference to {@code baseline}, a channel whose only handler releases the
 * message.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {EchoHandlerCost.KNOW_ALL, EchoHandlerCost.ALLOW_UNSAFE})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class EchoHandlerCost {
    /** Makes JDK 17 ignore {@link #ALLOW_UNSAFE}, which it does not know. */
    static final String KNOW_ALL = "-XX:+IgnoreUnrecognizedVMOptions";

    /** Stops JDK 25 from warning of JMH's use of memory. */
    static final String ALLOW_UNSAFE = "--sun-misc-unsafe-memory-access=allow";

    private final ByteBuf message = Unpooled.directBuffer(64).writeZero(64);
    private final EmbeddedChannel plain = new EmbeddedChannel(Batches.SINK);
    private final EmbeddedChannel echoing = new EmbeddedChannel(new EchoHandler());

    /** Closes the channels. */
    @TearDown(Level.Trial)
    public void close() {
        plain.finishAndReleaseAll();
        echoing.finishAndReleaseAll();
        message.release();
    }

    /** One message, released by the last handler. */
    @Benchmark
    public Object baseline() {
        return Batches.read(plain, message.retain());
    }

    /** One message, written back and flushed. */
    @Benchmark
    public Object echo() {
        return Batches.read(echoing, message.retain());
    }
}
