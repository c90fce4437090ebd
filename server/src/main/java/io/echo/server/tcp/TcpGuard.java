package io.echo.server.tcp;

import io.echo.server.config.ServerConfig;
import io.echo.server.loop.IntQueue;
import io.echo.server.metrics.Counter;
import io.echo.server.metrics.LoopCounters;
import io.echo.server.metrics.TimeHistogram;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;

/**
 * Bounds what a connection holds and how long it may hold it, and ends it without losing a byte.
 *
 * <pre>
 *     accepted
 *        |              queue above the upper mark
 *        v       ------------------------------------->
 *      OPEN                                              PAUSED   does not read
 *    reads and   <-------------------------------------
 *     echoes            queue below the lower mark
 *        |
 *        |-- the peer has shut down its sending side --> HALF-CLOSED --+   both write what is
 *        |                                                             |   queued; the last
 *        +-- the server stops, its drain time is over -> DRAINING -----+   byte closes them
 *                                                                      v
 *                                                                   CLOSED
 * </pre>
 *
 * <p>Each connection is counted under one reason when it has closed:
 *
 * <pre>
 *   reason       from state     when
 *   peer         HALF-CLOSED    the last byte has left
 *   half_closed  HALF-CLOSED    nothing has moved for --half-closed-timeout; reset
 *   stalled      all but        the peer has taken no byte for --stall-timeout; reset
 *                HALF-CLOSED
 *   idle         OPEN           nothing is queued or has moved for --idle-timeout
 *   drained      OPEN           the server stops, and nothing has moved for a moment
 *   drained      DRAINING       the last byte has left, or could not leave in time; then reset
 *   reset        any but        the peer has reset it, or a read or a write has failed; one that
 *                DRAINING       we are ending keeps our reason
 * </pre>
 *
 * <p>The three timeouts are checked by {@link #endIfTimedOut}, which {@link TcpConnections} calls
 * now and then: on the data path only the first read of a batch reads the clock.
 *
 * <p>One instance per connection, on its event loop.
 */
public final class TcpGuard extends ChannelDuplexHandler {
    /** Queued bytes: reading stops above the upper mark, goes on below the lower one. */
    public static final WriteBufferWaterMark WATER_MARK =
            new WriteBufferWaterMark(32 << 10, 64 << 10);

    private final LoopCounters counters;
    private final TimeHistogram times;

    // In every state: what is queued.

    /** Bytes read and not yet taken back by the kernel, as of the last write that completed. */
    private long pending;

    /** The lengths of the writes that these bytes are in, the oldest first. */
    private final IntQueue writes = new IntQueue();

    /** The promise of every write, told of each that completes, in order; never done itself. */
    private ChannelPromise written;

    // In every state: the time since something has moved.

    /** Set when something is read or taken; cleared by each check. */
    private boolean moved;

    /** The time of the last check that saw something move, on the {@link System#nanoTime} clock. */
    private long movedNs;

    /** The bytes of the oldest write that the kernel had taken at the last check. */
    private long progress;

    // OPEN: the running batch of reads.

    /** Reads so far. */
    private int reads;

    /** The clock at the start of the batch. */
    private long readNs;

    /** Set if bytes were still queued at the start of the batch. */
    private boolean backlogged;

    // HALF-CLOSED, DRAINING, CLOSED.

    /** HALF-CLOSED: the peer has shut down its sending side. */
    private boolean halfClosed;

    /** DRAINING: nothing is read any more. */
    private boolean draining;

    /** CLOSED: the reason it is counted under. An error changes it only from the first value. */
    private Counter reason = Counter.TCP_CLOSED_PEER;

