package io.echo.server.udp;

import io.echo.net.workarounds.EmptyDatagrams;
import io.echo.server.loop.ReceiveBuffers;
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
import io.netty.channel.unix.SegmentedDatagramPacket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;

/**
 * Admits or drops a datagram, and turns a request envelope into a reply envelope.
 *
 * <p>A train of datagrams (see {@link ReceiveBuffers}) is judged and counted datagram by datagram
 * and goes on as one message, in the buffer that it came in; datagrams that could have come as one
 * leave as one ({@link DatagramTrain}). A train that the kernel refuses to send, over the MTU for
 * one, is sent again as single datagrams.
 *
 * <p>Owns a request until it hands the content on with the reply, or releases it with the drop.
 * When replies cannot leave as fast as requests come, reading stops, so that the kernel drops at
 * the socket's receive buffer and memory stays bounded; it goes on once the queue has drained.
 *
 * <p>One instance per channel, on its event loop; it alone writes that loop's cells for UDP.
 */
public final class UdpGuard extends ChannelDuplexHandler {
    /** Queued replies, in bytes: reading stops above the upper, goes on below the lower mark. */
    public static final WriteBufferWaterMark WATER_MARK =
            new WriteBufferWaterMark(64 << 10, 256 << 10);

    /** Of the slots that are for datagrams, half. */
    private static final int FEW = ReceiveBuffers.BATCH / 2;

    /**
     * Bytes of a train that is sent before the next one is read: its slot is used again while the
     * processor's cache still holds it.
     */
    private static final int LONG_TRAIN = 2 << 10;

    private final UdpPolicy policy;
    private final LoopCounters cells;
    private final TimeHistogram times;
    private final DatagramLedger ledger;
    private final boolean joins;

    /** What this batch has admitted last and more may join. */
    private final DatagramTrain run = new DatagramTrain();

    /** Datagrams and bytes of the running batch. */
    private int received;

    private long receivedBytes;

    /** The clock at the start of the running batch. */
    private long nowNs;

    /** Whether replies were still queued after the last batch. */
    private boolean backlogged;

    /** Whether the empty datagram that was handed on last could not leave. */
    private boolean emptyUnsent;

    /**
     * Makes a guard.
     *
     * @param joins whether the channel sends trains: datagrams that could be one are then joined
     */
    public UdpGuard(UdpPolicy policy, LoopCounters cells, TimeHistogram times, boolean joins) {
        this.joins = joins;
        this.policy = policy;
        this.cells = cells;
        this.times = times;
        this.ledger = new DatagramLedger(cells);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        DatagramPacket request = (DatagramPacket) msg;
        InetSocketAddress sender = request.sender();
        ByteBuf content = request.content();
        if (received == 0) {
            nowNs = System.nanoTime();
        }
        int segment = ReceiveBuffers.openTrain(content);
        if (segment > 0) {
            readTrain(ctx, sender, content, segment);
            return;
        }
        int length = content.readableBytes();
        received++;
        receivedBytes += length;
        UdpVerdict verdict = policy.judge(sender, length, nowNs);
        if (verdict == UdpVerdict.ADMITTED) {
            if (!joins || !run.join(content, sender)) {
                pass(ctx);
                run.start(content, sender, length);
            }
            if (!joins) {
                pass(ctx);
            }
        } else if (verdict == UdpVerdict.PROBE) {
            received--;
            receivedBytes -= length;
            pass(ctx);
            ledger.admitUncounted();
            ctx.fireChannelRead(new DatagramPacket(content, sender));
        } else {
            verdict.count(cells, 1, length);
            request.release();
        }
    }

    /** Hands on what has been admitted and not yet handed on. */
    private void pass(ChannelHandlerContext ctx) {
        if (run.isEmpty()) {
            return;
        }
        DatagramPacket reply = run.end();
        if (backlogged) {
            passCopy(ctx, reply);
        } else {
            handOn(ctx, reply);
        }
    }

    private void handOn(ChannelHandlerContext ctx, DatagramPacket reply) {
        if (reply instanceof SegmentedDatagramPacket train) {
            ledger.admit(train);
        } else if (reply.content().isReadable()) {
            ledger.admit(reply.content().readableBytes());
        } else {
            passEmpty(ctx, reply);
            return;
        }
        ctx.fireChannelRead(reply);
    }

    /**
     * Hands an empty datagram on. It may leave past the outbound buffer, and flushes that first
     * ({@link EmptyDatagrams}): the ledger, which goes by the buffer, must not know of it yet.
     */
    private void passEmpty(ChannelHandlerContext ctx, DatagramPacket reply) {
        emptyUnsent = false;
        ctx.fireChannelRead(reply);
        if (!emptyUnsent) {
            ledger.admit(0);
        }
    }

