package io.echo.server.tcp;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;

/**
 * The handler of a connection that has no guard yet, for it waits for what must come before the
 * first byte. It ends itself when that does not come in time.
 */
public interface Waiting extends ChannelHandler {
    /** Returns whether nothing has come for that long. On the loop. */
    boolean isQuiet(long nowNs, long forNs);

    /** Ends the connection as one that was never admitted. On the loop. */
    default void end(Channel channel) {
        channel.close();
    }
}
