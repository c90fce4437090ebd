package io.echo.bench.jmh;

import io.echo.server.admission.ProbePass;
import io.echo.server.admission.SourceRules;
import io.echo.server.config.ServerConfig;
import io.echo.server.metrics.LoopCounters;
import io.echo.server.metrics.TimeHistogram;
import io.echo.server.udp.UdpGuard;
import io.echo.server.udp.UdpPolicies;
import io.echo.server.udp.UdpPolicy;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
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
 * Cost of the guard of the datagram sockets, for each of its decisions.
 *
 * <p>The cost is the difference to {@code baseline}, the same channel without the guard. Each call
 * is a batch of one datagram, so the clock is read and the counters are written each time.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {EchoHandlerCost.KNOW_ALL, EchoHandlerCost.ALLOW_UNSAFE})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class UdpGuardCost {
    private static final double NO_BOUND = 1e9;

    private final ByteBuf content = Unpooled.directBuffer(64).writeZero(64);
    private final DatagramPacket trusted = from("127.0.0.1", 40_000);
    private final DatagramPacket untrusted = from("203.0.113.7", 40_000);
    private final DatagramPacket reflected = from("203.0.113.7", 53);
    private final EmbeddedChannel plain = new EmbeddedChannel(Batches.SINK);
    private final EmbeddedChannel guarded =
            new EmbeddedChannel(
                    new UdpGuard(policy(), new LoopCounters(), new TimeHistogram()), Batches.SINK);

    /** The default rules, at rates that one core cannot exceed. */
    static UdpPolicy policy() {
        return new UdpPolicies(
                        new ServerConfig.UdpLimits(NO_BOUND, NO_BOUND, 65_527, Set.of()),
                        new SourceRules(ServerConfig.Access.DEFAULT),
                        new ProbePass())
                .at(InetAddress.getLoopbackAddress());
    }

    private DatagramPacket from(String address, int port) {
        return new DatagramPacket(
                content,
                new InetSocketAddress("127.0.0.1", 2_105),
                new InetSocketAddress(address, port));
    }

    /** Closes the channels. */
    @TearDown(Level.Trial)
    public void close() {
        plain.finishAndReleaseAll();
        guarded.finishAndReleaseAll();
        content.release();
    }

    /** One datagram, released by the last handler. */
    @Benchmark
    public Object baseline() {
        return Batches.read(plain, trusted.retain());
    }

    /** A datagram of a trusted source: no budget is used. */
    @Benchmark
    public Object trusted() {
        return Batches.read(guarded, trusted.retain());
    }

    /** A datagram of an untrusted source under its rate: both budgets are used. */
    @Benchmark
    public Object underItsRate() {
        return Batches.read(guarded, untrusted.retain());
    }

    /** A datagram from a port that no client uses: dropped. */
    @Benchmark
    public Object refusedPort() {
        return Batches.read(guarded, reflected.retain());
    }
}
