package io.echo.server;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Writes every inbound message back to the channel it came from.
 *
 * <p>Stateless: one instance serves every datagram channel and every connection.
 *
 * <p>Owns the message during {@code channelRead} and hands its one reference to {@code write}: no
 * retain, no release, no copy. Flushes once per read batch, so a wake-up that reads 16 datagrams
 * costs one flush. Writes carry no promise of their own; one that fails reaches {@code
 * exceptionCaught} of the guard in front.
 *
 * <p>In a pipeline of your own, the handler in front has to limit what is queued, and to turn the
 * envelope of a datagram round. Without that it must not serve a public address.
 */
@Sharable
public final class EchoHandler extends ChannelInboundHandlerAdapter {
    /** Makes an instance; {@link EchoServer} makes one for all its pipelines. */
    public EchoHandler() {}

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ctx.write(msg, ctx.voidPromise());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.flush();
    }
}
