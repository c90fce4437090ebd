package io.echo.server.udp;

import io.echo.server.loop.ReceiveBuffers;
import io.netty.buffer.ByteBuf;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.SegmentedDatagramPacket;
import java.net.InetSocketAddress;

/**
 * The datagrams that a batch has brought from one sender in a row, all of one size but the last,
 * which may be shorter: so they can be answered as a train, in one call to the kernel.
 *
 * <p>They stand in the receive slot of the first; the others are copied behind it, which costs less
 * than a call for each. On the loop.
 */
final class DatagramTrain {
    /** What an Ethernet frame carries over IPv6; of larger ones most routes refuse a train. */
    private static final int LARGEST_JOINED = 1_452;

    /** The slot, and one reference to it; null while there is no datagram. */
    private ByteBuf content;

    private InetSocketAddress sender;
    private int segment;

    /** Whether a datagram can still join. */
    private boolean open;

    /** Whether there is none. */
    boolean isEmpty() {
        return content == null;
    }

    /** Starts with a datagram, or with a train that has come as one. */
    void start(ByteBuf first, InetSocketAddress from, int size) {
        content = first;
        sender = from;
        segment = size;
        open = size == first.readableBytes() && size > 0 && size <= LARGEST_JOINED;
    }

    /**
     * Takes in a datagram that continues the run.
     *
     * @return whether it does; it has been released then
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

    /** Ends the run. The caller owns the reply, a train if there is more than one datagram. */
    DatagramPacket end() {
        ByteBuf whole = content;
        content = null;
        open = false;
        return whole.readableBytes() > segment
                ? new SegmentedDatagramPacket(whole, segment, sender)
                : new DatagramPacket(whole, sender);
    }
}