    private void readTrain(
            ChannelHandlerContext ctx, InetSocketAddress sender, ByteBuf content, int segment) {
        int length = content.readableBytes();
        received += (length + segment - 1) / segment;
        receivedBytes += length;
        pass(ctx);
        admitted(sender, content, segment);
        if (!content.isReadable()) {
            content.release();
            return;
        }
        run.start(content, sender, segment);
        pass(ctx);
        if (length >= LONG_TRAIN) {
            ctx.flush();
            settle(ctx.channel());
        }
    }

    /**
     * Leaves of a train what is admitted, and counts the rest as dropped. That is all of it, or the
     * datagrams that the sender's budget still covers; or the last one alone, which may be small
     * enough where the others are not. What follows a refusal after an admission is refused too.
     */
    private void admitted(InetSocketAddress sender, ByteBuf train, int segment) {
        UdpVerdict verdict = policy.judge(sender, segment, nowNs);
        if (verdict.admits() && policy.isUnmetered(sender)) {
            return;
        }
        int end = train.writerIndex();
        train.writerIndex(train.readerIndex());
        for (int at = train.readerIndex(); at < end; at += segment) {
            int length = Math.min(segment, end - at);
            boolean over = train.isReadable() && train.writerIndex() < at;
            if (at > 0 && !over) {
                verdict = policy.judge(sender, length, nowNs);
            }
            if (verdict.admits()) {
                train.writerIndex(at + length);
            } else {
                verdict.count(cells, 1, length);
                if (!train.isReadable()) {
                    train.setIndex(at + length, at + length);
                }
            }
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        pass(ctx);
        ctx.fireChannelReadComplete(); // The echo flushes.
        times.record(System.nanoTime() - nowNs, received);
        cells.add(Counter.UDP_RECEIVED, received);
        cells.add(Counter.UDP_RECEIVED_BYTES, receivedBytes);
        received = 0;
        receivedBytes = 0;
        settle(ctx.channel());
        if (!ctx.channel().isWritable()) {
            ctx.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            ctx.channel().config().setAutoRead(true);
        }
        ctx.fireChannelWritabilityChanged();
    }

    /**
     * A reply that the kernel refuses is dropped. What is not of input and output, such as a lack
     * of memory to read with, is about no reply.
     */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof EmptyDatagrams.Unsent) {
            emptyUnsent = true;
            UdpVerdict.SEND.count(cells, 1, 0);
            return;
        }
        ChannelOutboundBuffer out = ctx.channel().unsafe().outboundBuffer();
        boolean refused =
                cause instanceof IOException && !(cause instanceof ClosedChannelException);
        if (out != null && refused) {
            ledger.refuse(out, train -> writeSingly(ctx, train));
        }
    }

    /** Counts what has left while the queue can still be seen: io_uring sends after the batch. */
    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        settle(ctx.channel());
        ctx.close(promise);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        pass(ctx);
        ledger.close();
        ctx.fireChannelInactive();
    }

    /** Brings the counters up to date with what the kernel has taken since the last batch. */
    public void settle(Channel channel) {
        ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
        if (out != null) {
            ledger.settle(out);
            backlogged = !out.isEmpty();
        }
    }

    private void writeSingly(ChannelHandlerContext ctx, SegmentedDatagramPacket train) {
        ByteBuf content = train.content();
        int end = content.writerIndex();
        for (int at = content.readerIndex(); at < end; at += train.segmentSize()) {
            int length = Math.min(train.segmentSize(), end - at);
            ledger.admit(length);
            ctx.write(
                    new DatagramPacket(content.retainedSlice(at, length), train.recipient()),
                    ctx.voidPromise());
        }
        ctx.flush();
    }

    /**
     * Copies what may wait long out of its 64 KiB receive slot, so that waiting pins no slot. When
     * there is no memory for that, a few may wait in their slots, and more are dropped.
     */
    private void passCopy(ChannelHandlerContext ctx, DatagramPacket reply) {
        int length = reply.content().readableBytes();
        ByteBuf copy;
        try {
            copy = ctx.alloc().directBuffer(length, length);
        } catch (OutOfMemoryError e) {
            if (ledger.messages() < FEW) {
                handOn(ctx, reply);
            } else {
                UdpVerdict.SEND.count(cells, DatagramLedger.datagrams(reply), length);
                reply.release();
            }
            return;
        }
        DatagramPacket waiting = reply.replace(copy.writeBytes(reply.content()));
        reply.release();
        handOn(ctx, waiting);
    }
}
