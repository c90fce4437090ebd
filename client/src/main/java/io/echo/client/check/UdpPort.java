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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Asks one address over UDP from one local port.
 *
 * <p>Three datagrams, spread over the timeout so that a lost one is not called silence, and three
 * more between them once another port was answered, so that this one is not called dead by chance.
 * The first right answer, or the first error, is the result. A wrong answer brings the next
 * datagram forward: the result is "different" once each of three has got one, since it may be a
 * stray from another exchange.
 *
 * <p>All of it runs on the event loop.
 */
final class UdpPort extends ChannelInboundHandlerAdapter {
    /** Datagrams that are sent whatever other ports hear. */
    static final int DATAGRAMS = 3;

    private static final int MOST_DATAGRAMS = 2 * DATAGRAMS;

    /** Above what a datagram can carry. */
    private static final int RECEIVE_BUFFER_BYTES = 65_535;

    /**
     * The outcome of one port.
     *
     * @param timeNs from the datagram to its answer, an error included; empty if there was none
     * @param sent datagrams
     * @param lost datagrams before the one that was answered
     * @param reason in words; empty where it echoes or is silent
     */
    record Answer(
            int port, PathState state, OptionalLong timeNs, int sent, int lost, String reason) {
        boolean is(PathState other) {
            return state == other;
        }
    }

    private final CheckPlan plan;
    private final BooleanSupplier othersEcho;
    private final CompletableFuture<Answer> answer = new CompletableFuture<>();
    private final List<byte[]> messages = new ArrayList<>();
    private final List<Long> sentNs = new ArrayList<>();

    private Channel channel;
    private int port;
    private int planned;
    private int wrong;
    private String difference = "";
    private long differentNs;

    private UdpPort(CheckPlan plan, BooleanSupplier othersEcho) {
        this.plan = plan;
        this.othersEcho = othersEcho;
    }

    /**
     * Opens a socket, and sends nothing yet.
     *
     * @param local port 0 leaves the choice to the kernel
     * @param othersEcho tells if another port was answered
     */
    static CompletableFuture<UdpPort> open(
            CheckPlan plan,
            InetSocketAddress local,
            InetSocketAddress address,
            BooleanSupplier othersEcho) {
        UdpPort udp = new UdpPort(plan, othersEcho);
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(plan.loop())
                        .channelFactory(
                                plan.transport()
                                        .datagramChannels(Transport.family(address.getAddress())))
                        .option(
                                ChannelOption.RECVBUF_ALLOCATOR,
                                new FixedRecvByteBufAllocator(RECEIVE_BUFFER_BYTES))
                        .handler(udp);
        plan.icmpErrors().ifPresent(option -> bootstrap.option(option, 1));
        ChannelFuture connected =
                local.getPort() == 0
                        ? bootstrap.connect(address)
                        : bootstrap.connect(address, local);
        udp.channel = connected.channel();
        plan.channels().add(udp.channel);
        CompletableFuture<UdpPort> opened = new CompletableFuture<>();
        connected.addListener(
                done -> {
                    if (done.isSuccess()) {
                        udp.port = ((InetSocketAddress) udp.channel.localAddress()).getPort();
                        opened.complete(udp);
                    } else {
                        opened.completeExceptionally(done.cause());
                    }
                });
        return opened;
    }

    /** Returns the local port. */
    int port() {
        return port;
    }

    /** Begins to send after a delay; the outcome comes by the deadline. */
    CompletableFuture<Answer> ask(long delayNs) {
        long left = Math.max(0, plan.leftNs() - delayNs);
        plan.loop().schedule(this::finish, plan.leftNs(), TimeUnit.NANOSECONDS);
        for (int i = 0; i < MOST_DATAGRAMS; i++) {
            int slot = i;
            long at = delayNs + left * i / MOST_DATAGRAMS;
            if (at == 0) {
                send(slot);
            } else {
                plan.loop().schedule(() -> send(slot), at, TimeUnit.NANOSECONDS);
            }
        }
        return answer;
    }

    /** Sends the datagram of a moment: every second one only when other ports were answered. */
    private void send(int slot) {
        if (slot % 2 == 0) {
            if (planned == slot / 2) {
                sendPlanned();
            }
        } else if (difference.isEmpty() && othersEcho.getAsBoolean()) {
            send();
        }
    }

    private void sendPlanned() {
        planned++;
        send();
    }

    private void send() {
        if (answer.isDone()) {
            return;
        }
        byte[] message = plan.message(messages.size() + 1);
        messages.add(message);
        sentNs.add(System.nanoTime());
        channel.writeAndFlush(Unpooled.wrappedBuffer(message))
                .addListener(
                        done -> {
                            if (!done.isSuccess()) {
                                failed(done.cause());
                            }
                        });
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object received) {
        final long now = System.nanoTime();
        // NIO delivers packets here, the native transports plain buffers.
        ByteBuf content =
                received instanceof ByteBufHolder holder ? holder.content() : (ByteBuf) received;
        byte[] bytes = ByteBufUtil.getBytes(content);
        content.release();
        int last = messages.size() - 1;
        if (last < 0) {
            return; // a stray of whoever had this port before
        }
        if (plan.leftNs() == 0) {
            finish();
            return;
        }
        for (int i = 0; i <= last; i++) {
            if (Arrays.equals(bytes, messages.get(i))) {
                complete(PathState.ECHOING, OptionalLong.of(now - sentNs.get(i)), i, "");
                return;
            }
        }
        if (difference.isEmpty()) {
            difference = EchoDifference.of(messages.get(last), bytes);
            differentNs = now - sentNs.get(last);
        }
        wrong++;
        if (wrong == DATAGRAMS) {
            finish();
        } else if (planned < DATAGRAMS) {
            sendPlanned();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        failed(cause);
    }

    private void failed(Throwable cause) {
        // A datagram that this machine forbids took no time on the path.
        boolean here = SocketFailure.of(cause) == SocketFailure.FILTERED_HERE;
        OptionalLong time =
                sentNs.isEmpty() || here
                        ? OptionalLong.empty()
                        : OptionalLong.of(System.nanoTime() - sentNs.get(sentNs.size() - 1));
        complete(CheckPlan.state(cause), time, 0, FailureWords.of(plan, cause));
    }

    /** Ends the wait: what was not answered by now is silent. */
    void finish() {
        if (difference.isEmpty()) {
            complete(PathState.SILENT, OptionalLong.empty(), 0, "");
        } else {
            complete(PathState.DIFFERENT, OptionalLong.of(differentNs), 0, difference);
        }
    }

    private void complete(PathState state, OptionalLong timeNs, int lost, String reason) {
        answer.complete(new Answer(port, state, timeNs, messages.size(), lost, reason));
        channel.close();
    }
}
