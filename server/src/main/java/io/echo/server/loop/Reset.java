package io.echo.server.loop;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;

/** Ends connections so that the kernel keeps nothing of them. */
public final class Reset {
    private Reset() {}

    /**
     * Makes the next close of a connection a reset (SO_LINGER of 0, RFC 9293, section 3.10.4): what
     * the peer has not acknowledged is thrown away, and the peer told. An orderly close would leave
     * it to the kernel for minutes, where no limit of ours counts it.
     */
    public static void onClose(Channel connection) {
        try {
            connection.config().setOption(ChannelOption.SO_LINGER, 0);
        } catch (ChannelException e) {
            // The peer has reset it already: its options are gone, but it can be closed.
        }
    }
}
