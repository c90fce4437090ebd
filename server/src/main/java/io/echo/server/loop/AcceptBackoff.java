package io.echo.server.loop;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops a listener from accepting for a second after it has failed to, most likely for lack of
 * descriptors. Without that, every pass of the loop would fail again.
 *
 * <p>Logs it once a minute. One instance serves any number of listeners, on any loops.
 */
@Sharable
public final class AcceptBackoff extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(AcceptBackoff.class);
    private static final long PAUSE_MILLIS = 1_000;
    private static final long LOG_EVERY_NS = 60_000_000_000L;

    /** Time of the last log line; written by any loop. */
    private volatile long loggedNs = System.nanoTime() - LOG_EVERY_NS;

    /** Pauses, and handles the error: passed on, Netty would log its stack trace each time. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Shortage.tellIfOfHeap(cause);
        Channel listener = ctx.channel();
        listener.config().setAutoRead(false);
        ctx.executor()
                .schedule(
                        () -> listener.config().setAutoRead(true),
                        PAUSE_MILLIS,
                        TimeUnit.MILLISECONDS);
        long nowNs = System.nanoTime();
        if (nowNs - loggedNs >= LOG_EVERY_NS) {
            loggedNs = nowNs;
            LOG.warn(
                    "cannot accept connections, trying every {} ms: {}",
                    PAUSE_MILLIS,
                    String.valueOf(cause.getMessage()).lines().findFirst().orElse(""));
        }
    }
}
