package io.echo.server;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;

/**
 * Binds listeners and puts {@link TcpGuard} and the echo into the pipelines of what they accept.
 *
 * <p>A listener accepts on one loop; connections are spread over all loops in turn.
 */
final class TcpEcho {
    /**
     * What the kernel may hold of a connection's input. It bounds what a peer that sends, shuts
     * down and never reads can make us hold: on epoll, Netty reads everything that came before such
     * a shutdown, whether the channel wants to read or not (EpollRecvByteAllocatorHandle).
     */
    private static final int RECEIVE_BUFFER_BYTES = 256 << 10;

    private final Transport transport;
    private final EventLoopGroup loops;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

    TcpEcho(Transport transport, EventLoopGroup loops) {
        this.transport = transport;
        this.loops = loops;
    }

    /**
     * Listens on one address, which may be a wildcard.
     *
     * @param address port 0 for any free one
     */
    Channel bind(InetSocketAddress address) throws BindFailure {
        SocketProtocolFamily family =
                BindPlan.isV6(address.getAddress())
                        ? SocketProtocolFamily.INET6
                        : SocketProtocolFamily.INET;
        ChannelFuture bound =
                new ServerBootstrap()
                        .group(loops)
                        .channelFactory(transport.listeners(family)::newChannel)
                        .option(ChannelOption.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
                        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(ChannelOption.SO_KEEPALIVE, true)
                        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, TcpGuard.WATER_MARK)
                        .childHandler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel channel) {
                                        connections.add(channel);
                                        channel.pipeline()
                                                .addLast(new TcpGuard(), EchoHandler.INSTANCE);
                                    }
                                })
                        .bind(address)
                        .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw BindFailure.of(bound.cause(), "tcp", address, "");
        }
        return bound.channel();
    }

    /** The open connections. */
    ChannelGroup connections() {
        return connections;
    }
}
