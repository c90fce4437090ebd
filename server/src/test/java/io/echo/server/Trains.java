package io.echo.server;

import io.echo.server.loop.ReceiveBuffers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;

/** Trains as Netty's epoll channel hands them on, for tests that hold a guard without a socket. */
public final class Trains {
    private Trains() {}

    /** One datagram that has been received into these buffers. */
    @SuppressWarnings("deprecation") // The interface's only method returns the deprecated type.
    public static ByteBuf datagram(ReceiveBuffers buffers, int length) {
        return buffers.newHandle().allocate(ByteBufAllocator.DEFAULT).writeZero(length);
    }

    /**
     * A train that has been received into these buffers. Its content must not be 0, of which no
     * kernel makes a train.
     */
    @SuppressWarnings("deprecation") // The interface's only method returns the deprecated type.
    public static ByteBuf received(ReceiveBuffers buffers, int length, int segment) {
        RecvByteBufAllocator.Handle handle = buffers.newHandle();
        ByteBuf slot = handle.allocate(ByteBufAllocator.DEFAULT).writeZero(length);
        ByteBuf whole = slot.retainedSlice(0, length);
        ByteBuf first = whole.readRetainedSlice(Math.min(segment, length));
        if (whole.isReadable()) {
            throw new AssertionError("a slot must hand itself over whole");
        }
        whole.release();
        slot.release();
        return first;
    }
}
