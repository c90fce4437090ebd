package io.echo.server.tcp;

import io.echo.server.config.ServerConfig;
import io.echo.server.loop.IntQueue;
import io.echo.server.loop.ReceiveBuffers;
import io.echo.server.loop.Reset;
import io.echo.server.loop.Shortage;
import io.echo.server.metrics.Counter;
import io.echo.server.metrics.LoopCounters;
import io.echo.server.metrics.TimeHistogram;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;

/**
 * Bounds what a connection holds and how long it may hold it, and ends it without losing a byte.
 *
 * <pre>
 *     accepted
 *        |              queue above the upper mark, or 64 writes
 *        v       ------------------------------------->
 *      OPEN                                              PAUSED   does not read
 *    reads and   <-------------------------------------
 *     echoes            queue below the lower mark
 *        |
 *        |-- the peer has shut down its sending side --> HALF-CLOSED --+   both write what is
 *        |                                                             |   queued
 *        |-- the server stops, its drain time is over -> DRAINING -----+
 *        |                                                             | the kernel has the last
 *        |-- nothing has moved for long ------------------------------>v byte
 *                                                                   CLOSING  output shut down
 *                                                                      | the peer has acknowledged
 *                                                                      v the last byte
 *                                                                   CLOSED
 * </pre>
 *
 * <p>A connection in CLOSING keeps its descriptor and its place among the open ones, for the kernel
 * keeps what it has sent until the peer acknowledges it. {@link AckWatch} tells how much that is;
 * where it cannot, CLOSING is left at once.
 *
 * <p>Each connection is counted under one reason when it has closed. The reason is decided when it
 * leaves the state in the middle:
 *
 * <pre>
 *   reason       from state     when
 *   peer         HALF-CLOSED    the last byte has left
 *   half_closed  HALF-CLOSED    the peer has taken no byte for --half-closed-timeout; reset
 *   stalled      all but        the peer has taken no byte for --stall-timeout; reset
 *                HALF-CLOSED
 *   idle         OPEN           nothing is queued or has moved for --idle-timeout
 *   drained      OPEN           the server stops, and nothing has moved for a moment
 *   drained      DRAINING       the last byte has left, or could not leave in time; then reset
 *   reset        any but        the peer has reset it, or a read or a write has failed; one that
 *                DRAINING       we are ending keeps our reason
 * </pre>
 *
 * <p>A byte is taken when the peer acknowledges it, whatever the peer sends meanwhile; it has moved
 * also when it is read, and when the kernel takes it. One in CLOSING whose peer takes nothing for
 * {@code --half-closed-timeout}, or {@code --stall-timeout} if the peer has not shut down its side,
 * is reset, so that nothing of it is left.
 *
 * <p>The three timeouts are checked by {@link #endIfTimedOut}, which {@link TcpConnections} calls
 * now and then: on the data path only the first read of a batch reads the clock.
 *
 * <p>One instance per connection, on its event loop. One over TLS has a guard that ends its output
 * in another way.
 */
public class TcpGuard extends ChannelDuplexHandler implements AckWatch.Listener {
    /** Queued bytes: reading stops above the upper mark, goes on below the lower one. */
    public static final WriteBufferWaterMark WATER_MARK =
            new WriteBufferWaterMark(32 << 10, 64 << 10);

    /**
     * Queued writes at which reading stops too; it goes on at half of that. A write of one byte
     * takes some 220 bytes of heap, and the marks count 97 of them.
     */
    static final int MAX_WRITES = 64;

    /** The bit of a channel's writability that says whether there are fewer writes than that. */
    private static final int FEW_WRITES = 1;

    private final LoopCounters counters;
    private final TimeHistogram times;

    // In every state: what is queued.

    /** Bytes read and not yet taken back by the kernel, as of the last write that completed. */
    private long pending;

    /** The lengths of the writes that these bytes are in, the oldest first. */
    private final IntQueue writes = new IntQueue();

    /** The promise of every write, told of each that completes, in order; never done itself. */
    private ChannelPromise written;

