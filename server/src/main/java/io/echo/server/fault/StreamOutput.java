package io.echo.server.fault;

import io.echo.server.fault.FaultCounters.Own;
import io.echo.server.fault.fate.ConnectionFate;
import io.echo.server.fault.fate.ConnectionFault;
import io.echo.server.metrics.Counter;
import io.echo.server.tcp.AckWatch;
import io.echo.server.tcp.TcpGuard;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * Sends what the echo of a connection writes as its fate says: in pieces, up to a reset, or up to
 * an early end of the stream. One write at a time, so that each piece is a call of its own.
 *
 * <p>What comes after the end is dropped, and the guard is told that it has left. On the port's
 * loop.
 */
final class StreamOutput extends ChannelOutboundHandlerAdapter implements AckWatch.Listener {
    /** Bytes that wait to be written at which no more are handed on. */
    private static final int ROOM = 64 << 10;

    /** Time without a byte taken by the peer before a reset, which destroys what it has not. */
    private static final long RESET_NS = TimeUnit.SECONDS.toNanos(1);

    private record Waiting(ByteBuf content, ChannelPromise promise) {}

    private final FaultCounters counters;
    private final ConnectionFate fate;
    private final AckWatch acks;
    private final Queue<Waiting> waiting = new ArrayDeque<>();

    private Channel channel;
    private ChannelHandlerContext ctx;
    private StreamInput input;
    private TcpGuard guard;

    private int waitingBytes;
    private long sentBytes;

    /** Set while a write is under way. */
    private boolean writing;

    /** Set when it sends no more. */
    private boolean finished;

    /** Set when it is to be reset. */
    private boolean resetting;

    /** Bytes that the peer had not acknowledged, as last told. */
    private long unacknowledged = Long.MAX_VALUE - 1;

    private Future<?> timer;

    StreamOutput(FaultCounters counters, ConnectionFate fate, AckWatch acks) {
        this.counters = counters;
        this.fate = fate;
        this.acks = acks;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        ctx = added;
        channel = added.channel();
    }

    /** Begins, when the connection is active; it may be reset before the first byte. */
    void begin(StreamInput reader, TcpGuard of) {
        input = reader;
        guard = of;
        if (leftBytes() == 0) {
            finish();
        }
    }

    boolean isFinished() {
        return finished;
    }

    boolean hasRoom() {
        return waitingBytes < ROOM;
    }

    long sentBytes() {
        return sentBytes;
    }

    @Override
    public void write(ChannelHandlerContext writer, Object msg, ChannelPromise promise) {
        ByteBuf content = (ByteBuf) msg;
        if (finished) {
            drop(new Waiting(content, promise));
            return;
        }
        waiting.add(new Waiting(content, promise));
        waitingBytes += content.readableBytes();
    }

    @Override
    public void flush(ChannelHandlerContext writer) {
        advance();
        writer.flush();
    }

    /** Writes the next piece, unless one is under way or the connection is stalled. */
    void advance() {
        while (!writing && !finished && !input.isStalled() && !waiting.isEmpty()) {
            Waiting first = waiting.peek();
            if (first.content().isReadable()) {
                writePiece(first);
            } else { // The guard's own empty write, behind all else.
                waiting.remove();
                ctx.writeAndFlush(first.content(), first.promise());
            }
        }
    }

    private void writePiece(Waiting first) {
        int whole = first.content().readableBytes();
        int most = fate.pieces().map(ConnectionFate.Pieces::next).orElse(whole);
        int length = (int) Math.min(Math.min(whole, most), leftBytes());
        if (most < whole) {
            input.countOnce(ConnectionFault.SPLIT);
        }
        writing = true;
        ctx.writeAndFlush(first.content().readRetainedSlice(length))
                .addListener(written -> noteWritten(first, length, written));
    }

    /** Returns how many bytes may still be sent. */
    private long leftBytes() {
        return Math.min(
                        fate.resetAfter().orElse(Long.MAX_VALUE),
                        fate.finishAfter().orElse(Long.MAX_VALUE))
                - sentBytes;
    }

    private void noteWritten(Waiting first, int length, Future<?> written) {
        writing = false;
        if (!written.isSuccess()) {
            complete(first, written);
            return;
        }
        sentBytes += length;
        waitingBytes -= length;
        counters.add(Own.STREAM_SENT_BYTES, length);
        if (!first.content().isReadable()) {
            complete(first, written);
        }
        if (leftBytes() == 0) {
            finish();
        } else {
            advance();
        }
        input.deliver();
    }

    private void complete(Waiting first, Future<?> written) {
        if (waiting.peek() == first) { // Else it is cleared already.
            waiting.remove();
            first.content().release();
            if (written.isSuccess()) {
                first.promise().trySuccess();
            } else {
                first.promise().tryFailure(written.cause());
            }
        }
    }

    /** Sends no more: ends the stream, or resets it once the peer has what was sent. */
    private void finish() {
        finished = true;
        resetting = fate.resetAfter().orElse(Long.MAX_VALUE) == sentBytes;
        if (!resetting) {
            counters.faults().enter(ConnectionFault.HALF_CLOSE);
            ((DuplexChannel) channel).shutdownOutput();
        } else if (sentBytes == 0 || !acks.add(channel, this)) {
            reset();
        } else {
            resetUnlessTaken(Long.MAX_VALUE);
        }
        clear();
    }

    /** Resets when the peer takes no byte for a while. */
    private void resetUnlessTaken(long before) {
        if (unacknowledged == before) {
            reset();
        } else {
            long now = unacknowledged;
            timer =
                    channel.eventLoop()
                            .schedule(() -> resetUnlessTaken(now), RESET_NS, TimeUnit.NANOSECONDS);
        }
    }

    @Override
    public void noteSendQueue(Channel watched, long bytes) {
        unacknowledged = bytes;
        if (bytes <= 0) {
            reset();
        }
    }

    private void reset() {
        if (channel.isOpen()) {
            acks.remove(this);
            counters.faults().enter(ConnectionFault.RESET);
            guard.reset(channel, Counter.TCP_CLOSED_RESET);
        }
    }

    /** Ends a connection that sends no more, and whose peer has finished, too. */
    void close() {
        if (!resetting) { // Else it waits for the peer to have it all.
            channel.close();
        }
    }

    /** Drops what waits, and tells the guard that it has left. */
    void clear() {
        while (!waiting.isEmpty()) {
            Waiting one = waiting.remove();
            waitingBytes -= one.content().readableBytes();
            drop(one);
        }
    }

    /**
     * Drops a write, and tells the guard that it has left; but for its empty write, behind which it
     * would end the stream in order, where a reset is to come.
     */
    private void drop(Waiting one) {
        boolean empty = one.content().writerIndex() == 0;
        one.content().release();
        if (!empty || !resetting) {
            one.promise().trySuccess();
        }
    }

    /** Forgets the connection, which has closed. */
    void end() {
        clear();
        acks.remove(this);
        if (timer != null) {
            timer.cancel(false);
        }
    }
}
