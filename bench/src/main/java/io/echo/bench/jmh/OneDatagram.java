package io.echo.bench.jmh;

import io.echo.server.admission.ProbePass;
import io.echo.server.admission.RateLimiter;
import io.echo.server.admission.SourceRules;
import io.echo.server.config.ServerConfig;
import io.echo.server.metrics.Counter;
import io.echo.server.metrics.LoopCounters;
import io.echo.server.udp.DatagramLedger;
import io.echo.server.udp.UdpPolicies;
import io.echo.server.udp.UdpPolicy;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
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
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Cost of admitting and counting a datagram, without the network. It allocates nothing ({@code
 * -prof gc}), except 32 bytes over IPv6: Java returns an IPv6 address only as a copy.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class OneDatagram {
    private static final int SOURCES = 1 << 12;

    private final RateLimiter limiter = new RateLimiter(1e9);
    private final LoopCounters counters = new LoopCounters();
    private final DatagramLedger ledger = new DatagramLedger(counters);
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final InetSocketAddress[] trusted = new InetSocketAddress[SOURCES];
    private final InetSocketAddress[] local = new InetSocketAddress[SOURCES];
    private final InetSocketAddress[] strangers = new InetSocketAddress[SOURCES];
    private final InetSocketAddress[] strangers6 = new InetSocketAddress[SOURCES];
    private final InetSocketAddress[] services = new InetSocketAddress[SOURCES];
    private final InetSocketAddress[] lowPorts = new InetSocketAddress[SOURCES];
    private final ByteBuf content = Unpooled.directBuffer(64).writeZero(64);
    private UdpPolicy policy;
    private UdpPolicy flooded;
    private ChannelOutboundBuffer out;
    private long nowNs;
    private int next;

    /** Makes thousands of source addresses, and two own addresses of this machine. */
    @Setup(Level.Trial)
    public void prepare() throws UnknownHostException {
        for (int i = 0; i < SOURCES; i++) {
            byte high = (byte) (i >>> 8);
            byte low = (byte) i;
            trusted[i] = at(40_000, 10, high, low, 1);
            local[i] = at(40_000, 127, high, low, 1);
            strangers[i] = at(40_000, 9, high, low, 1);
            lowPorts[i] = at(20_000, 9, high, low, 1);
            services[i] = at(53, 9, high, low, 1);
            strangers6[i] = at(40_000, 0x20, 1, high, low, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
        }
        SourceRules sources = new SourceRules(ServerConfig.Access.DEFAULT);
        InetAddress asked = InetAddress.getByName("10.0.0.1");
        sources.setHost(
                Set.of(asked, InetAddress.getByName("::1")),
                Set.of(InetAddress.getByName("10.0.0.254")),
                Set.of());
        policy =
                new UdpPolicies(
                                new ServerConfig.UdpLimits(1e9, 1e9, 65_527, Set.of()),
                                sources,
                                new ProbePass())
                        .at(asked);
        flooded =
                new UdpPolicies(
                                new ServerConfig.UdpLimits(0.001, 0.001, 65_527, Set.of()),
                                new SourceRules(ServerConfig.Access.WITHOUT_TRUST),
                                new ProbePass())
                        .at(asked);
        out = channel.unsafe().outboundBuffer();
        nowNs = System.nanoTime();
    }

    /** Closes the channel of the ledger. */
    @TearDown(Level.Trial)
    public void close() {
        channel.finishAndReleaseAll();
        content.release();
    }

    /** The harness and the choice of a source, which are part of each of the others. */
    @Benchmark
    public InetSocketAddress baseline() {
        return source(strangers);
    }

    /** A client on loopback: nothing is counted. */
    @Benchmark
    public Object judgeLocal() {
        return policy.judge(source(local), content, 0, 64, nowNs);
    }

    /** A client in the asked address's own private network: its own budgets are used. */
    @Benchmark
    public Object judgeTrusted() {
        nowNs += 1_000;
        return policy.judge(source(trusted), content, 0, 64, nowNs);
    }

    /** A client elsewhere: no trusted block matches, and both budgets are used. */
    @Benchmark
    public Object judgeStranger() {
        nowNs += 1_000;
        return policy.judge(source(strangers), content, 0, 64, nowNs);
    }

    /** A client elsewhere, over IPv6. */
    @Benchmark
    public Object judgeStranger6() {
        nowNs += 1_000;
        return policy.judge(source(strangers6), content, 0, 64, nowNs);
    }

    /** A flood: no budget is left. */
    @Benchmark
    public Object judgeFlood() {
        return flooded.judge(source(strangers), content, 0, 64, nowNs);
    }

    /** A client elsewhere, on a port below the ephemeral ones: its content is looked at, too. */
    @Benchmark
    public Object judgeLowPort() {
        nowNs += 1_000;
        return policy.judge(source(lowPorts), content, 0, 64, nowNs);
    }

    /** A forged packet from the port of a service. */
    @Benchmark
    public Object judgeService() {
        return policy.judge(source(services), content, 0, 64, nowNs);
    }

    /** One budget among thousands. */
    @Benchmark
    public boolean admit() {
        nowNs += 1_000;
        return limiter.admit(1 + (next++ & SOURCES - 1), 1, nowNs);
    }

    /** One counter. */
    @Benchmark
    public void count() {
        counters.add(Counter.UDP_RECEIVED, 1);
    }

    /** A datagram counted when admitted and when sent, in batches of 16. */
    @Benchmark
    public void account() {
        ledger.admit(64);
        if ((++next & 15) == 0) {
            ledger.settle(out);
        }
    }

    private InetSocketAddress source(InetSocketAddress[] from) {
        return from[next++ & SOURCES - 1];
    }

    /** Makes an address of 4 or 16 octets. */
    private static InetSocketAddress at(int port, int... octets) throws UnknownHostException {
        byte[] address = new byte[octets.length];
        for (int i = 0; i < octets.length; i++) {
            address[i] = (byte) octets[i];
        }
        return new InetSocketAddress(InetAddress.getByAddress(address), port);
    }
}
