package io.echo.bench.jmh;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;

/** Drives the channels of the benchmarks with batches of one message. */
final class Batches {
    /** Last handler of a pipeline: releases every message. */
    static final Sink SINK = new Sink();

    @Sharable
    private static final class Sink extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ReferenceCountUtil.release(msg);
        }
    }

    private Batches() {}

    /** Reads one message, releases the message written back, and returns the latter, or null. */
    static Object read(EmbeddedChannel channel, Object message) {
        channel.pipeline().fireChannelRead(message);
        channel.pipeline().fireChannelReadComplete();
        Object written = channel.outboundMessages().poll();
        ReferenceCountUtil.release(written);
        return written;
    }
}
