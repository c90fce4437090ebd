package io.echo.net.workarounds;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import java.nio.ByteBuffer;

/**
 * The receive buffers of one connection on io_uring. Where direct memory has ended they end the
 * connection; Netty (4.2.18) ends the event loop there, with everything else on it, for it
 * allocates them outside of what catches errors ({@code scheduleRead0}).
 */
public final class IoUringReads extends DefaultMaxMessagesRecvByteBufAllocator {
    /** Bytes of the last read before the connection ends. */
    private static final int LAST_BYTES = 16;

    private final Channel channel;
    private final RecvByteBufAllocator reads;

    /** Makes the allocator of this channel, which must be a connection on io_uring. */
    public IoUringReads(Channel channel) {
        this(channel, new AdaptiveRecvByteBufAllocator());
    }

    /**
     * Makes one.
     *
     * @param reads chooses their sizes
     */
    public IoUringReads(Channel channel, RecvByteBufAllocator reads) {
        this.channel = channel;
        this.reads = reads;
    }

    @Override
    @SuppressWarnings("deprecation") // The interface's only method returns the deprecated type.
    public Handle newHandle() {
        Handle sizes = reads.newHandle();
        return new MaxMessageHandle() {
            @Override
            public int guess() {
                return sizes.guess();
            }

            @Override
            public void reset(ChannelConfig config) {
                sizes.reset(config);
                super.reset(config);
            }

            @Override
            public void lastBytesRead(int bytes) {
                sizes.lastBytesRead(bytes);
                super.lastBytesRead(bytes);
            }

            @Override
            public void attemptedBytesRead(int bytes) {
                sizes.attemptedBytesRead(bytes);
                super.attemptedBytesRead(bytes);
            }

            @Override
            public void readComplete() {
                sizes.readComplete();
            }

            @Override
            public ByteBuf allocate(ByteBufAllocator allocator) {
                try {
                    return super.allocate(allocator);
                } catch (OutOfMemoryError ended) {
                    channel.eventLoop()
                            .execute(() -> channel.pipeline().fireExceptionCaught(ended));
                    // The JVM's own memory: Netty's count of its memory is at its limit.
                    return Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(LAST_BYTES)).clear();
                }
            }
        };
    }
}
