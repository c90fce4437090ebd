package io.echo.server;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;

/** A channel whose kernel takes what is flushed, or nothing, or refuses it. */
final class KernelChannel extends EmbeddedChannel {
    private boolean full;
    private int flushes;

    KernelChannel(ChannelHandler... handlers) {
        super(handlers);
    }

    void full(boolean now) {
        full = now;
        flush();
    }

    /** Flushes that had something to flush. */
    int flushes() {
        return flushes;
    }

    /** Fails the oldest datagram that waits, as a send that the kernel refuses does. */
    void refuseOne(Throwable cause) {
        unsafe().outboundBuffer().remove(cause);
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) throws Exception {
        flushes++;
        if (!full) {
            super.doWrite(in);
        }
    }
}
