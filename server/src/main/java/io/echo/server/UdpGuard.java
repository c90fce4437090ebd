package io.echo.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Admits or drops a datagram, and turns a request envelope into a reply envelope.
 *
 * <p>Owns a request until it hands the content on with the reply, or releases it with the drop.
 * When replies cannot leave as fast as requests come, reading stops, so that the kernel drops at
 * the socket's receive buffer and memory stays bounded; it goes on once the queue has drained.
 *
 * <p>One instance per channel, on its event loop.
 */
final class UdpGuard extends ChannelInboundHandlerAdapter {
    /** Queued replies, in bytes: reading stops above the upper, goes on below the lower mark. */
    static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(64 << 10, 256 << 10);

    private static final Logger LOG = LoggerFactory.getLogger(UdpGuard.class);

    /** Whether replies were still queued after the last batch. */
    private boolean backlogged;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        DatagramPacket request = (DatagramPacket) msg;
        InetSocketAddress sender = request.sender();
        if (sender.getPort() == 0) {
            // Nobody can be answered there (RFC 768: "no port"; RFC 8085, section 5.1).
            request.release();
            return;
        }
        ByteBuf content = request.content();
        if (backlogged) {
            content = leaveSlot(ctx, content);
        }
        ctx.fireChannelRead(new DatagramPacket(content, sender));
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.fireChannelReadComplete(); // The echo flushes.
        Channel channel = ctx.channel();
        backlogged = channel.bytesBeforeUnwritable() <= WATER_MARK.high();
        if (!channel.isWritable()) {
            channel.config().setAutoRead(false);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            ctx.channel().config().setAutoRead(true);
        }
        ctx.fireChannelWritabilityChanged();
    }

    /** A reply that the kernel refuses (filter, route, memory) is lost like any datagram. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("udp {}: {}", ctx.channel().localAddress(), cause.toString());
    }

    /** Copies what may wait long out of its 64 KiB receive slot, so that waiting pins no slot. */
    private static ByteBuf leaveSlot(ChannelHandlerContext ctx, ByteBuf content) {
        try {
            int length = content.readableBytes();
            return ctx.alloc().directBuffer(length, length).writeBytes(content);
        } finally {
            content.release();
        }
    }
}
