package io.echo.client.check;

import io.echo.client.socket.SocketFailure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Sends a message over a connection, compares what comes back, and closes the connection. */
final class TcpExchange extends ChannelInboundHandlerAdapter {
    /** The outcome of an exchange, as {@link PathResult} has it. */
    record Answer(PathState state, OptionalLong timeNs, String reason) {}

    private final CheckPlan plan;
    private final Channel channel;
    private final CompletableFuture<Answer> answer = new CompletableFuture<>();
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final byte[] message;
    private final long sentNs = System.nanoTime();

    TcpExchange(CheckPlan plan, Channel channel) {
        this.plan = plan;
        this.channel = channel;
        this.message = plan.message(1);
    }

    /** Starts; the outcome comes by the deadline. On the event loop. */
    CompletableFuture<Answer> start() {
        plan.loop().schedule(this::timedOut, plan.leftNs(), TimeUnit.NANOSECONDS);
        channel.pipeline().addLast(this);
        if (!channel.isActive()) {
            channelInactive(null);
            return answer;
        }
        channel.writeAndFlush(Unpooled.wrappedBuffer(message))
                .addListener(
                        done -> {
                            if (!done.isSuccess()) {
                                failed(done.cause());
                            }
                        });
        channel.config().setAutoRead(true);
        return answer;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
        ByteBuf buffer = (ByteBuf) bytes;
        byte[] more = new byte[buffer.readableBytes()];
        buffer.readBytes(more).release();
        if (plan.leftNs() == 0) {
            timedOut();
            return;
        }
        received.writeBytes(more);
        byte[] all = received.toByteArray();
        int differs = Arrays.mismatch(message, all);
        if (differs < 0) {
            complete(PathState.ECHOING, sinceSent(), "");
        } else if (differs < all.length) {
            complete(PathState.DIFFERENT, sinceSent(), EchoDifference.of(message, all));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        ended("closed by the peer", sinceSent());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        failed(cause);
    }

    private void failed(Throwable cause) {
        OptionalLong time = sinceSent();
        if (SocketFailure.of(cause) == SocketFailure.RESET) {
            complete(PathState.RESET, time, "reset");
        } else {
            complete(CheckPlan.state(cause), time, FailureWords.of(plan, cause));
        }
    }

    private void timedOut() {
        ended("silent until " + plan.timeoutText() + " had passed", OptionalLong.empty());
    }

    private void ended(String end, OptionalLong time) {
        if (received.size() == 0) {
            complete(PathState.NOT_ECHOING, time, end);
        } else {
            String cut = EchoDifference.of(message, received.toByteArray());
            complete(PathState.DIFFERENT, time, cut + ", then " + end);
        }
    }

    private OptionalLong sinceSent() {
        return OptionalLong.of(System.nanoTime() - sentNs);
    }

    private void complete(PathState state, OptionalLong timeNs, String reason) {
        answer.complete(new Answer(state, timeNs, reason));
        channel.close();
    }
}
