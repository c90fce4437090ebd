package io.echo.server.udp;

import io.echo.net.workarounds.EmptyDatagrams;
import io.echo.server.loop.ReceiveBuffers;
import io.echo.server.loop.Shortage;
import io.echo.server.metrics.Counter;
import io.echo.server.metrics.LoopCounters;
import io.echo.server.metrics.TimeHistogram;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.DatagramPacket;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;

/**
 * Admits or drops a datagram, and turns a request envelope into a reply envelope.
 *
 * <pre>
 *   channelRead --> UdpPolicy.judge -- drop, counted under its reason
 *                     |
 *                   admit --> reply --> handOn --> EchoHandler
 *                               |         ^
 *                               +- copy --+   out of its receive slot, when it may have to wait
 * </pre>
 *
 * <p>Owns a request until it hands the content on with the reply, or releases it with the drop.
 * When replies cannot leave as fast as requests come, reading stops, so that the kernel drops at
 * the socket's receive buffer and memory stays bounded; it goes on once the queue has drained.
 *
 * <p>One instance per channel, on its event loop; it alone writes that loop's counters for UDP.
 * Where the kernel takes many datagrams in one call, {@link TrainGuard} stands in its place, and
 * where there are balancers, {@link ProxiedGuard}.
 */
public class UdpGuard extends ChannelDuplexHandler {
    /** Queued replies, in bytes: reading stops above the upper, goes on below the lower mark. */
    public static final WriteBufferWaterMark WATER_MARK =
            new WriteBufferWaterMark(64 << 10, 256 << 10);

    /** Replies that may wait in their receive slots: half of the slots that are for datagrams. */
    private static final int MAX_WAITING_IN_SLOTS = ReceiveBuffers.BATCH / 2;

    final UdpPolicy policy;
    final LoopCounters counters;
    final DatagramLedger ledger;
    private final TimeHistogram times;

    /** Datagrams and bytes of the running batch. */
    private int received;

    private long receivedBytes;

    /** The clock at the start of the running batch. */
    private long nowNs;

    /** Time that the last batch took, from its first read to the flush of its replies. */
    private long tookNs;

    /** Set if replies were still queued after the last batch. */
    private boolean backlogged;

    /** The time at which reading stopped since replies could not leave; 0 while it goes on. */
    private long stoppedNs;

    /** Set if the empty datagram that was handed on last could not leave. */
    private boolean emptyUnsent;

    /** Makes the guard of one channel. */
    public UdpGuard(UdpPolicy policy, LoopCounters counters, TimeHistogram times) {
        this.policy = policy;
        this.counters = counters;
        this.times = times;
        this.ledger = new DatagramLedger(counters);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        DatagramPacket request = (DatagramPacket) msg;
        int length = request.content().readableBytes();
        noteReceived(1, length);
        UdpVerdict verdict = judge(request, request.content().readerIndex(), length);
        if (verdict == UdpVerdict.ADMITTED) {
            admit(ctx, request);
        } else if (verdict == UdpVerdict.PROBE) {
            received--;
            receivedBytes -= length;
            admitProbe(ctx, request);
        } else {
            drop(request, verdict);
        }
    }

    /** Adds to the batch what has been read; the first of a batch reads the clock. */
    final void noteReceived(int datagrams, int bytes) {
        if (received == 0) {
            nowNs = System.nanoTime();
        }
        received += datagrams;
        receivedBytes += bytes;
    }

    /** Returns the clock at the start of the running batch. */
    final long nowNs() {
        return nowNs;
    }

    /** Decides on a datagram of the running batch that came with a request, from an index on. */
    final UdpVerdict judge(DatagramPacket request, int at, int length) {
        return policy.judge(request.sender(), request.content(), at, length, nowNs);
    }

    /** Decides at once on what follows the admitted first datagram of a request. */
    final boolean admitsRest(DatagramPacket request, int count, int length) {
        return policy.admitsRest(request.sender(), count, length, nowNs);
    }

    /** Answers an admitted request. */
    void admit(ChannelHandlerContext ctx, DatagramPacket request) {
        reply(ctx, new DatagramPacket(request.content(), request.sender()));
    }

    /** Answers the server's own background echo, which the prober alone counts. */
    void admitProbe(ChannelHandlerContext ctx, DatagramPacket request) {
        ledger.admitUncounted();
        ctx.fireChannelRead(new DatagramPacket(request.content(), request.sender()));
    }