    /** In every state: the time since something has moved. */
    private final Stillness still;

    // OPEN: the running batch of reads.

    /** Reads so far. */
    private int reads;

    /** The clock at the start of the batch. */
    private long readNs;

    /** Set if bytes were still queued at the start of the batch. */
    private boolean backlogged;

    // HALF-CLOSED, DRAINING, CLOSING, CLOSED.

    /** HALF-CLOSED: the peer has shut down its sending side. */
    private boolean halfClosed;

    /** DRAINING: nothing is read any more. */
    private boolean draining;

    /** CLOSING: output is shut down. */
    private boolean closing;

    /**
     * The reason it is counted under when it is CLOSED. An error changes it only from the first
     * value.
     */
    private Counter reason = Counter.TCP_CLOSED_PEER;

    /** Makes the guard of one connection. */
    public TcpGuard(LoopCounters counters, TimeHistogram times, AckWatch acks) {
        this.counters = counters;
        this.times = times;
        this.still = new Stillness(acks, this);
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
                        completeWrite(ctx.channel(), true);
                        return true;
                    }

                    @Override
                    public boolean tryFailure(Throwable cause) {
                        completeWrite(ctx.channel(), false);
                        if (ctx.channel().isOpen()) {
                            abort(ctx.channel()); // An orderly end would hide the lost bytes.
                        }
                        return true;
                    }
                };
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        still.begin();
        counters.add(Counter.TCP_ACCEPTED, 1);
        counters.add(Counter.TCP_OPEN, 1);
        ctx.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        counters.add(Counter.TCP_OPEN, -1);
        counters.add(Counter.TCP_CLOSING, closing ? -1 : 0);
        counters.add(reason, 1);
        still.stopAsking();
        ctx.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ByteBuf content = (ByteBuf) msg;
        still.noteRead();
        if (reads++ == 0) {
            readNs = System.nanoTime();
            backlogged = pending > 0;
        }
        counters.add(Counter.TCP_RECEIVED_BYTES, content.readableBytes());
        ctx.fireChannelRead(backlogged ? ReceiveBuffers.copyOut(ctx.alloc(), content) : content);
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
            ctx.write(msg, promise); // The empty write of finishAfterWrites().
            return;
        }
        int length = ((ByteBuf) msg).readableBytes();
        pending += length;
        writes.add(length);
        if (writes.size() == MAX_WRITES) {
            setFewWrites(ctx.channel(), false);
        }
        counters.add(Counter.TCP_PENDING_BYTES, length);
        ctx.write(msg, written);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        Channel channel = ctx.channel();
        channel.config().setAutoRead(channel.isWritable() && !draining && !closing);
        ctx.fireChannelWritabilityChanged();
    }

    /** Enters HALF-CLOSED. {@code close()} at once would drop what is still queued. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            halfClosed = true;
            finishAfterWrites(ctx.channel());
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Shortage.tellIfOfHeap(cause);
        noteError();
        abort(ctx.channel());
    }

    /**
     * Enters DRAINING with an error: reads no more, and closes when everything written so far,
     * which may say why, has left.
     */
    protected final void finishBroken(Channel channel) {
        if (draining || closing) {
            return;
        }
        noteError();
        draining = true;
        channel.config().setAutoRead(false);
        finishAfterWrites(channel);
    }

    /** Enters CLOSING when the kernel has everything written so far. */
    private void finishAfterWrites(Channel channel) {
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER)
                .addListener(
                        written -> {
                            if (written.isSuccess()) {
                                // Not within the flush that has just written it.
                                channel.eventLoop().execute(() -> finish(channel, reason));
                            } else {
                                abort(channel);
                            }
                        });
    }

    /**
     * Enters CLOSING: ends the stream in order, and closes when the peer has acknowledged all. On
     * the loop, with nothing queued.
     *
     * @param why the reason to count it under
     */
    public void finish(Channel channel, Counter why) {
        if (closing || !channel.isOpen()) {
            return;
        }
        reason = why;
        if (!still.ask(channel)) {
            channel.close();
            return;
        }
        closing = true;
        still.begin();
        counters.add(Counter.TCP_CLOSING, 1);
        channel.config().setAutoRead(false);
        endOutput(channel)
                .addListener(
                        shut -> {
                            if (!shut.isSuccess()) {
                                channel.close();
                            } else {
                                Acknowledged.closeSoon(channel);
                            }
                        });
    }

    /** Ends the stream to the peer, behind everything written so far. */
    protected ChannelFuture endOutput(Channel channel) {
        return ((DuplexChannel) channel).shutdownOutput();
    }

    @Override
    public void noteSendQueue(Channel channel, long bytes) {
        if (closing && bytes <= 0) {
            channel.close();
            return;
        }
        still.noteSendQueue(channel, bytes);
    }

    /** Returns whether it reads no more. On the loop. */
    public boolean isEnding() {
        return draining || closing;
    }

    /** Enters DRAINING: stops reading, and closes when everything read so far has left. */
    public void drain(Channel channel) {
        if (closing) {
            return;
        }
        reason = Counter.TCP_CLOSED_DRAINED;
        draining = true;
        channel.config().setAutoRead(false);
        finishAfterWrites(channel);
    }

    /**
     * Ends the connection if nothing has moved for as long as its state allows. On the loop.
     *
     * @param idleNs how long a connection with nothing queued may be silent; 0 for ever
     */
    public void endIfTimedOut(
            Channel channel, long nowNs, ServerConfig.TcpLimits limits, long idleNs) {
        long stillNs = still.stillNs(channel, nowNs);
        long untakenNs = still.untakenNs(nowNs, pending > 0, closing);
        Counter why = halfClosed ? Counter.TCP_CLOSED_HALF_CLOSED : Counter.TCP_CLOSED_STALLED;
        long timeoutNs =
                (halfClosed ? limits.halfClosedTimeout() : limits.stallTimeout()).toNanos();
        boolean sure = untakenNs > timeoutNs / 4 && still.isSure(channel);
        if (sure && untakenNs >= timeoutNs) {
            reset(channel, why);
        } else if (!halfClosed && !closing && pending == 0 && idleNs > 0 && stillNs >= idleNs) {
            finish(channel, Counter.TCP_CLOSED_IDLE);
        }
    }

    /** Returns whether nothing is queued and nothing has moved for that long. On the loop. */
    public boolean isQuiet(Channel channel, long nowNs, long forNs) {
        return still.stillNs(channel, nowNs) >= forNs && pending == 0;
    }

    /**
     * Closes at once, telling the peer that bytes were lost.
     *
     * @param why the reason to count it under, unless one was decided before
     */
    public void reset(Channel channel, Counter why) {
        reason = closing ? reason : why;
        abort(channel);
    }

    /** Closes at once with a reset, so that the kernel keeps nothing of it. */
    private static void abort(Channel channel) {
        Reset.onClose(channel);
        channel.close();
    }

    /** Makes the channel writable, or not, whatever the marks say. */
    private static void setFewWrites(Channel channel, boolean few) {
        ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
        if (out != null) { // Not closed.
            out.setUserDefinedWritability(FEW_WRITES, few);
        }
    }

    /** Counts the oldest write, which the kernel has taken or the channel has failed. */
    private void completeWrite(Channel channel, boolean taken) {
        int length = writes.remove();
        if (writes.size() == MAX_WRITES / 2) {
            setFewWrites(channel, true);
        }
        still.noteWritten(taken ? length : 0);
        pending -= length;
        counters.add(Counter.TCP_PENDING_BYTES, -length);
        counters.add(taken ? Counter.TCP_ECHOED_BYTES : Counter.TCP_DROPPED_CLOSED, length);
        if (!taken && length > 0) {
            noteError();
        }
    }

    /** Notes that the connection is broken; a reason of our own is kept. */
    private void noteError() {
        if (reason == Counter.TCP_CLOSED_PEER && !closing) {
            reason = Counter.TCP_CLOSED_RESET;
        }
    }
}
