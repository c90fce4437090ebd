package io.echo.server;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bounds what a connection holds, and ends it without losing a byte.
 *
 * <p>Reading stops while the peer does not drain, and goes on once it does. When the peer has shut
 * down its sending side, the connection closes after the last echoed byte has left. A reset is the
 * peer's right and closes quietly.
 *
 * <p>One instance per connection, on its event loop.
 */
final class TcpGuard extends ChannelInboundHandlerAdapter {
    /** Queued bytes: reading stops above the upper mark, goes on below the lower one. */
    static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(32 << 10, 64 << 10);

    private static final Logger LOG = LoggerFactory.getLogger(TcpGuard.class);

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ctx.fireChannelRead(msg);
        if (!ctx.channel().isWritable()) {
            // Stops the running read batch too; the flush may make the channel writable at once.
            ctx.channel().config().setAutoRead(false);
            ctx.flush();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        Channel channel = ctx.channel();
        channel.config().setAutoRead(channel.isWritable());
        ctx.fireChannelWritabilityChanged();
    }

    /** Closes behind everything queued: {@code close()} alone would drop what has not left yet. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("tcp {}: {}", ctx.channel().remoteAddress(), cause.toString());
        ctx.close();
    }
}
