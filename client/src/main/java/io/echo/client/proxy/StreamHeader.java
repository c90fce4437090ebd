package io.echo.client.proxy;

import io.echo.net.Protocol;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;

/**
 * Sends the header first on a connection, which is connected for the handlers behind it once the
 * header is queued, and then leaves the pipeline. On the channel's event loop.
 */
final class StreamHeader extends ChannelDuplexHandler {
    private final ProxyConfig config;
    private ChannelPromise promise;

    StreamHeader(ProxyConfig config) {
        this.config = config;
    }

    @Override
    public void connect(
            ChannelHandlerContext ctx,
            SocketAddress remote,
            SocketAddress local,
            ChannelPromise waiting) {
        Optional<String> refusal = config.refusal((InetSocketAddress) remote);
        if (refusal.isPresent()) {
            waiting.tryFailure(new IOException(refusal.get()));
            return;
        }
        promise = waiting;
        ChannelPromise connected = ctx.newPromise();
        connected.addListener(
                done -> {
                    if (!done.isSuccess()) {
                        waiting.tryFailure(done.cause());
                    }
                });
        ctx.connect(remote, local, connected);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        byte[] header =
                config.bytes(
                        Protocol.TCP,
                        (InetSocketAddress) ctx.channel().localAddress(),
                        (InetSocketAddress) ctx.channel().remoteAddress());
        ctx.writeAndFlush(Unpooled.wrappedBuffer(header));
        if (promise != null) {
            promise.trySuccess();
        }
        ctx.fireChannelActive();
        ctx.pipeline().remove(this);
    }
}
