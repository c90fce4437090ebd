package io.echo.client.proxy;

import io.echo.net.Protocol;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;

/**
 * Puts the header in front of each datagram of a connected socket, in a buffer of its own, which
 * the write releases. On the channel's event loop.
 */
final class DatagramHeader extends ChannelOutboundHandlerAdapter {
    private final ProxyConfig config;

    /** Made for the first datagram, when the socket has its addresses. */
    private byte[] header;

    DatagramHeader(ProxyConfig config) {
        this.config = config;
    }

    @Override
    public void connect(
            ChannelHandlerContext ctx,
            SocketAddress remote,
            SocketAddress local,
            ChannelPromise promise) {
        Optional<String> refusal = config.refusal((InetSocketAddress) remote);
        if (refusal.isPresent()) {
            promise.tryFailure(new IOException(refusal.get()));
        } else {
            ctx.connect(remote, local, promise);
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (header == null) {
            header =
                    config.bytes(
                            Protocol.UDP,
                            (InetSocketAddress) ctx.channel().localAddress(),
                            (InetSocketAddress) ctx.channel().remoteAddress());
        }
        ByteBuf payload = (ByteBuf) message;
        try {
            ByteBuf datagram = ctx.alloc().directBuffer(header.length + payload.readableBytes());
            datagram.writeBytes(header)
                    .writeBytes(payload, payload.readerIndex(), payload.readableBytes());
            ctx.write(datagram, promise);
        } finally {
            payload.release();
        }
    }
}
