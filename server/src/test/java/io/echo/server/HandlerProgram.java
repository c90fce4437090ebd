package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.workarounds.EmptyDatagrams;
import io.echo.server.admission.ProbePass;
import io.echo.server.admission.SourceRules;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import io.echo.server.loop.ReceiveBuffers;
import io.echo.server.metrics.Counter;
import io.echo.server.metrics.LoopCounters;
import io.echo.server.metrics.TimeHistogram;
import io.echo.server.proxy.Headers;
import io.echo.server.tcp.AckWatch;
import io.echo.server.tcp.TcpGuard;
import io.echo.server.udp.ProxiedGuard;
import io.echo.server.udp.TrainGuard;
import io.echo.server.udp.UdpGuard;
import io.echo.server.udp.UdpPolicies;
import io.echo.server.udp.UdpPolicy;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.SegmentedDatagramPacket;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;

/**
 * Events in any order for the handlers of a channel: reads, batches, a kernel that takes all, some
 * or nothing, refusals, the peer's end, errors, looks, drains and closes. After each the counters
 * are conserved, and what is counted as echoed is what has left; at the end no buffer is left.
 */
final class HandlerProgram {
    private static final InetSocketAddress US = new InetSocketAddress("192.0.2.2", 2_105);
    private static final ServerConfig.TcpLimits LIMITS = ServerConfig.TcpLimits.DEFAULT;
    private static final int[] LENGTHS = {0, 1, 64, 1_400, 16_384, 65_507};

    private static final Cidr PEER = Cidr.parse("", "192.0.2.1");
    private static final UdpPolicy POLICY = policy(List.of());
    private static final UdpPolicy BEHIND_BALANCER = policy(List.of(PEER));

    private final boolean stream;
    private final boolean trains;
    private final boolean balanced;
    private final IntSupplier choices;
    private final LoopCounters counters = new LoopCounters();
    private final KernelChannel channel;
    private final ReceiveBuffers buffers;
    private final List<ByteBuf> given = new ArrayList<>();
    private final UdpGuard udp;
    private final TcpGuard tcp;
    private long nowNs = System.nanoTime();

    /** Datagrams that the kernel has taken, and their bytes. */
    private long left;

    private long leftBytes;

    /** Answers are any numbers from 0 to 255. */
    HandlerProgram(boolean stream, IntSupplier choices) {
        this.stream = stream;
        this.choices = choices;
        int kind = stream ? 1 : choices.getAsInt() % 3;
        this.trains = kind == 0;
        this.balanced = kind == 2;
        this.udp =
                switch (kind) {
                    case 0 -> new TrainGuard(POLICY, counters, new TimeHistogram());
                    case 1 -> new UdpGuard(POLICY, counters, new TimeHistogram());
                    default -> new ProxiedGuard(BEHIND_BALANCER, counters, new TimeHistogram());
                };
        this.tcp = new TcpGuard(counters, new TimeHistogram(), AckWatch.unavailable());
        this.channel =
                stream
                        ? new KernelChannel(tcp, new EchoHandler())
                        : new KernelChannel(
                                new EmptyDatagrams(this::sendEmpty), udp, new EchoHandler());
        this.buffers = new ReceiveBuffers(channel.eventLoop(), false);
        channel.config()
                .setWriteBufferWaterMark(stream ? TcpGuard.WATER_MARK : UdpGuard.WATER_MARK);
    }

    /** Runs so many events over a connection. */
    void stream(int events) {
        for (int i = 0; i < events && channel.isOpen(); i++) {
            switch (choices.getAsInt() % 17) {
                case 0, 1, 2 -> channel.writeInbound(bytes());
                case 3 -> {
                    // Straight to the pipeline: the first may close what the second still meets.
                    channel.pipeline().fireChannelRead(bytes());
                    channel.pipeline().fireChannelRead(bytes()).fireChannelReadComplete();
                }
                case 4 -> channel.full(true);
                case 5 -> channel.full(false);
                case 6 -> channel.takeSome(choices.getAsInt() % 3);
                case 7 -> channel.flush();
                case 8 ->
                        channel.pipeline()
                                .fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
                case 9 ->
                        channel.pipeline()
                                .fireExceptionCaught(new IOException("Connection reset by peer"));
                case 10 -> channel.pipeline().fireChannelWritabilityChanged();
                case 11 -> look(1 + choices.getAsInt());
                case 12 -> tcp.isQuiet(channel, nowNs, 250_000_000);
                case 13 -> tcp.drain(channel);
                case 14 -> tcp.reset(channel, Counter.TCP_CLOSED_DRAINED);
                case 15 -> channel.breakPipe();
                default -> channel.close();
            }
            settled();
        }
        end();
        assertThat(counters.get(Counter.TCP_OPEN)).isZero();
        assertThat(counters.get(Counter.TCP_PENDING_BYTES)).isZero();
    }