    /** Makes the guard of one connection. */
    public TcpGuard(LoopCounters counters, TimeHistogram times) {
        this.counters = counters;
        this.times = times;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        written =
                new DefaultChannelPromise(ctx.channel()) {
                    @Override
                    public boolean setUncancellable() {
                        return true;
                    }

                    @Override
                    public boolean trySuccess(Void result) {
                        completeWrite(true);
                        return true;
                    }

                    @Override
                    public boolean tryFailure(Throwable cause) {
                        completeWrite(false);
                        if (ctx.channel().isOpen()) {
                            ctx.close(); // The peer would miss the lost bytes in what follows.
                        }
                        return true;
                    }
                };
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        movedNs = System.nanoTime();
        counters.add(Counter.TCP_ACCEPTED, 1);
        counters.add(Counter.TCP_OPEN, 1);
        ctx.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        counters.add(Counter.TCP_OPEN, -1);
        counters.add(reason, 1);
        ctx.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ByteBuf content = (ByteBuf) msg;
        moved = true;
        if (reads++ == 0) {
            readNs = System.nanoTime();
            backlogged = pending > 0;
        }
        counters.add(Counter.TCP_RECEIVED_BYTES, content.readableBytes());
        ctx.fireChannelRead(backlogged ? copyOutOfSlot(ctx, content) : content);
        if (!ctx.channel().isWritable()) {
            // Stops the running read batch too; the flush may make the channel writable at once.
            ctx.channel().config().setAutoRead(false);
            ctx.flush();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.fireChannelReadComplete(); // The echo flushes.
        if (reads > 0) {
            times.record(System.nanoTime() - readNs, reads);
            reads = 0;
        }
    }

    /**
     * Counts what is echoed. All writes share one promise, for one each would be all the garbage
     * that an echo makes; they complete in order, so the promise knows which one has.
     */
    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        if (!promise.isVoid()) {
            ctx.write(msg, promise); // The empty write of closeAfterWrites().
            return;
        }
        int length = ((ByteBuf) msg).readableBytes();
        pending += length;
        writes.add(length);
        counters.add(Counter.TCP_PENDING_BYTES, length);
        ctx.write(msg, written);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        Channel channel = ctx.channel();
        channel.config().setAutoRead(channel.isWritable() && !draining);
        ctx.fireChannelWritabilityChanged();
    }

    /** Enters HALF-CLOSED. {@code close()} at once would drop what is still queued. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            halfClosed = true;
            closeAfterWrites(ctx.channel());
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        noteError();
        ctx.close();
    }

    /** Closes when everything written so far has left. */
    private static void closeAfterWrites(Channel channel) {
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    /** Enters DRAINING: stops reading, and closes when everything read so far has left. */
    public void drain(Channel channel) {
        reason = Counter.TCP_CLOSED_DRAINED;
        draining = true;
        channel.config().setAutoRead(false);
        closeAfterWrites(channel);
    }

    /**
     * Ends the connection if nothing has moved for as long as its state allows. On the loop.
     *
     * @param idleNs how long a connection with nothing queued may be silent; 0 for ever
     */
    public void endIfTimedOut(
            Channel channel, long nowNs, ServerConfig.TcpLimits limits, long idleNs) {
        if (moved(channel)) {
            movedNs = nowNs;
        }
        long stillNs = nowNs - movedNs;
        if (halfClosed && stillNs >= limits.halfClosedTimeout().toNanos()) {
            reset(channel, Counter.TCP_CLOSED_HALF_CLOSED);
        } else if (!halfClosed && pending > 0 && stillNs >= limits.stallTimeout().toNanos()) {
            reset(channel, Counter.TCP_CLOSED_STALLED);
        } else if (pending == 0 && idleNs > 0 && stillNs >= idleNs) {
            close(channel, Counter.TCP_CLOSED_IDLE);
        }
    }

    /** Returns whether nothing is queued and nothing has moved for that long. On the loop. */
    public boolean isQuiet(Channel channel, long nowNs, long forNs) {
        if (moved(channel)) {
            movedNs = nowNs;
        }
        return pending == 0 && nowNs - movedNs >= forNs;
    }

    /** Closes with an orderly end of stream. */
    public void close(Channel channel, Counter why) {
        reason = why;
        channel.close();
    }

    /** Closes at once, telling the peer that bytes were lost. */
    public void reset(Channel channel, Counter why) {
        try {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        } catch (ChannelException e) {
            // The peer has reset it already: its options are gone, but it can be closed.
        }
        close(channel, why);
    }

    /** Copies what may wait long out of its receive slot, unless it fills half of that. */
    private static ByteBuf copyOutOfSlot(ChannelHandlerContext ctx, ByteBuf content) {
        int length = content.readableBytes();
        if (length > content.capacity() / 2) {
            return content;
        }
        try {
            return ctx.alloc().directBuffer(length, length).writeBytes(content);
        } finally {
            content.release();
        }
    }

    /** Counts the oldest write, which the kernel has taken or the channel has failed. */
    private void completeWrite(boolean taken) {
        int length = writes.remove();
        moved = true;
        pending -= length;
        counters.add(Counter.TCP_PENDING_BYTES, -length);
        counters.add(taken ? Counter.TCP_ECHOED_BYTES : Counter.TCP_DROPPED_CLOSED, length);
        if (!taken && length > 0) {
            noteError();
        }
    }

    /** Notes that the connection is broken; a reason of our own is kept. */
    private void noteError() {
        if (reason == Counter.TCP_CLOSED_PEER) {
            reason = Counter.TCP_CLOSED_RESET;
        }
    }

    /** Returns whether anything has moved since the last check, part of a large write included. */
    private boolean moved(Channel channel) {
        ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
        long now = out == null ? 0 : out.currentProgress();
        boolean any = moved || now != progress;
        progress = now;
        moved = false;
        return any;
    }
}
