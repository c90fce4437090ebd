package io.echo.server.tcp;

import io.echo.server.loop.Loop;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Empties the backlog of a listener before it closes. The kernel resets the connections that wait
 * in a backlog when its listener closes, though their peers may have sent already.
 *
 * <p>Stands first in the listener's pipeline, counts the passes of the loop over its sockets in
 * which nothing was accepted, and closes after a few. One instance per listener, on its event loop.
 */
public final class BacklogDrain extends ChannelInboundHandlerAdapter {
    /** Passes without a connection; io_uring needs one to ask the kernel and one for the answer. */
    private static final int EMPTY_PASSES = 4;

    private final Loop loop;
    private final long deadlineNs;

    /** Passes in a row that have accepted nothing. */
    private int empty;

    /**
     * Makes one for a listener of this loop.
     *
     * @param deadlineNs when the listener closes in any case, on the {@link System#nanoTime} clock:
     *     it may be backing off, or connections may come faster than it accepts them
     */
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
