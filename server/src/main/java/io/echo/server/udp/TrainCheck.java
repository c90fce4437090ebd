package io.echo.server.udp;

import io.echo.net.Transport;
import io.echo.server.loop.Loop;
import io.echo.server.loop.ReceiveBuffers;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.SegmentedDatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out whether trains of datagrams work here, by sending one over loopback and back.
 *
 * <p>They may not: the kernel may be too old for UDP_GRO or UDP_SEGMENT, and another version of
 * Netty may take a train out of its receive buffer by other calls than those that {@link
 * ReceiveBuffers} answers. Then every datagram is read and sent by itself.
 */
final class TrainCheck {
    private static final Logger LOG = LoggerFactory.getLogger(TrainCheck.class);
    private static final String UNUSED = "UDP_GRO and UDP_SEGMENT are not used";
    private static final int SEGMENT = 100;
    private static final int DATAGRAMS = 4;

    /** Length of the whole train, whose last datagram is shorter. */
    private static final int LENGTH = DATAGRAMS * SEGMENT - 50;

    private final byte[] train = new byte[LENGTH];
    private final CompletableFuture<Boolean> passed = new CompletableFuture<>();

    /** Number of datagrams that came back; used on the loop. */
    private int returned;

    private TrainCheck() {
        for (int i = 0; i < LENGTH; i++) {
            train[i] = (byte) i;
        }
    }

    /**
     * Sends a train over loopback, receives it whole, and sends it back as datagrams.
     *
     * @param loop makes the check; it must not be the calling thread
     * @param family the family of the loopback address
     */
    static boolean passes(Transport transport, Loop loop, SocketProtocolFamily family) {
        return transport.trains().isPresent() && new TrainCheck().run(transport, loop, family);
    }

    private boolean run(Transport transport, Loop loop, SocketProtocolFamily family) {
        Channel near = null;
        Channel far = null;
        try {
            boolean v6 = family == SocketProtocolFamily.INET6;
            InetAddress loopback = InetAddress.getByName(v6 ? "::1" : "127.0.0.1");
            Bootstrap bootstrap =
                    new Bootstrap()
                            .group(loop.eventLoop())
                            .channelFactory(transport.datagramChannels(family))
                            .option(ChannelOption.RECVBUF_ALLOCATOR, loop.buffers());
            near =
                    bootstrap
                            .clone()
                            .handler(on(this::checkReturned))
                            .bind(loopback, 0)
                            .sync()
                            .channel();
            far = bootstrap.clone().handler(on(this::turnBack)).bind(loopback, 0).sync().channel();
            far.config().setOption(transport.trains().orElseThrow(), true);
            InetSocketAddress to = (InetSocketAddress) far.localAddress();
            near.writeAndFlush(
                            new SegmentedDatagramPacket(
                                    Unpooled.directBuffer(LENGTH).writeBytes(train), SEGMENT, to))
                    .addListener(
                            sent -> {
                                if (!sent.isSuccess()) {
                                    passed.completeExceptionally(sent.cause());
                                }
                            });
            passed.completeOnTimeout(false, 1, TimeUnit.SECONDS);
            if (!passed.join()) {
                LOG.info("{}: a train of datagrams did not pass loopback whole", UNUSED);
            }
            return passed.join();
        } catch (Exception e) {
            LOG.info("{}: {}", UNUSED, why(e));
            return false;
        } finally {
            close(near);
            close(far);
        }
    }

    /** Checks, at the far end, that the train is there as one message, and sends it back. */
    private void turnBack(ChannelHandlerContext ctx, DatagramPacket packet) {
        int segment = ReceiveBuffers.openTrain(packet.content());
        if (segment != SEGMENT || !Arrays.equals(ByteBufUtil.getBytes(packet.content()), train)) {
            passed.complete(false);
        }
        ctx.writeAndFlush(
                new SegmentedDatagramPacket(packet.content().retain(), SEGMENT, packet.sender()),
                ctx.voidPromise());
    }

    /** Checks, at the near end, which takes no trains, that its datagrams arrive one by one. */
    private void checkReturned(ChannelHandlerContext ctx, DatagramPacket packet) {
        int from = returned++ * SEGMENT;
        byte[] sent = Arrays.copyOfRange(train, from, Math.min(from + SEGMENT, LENGTH));
        if (!Arrays.equals(ByteBufUtil.getBytes(packet.content()), sent)) {
            passed.complete(false);
        } else if (returned == DATAGRAMS) {
            passed.complete(true);
        }
    }

    private ChannelHandler on(BiConsumer<ChannelHandlerContext, DatagramPacket> action) {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                DatagramPacket packet = (DatagramPacket) msg;
                try {
                    action.accept(ctx, packet);
                } finally {
                    packet.release();
                }
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                passed.completeExceptionally(cause);
            }
        };
    }

    private static void close(Channel channel) {
        if (channel != null) {
            channel.close().awaitUninterruptibly();
        }
    }

    private static String why(Exception e) {
        Throwable cause = e instanceof CompletionException ? e.getCause() : e;
        return String.valueOf(cause.getMessage());
    }
}
