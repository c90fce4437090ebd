package io.echo.server.tcp;

import io.echo.server.loop.Loop;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Stands in front of a listener that is to close, and closes it in the moment it is seen empty: who
 * waits in a backlog when its listener closes is reset, and has perhaps sent already.
 *
 * <p>Looks once after each pass of the loop over its sockets, so a busy loop only takes longer. One
 * instance per listener, on its event loop.
 */
public final class BacklogDrain extends ChannelInboundHandlerAdapter {
    /** Passes that accept nobody; io_uring needs one to ask the kernel and one for the answer. */
    private static final int EMPTY_PASSES = 4;

    private final Loop loop;
    private final long deadlineNs;
    private int empty;

    /** The deadline is for a listener that rests, or that never gets to the end of its backlog. */
    public BacklogDrain(Loop loop, long deadlineNs) {
        this.loop = loop;
        this.deadlineNs = deadlineNs;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        closeWhenEmpty(ctx);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        empty = 0;
        ctx.fireChannelRead(msg);
    }

    private void closeWhenEmpty(ChannelHandlerContext ctx) {
        boolean seen = ctx.channel().config().isAutoRead() && empty++ == EMPTY_PASSES;
        if (seen || System.nanoTime() - deadlineNs >= 0) {
            ctx.close();
        } else {
            loop.afterPass(() -> closeWhenEmpty(ctx));
        }
    }
}