    /** Counts a message under the reason why it gets no answer, and releases it. */
    void drop(DatagramPacket message, UdpVerdict why) {
        why.count(counters, 1, message.content().readableBytes());
        message.release();
    }

    /** Hands a reply on to the echo: in its receive slot if it leaves at once, else in a copy. */
    final void reply(ChannelHandlerContext ctx, DatagramPacket reply) {
        if (backlogged) {
            replyInCopy(ctx, reply);
        } else {
            handOn(ctx, reply);
        }
    }

    /**
     * Copies what may wait long out of its 64 KiB receive slot, so that waiting pins no slot. When
     * there is no memory for that, a few may wait in their slots, and more are dropped.
     */
    private void replyInCopy(ChannelHandlerContext ctx, DatagramPacket reply) {
        int length = reply.content().readableBytes();
        ByteBuf copy;
        try {
            copy = ctx.alloc().directBuffer(length, length);
        } catch (OutOfMemoryError e) {
            Shortage.tellIfOfHeap(e);
            if (ledger.messages() < MAX_WAITING_IN_SLOTS) {
                handOn(ctx, reply);
            } else {
                drop(reply, UdpVerdict.SEND);
            }
            return;
        }
        DatagramPacket waiting = reply.replace(copy.writeBytes(reply.content()));
        reply.release();
        handOn(ctx, waiting);
    }

    /** Notes a reply in the ledger, and hands it on to the echo. */
    void handOn(ChannelHandlerContext ctx, DatagramPacket reply) {
        int length = reply.content().readableBytes();
        if (length == 0) {
            handOnEmpty(ctx, reply);
            return;
        }
        ledger.admit(length);
        ctx.fireChannelRead(reply);
    }

    /**
     * Hands an empty datagram on. It may leave past the outbound buffer, and flushes that first
     * ({@link EmptyDatagrams}): the ledger, which goes by the buffer, must not know of it yet.
     */
    private void handOnEmpty(ChannelHandlerContext ctx, DatagramPacket reply) {
        emptyUnsent = false;
        ctx.fireChannelRead(reply);
        if (!emptyUnsent) {
            ledger.admit(0);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.fireChannelReadComplete(); // The echo flushes.
        tookNs = System.nanoTime() - nowNs;
        counters.add(Counter.UDP_RECEIVED, received);
        counters.add(Counter.UDP_RECEIVED_BYTES, receivedBytes);
        received = 0;
        receivedBytes = 0;
        settle(ctx.channel());
        if (!ctx.channel().isWritable()) {
            ctx.channel().config().setAutoRead(false);
            stoppedNs = stoppedNs == 0 ? nowNs : stoppedNs;
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            noteEndOfStop();
            ctx.channel().config().setAutoRead(true);
        }
        ctx.fireChannelWritabilityChanged();
    }

    private void noteEndOfStop() {
        if (stoppedNs != 0) {
            long endNs = System.nanoTime();
            policy.noteStuck(endNs - stoppedNs, endNs);
            stoppedNs = 0;
        }
    }

    /**
     * Drops the reply that the kernel has just refused. An error that is not one of input or
     * output, such as a lack of memory to read with, concerns no reply.
     */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Shortage.tellIfOfHeap(cause);
        if (cause instanceof EmptyDatagrams.Unsent) {
            emptyUnsent = true;
            UdpVerdict.SEND.count(counters, 1, 0);
            return;
        }
        ChannelOutboundBuffer out = ctx.channel().unsafe().outboundBuffer();
        boolean refused =
                cause instanceof IOException && !(cause instanceof ClosedChannelException);
        if (out != null && refused) {
            refused(ctx, out);
        }
    }

    /** Counts the reply that the kernel has refused: the last to leave the buffer. */
    void refused(ChannelHandlerContext ctx, ChannelOutboundBuffer out) {
        ledger.refuse(out);
    }

    /** Counts what has left while the queue is still there: io_uring sends after the batch. */
    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        settle(ctx.channel());
        ctx.close(promise);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        ledger.close();
        ctx.fireChannelInactive();
    }

    /** Brings the counters up to date with what the kernel has taken, and notes its echo time. */
    public final void settle(Channel channel) {
        settleLedger(channel);
        times.record(tookNs, ledger.takeEchoed());
    }

    /** Brings the counters up to date within a batch, whose echo time is not known yet. */
    final void settleLedger(Channel channel) {
        ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
        if (out != null) {
            ledger.settle(out);
            backlogged = !out.isEmpty();
        }
    }
}
