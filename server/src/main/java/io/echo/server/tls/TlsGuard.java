package io.echo.server.tls;

import io.echo.server.loop.Loop;
import io.echo.server.tcp.AckWatch;
import io.echo.server.tcp.TcpGuard;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import javax.net.ssl.SSLException;

/**
 * The guard of a connection over TLS. Stands behind the engine, and so bounds and counts what is
 * echoed, not what is on the wire.
 *
 * <p>A close_notify of the peer is the end of its stream. On TLS 1.3 it ends that direction alone
 * (RFC 8446, section 6.1), and the connection goes on as one that is half-closed. On TLS 1.2 the
 * engine answers it at once and sends nothing behind its answer (RFC 5246, section 7.2.1); so each
 * record is echoed before the next one is looked at, and what came before the close_notify leaves
 * before the answer.
 */
final class TlsGuard extends TcpGuard {
    private final TlsEngine engine;
    private final HandshakeGate gate;
    private final Handshakes handshakes;

    /** Set when TLS 1.2 is spoken. */
    private boolean endsBoth;

    TlsGuard(
            Loop loop, AckWatch acks, TlsEngine engine, HandshakeGate gate, Handshakes handshakes) {
        super(loop.counters(), loop.tcpTimes(), acks);
        this.engine = engine;
        this.gate = gate;
        this.handshakes = handshakes;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        engine.noteData();
        super.channelRead(ctx, msg);
        if (endsBoth) {
            ctx.flush();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            Handshakes.Result result = handshakes.count(handshake);
            if (result == Handshakes.Result.OK) {
                endsBoth = !engine.engine().getSession().getProtocol().equals("TLSv1.3");
                gate.open(ctx);
            } else if (result != Handshakes.Result.CLOSED) {
                finishBroken(ctx.channel());
            }
        } else if (event == SslCloseCompletionEvent.SUCCESS) {
            super.userEventTriggered(ctx, ChannelInputShutdownEvent.INSTANCE);
        } else {
            super.userEventTriggered(ctx, event);
        }
    }

    /** Ends a connection that breaks the rules of TLS behind the alert that says so. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof DecoderException && cause.getCause() instanceof SSLException) {
            finishBroken(ctx.channel());
        } else {
            super.exceptionCaught(ctx, cause);
        }
    }

    /** Sends close_notify before the FIN, so that the peer can tell the end from a cut. */
    @Override
    protected ChannelFuture endOutput(Channel channel) {
        ChannelPromise ended = channel.newPromise();
        engine.closeOutbound()
                .addListener(
                        sent -> // Not within the flush that has just written it.
                        channel.eventLoop()
                                        .execute(
                                                () ->
                                                        ((DuplexChannel) channel)
                                                                .shutdownOutput(ended)));
        return ended;
    }
}
