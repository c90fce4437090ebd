package io.echo.net.workarounds;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.TestServers;
import io.echo.server.loop.ReceiveBuffers;
import io.echo.testing.Await;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Says what a change of {@code netty.version} makes unnecessary or breaks.
 *
 * <p>A failure of {@code stillNeedsEmptyDatagrams} is good news: Netty sends empty datagrams itself
 * on that transport. Then take {@link EmptyDatagrams} out of the row in {@link Transport}.
 */
@Timeout(60)
class NettyWorkaroundsTest {
    @ParameterizedTest
    @EnumSource(Transport.class)
    void stillNeedsEmptyDatagrams(Transport transport) throws IOException {
        TestServers.config(transport);
        boolean needed = transport != Transport.IO_URING;
        try (DatagramSocket peer = new DatagramSocket(0, TestServers.loopback())) {
            InetSocketAddress to = (InetSocketAddress) peer.getLocalSocketAddress();
            Channel channel = bind(transport, new LinkedBlockingQueue<>());
            try {
                if (needed) {
                    channel.pipeline().remove(EmptyDatagrams.class);
                }
                channel.writeAndFlush(new DatagramPacket(Unpooled.EMPTY_BUFFER, to))
                        .awaitUninterruptibly();
                channel.writeAndFlush(new DatagramPacket(Unpooled.copiedBuffer(new byte[] {1}), to))
                        .awaitUninterruptibly();
                assertThat(receiveLength(peer)).isEqualTo(needed ? 1 : 0);
            } finally {
                close(channel);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = Transport.class, names = "NIO", mode = EnumSource.Mode.EXCLUDE)
    void sendsAndReceivesEmptyDatagramsOnAConnectedChannel(Transport transport) throws Exception {
        try (EchoServer server = TestServers.start(transport)) {
            BlockingQueue<Integer> lengths = new LinkedBlockingQueue<>();
            Channel channel = bind(transport, lengths);
            try {
                channel.connect(TestServers.udp(server)).sync();
                for (int length : new int[] {0, 5, 0, 0, 7}) {
                    channel.writeAndFlush(Unpooled.copiedBuffer(new byte[length])).sync();
                    assertThat(lengths.poll(5, TimeUnit.SECONDS)).isEqualTo(length);
                }
                assertThat(lengths).isEmpty();
            } finally {
                close(channel);
            }
        }
    }

    @Test
    void refusesEmptyDatagramsOnAConnectedNioChannel() throws Exception {
        try (EchoServer server = TestServers.start(Transport.NIO)) {
            BlockingQueue<Integer> lengths = new LinkedBlockingQueue<>();
            Channel channel = bind(Transport.NIO, lengths);
            try {
                channel.connect(TestServers.udp(server)).sync();
                Future<Void> empty = channel.writeAndFlush(Unpooled.EMPTY_BUFFER).await();
                assertThat(empty.cause()).hasMessage("nio sends no empty datagram, epoll does");
                channel.writeAndFlush(Unpooled.copiedBuffer(new byte[7])).sync();
                assertThat(lengths.poll(5, TimeUnit.SECONDS)).isEqualTo(7);
            } finally {
                close(channel);
            }
        }
    }

    /**
     * A failure with {@code lasting} false is good news: an epoll loop of Netty waits again for a
     * channel that has waited for nothing. Then take {@link LastingEpoll} out.
     */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void epollForgetsAChannelThatWaitsForNothing(boolean lasting) throws Exception {
        TestServers.config(Transport.EPOLL);
        IoHandlerFactory io =
                lasting
                        ? Transport.EPOLL.newLastingIoHandlerFactory()
                        : Transport.EPOLL.newIoHandlerFactory();
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, io);
        try (ServerSocket listener = new ServerSocket(0, 1, TestServers.loopback())) {
            Channel channel =
                    new Bootstrap()
                            .group(group)
                            .channelFactory(
                                    Transport.EPOLL.streamChannels(SocketProtocolFamily.INET))
                            .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                            .handler(new ChannelInboundHandlerAdapter())
                            .connect(listener.getLocalSocketAddress())
                            .syncUninterruptibly()
                            .channel();
            try (Socket peer = listener.accept()) {
                peer.shutdownOutput();
                DuplexChannel duplex = (DuplexChannel) channel;
                Await.until("the end is seen", duplex::isInputShutdown);
                // More than both buffers hold; the peer reads only afterwards.
                Future<Void> written =
                        channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[20_000_000]));
                peer.setSoTimeout(20_000);
                long received = peer.getInputStream().skip(20_000_000);
                assertThat(received == 20_000_000 && written.await(20_000) && written.isSuccess())
                        .isEqualTo(lasting);
            } finally {
                close(channel);
            }
        }
    }

    /** An allocator without a number of its own silently resets it to 1 on every transport. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void readsInBatches(Transport transport) throws IOException {
        try (EchoServer server = TestServers.start(transport)) {
            assertThat(
                            TestServers.sockets(server).stream()
                                    .filter(DatagramChannel.class::isInstance))
                    .isNotEmpty()
                    .allMatch(s -> maxMessagesPerRead(s) == ReceiveBuffers.BATCH);
        }
    }

    private static int maxMessagesPerRead(Channel socket) {
        return ((MaxMessagesRecvByteBufAllocator) socket.config().getRecvByteBufAllocator())
                .maxMessagesPerRead();
    }

    private static Channel bind(Transport transport, BlockingQueue<Integer> lengths)
            throws IOException {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, transport.newIoHandlerFactory());
        return new Bootstrap()
                .group(group)
                .channelFactory(transport.datagramChannels(SocketProtocolFamily.INET))
                .option(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new FixedRecvByteBufAllocator(2_048).maxMessagesPerRead(16))
                .handler(
                        new SimpleChannelInboundHandler<DatagramPacket>() {
                            @Override
                            protected void channelRead0(
                                    ChannelHandlerContext ctx, DatagramPacket packet) {
                                lengths.add(packet.content().readableBytes());
                            }
                        })
                .bind(TestServers.loopback(), 0)
                .syncUninterruptibly()
                .channel();
    }

    private static void close(Channel channel) {
        channel.close().awaitUninterruptibly();
        channel.eventLoop()
                .parent()
                .shutdownGracefully(0, 1, TimeUnit.SECONDS)
                .awaitUninterruptibly();
    }

    private static int receiveLength(DatagramSocket peer) throws IOException {
        peer.setSoTimeout(20_000);
        java.net.DatagramPacket packet = new java.net.DatagramPacket(new byte[10], 10);
        try {
            peer.receive(packet);
            return packet.getLength();
        } catch (SocketTimeoutException e) {
            return -1;
        }
    }
}
