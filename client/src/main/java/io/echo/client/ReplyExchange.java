package io.echo.client;

import io.echo.cli.FlagValues;
import io.echo.client.socket.FailureReason;
import io.echo.client.socket.StreamEnd;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.PortUnreachableException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Sends messages over one connected channel and completes each with its reply, or with the reason
 * why there is none.
 *
 * <p>The last handler of its pipeline. Everything here runs on the channel's event loop, but for
 * {@link #closeQuietly}. Received buffers are copied and released; none leaves.
 */
final class ReplyExchange extends ChannelInboundHandlerAdapter implements ReplyMatcher.Findings {
    /** A timer that is so late was kept from its core. */
    private static final long STALL_NS = 50_000_000;

    private final Target target;
    private final Duration timeout;
    private final ReplyMatcher matcher;
    private final Consumer<StrayReply> strays;

    /** Completes when the channel has closed: with the reason, unless it was closed from here. */
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    /** Set once, by the thread that closes the client, before the channel is closed. */
    private volatile boolean closing;

    /** The last error, perhaps just before the channel closed; written by the event loop. */
    private Throwable cause;

    /** Arrival time of the bytes being matched; written by the event loop. */
    private long receivedNs;

    ReplyExchange(Target target, Duration timeout, Consumer<StrayReply> strays) {
        this.target = target;
        this.timeout = timeout;
        this.strays = strays;
        this.matcher = target.protocol() == Protocol.UDP ? new UdpMatcher() : new TcpMatcher();
    }

    CompletableFuture<Void> closed() {
        return closed;
    }

    /** Notes that the channel is about to be closed from this side. Any thread. */
    void closeQuietly() {
        closing = true;
    }

    /** Sends one message; its future is completed in all cases, by the timeout at the latest. */
    void send(Channel channel, PendingMessage pending) {
        if (!channel.isActive()) {
            pending.future.completeExceptionally(ended(pending));
            return;
        }
        // Copied before the clock starts: else Netty copies within the measured time.
        int length = pending.message.length;
        ByteBuf bytes = channel.alloc().directBuffer(length).writeBytes(pending.message);
        matcher.sent(pending);
        pending.timer =
                channel.eventLoop()
                        .schedule(
                                () -> expire(channel, pending),
                                timeout.toNanos(),
                                TimeUnit.NANOSECONDS);
        pending.sentNs = System.nanoTime();
        channel.writeAndFlush(bytes)
                .addListener(
                        sent -> {
                            if (!sent.isSuccess()) {
                                unsent(pending, sent.cause());
                            }
                        });
    }

    /**
     * Tells a TCP peer that no message follows: at once where replies still come then, else when
     * those that are waited for have come, or will not.
     */
    void endMessages(Channel channel) {
        CompletableFuture<?>[] owed = {};
        if (StreamEnd.endsBothWays(channel)) {
            owed =
                    matcher.waiting().stream()
                            .map(pending -> pending.future)
                            .toArray(CompletableFuture[]::new);
        }
        CompletableFuture.allOf(owed).whenComplete((all, lost) -> StreamEnd.send(channel));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        receivedNs = System.nanoTime();
        try {
            matcher.received(
                    msg instanceof DatagramPacket packet ? packet.content() : (ByteBuf) msg, this);
        } finally {
            ReferenceCountUtil.release(msg);
        }
    }

    @Override
    public void answered(PendingMessage pending, byte[] reply) {
        Duration age = Duration.ofNanos(receivedNs - pending.sentNs);
        if (pending.expired) {
            // In a stream its place says whose reply it is, right or wrong.
            boolean right = Arrays.equals(pending.message, reply);
            strays.accept(new StrayReply(reply, right ? Optional.of(age) : Optional.empty()));
            return;
        }
        pending.timer.cancel(false);
        if (pending.damaged != null) {
            foreign(pending.damaged); // perhaps that of another message like it
        }
        if (Arrays.equals(pending.message, reply)) {
            pending.future.complete(new Reply(reply, age));
        } else {
            pending.future.completeExceptionally(new CorruptReplyException(pending.message, reply));
        }
    }

    /**
     * Takes a datagram that looks like a message for its damaged reply, unless the reply still
     * comes in time; all else is a stray.
     */
    @Override
    public void foreign(byte[] bytes) {
        if (target.protocol() == Protocol.UDP) {
            for (PendingMessage pending : matcher.waiting()) {
                if (pending.damaged == null && isLike(pending.message, bytes)) {
                    pending.damaged = bytes;
                    return;
                }
            }
        }
        strays.accept(new StrayReply(bytes, Optional.empty()));
    }

    /** Tells if two messages are as long as each other, or one begins with the other. */
    private static boolean isLike(byte[] message, byte[] reply) {
        return message.length == reply.length
                || Arrays.mismatch(message, reply) == Math.min(message.length, reply.length);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        // First, so that the listener of a failed future finds closed() done already.
        if (closing) {
            closed.complete(null);
        } else {
            closed.completeExceptionally(new IOException(reason(), cause));
        }
        for (PendingMessage pending : matcher.waiting()) {
            fail(pending, ended(pending));
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable thrown) {
        cause = thrown;
        if (target.protocol() == Protocol.TCP) {
            ctx.close();
            return;
        }
        failAll(thrown);
    }

    private void expire(Channel channel, PendingMessage pending) {
        long lateNs = System.nanoTime() - pending.sentNs - timeout.toNanos();
        if (lateNs > STALL_NS && !pending.postponed) {
            // This process stood still: what came meanwhile is read first.
            pending.postponed = true;
            pending.timer =
                    channel.eventLoop()
                            .schedule(
                                    () -> expire(channel, pending), STALL_NS, TimeUnit.NANOSECONDS);
            return;
        }
        byte[] partial = matcher.partial(pending);
        matcher.expired(pending);
        pending.expired = true;
        if (pending.damaged != null) {
            pending.future.completeExceptionally(
                    new CorruptReplyException(pending.message, pending.damaged));
            return;
        }
        if (isWrong(partial, pending)) {
            pending.future.completeExceptionally(
                    new CorruptReplyException(pending.message, partial));
            return;
        }
        String within = " within " + FlagValues.show(timeout);
        String text =
                partial.length == 0
                        ? "no reply" + within
                        : "no whole reply" + within + ", only " + share(partial, pending);
        pending.future.completeExceptionally(new NoReplyException(text, partial, null));
    }

    private void unsent(PendingMessage pending, Throwable thrown) {
        if (target.protocol() == Protocol.TCP || thrown instanceof ClosedChannelException) {
            // The channel is closing, and channelInactive fails this message with all others.
            if (cause == null && !(thrown instanceof ClosedChannelException)) {
                cause = thrown;
            }
            return;
        }
        if (thrown instanceof PortUnreachableException) {
            // The kernel reports an earlier datagram's failure with this one, and only once.
            failAll(thrown);
            return;
        }
        matcher.forgotten(pending);
        fail(pending, unreachable(thrown));
    }

    /** Fails all that waits: ICMP does not name the datagram. The socket stays usable. */
    private void failAll(Throwable thrown) {
        for (PendingMessage pending : matcher.waiting()) {
            matcher.forgotten(pending);
            fail(pending, unreachable(thrown));
        }
    }

    private IOException unreachable(Throwable thrown) {
        return new IOException(target + ": " + why(thrown), thrown);
    }

    private String why(Throwable thrown) {
        return FailureReason.of(target.protocol(), thrown, timeout);
    }

    private static void fail(PendingMessage pending, IOException failure) {
        pending.timer.cancel(false);
        pending.expired = true;
        pending.future.completeExceptionally(failure);
    }

    /** Tells if what has come of a reply is not how its message begins. */
    private static boolean isWrong(byte[] partial, PendingMessage pending) {
        return partial.length > 0 && Arrays.mismatch(pending.message, partial) != partial.length;
    }

    private static String share(byte[] partial, PendingMessage pending) {
        return partial.length + " of " + pending.message.length + " bytes";
    }

    private IOException ended(PendingMessage pending) {
        byte[] partial = matcher.partial(pending);
        if (isWrong(partial, pending)) {
            return new CorruptReplyException(pending.message, partial);
        }
        return new NoReplyException(
                reason() + ", " + share(partial, pending) + " back", partial, cause);
    }

    private String reason() {
        if (closing) {
            return "the client is closed";
        }
        if (cause != null) {
            return target + ": " + why(cause);
        }
        return target
                + (target.protocol() == Protocol.UDP
                        ? ": the socket is closed"
                        : ": connection closed by the peer");
    }
}
