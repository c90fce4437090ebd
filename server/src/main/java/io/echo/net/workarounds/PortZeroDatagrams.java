package io.echo.net.workarounds;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.UncheckedBooleanSupplier;
import java.net.InetSocketAddress;

/**
 * Hands on what comes from port 0 to a datagram channel on io_uring, for Netty (4.2.18) reads it
 * and lets it fall there, before anybody could count it ({@code
 * IoUringDatagramChannel.readComplete0}). Netty tells the receive buffers of each datagram, and
 * then of each that it hands on: one that it does not hand on came from port 0.
 *
 * <p>Who sent it is not known here: the packet's sender is port 0 of no address. An empty one
 * cannot be told from a read that found nothing. One instance per channel, on its event loop.
 */
public final class PortZeroDatagrams implements MaxMessagesRecvByteBufAllocator {
    private static final InetSocketAddress SENDER = new InetSocketAddress(0);

    /** Stands for what came: Netty has released that when it is known that it falls. */
    private static final byte[] CONTENT = new byte[65_535];

    private final MaxMessagesRecvByteBufAllocator buffers;
    private final Channel channel;

    /** Makes the allocator of this channel, which must be one of datagrams on io_uring. */
    public PortZeroDatagrams(MaxMessagesRecvByteBufAllocator buffers, Channel channel) {
        this.buffers = buffers;
        this.channel = channel;
    }

    @Override
    @SuppressWarnings("deprecation") // The interface's only method returns the deprecated type.
    public Handle newHandle() {
        return new Watching((RecvByteBufAllocator.ExtendedHandle) buffers.newHandle());
    }

    @Override
    public int maxMessagesPerRead() {
        return buffers.maxMessagesPerRead();
    }

    @Override
    public MaxMessagesRecvByteBufAllocator maxMessagesPerRead(int count) {
        buffers.maxMessagesPerRead(count);
        return this;
    }

    private final class Watching implements RecvByteBufAllocator.ExtendedHandle {
        private final RecvByteBufAllocator.ExtendedHandle buffers;

        /** Bytes of a datagram that has been read and not handed on yet, or 0. */
        private int unseen;

        Watching(RecvByteBufAllocator.ExtendedHandle buffers) {
            this.buffers = buffers;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            return buffers.allocate(allocator);
        }

        @Override
        public void lastBytesRead(int bytes) {
            unseen = bytes;
            buffers.lastBytesRead(bytes);
        }

        @Override
        public void incMessagesRead(int count) {
            unseen = 0;
            buffers.incMessagesRead(count);
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
            handOnUnseen();
            return buffers.continueReading(maybeMore);
        }

        @Override
        public boolean continueReading() {
            handOnUnseen();
            return buffers.continueReading();
        }

        @Override
        public void readComplete() {
            handOnUnseen();
            buffers.readComplete();
        }

        private void handOnUnseen() {
            if (unseen > 0) {
                ByteBuf content = Unpooled.wrappedBuffer(CONTENT, 0, unseen);
                InetSocketAddress us = (InetSocketAddress) channel.localAddress();
                unseen = 0;
                channel.pipeline().fireChannelRead(new DatagramPacket(content, us, SENDER));
            }
        }

        @Override
        public void reset(ChannelConfig config) {
            buffers.reset(config);
        }

        @Override
        public int guess() {
            return buffers.guess();
        }

        @Override
        public int lastBytesRead() {
            return buffers.lastBytesRead();
        }

        @Override
        public void attemptedBytesRead(int bytes) {
            buffers.attemptedBytesRead(bytes);
        }

        @Override
        public int attemptedBytesRead() {
            return buffers.attemptedBytesRead();
        }
    }
}
