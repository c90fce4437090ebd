package io.echo.server.udp;

import io.echo.server.loop.ReceiveBuffers;
import io.echo.server.metrics.LoopCounters;
import io.echo.server.metrics.TimeHistogram;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.SegmentedDatagramPacket;

/**
 * The guard of a channel that receives and sends trains: datagrams of one size that the kernel
 * takes in one call (UDP_GRO and UDP_SEGMENT, udp(7)).
 *
 * <p>A train that was received (see {@link ReceiveBuffers}) is judged and counted datagram by
 * datagram and goes on as one message, in the buffer that it came in. Datagrams that could have
 * come as one leave as one ({@link DatagramTrain}). A train that the kernel refuses to send, one
 * over the MTU for example, is sent again as single datagrams.
 */
public final class TrainGuard extends UdpGuard {
    /**
     * Bytes from which a train is sent before the next one is read: its slot is used again while it
     * is still in the processor's cache.
     */
    private static final int LONG_TRAIN = 2 << 10;

    /** The datagrams that were admitted last, which more of this batch may join. */
    private final DatagramTrain train = new DatagramTrain();

    /** Makes the guard of one channel. */
    public TrainGuard(UdpPolicy policy, LoopCounters counters, TimeHistogram times) {
        super(policy, counters, times);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        DatagramPacket request = (DatagramPacket) msg;
        int segment = ReceiveBuffers.openTrain(request.content());
        if (segment > 0) {
            readTrain(ctx, request, segment);
        } else {
            super.channelRead(ctx, request);
        }
    }

    private void readTrain(ChannelHandlerContext ctx, DatagramPacket request, int segment) {
        ByteBuf content = request.content();
        int length = content.readableBytes();
        noteReceived((length + segment - 1) / segment, length);
        replyTrain(ctx);
        dropUnadmitted(request, segment);
        if (!content.isReadable()) {
            content.release();
            return;
        }
        train.start(content, request.sender(), segment);
        replyTrain(ctx);
        if (length >= LONG_TRAIN) {
            ctx.flush();
            settleLedger(ctx.channel());
        }
    }

    /**
     * Shortens a train to what is admitted, and counts the rest as dropped. Admitted is all of it,
     * or the first datagrams, as far as the sender's budget goes; or the last one alone, which may
     * be small enough where the others are not. Datagrams after a refused one that follows an
     * admitted one are refused unasked, so that what is left is in one piece.
     */
    private void dropUnadmitted(DatagramPacket request, int segment) {
        ByteBuf content = request.content();
        UdpVerdict verdict = judge(request, content.readerIndex(), segment);
        int rest = content.readableBytes() - segment;
        if (verdict.admits() && admitsRest(request, (rest + segment - 1) / segment, rest)) {
            return;
        }
        int end = content.writerIndex();
        content.writerIndex(content.readerIndex());
        for (int at = content.readerIndex(); at < end; at += segment) {
            int length = Math.min(segment, end - at);
            boolean over = content.isReadable() && content.writerIndex() < at;
            if (at > 0 && !over) {
                verdict = judge(request, at, length);
            }
            if (verdict.admits()) {
                content.writerIndex(at + length);
            } else {
                verdict.count(counters, 1, length);
                if (!content.isReadable()) {
                    content.setIndex(at + length, at + length);
                }
            }
        }
    }

    /** Adds the datagram to the train, or answers the train and starts the next with it. */
    @Override
    void admit(ChannelHandlerContext ctx, DatagramPacket request) {
        ByteBuf content = request.content();
        if (!train.join(content, request.sender())) {
            replyTrain(ctx);
            train.start(content, request.sender(), content.readableBytes());
        }
    }

    @Override
    void admitProbe(ChannelHandlerContext ctx, DatagramPacket request) {
        replyTrain(ctx);
        super.admitProbe(ctx, request);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        replyTrain(ctx);
        super.channelReadComplete(ctx);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        replyTrain(ctx);
        super.channelInactive(ctx);
    }

    /** Answers the datagrams that have been admitted and not yet answered, if there are any. */
    private void replyTrain(ChannelHandlerContext ctx) {
        if (!train.isEmpty()) {
            reply(ctx, train.end());
        }
    }

    @Override
    void handOn(ChannelHandlerContext ctx, DatagramPacket reply) {
        if (reply instanceof SegmentedDatagramPacket many) {
            ledger.admit(many);
            ctx.fireChannelRead(many);
        } else {
            super.handOn(ctx, reply);
        }
    }

    @Override
    void drop(DatagramPacket message, UdpVerdict why) {
        why.count(counters, DatagramLedger.datagrams(message), message.content().readableBytes());
        message.release();
    }

    @Override
    void refused(ChannelHandlerContext ctx, ChannelOutboundBuffer out) {
        ledger.refuse(out, refused -> writeSingly(ctx, refused));
    }

    /** Writes the datagrams of a refused train one by one. */
    private void writeSingly(ChannelHandlerContext ctx, SegmentedDatagramPacket refused) {
        ByteBuf content = refused.content();
        int end = content.writerIndex();
        for (int at = content.readerIndex(); at < end; at += refused.segmentSize()) {
            int length = Math.min(refused.segmentSize(), end - at);
            ledger.admit(length);
            ctx.write(
                    new DatagramPacket(content.retainedSlice(at, length), refused.recipient()),
                    ctx.voidPromise());
        }
        ctx.flush();
    }
}
