package io.echo.server;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;

/** A channel whose kernel takes what is flushed, or nothing, or refuses it. */
public final class KernelChannel extends EmbeddedChannel {
    private boolean full;
    private boolean broken;
    private int atMost = Integer.MAX_VALUE;
    private int flushes;
    private boolean asksToRead;

    public KernelChannel(ChannelHandler... handlers) {
        this(true, handlers);
    }

    private KernelChannel(boolean registered, ChannelHandler... handlers) {
        super(registered, false, handlers);
    }

    /** One that reads only when it is asked to, from its first moment. */
    public static KernelChannel askedToRead(ChannelHandler... handlers) {
        KernelChannel channel = new KernelChannel(false, handlers);
        channel.config().setAutoRead(false);
        try {
            channel.register();
        } catch (Exception e) { // As its superclass declares.
            throw new IllegalStateException(e);
        }
        return channel;
    }

    public void full(boolean now) {
        full = now;
        flush();
    }

    /** Fails every write from now on, as a connection does that the peer has reset. */
    public void breakPipe() {
        broken = true;
        flush();
    }

    /** Takes so many of the messages that wait, and is full again. */
    public void takeSome(int messages) {
        full = false;
        atMost = messages;
        flush();
        atMost = Integer.MAX_VALUE;
        full = true;
    }

    /** Flushes that had something to flush. */
    public int flushes() {
        return flushes;
    }

    /** Fails the oldest datagram that waits, as a send that the kernel refuses does. */
    public void refuseOne(Throwable cause) {
        unsafe().outboundBuffer().remove(cause);
    }

    /** Tells whether it has asked to read, as a socket needs before each read, and resets that. */
    public boolean takeAskToRead() {
        boolean asked = asksToRead;
        asksToRead = false;
        return asked;
    }

    @Override
    protected void doBeginRead() {
        asksToRead = true;
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) throws Exception {
        flushes++;
        if (broken) {
            throw new IOException("Broken pipe");
        }
        if (full) {
            return;
        }
        for (int taken = 0; taken < atMost && in.current() != null; taken++) {
            handleOutboundMessage(ReferenceCountUtil.retain(in.current()));
            in.remove();
        }
    }
}
