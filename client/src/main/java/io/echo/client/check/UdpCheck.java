package io.echo.client.check;

import io.echo.client.socket.SocketFailure;
import io.echo.net.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Asks one address over UDP.
 *
 * <p>Three datagrams, spread over the timeout so that a lost one is not called silence; the first
 * right answer, or the first error, is the result. A wrong answer brings the next datagram forward:
 * the result is "different" once each has got one, since it may be a stray from another exchange.
 *
 * <p>All of it runs on the event loop.
 */
final class UdpCheck extends ChannelInboundHandlerAdapter {
    private static final int DATAGRAMS = 3;

    /** Above what a datagram can carry. */
    private static final int RECEIVE_BUFFER_BYTES = 65_535;

    private final CheckPlan plan;
    private final InetSocketAddress address;
    private final CompletableFuture<PathResult> result = new CompletableFuture<>();
    private final byte[][] messages = new byte[DATAGRAMS][];
    private final long[] sentNs = new long[DATAGRAMS];

    private Channel channel;
    private int sent;
    private int wrong;
    private String difference = "";
    private long differentNs;

    private UdpCheck(CheckPlan plan, InetSocketAddress address) {
        this.plan = plan;
        this.address = address;
    }

    /** Starts a check, whose result comes by the deadline. */
    static CompletableFuture<PathResult> start(CheckPlan plan, InetSocketAddress address) {
        UdpCheck check = new UdpCheck(plan, address);
        Optional<String> obstacle = LocalRoute.obstacle(plan.path(), address);
        if (obstacle.isPresent()) {
            check.complete(PathState.NO_ROUTE, OptionalLong.empty(), obstacle.get());
            return check.result;
        }
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(plan.loop())
                        .channelFactory(
                                plan.transport()
                                        .datagramChannels(Transport.family(address.getAddress())))
                        .option(
                                ChannelOption.RECVBUF_ALLOCATOR,
                                new FixedRecvByteBufAllocator(RECEIVE_BUFFER_BYTES))
                        .handler(check);
        plan.icmpErrors().ifPresent(option -> bootstrap.option(option, 1));
        ChannelFuture connected = bootstrap.connect(address);
        check.channel = connected.channel();
        plan.channels().add(check.channel);
        connected.addListener(done -> check.connected(done.cause()));
        return check.result;
    }

    private void connected(Throwable failure) {
        if (failure != null) {
            failed(failure);
            return;
        }
        long left = plan.leftNs();
        plan.loop().schedule(this::finish, left, TimeUnit.NANOSECONDS);
        send();
        for (int i = 1; i < DATAGRAMS; i++) {
            int number = i;
            plan.loop()
                    .schedule(
                            () -> {
                                if (sent == number) {
                                    send();
                                }
                            },
                            left * i / DATAGRAMS,
                            TimeUnit.NANOSECONDS);
        }
    }

    private void send() {
        if (result.isDone()) {
            return;
        }
        messages[sent] = plan.message(sent + 1);
        sentNs[sent] = System.nanoTime();
        channel.writeAndFlush(Unpooled.wrappedBuffer(messages[sent]))
                .addListener(
                        done -> {
                            if (!done.isSuccess()) {
                                failed(done.cause());
                            }
                        });
        sent++;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object received) {
        final long now = System.nanoTime();
        // NIO delivers packets here, the native transports plain buffers.
        ByteBuf content =
                received instanceof ByteBufHolder holder ? holder.content() : (ByteBuf) received;
        byte[] answer = ByteBufUtil.getBytes(content);
        content.release();
        for (int i = 0; i < sent; i++) {
            if (Arrays.equals(answer, messages[i])) {
                complete(PathState.ECHOING, OptionalLong.of(now - sentNs[i]), lost(i));
                return;
            }
        }
        if (difference.isEmpty()) {
            difference = EchoDifference.of(messages[sent - 1], answer);
            differentNs = now - sentNs[sent - 1];
        }
        wrong++;
        if (wrong == DATAGRAMS) {
            finish();
        } else if (sent < DATAGRAMS) {
            send();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        failed(cause);
    }

    private static String lost(int before) {
        return switch (before) {
            case 0 -> "";
            case 1 -> "the datagram before it was lost";
            default -> "the " + before + " datagrams before it were lost";
        };
    }

    private void failed(Throwable cause) {
        // A datagram that this machine forbids took no time on the path.
        boolean here = SocketFailure.of(cause) == SocketFailure.FILTERED_HERE;
        OptionalLong time =
                sent == 0 || here
                        ? OptionalLong.empty()
                        : OptionalLong.of(System.nanoTime() - sentNs[sent - 1]);
        complete(CheckPlan.state(cause), time, FailureWords.of(plan, cause));
    }

    private void finish() {
        if (!difference.isEmpty()) {
            complete(PathState.DIFFERENT, OptionalLong.of(differentNs), difference);
            return;
        }
        String silence =
                "nothing came back to "
                        + sent
                        + " datagrams within "
                        + plan.timeoutText()
                        + ", a firewall drops or nobody is there"
                        + (plan.transport().isNative()
                                ? ""
                                : "; over nio most ICMP errors look the same");
        complete(PathState.SILENT, OptionalLong.empty(), silence);
    }

    private void complete(PathState state, OptionalLong timeNs, String reason) {
        result.complete(
                new PathResult(
                        plan.path(),
                        state,
                        Optional.of(address),
                        timeNs,
                        OptionalLong.empty(),
                        reason));
        if (channel != null) {
            channel.close();
        }
    }
}
