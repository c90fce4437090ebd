package io.echo.server.tcp;

import io.echo.net.Protocol;
import io.echo.net.Transport;
import io.echo.server.loop.AcceptBackoff;
import io.echo.server.loop.BindFailure;
import io.echo.server.loop.BindPlan;
import io.echo.server.loop.Budget;
import io.echo.server.loop.ListenerOptions;
import io.echo.server.loop.Loop;
import io.echo.server.loop.Loops;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * Binds listeners, each with the pipeline of the connections that it accepts.
 *
 * <p>A listener accepts on one loop; its connections are spread over all loops in turn.
 */
public final class TcpBinder {
    private final Transport transport;
    private final Loops loops;
    private final TcpAdmission admission;
    private final int socketBufferBytes;
    private final AcceptBackoff backoff = new AcceptBackoff();

    /**
     * Makes a binder.
     *
     * @param budget tells the size of each connection's socket buffers
     */
    public TcpBinder(Transport transport, Loops loops, TcpAdmission admission, Budget budget) {
        this(transport, loops, admission, budget.socketBufferBytes());
    }

    /**
     * Makes a binder.
     *
     * @param socketBufferBytes size of each of a connection's socket buffers
     */
    public TcpBinder(
            Transport transport, Loops loops, TcpAdmission admission, int socketBufferBytes) {
        this.transport = transport;
        this.loops = loops;
        this.admission = admission;
        this.socketBufferBytes = socketBufferBytes;
    }

    /**
     * Listens on one address, which may be a wildcard. Whoever connects waits in the backlog until
     * {@link Listeners#accept}.
     *
     * @param port 0 for any free one
     * @param portFlag names the port in errors
     * @param pipeline builds the pipelines of the connections
     */
    Channel bind(BindPlan.Listener wanted, int port, String portFlag, ConnectionPipeline pipeline)
            throws BindFailure {
        InetSocketAddress address = new InetSocketAddress(wanted.address(), port);
        BindFailure.requireFamily(Protocol.TCP, address);
        boolean v6 = BindPlan.isV6(wanted.address());
        ServerBootstrap bootstrap =
                new ServerBootstrap()
                        .group(loops.group())
                        .channelFactory(
                                transport.listeners(Transport.family(wanted.address()))::newChannel)
                        .option(ChannelOption.SO_RCVBUF, socketBufferBytes)
                        .option(ChannelOption.AUTO_READ, false)
                        .handler(
                                new ChannelInitializer<ServerSocketChannel>() {
                                    @Override
                                    protected void initChannel(ServerSocketChannel listener) {
                                        listener.pipeline().addLast(admission, backoff);
                                        if (wanted.oneFamily()
                                                && !ListenerOptions.canServeOneFamily(
                                                        v6, transport)) {
                                            listener.pipeline()
                                                    .addFirst(admission.oneFamilyFilter(v6));
                                        }
                                    }
                                })
                        .childOption(ChannelOption.SO_SNDBUF, socketBufferBytes)
                        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(ChannelOption.SO_KEEPALIVE, true)
                        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, TcpGuard.WATER_MARK)
                        .childHandler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel channel) {
                                        Loop loop = loops.of(channel.eventLoop());
                                        loop.add(channel);
                                        pipeline.setBuffers(channel, loop);
                                        pipeline.build(channel, loop);
                                    }
                                });
        ListenerOptions.keepAlive(transport).forEach(bootstrap::option);
        if (wanted.oneFamily() && v6) {
            ListenerOptions.v6Only(transport).ifPresent(only -> bootstrap.option(only, 1));
        }
        try {
            ListenerOptions.keepUrgentBytes(bootstrap, transport);
        } catch (IOException e) {
            throw BindFailure.ofEcho(e, Protocol.TCP, address, portFlag);
        }
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw BindFailure.ofEcho(bound.cause(), Protocol.TCP, address, portFlag);
        }
        return bound.channel();
    }
}
