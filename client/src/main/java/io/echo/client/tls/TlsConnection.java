package io.echo.client.tls;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/**
 * Makes a TLS connection look like a plain one to the handlers behind it.
 *
 * <p>Its connect is done when the handshake is, within the channel's own timeout for connecting;
 * until then nothing reaches them. The peer's close_notify closes the channel, and a stream that
 * ends without one breaks with {@link TlsFailure.Kind#CUT_OFF}. On the channel's event loop, but
 * for the static methods.
 */
public final class TlsConnection extends ChannelDuplexHandler {
    private final SslHandler ssl;
    private final HandshakeWords words;

    /** Set once the handshake is done. */
    private boolean open;

    /** Set when the peer has ended its stream, or this side both. */
    private volatile boolean ended;

    /** The first error during the handshake, of which TLS itself knows only the end. */
    private Throwable broken;

    private long startNs;

    /** From the first byte to the end of the handshake; written once, on the event loop. */
    private volatile long handshakeNs;

    TlsConnection(SslHandler ssl, HandshakeWords words) {
        this.ssl = ssl;
        this.words = words;
    }

    /** Returns that of a channel; empty for a plain one. Any thread. */
    public static Optional<TlsConnection> of(Channel channel) {
        return Optional.ofNullable(channel.pipeline().get(TlsConnection.class));
    }

    /** Returns how long the handshake took, once it is done. Any thread. */
    public long handshakeNs() {
        return handshakeNs;
    }

    /**
     * Tells whether the end of one direction ends both, as on TLS 1.2: whoever ends its stream gets
     * no more of the other's. Any thread, once the handshake is done.
     */
    public boolean endsBothWays() {
        return !ssl.engine().getSession().getProtocol().equals("TLSv1.3");
    }

    /** Ends this side's stream with a close_notify, and goes on reading. Any thread. */
    public void endOutput() {
        if (endsBothWays()) {
            ended = true;
        }
        ssl.closeOutbound();
    }

    @Override
    public void connect(
            ChannelHandlerContext ctx,
            SocketAddress remote,
            SocketAddress local,
            ChannelPromise promise) {
        long timeoutMs = ctx.channel().config().getConnectTimeoutMillis();
        long beginNs = System.nanoTime();
        ChannelPromise connected = ctx.newPromise();
        connected.addListener(
                done -> {
                    if (!done.isSuccess()) {
                        promise.tryFailure(done.cause());
                        return;
                    }
                    startNs = System.nanoTime();
                    long tookMs = TimeUnit.NANOSECONDS.toMillis(startNs - beginNs);
                    ssl.setHandshakeTimeoutMillis(Math.max(1, timeoutMs - tookMs));
                });
        ssl.handshakeFuture()
                .addListener(done -> end(ctx, done, Duration.ofMillis(timeoutMs), promise));
        ctx.connect(remote, local, connected);
    }

    private void end(
            ChannelHandlerContext ctx, Future<?> done, Duration timeout, ChannelPromise promise) {
        if (!done.isSuccess()) {
            promise.tryFailure(failure(done.cause(), timeout));
            return;
        }
        handshakeNs = System.nanoTime() - startNs;
        open = true;
        promise.trySuccess();
        ctx.fireChannelActive();
    }

    private IOException failure(Throwable cause, Duration timeout) {
        if (broken instanceof IOException network && !isOfTls(broken)) {
            return network;
        }
        Throwable reason = broken == null ? cause : broken;
        return new TlsFailure(
                TlsFailure.Kind.HANDSHAKE, words.ofHandshake(reason, timeout), reason);
    }

    private static boolean isOfTls(Throwable thrown) {
        for (Throwable next = thrown; next != null; next = next.getCause()) {
            if (next instanceof SSLException) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        // Told when the handshake is done. A channel that reads when asked is asked for that.
        if (!ctx.channel().config().isAutoRead()) {
            ctx.read();
        }
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        ended = true;
        ctx.close(promise);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (open && event instanceof SslCloseCompletionEvent end && end.isSuccess()) {
            ended = true;
            ctx.close();
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable thrown) {
        if (!open) {
            broken = broken == null ? thrown : broken;
            return;
        }
        if (!isOfTls(thrown)) {
            if (thrown instanceof IOException) {
                ended = true; // a reset says enough
            }
            ctx.fireExceptionCaught(thrown);
            return;
        }
        ended = true;
        ctx.fireExceptionCaught(
                new TlsFailure(TlsFailure.Kind.BROKEN, words.afterwards(thrown), thrown));
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (!open) {
            return;
        }
        if (!ended) {
            ctx.fireExceptionCaught(
                    new TlsFailure(
                            TlsFailure.Kind.CUT_OFF,
                            "the stream was cut off: it ended without TLS's close_notify",
                            null));
        }
        ctx.fireChannelInactive();
    }
}