    /** Runs so many events over a datagram socket. */
    void datagrams(int events) {
        for (int i = 0; i < events && channel.isOpen(); i++) {
            switch (choices.getAsInt() % 13) {
                case 0, 1, 2, 3 -> channel.writeInbound(datagram());
                case 12 -> channel.writeInbound(datagram(), trains ? train() : datagram());
                case 4 -> channel.writeInbound(datagram(), datagram(), datagram());
                case 5 -> channel.full(true);
                case 6 -> channel.full(false);
                case 7 -> channel.takeSome(choices.getAsInt() % 3);
                case 8 -> channel.refuseOne(new IOException("No route to host"));
                case 9 -> channel.flush();
                case 10 -> channel.pipeline().fireChannelWritabilityChanged();
                default -> {
                    if (choices.getAsInt() % 8 == 0) {
                        channel.close();
                    }
                }
            }
            settled();
        }
        end();
        assertThat(counters.get(Counter.UDP_PENDING)).isZero();
        assertThat(counters.get(Counter.UDP_PENDING_BYTES)).isZero();
    }

    private void settled() {
        channel.runPendingTasks();
        channel.checkException();
        if (channel.pipeline().get(UdpGuard.class) != null) {
            udp.settle(channel); // As before each reading of the counters.
        }
        Map<Counter, Long> counted = new EnumMap<>(Counter.class);
        for (Counter counter : Counter.values()) {
            counted.put(counter, counters.get(counter));
            assertThat(counters.get(counter)).as("%s", counter).isNotNegative();
        }
        TestServers.assertConserved(counted);
        take();
        assertThat(leftBytes)
                .isEqualTo(
                        counters.get(stream ? Counter.TCP_ECHOED_BYTES : Counter.UDP_ECHOED_BYTES));
        assertThat(left).isEqualTo(stream ? left : counters.get(Counter.UDP_ECHOED));
    }

    /** Counts what has reached the kernel, and releases it. */
    private void take() {
        for (Object out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            ByteBuf content = out instanceof DatagramPacket one ? one.content() : (ByteBuf) out;
            int length = content.readableBytes();
            int size = out instanceof SegmentedDatagramPacket train ? train.segmentSize() : length;
            left += (length + size - 1) / Math.max(1, size);
            leftBytes += length;
            ReferenceCountUtil.release(out);
        }
    }

    private void sendEmpty(InetSocketAddress to) throws IOException {
        if (choices.getAsInt() % 4 == 0) {
            throw new IOException("No route to host");
        }
        left++;
    }

    private void end() {
        channel.full(false);
        channel.close();
        settled();
        channel.finishAndReleaseAll();
        buffers.close();
        assertThat(given).allSatisfy(buffer -> assertThat(buffer.refCnt()).isZero());
    }

    private void look(int halfSeconds) {
        nowNs += halfSeconds * 500_000_000L;
        tcp.endIfTimedOut(channel, nowNs, LIMITS, LIMITS.idleTimeout().toNanos());
    }

    private ByteBuf bytes() {
        int length = LENGTHS[choices.getAsInt() % LENGTHS.length];
        ByteBuf buffer = Unpooled.directBuffer(Math.max(1, length)).writeZero(length);
        given.add(buffer);
        return buffer;
    }

    private static UdpPolicy policy(List<Cidr> balancers) {
        return new UdpPolicies(
                        ServerConfig.UdpLimits.DEFAULT,
                        new SourceRules(ServerConfig.Access.DEFAULT.withProxies(balancers)),
                        new ProbePass())
                .at(US.getAddress());
    }

    /** Makes datagrams of clients and of refused ports, so that drops come between replies. */
    private DatagramPacket datagram() {
        int port = choices.getAsInt() % 4 == 0 ? 53 : 40_000;
        int length = LENGTHS[choices.getAsInt() % LENGTHS.length];
        ByteBuf content = Trains.datagram(buffers, length);
        if (balanced) {
            byte[][] headers = {
                Headers.local(), Headers.udp("203.0.113.9", 40_000), Headers.udp("::1", 53), {1}
            };
            byte[] header = headers[choices.getAsInt() % headers.length];
            content.setBytes(0, header).writerIndex(Math.max(length, header.length));
        }
        return new DatagramPacket(give(content), US, new InetSocketAddress("192.0.2.1", port));
    }

    private DatagramPacket train() {
        int segment = 1 + choices.getAsInt();
        int length = 1 + (1 + choices.getAsInt()) * segment / 4;
        return new DatagramPacket(
                give(Trains.received(buffers, length, segment)),
                US,
                new InetSocketAddress("192.0.2.1", 40_000));
    }

    /** Remembers a buffer, which must be released at the end. */
    private ByteBuf give(ByteBuf received) {
        given.add(received);
        return received;
    }

    /** The choices of a byte string; zero once it has ended. */
    static IntSupplier of(byte[] program) {
        int[] next = new int[1];
        return () -> next[0] < program.length ? program[next[0]++] & 0xFF : 0;
    }
}
