package io.echo.server;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Binds listeners and puts {@link TcpGuard} and the echo into the pipelines of what they accept.
 *
 * <p>A listener accepts on one loop; connections are spread over all loops in turn. Each loop looks
 * over its connections now and then and ends those that have been still for too long.
 */
final class TcpEcho {
    /**
     * What the kernel may hold of a connection, each way; it doubles the number for its own needs
     * (socket(7)). Left to itself it grows to some 9 MiB, so that ten thousand peers that never
     * read would cost 90 GB. It also bounds what epoll makes us read at once: behind a half-close,
     * Netty reads everything, whether the channel wants to or not (EpollRecvByteAllocatorHandle).
     */
    static final int SOCKET_BUFFER_BYTES = 256 << 10;

    private static final Duration LONGEST_LOOK = Duration.ofSeconds(1);

    private final Transport transport;
    private final Loops loops;
    private final ServerConfig.TcpLimits limits;
    private final int maxConnections;
    private final TcpAdmission admission;
    private final AcceptRest rest = new AcceptRest();

    TcpEcho(
            Transport transport,
            Loops loops,
            ServerConfig.TcpLimits limits,
            int maxConnections,
            Sources sources) {
        this.transport = transport;
        this.loops = loops;
        this.limits = limits;
        this.maxConnections = maxConnections;
        this.admission = new TcpAdmission(limits, maxConnections, sources, loops);
    }

    /**
     * Listens on one address, which may be a wildcard.
     *
     * @param port 0 for any free one
     */
    Channel bind(BindPlan.Listener wanted, int port) throws BindFailure {
        boolean v6 = BindPlan.isV6(wanted.address());
        ServerBootstrap bootstrap =
                new ServerBootstrap()
                        .group(loops.group())
                        .channelFactory(
                                transport.listeners(
                                        v6 ? SocketProtocolFamily.INET6 : SocketProtocolFamily.INET)
                                        ::newChannel)
                        .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER_BYTES)
                        .handler(
                                new ChannelInitializer<ServerSocketChannel>() {
                                    @Override
                                    protected void initChannel(ServerSocketChannel listener) {
                                        listener.pipeline().addLast(admission, rest);
                                        if (wanted.oneFamily()
                                                && !ListenerOptions.keepsTo(v6, transport)) {
                                            listener.pipeline().addFirst(admission.only(v6));
                                        }
                                    }
                                })
                        .childOption(ChannelOption.SO_SNDBUF, SOCKET_BUFFER_BYTES)
                        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(ChannelOption.SO_KEEPALIVE, true)
                        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, TcpGuard.WATER_MARK)
                        .childHandler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel channel) {
                                        takeOn(channel);
                                    }
                                });
        ListenerOptions.keepAlive(transport).forEach(bootstrap::option);
        if (wanted.oneFamily() && v6) {
            ListenerOptions.v6Only(transport).ifPresent(only -> bootstrap.option(only, 1));
        }
        InetSocketAddress address = new InetSocketAddress(wanted.address(), port);
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw BindFailure.of(bound.cause(), "tcp", address, "");
        }
        return bound.channel();
    }

    private void takeOn(SocketChannel channel) {
        Loop loop = loops.of(channel.eventLoop());
        loop.add(channel);
        if (transport != Transport.IO_URING) { // It would hold a slot while it waits for bytes.
            channel.config().setRecvByteBufAllocator(loop.buffers().streams());
        }
        channel.pipeline().addLast(guard(channel, loop), EchoHandler.INSTANCE);
    }

    /** Admits the server's own background echo from this address. */
    void admitProbe(InetSocketAddress from) {
        admission.admitProbe(from);
    }

    /** How many connections the untrusted source has open that has most. */
    int mostOfOneSource() {
        return admission.mostOfOneSource();
    }

    private TcpGuard guard(SocketChannel channel, Loop loop) {
        return admission.isProbe(channel)
                ? new TcpGuard(new Cells(), new TimeHistogram()) // Counted by the prober alone.
                : new TcpGuard(loop.cells(), loop.tcpTimes());
    }

    /** Starts looking over the connections, four times within the shortest timeout. */
    void watch() {
        long everyNs = LONGEST_LOOK.toNanos();
        for (Duration timeout :
                new Duration[] {
                    limits.idleTimeout(), limits.halfClosedTimeout(), limits.stallTimeout()
                }) {
            if (!timeout.isZero()) {
                everyNs = Math.min(everyNs, Math.max(1_000_000, timeout.toNanos() / 4));
            }
        }
        for (Loop loop : loops.all()) {
            loop.eventLoop()
                    .scheduleWithFixedDelay(
                            () -> look(loop), everyNs, everyNs, TimeUnit.NANOSECONDS);
        }
    }

    private void look(Loop loop) {
        long nowNs = System.nanoTime();
        long idleNs = idleNs(limits.idleTimeout().toNanos(), admission.open(), maxConnections);
        loop.forEachConnection((channel, guard) -> guard.look(channel, nowNs, limits, idleNs));
    }

    /**
     * How long a connection may be idle: as configured while half of the table is free, then in
     * proportion to what is free, so that idle ones make room before new ones are reset.
     */
    static long idleNs(long configuredNs, int open, int max) {
        double free = Math.max(0, max - open) / (double) max;
        return free >= 0.5 ? configuredNs : Math.min(configuredNs,
                Math.max((long) (configuredNs * free * 2), TimeUnit.SECONDS.toNanos(1)));
    }
}
