package io.echo.server.loop;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a listener rest for a second when it cannot accept, most likely for want of descriptors:
 * without that, each pass of the loop fails again.
 *
 * <p>Says so once a minute. One instance for any number of listeners, on any loops.
 */
@Sharable
public final class AcceptBackoff extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(AcceptBackoff.class);
    private static final long REST_MILLIS = 1_000;
    private static final long LOG_EVERY_NS = 60_000_000_000L;

    /** When it was logged last; any loop. */
    private volatile long loggedNs = System.nanoTime() - LOG_EVERY_NS;

    /** Not passed on: the next handler would rest too, but Netty would log the stack each time. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Channel listener = ctx.channel();
        listener.config().setAutoRead(false);
        ctx.executor()
                .schedule(
                        () -> listener.config().setAutoRead(true),
                        REST_MILLIS,
                        TimeUnit.MILLISECONDS);
        long nowNs = System.nanoTime();
        if (nowNs - loggedNs >= LOG_EVERY_NS) {
            loggedNs = nowNs;
            LOG.warn(
                    "accepting rests for {} ms at a time: {}",
                    REST_MILLIS,
                    String.valueOf(cause.getMessage()).lines().findFirst().orElse(""));
        }
    }
}
