package io.echo.server.udp;

import io.echo.server.loop.ReceiveBuffers;
import io.netty.buffer.ByteBuf;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.SegmentedDatagramPacket;
import java.net.InetSocketAddress;

/**
 * Datagrams that came from one sender in a row, within one batch, and that can be answered as a
 * train, in one call to the kernel: all have one size but the last, which may be shorter.
 *
 * <p>The first stays in its receive slot and the others are copied behind it, which costs less than
 * a call for each. On the loop.
 */
final class DatagramTrain {
    /** Payload of an Ethernet frame over IPv6. Most routes refuse trains of larger datagrams. */
    private static final int LARGEST_JOINED = 1_452;

    /** The slot, with one reference to it; null while there is no datagram. */
    private ByteBuf content;

    private InetSocketAddress sender;

    /** Size of each datagram but the last. */
    private int segment;

    /** Set while another datagram can join. */
    private boolean open;

    /** Returns whether there is no datagram. */
    boolean isEmpty() {
        return content == null;
    }

    /** Starts with a datagram, or with a received train whose datagrams have this size. */
    void start(ByteBuf first, InetSocketAddress from, int size) {
        content = first;
        sender = from;
        segment = size;
        open = size == first.readableBytes() && size > 0 && size <= LARGEST_JOINED;
    }

    /**
     * Adds a datagram if it continues the train, and releases it then.
     *
     * @return whether it was added
     */
    boolean join(ByteBuf next, InetSocketAddress from) {
        int length = next.readableBytes();
        if (!open
                || length == 0
                || length > segment
                || !from.equals(sender)
                || !ReceiveBuffers.append(content, next)) {
            return false;
        }
        open = length == segment;
        next.release();
        return true;
    }

    /** Ends the train. The caller owns the reply: a train, or a packet if it is one datagram. */
    DatagramPacket end() {
        ByteBuf whole = content;
        content = null;
        open = false;
        return whole.readableBytes() > segment
                ? new SegmentedDatagramPacket(whole, segment, sender)
                : new DatagramPacket(whole, sender);
    }
}
