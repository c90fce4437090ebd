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
import io.netty.channel.ChannelFuture;
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
 * <p>Reading stops while the peer does not drain, and goes on once it does. When the peer has shut
 * down its sending side, the connection closes after the last echoed byte has left. A reset is the
 * peer's right and closes quietly. {@link #endIfTimedOut}, called now and then, ends connections
 * that are idle, half-closed or stalled for too long; nothing on the data path reads a clock.
 *
 * <p>One instance per connection, on its event loop.
 */
public final class TcpGuard extends ChannelDuplexHandler {
    /** Queued bytes: reading stops above the upper mark, goes on below the lower one. */
    public static final WriteBufferWaterMark WATER_MARK =
            new WriteBufferWaterMark(32 << 10, 64 << 10);

    private final LoopCounters counters;
    private final TimeHistogram times;

    /** Bytes read and not yet taken back by the kernel, as of the last write that completed. */
    private long pending;

    /** The writes that these bytes are in. */
    private final IntQueue writes = new IntQueue();

    /** Told of each write that completes, in their order; never done itself. */
    private ChannelPromise written;

    /** Anything read or taken since the last look. */
    private boolean moved;

    /** When a look last saw something move, on the {@link System#nanoTime} clock. */
    private long movedNs;

    /** How far the kernel had taken the oldest write at the last look. */
    private long progress;

    /** Whether the peer has shut down its sending side. */
    private boolean halfClosed;

    /** Whether we have stopped reading for good. */
    private boolean draining;

    /** Why the connection closes; the first reason stands. */
    private Counter reason = Counter.TCP_CLOSED_PEER;

    /** Whether bytes were still queued when the running batch began. */
    private boolean backlogged;

    /** Reads of the running batch, and the clock at its start. */
    private int reads;

    private long readNs;

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
                            ctx.close(); // What follows would close up over a hole.
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
     * Counts what is echoed, which comes without a promise of its own. A promise and a listener for
     * each write would be all the garbage there is; the one promise that stands for all of them
     * knows from the order which has completed.
     */
    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        if (!promise.isVoid()) {
            ctx.write(msg, promise); // The end of closeAfterWrites(), of no bytes.
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

    /** Closes behind everything queued: {@code close()} alone would drop what has not left yet. */
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
    ChannelFuture closeAfterWrites(Channel channel) {
        return channel.writeAndFlush(Unpooled.EMPTY_BUFFER)
                .addListener(ChannelFutureListener.CLOSE);
    }

    /** Stops reading, and closes when everything read so far has left. */
    public void drain(Channel channel) {
        reason = Counter.TCP_CLOSED_DRAINED;
        draining = true;
        channel.config().setAutoRead(false);
        closeAfterWrites(channel);
    }

    /**
     * Ends the connection if it has been still for too long. On the loop.
     *
     * @param idleNs how long a connection with nothing in flight may be silent
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

    /** Whether nothing has moved for so long and nothing is in flight here. On the loop. */
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
            // The peer was faster: the socket is beyond options, but not beyond closing.
        }
        close(channel, why);
    }

    /** Copies what may wait long out of a receive slot that it would keep mostly empty. */
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

    /** Whatever ends this connection now is not an end in peace; a reason of our own stands. */
    private void noteError() {
        if (reason == Counter.TCP_CLOSED_PEER) {
            reason = Counter.TCP_CLOSED_RESET;
        }
    }

    /** Also sees a large write that the kernel takes in parts. */
    private boolean moved(Channel channel) {
        ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
        long now = out == null ? 0 : out.currentProgress();
        boolean any = moved || now != progress;
        progress = now;
        moved = false;
        return any;
    }
}
