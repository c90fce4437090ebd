package io.echo.server.udp;

import io.echo.net.Protocol;
import io.echo.net.Transport;
import io.echo.net.workarounds.PortZeroDatagrams;
import io.echo.server.loop.BindFailure;
import io.echo.server.loop.BindPlan;
import io.echo.server.loop.Loop;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DatagramChannel;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Binds datagram sockets and builds their pipelines: {@link UdpGuard} (or {@link TrainGuard}, where
 * trains work, or {@link ProxiedGuard}, where there are balancers) and the echo.
 *
 * <p>Each address gets one socket on each loop: the kernel spreads flows over the sockets of an
 * address by a hash of both ends (SO_REUSEPORT, socket(7)), so a client always meets the same loop.
 * It gets one plain socket where there is one loop, or where the platform does not spread flows.
 */
public final class UdpBinder {
    /** Room for what arrives while a loop is busy. The kernel grants up to net.core.rmem_max. */
    static final int SOCKET_BUFFER_BYTES = 4 << 20;

    private final Transport transport;
    private final List<Loop> loops;
    private final UdpPolicies policies;
    private final String portFlag;
    private final DatagramPipeline pipeline;

    /**
     * Result of {@link TrainCheck}, false where there are balancers; made with the first socket.
     * Guarded by the server.
     */
    private Optional<Boolean> trains;

    /**
     * Makes a binder.
     *
     * @param echo the one instance that all sockets share; stands behind each guard
     */
    public UdpBinder(
            Transport transport, List<Loop> loops, UdpPolicies policies, ChannelHandler echo) {
        this.transport = transport;
        this.loops = loops;
        this.policies = policies;
        this.portFlag = "--port";
        this.pipeline = (channel, loop, policy) -> buildEcho(channel, loop, policy, echo);
        this.trains = Optional.empty();
    }

    /**
     * Makes a binder of sockets without trains.
     *
     * @param portFlag names the port in errors
     * @param pipeline builds their pipelines
     */
    public UdpBinder(
            Transport transport,
            List<Loop> loops,
            UdpPolicies policies,
            String portFlag,
            DatagramPipeline pipeline) {
        this.transport = transport;
        this.loops = loops;
        this.policies = policies;
        this.portFlag = portFlag;
        this.pipeline = pipeline;
        this.trains = Optional.of(false);
    }

    /**
     * Binds every socket of one address, or none.
     *
     * <p>The first is bound without SO_REUSEPORT, so that it fails if any other socket has the
     * port, one of another echo server included. Then the port is opened for the others.
     *
     * @param port 0 for any free one
     * @return the channels, the first one bound first
     */
    List<Channel> bind(InetAddress address, int port) throws BindFailure {
        BindFailure.requireFamily(Protocol.UDP, new InetSocketAddress(address, port));
        int shards = sockets(address);
        if (trains.isEmpty()) {
            trains =
                    Optional.of(
                            !policies.hasBalancers()
                                    && TrainCheck.passes(
                                            transport, loops.get(0), Transport.family(address)));
        }
        UdpPolicy policy = policies.at(address);
        List<Channel> channels = new ArrayList<>();
        try {
            InetSocketAddress wanted = new InetSocketAddress(address, port);
            Channel first = bindOne(loops.get(0), wanted, policy, false);
            channels.add(first);
            if (shards > 1) {
                first.config().setOption(transport.reusePort().orElseThrow(), true);
                int bound = ((InetSocketAddress) first.localAddress()).getPort();
                for (Loop loop : loops.subList(1, shards)) {
                    channels.add(
                            bindOne(loop, new InetSocketAddress(address, bound), policy, true));
                }
            }
            return channels;
        } catch (BindFailure e) {
            channels.forEach(channel -> channel.close().syncUninterruptibly());
            throw e;
        }
    }

    /** Returns how many sockets an address gets. */
    int sockets(InetAddress address) {
        return transport.reusePort().isPresent() && !isLinkLocalV6(address) ? loops.size() : 1;
    }

    private Channel bindOne(Loop loop, InetSocketAddress address, UdpPolicy policy, boolean shared)
            throws BindFailure {
        // Not while the channel opens: there Netty would log a lack of memory and go on.
        Future<?> reserved =
                loop.eventLoop().submit(loop.buffers()::reserve).awaitUninterruptibly();
        if (!reserved.isSuccess()) {
            throw BindFailure.ofEcho(reserved.cause(), Protocol.UDP, address, portFlag);
        }
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(loop.eventLoop())
                        .channelFactory(
                                transport.datagramChannels(Transport.family(address.getAddress())))
                        .option(ChannelOption.RECVBUF_ALLOCATOR, loop.buffers())
                        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, UdpGuard.WATER_MARK)
                        .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER_BYTES)
                        .option(ChannelOption.SO_SNDBUF, SOCKET_BUFFER_BYTES)
                        .handler(
                                new ChannelInitializer<DatagramChannel>() {
                                    @Override
                                    protected void initChannel(DatagramChannel channel) {
                                        if (transport == Transport.IO_URING) {
                                            channel.config()
                                                    .setRecvByteBufAllocator(
                                                            new PortZeroDatagrams(
                                                                    loop.buffers(), channel));
                                        }
                                        pipeline.build(channel, loop, policy);
                                    }
                                });
        if (trains.orElse(false)) {
            bootstrap.option(transport.trains().orElseThrow(), true);
        }
        if (shared) {
            bootstrap.option(transport.reusePort().orElseThrow(), true);
        }
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw BindFailure.ofEcho(bound.cause(), Protocol.UDP, address, portFlag);
        }
        return bound.channel();
    }

    private void buildEcho(
            DatagramChannel channel, Loop loop, UdpPolicy policy, ChannelHandler echo) {
        UdpGuard guard = newGuard(policy, loop);
        settleOnRequest(loop, channel, guard);
        channel.pipeline().addLast(guard, echo);
    }

    private UdpGuard newGuard(UdpPolicy policy, Loop loop) {
        if (policies.hasBalancers()) {
            return new ProxiedGuard(policy, loop.counters(), loop.udpTimes());
        }
        return trains.orElse(false)
                ? new TrainGuard(policy, loop.counters(), loop.udpTimes())
                : new UdpGuard(policy, loop.counters(), loop.udpTimes());
    }

    /** Has the guard count what has left before the loop's counters are read. */
    private static void settleOnRequest(Loop loop, DatagramChannel channel, UdpGuard guard) {
        Runnable settler = () -> guard.settle(channel);
        loop.settlers().add(settler);
        channel.closeFuture().addListener(closed -> loop.settlers().remove(settler));
    }

    private static boolean isLinkLocalV6(InetAddress address) {
        return BindPlan.isV6(address) && address.isLinkLocalAddress();
    }
}
