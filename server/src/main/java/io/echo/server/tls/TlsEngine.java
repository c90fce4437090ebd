package io.echo.server.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslHandler;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/**
 * Netty's TLS handler with three rules of ours.
 *
 * <p>It decrypts nothing while the guard behind it wants no more. Netty's own decrypts everything
 * that one read has brought: of records of one byte some 2,800, each a write that takes more of the
 * heap than of the queue. What is not decrypted waits as it came, and so does the end of the input
 * behind it.
 *
 * <p>It ends a connection that sends one record after the other without data in it: new keys of TLS
 * 1.3, which the JDK works out on the loop and nothing of which fills a queue, empty records,
 * warnings.
 *
 * <p>And it closes when the guard closes, which has sent close_notify where one is due; see {@link
 * HandshakeGate} for the closes of its own.
 */
final class TlsEngine extends SslHandler {
    /** Time for a handshake, after which the connection is closed. */
    private static final int HANDSHAKE_SECONDS = 10;

    /**
     * Most records without data in a second. New keys are due after millions of records (RFC 8446,
     * section 5.5).
     */
    static final int MOST_WITHOUT_DATA = 32;

    private static final long SECOND_NS = 1_000_000_000L;

    private final HandshakeGate gate;

    /** Set when the record that is decrypted has data. */
    private boolean hasData;

    /** Records without data since {@link #sinceNs}. */
    private int withoutData;

    private long sinceNs;

    /** Set while records wait for the guard. */
    private boolean holding;

    /** Set while the end of the input waits behind them. */
    private boolean ended;

    TlsEngine(SSLEngine engine, Executor workers, HandshakeGate gate) {
        super(engine, workers);
        this.gate = gate;
        setHandshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
            throws SSLException {
        holding = !ctx.channel().isWritable() && handshakeFuture().isSuccess();
        if (!holding) {
            int waiting = in.readableBytes();
            hasData = false;
            super.decode(ctx, in, out);
            if (in.readableBytes() < waiting && !hasData && handshakeFuture().isSuccess()) {
                countWithoutData();
            }
        }
    }

    /** Notes that the guard has been handed data. */
    void noteData() {
        hasData = true;
    }

    private void countWithoutData() throws SSLException {
        long nowNs = System.nanoTime();
        if (nowNs - sinceNs > SECOND_NS) {
            sinceNs = nowNs;
            withoutData = 0;
        }
        if (++withoutData > MOST_WITHOUT_DATA) {
            throw new SSLException(
                    "more than " + MOST_WITHOUT_DATA + " records without data in a second");
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) throws Exception {
        if (holding && ctx.channel().isWritable()) {
            ctx.executor().execute(() -> goOn(ctx)); // Not within the flush that made it so.
        }
        super.channelWritabilityChanged(ctx);
    }

    private void goOn(ChannelHandlerContext ctx) {
        try {
            if (holding && !ctx.isRemoved()) {
                channelRead(ctx, Unpooled.EMPTY_BUFFER);
                channelReadComplete(ctx);
            }
            if (ended && !holding) {
                ended = false;
                super.userEventTriggered(ctx, ChannelInputShutdownEvent.INSTANCE);
            }
        } catch (Exception e) {
            ctx.pipeline().fireExceptionCaught(e);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (holding && event == ChannelInputShutdownEvent.INSTANCE) {
            ended = true;
        } else {
            super.userEventTriggered(ctx, event);
        }
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        gate.letClose();
        ctx.close(promise);
    }
}
