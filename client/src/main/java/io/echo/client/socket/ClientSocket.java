package io.echo.client.socket;

import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One connected socket, with the one event loop that serves it.
 *
 * <p>The loop's thread is a daemon named {@code echo-client-…}. {@link #close} ends both.
 */
public final class ClientSocket implements AutoCloseable {
    /** Above what IPv4 (65,507) and IPv6 (65,527) can carry, so that no datagram is cut. */
    private static final int RECEIVE_BUFFER_BYTES = 65_535;

    /** Datagrams read at each wake-up; the default would be 1. */
    private static final int READS_PER_WAKEUP = 16;

    /** Asks for room for a window of the largest datagrams; the kernel grants what it allows. */
    private static final int SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;

    private static final long CLOSE_SECONDS = 2;

    private final EventLoopGroup loop;
    private final Channel channel;

    /** Kept here, since a closed channel no longer knows it. */
    private final InetSocketAddress remoteAddress;

    private ClientSocket(EventLoopGroup loop, Channel channel) {
        this.loop = loop;
        this.channel = channel;
        this.remoteAddress = (InetSocketAddress) channel.remoteAddress();
    }

    /**
     * Connects. TCP tries every address of the host in order, UDP takes the first.
     *
     * @param layers adds the handlers before the last one to a pipeline; a connect is done when the
     *     first of them says so
     * @param handler makes the last handler of the pipeline, once for every attempt
     * @param autoRead true to read at once and to close when a write fails; false to read only when
     *     asked, and what came before a write failed, too
     * @throws IOException with a one-line message, everything released
     */
    public static ClientSocket open(
            Target target,
            Duration timeout,
            Transport transport,
            boolean autoRead,
            Consumer<ChannelPipeline> layers,
            Supplier<? extends ChannelHandler> handler)
            throws IOException {
        transport.requireAvailable();
        List<InetSocketAddress> addresses = lookup(target, timeout);
        EventLoopGroup loop =
                new MultiThreadIoEventLoopGroup(
                        1,
                        new DefaultThreadFactory("echo-client", true),
                        transport.newIoHandlerFactory());
        try {
            Bootstrap bootstrap =
                    new Bootstrap()
                            .group(loop)
                            .option(ChannelOption.AUTO_READ, autoRead)
                            .option(ChannelOption.AUTO_CLOSE, autoRead)
                            .handler(
                                    new ChannelInitializer<>() {
                                        @Override
                                        protected void initChannel(Channel channel) {
                                            layers.accept(channel.pipeline());
                                            channel.pipeline().addLast(handler.get());
                                        }
                                    });
            Channel channel =
                    target.protocol() == Protocol.UDP
                            ? connectUdp(bootstrap, target, transport, addresses.get(0))
                            : connectTcp(bootstrap, target, timeout, transport, addresses);
            return new ClientSocket(loop, channel);
        } catch (IOException | RuntimeException e) {
            close(loop);
            throw e;
        }
    }

    public Channel channel() {
        return channel;
    }

    public InetSocketAddress remoteAddress() {
        return remoteAddress;
    }

    /**
     * Closes the socket and ends the loop's thread; waits for both, at most a few seconds.
     *
     * <p>Idempotent. On the event loop itself it only starts to close, and does not wait.
     */
    @Override
    public void close() {
        ChannelFuture closed = channel.close();
        if (channel.eventLoop().inEventLoop()) {
            loop.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS);
            return;
        }
        closed.awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
        close(loop);
    }

    private static void close(EventLoopGroup loop) {
        loop.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
    }

    private static List<InetSocketAddress> lookup(Target target, Duration timeout)
            throws IOException {
        try {
            return HostLookup.addresses(target, timeout);
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private static Channel connectUdp(
            Bootstrap bootstrap, Target target, Transport transport, InetSocketAddress address)
            throws IOException {
        bootstrap
                .channelFactory(transport.datagramChannels(Transport.family(address.getAddress())))
                .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER_BYTES)
                .option(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new FixedRecvByteBufAllocator(RECEIVE_BUFFER_BYTES)
                                .maxMessagesPerRead(READS_PER_WAKEUP));
        ChannelFuture attempt = connect(bootstrap, address);
        if (!attempt.isSuccess()) {
            throw failure(
                    target,
                    List.of(
                            FailureReason.ofConnecting(
                                    Protocol.UDP, address, attempt.cause(), Duration.ZERO)),
                    List.of(address),
                    attempt.cause());
        }
        return attempt.channel();
    }

    private static Channel connectTcp(
            Bootstrap bootstrap,
            Target target,
            Duration timeout,
            Transport transport,
            List<InetSocketAddress> addresses)
            throws IOException {
        long timeoutMs = Math.max(1, timeout.toMillis());
        bootstrap.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) timeoutMs);
        List<String> reasons = new ArrayList<>();
        Throwable last = null;
        for (InetSocketAddress address : addresses) {
            Bootstrap ofItsFamily =
                    bootstrap
                            .clone()
                            .channelFactory(
                                    transport.streamChannels(
                                            Transport.family(address.getAddress())));
            ChannelFuture attempt = connect(ofItsFamily, address);
            if (attempt.isSuccess()) {
                return attempt.channel();
            }
            last = attempt.cause();
            reasons.add(FailureReason.ofConnecting(Protocol.TCP, address, last, timeout));
        }
        throw failure(target, reasons, addresses, last);
    }

    /** Waits for the outcome; it always comes: TCP has its timeout, UDP sends nothing. */
    private static ChannelFuture connect(Bootstrap bootstrap, InetSocketAddress address)
            throws InterruptedIOException {
        ChannelFuture attempt = bootstrap.connect(address);
        try {
            return attempt.await();
        } catch (InterruptedException e) {
            attempt.channel().close();
            throw interrupted();
        }
    }

    /** Names the reason for each address that was tried, or once when all have the same. */
    private static IOException failure(
            Target target, List<String> reasons, List<InetSocketAddress> tried, Throwable cause) {
        StringJoiner text = new StringJoiner("; ", target + ": ", "");
        if (reasons.stream().distinct().count() == 1) {
            text.add(reasons.get(0));
        } else {
            for (int i = 0; i < reasons.size(); i++) {
                text.add(tried.get(i).getAddress().getHostAddress() + ": " + reasons.get(i));
            }
        }
        return new IOException(text.toString(), cause);
    }

    private static InterruptedIOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("interrupted while connecting");
    }
}
