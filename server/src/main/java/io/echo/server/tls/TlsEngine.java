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
 * Netty's TLS handler with two rules of ours.
 *
 * <p>It decrypts nothing while the guard behind it wants no more. Netty's own decrypts everything
 * that one read has brought: of records of one byte some 2,800, each a write that takes more of the
 * heap than of the queue. What is not decrypted waits as it came, and so does the end of the input
 * behind it.
 *
 * <p>And it closes when the guard closes, which has sent close_notify where one is due; see {@link
 * HandshakeGate} for the closes of its own.
 */
final class TlsEngine extends SslHandler {
    /** Time for a handshake, after which the connection is closed. */
    private static final int HANDSHAKE_SECONDS = 10;

    private final HandshakeGate gate;

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
            super.decode(ctx, in, out);
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
