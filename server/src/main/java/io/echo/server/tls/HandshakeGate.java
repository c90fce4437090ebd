package io.echo.server.tls;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

/**
 * Bounds what a connection sends before its handshake is done. The engine works on a thread of its
 * own meanwhile, and what comes waits in front of it. And leaves it to {@link TlsGuard} when a
 * connection closes: the engine itself would close one that breaks the rules of TLS at once, and
 * leave what its peer has not acknowledged to the kernel, where no limit of ours counts it.
 *
 * <p>Stands before the engine, on the loop.
 */
final class HandshakeGate extends ChannelDuplexHandler {
    /**
     * Bytes after which it waits: twice what the JDK takes as one message of a handshake
     * (jdk.tls.maxHandshakeMessageSize).
     */
    static final int MOST = 64 << 10;

    private long received;
    private boolean open;

    /** Set once it is not the engine that closes. */
    private boolean mayClose;

    /** Lets everything through from now on: the handshake is done. */
    void open(ChannelHandlerContext ctx) {
        open = true;
        if (received > MOST) {
            ctx.channel().config().setAutoRead(true);
        }
    }

    /** Lets the next close through, which is the guard's. */
    void letClose() {
        mayClose = true;
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        if (mayClose) {
            ctx.close(promise);
        } else {
            promise.setFailure(new IllegalStateException("the guard closes"));
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        received += open ? 0 : ((ByteBuf) msg).readableBytes();
        if (!open && received > MOST) {
            ctx.channel().config().setAutoRead(false);
        }
        ctx.fireChannelRead(msg);
    }

    /** Holds back the engine's own wish for more, which goes past auto-read. */
    @Override
    public void read(ChannelHandlerContext ctx) {
        if (open || received <= MOST) {
            ctx.read();
        }
    }
}
