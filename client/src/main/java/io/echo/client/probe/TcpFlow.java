package io.echo.client.probe;

import io.echo.client.tls.TlsConnection;
import io.echo.net.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Probes in a stream of bytes, which come back in order or not at all.
 *
 * <p>The place in the stream names the probe, so the bytes there are that probe's reply, right or
 * wrong, however the stream was cut into segments; a probe in pieces is gathered and then judged
 * whole. Bytes beyond those that were sent are foreign.
 */
final class TcpFlow extends ChannelDuplexHandler implements Flow {
    /** Bytes that one system call takes on most systems; more are handed over in turn. */
    private static final int CALL_BYTES = 65_536;

    private static final int MILLION = 1_000_000;

    private final FlowAccounting account;
    private final LoopBuffers buffers;
    private final Events events;
    private final int largest;

    /** Written once, when the channel is made. */
    private ChannelHandlerContext ctx;

    /** The probe whose bytes come next; written on the event loop. */
    private long expected;

    /** The first bytes of that probe, when the rest has not come; made when first needed. */
    private ByteBuf partial;

    /** Set if these bytes are not the probe's, and have been counted. */
    private boolean damaged;

    /** Bytes sent since the last flush. */
    private int unflushedBytes;

    private long connectStartNs;
    private long connectNs;
    private boolean closing;
    private Throwable cause = new IOException("connection closed by the peer");

    private TcpFlow(FlowConfig config, LoopBuffers buffers, Events events) {
        this.account = new FlowAccounting(config, buffers, events);
        this.buffers = buffers;
        this.events = events;
        this.largest = config.sizes().largest();
    }

    static CompletableFuture<Flow> open(
            FlowConfig config, EventLoop loop, LoopBuffers buffers, Events events) {
        TcpFlow flow = new TcpFlow(config, buffers, events);
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(loop)
                        .channelFactory(
                                config.transport()
                                        .streamChannels(
                                                Transport.family(config.remote().getAddress())))
                        .option(ChannelOption.RECVBUF_ALLOCATOR, buffers.receiveAllocator(() -> {}))
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                (int)
                                        Math.min(
                                                Integer.MAX_VALUE,
                                                Math.max(1, config.timeoutNs() / MILLION)))
                        .option(
                                ChannelOption.WRITE_BUFFER_WATER_MARK,
                                new WriteBufferWaterMark(
                                        config.queueBytes() / 2, config.queueBytes()))
                        .handler(config.first(flow));
        return config.connect(flow, bootstrap)
                .thenApply(
                        opened -> {
                            flow.connectNs = System.nanoTime() - flow.connectStartNs;
                            return opened;
                        });
    }

    @Override
    public long send(long intendedNs, boolean measured) {
        long sequence = account.ledger().next();
        if (!ctx.channel().isWritable() || !ctx.channel().isActive()) {
            account.skip(this, intendedNs, measured);
            return sequence;
        }
        ByteBuf probe = account.send(buffers.outgoing(ctx.alloc()), intendedNs, measured);
        unflushedBytes += probe.readableBytes();
        ctx.write(probe, ctx.voidPromise());
        if (unflushedBytes >= CALL_BYTES) {
            flush();
        }
        return sequence;
    }

    @Override
    public void flush() {
        unflushedBytes = 0;
        account.flush(ctx);
        buffers.flushed();
    }

    @Override
    public void connect(
            ChannelHandlerContext context,
            SocketAddress remote,
            SocketAddress local,
            ChannelPromise promise) {
        // Taken after Netty's own preparations, to measure the network alone.
        connectStartNs = System.nanoTime();
        context.connect(remote, local, promise);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object msg) {
        ByteBuf in = (ByteBuf) msg;
        account.look(ctx);
        try {
            while (in.isReadable()) {
                take(in);
            }
        } finally {
            in.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        account.look(ctx); // The end of the stream comes next, if at all, and with it the queue's.
        events.drained(this);
    }

    /** Takes what belongs to the expected probe, or everything if nothing is expected. */
    private void take(ByteBuf in) {
        expected = account.ledger().firstSent(expected);
        if (expected == account.ledger().next()) {
            account.foreign(this, in.readableBytes());
            in.skipBytes(in.readableBytes());
            return;
        }
        int length = account.bytes(expected);
        int gathered = partial == null ? 0 : partial.readableBytes();
        if (gathered == 0 && in.readableBytes() >= length) {
            account.replied(this, in, in.readerIndex(), expected);
            in.skipBytes(length);
            expected++;
            return;
        }
        if (partial == null) {
            partial = ctx.alloc().directBuffer(largest);
        }
        partial.writeBytes(in, Math.min(in.readableBytes(), length - gathered));
        if (partial.readableBytes() == length) {
            if (!damaged) {
                account.replied(this, partial, 0, expected);
            }
            damaged = false;
            partial.clear();
            expected++;
        }
    }

    /** Judges the beginning of a reply for whose end nobody waits any more. */
    private void judgePart() {
        if (partial != null
                && partial.isReadable()
                && !damaged
                && !account.isBeginning(partial, expected)) {
            damaged = true;
            account.corrupted(this, expected, partial.readableBytes());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (!closing) {
            judgePart();
            account.giveUp(this);
            events.closed(this, cause);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable error) {
        cause = error;
        context.close();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        ctx = context;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (partial != null) {
            partial.release();
            partial = null;
        }
    }

    @Override
    public void expire(long nowNs) {
        account.look(ctx);
        if (account.isOverdue(expected, nowNs)) {
            judgePart();
        }
        account.expire(this, nowNs);
    }

    @Override
    public boolean owed() {
        return account.ledger().owes();
    }

    @Override
    public long intendedNs(long sequence) {
        return account.ledger().recentIntendedNs(sequence);
    }

    @Override
    public Optional<FlowStats> takeStats() {
        return account.takeStats();
    }

    @Override
    public int measuredInFlight() {
        return account.measuredInFlight();
    }

    @Override
    public int inFlight() {
        return account.ledger().inFlight();
    }

    @Override
    public boolean writable() {
        return ctx.channel().isWritable() && ctx.channel().isActive();
    }

    @Override
    public boolean open() {
        return ctx.channel().isActive();
    }

    @Override
    public boolean answered() {
        return account.ledger().answered();
    }

    @Override
    public boolean mute() {
        return account.ledger().mute();
    }

    @Override
    public long connectNs() {
        return connectNs;
    }

    @Override
    public long handshakeNs() {
        return TlsConnection.of(ctx.channel()).map(TlsConnection::handshakeNs).orElse(0L);
    }

    @Override
    public InetSocketAddress localAddress() {
        return (InetSocketAddress) ctx.channel().localAddress();
    }

    @Override
    public CompletableFuture<Void> close() {
        closing = true;
        CompletableFuture<Void> closed = new CompletableFuture<>();
        ctx.channel().close().addListener(done -> closed.complete(null));
        return closed;
    }
}
