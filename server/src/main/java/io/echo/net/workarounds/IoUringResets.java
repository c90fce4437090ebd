package io.echo.net.workarounds;

import io.netty.channel.Channel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Tells a connection on io_uring that its peer has reset it right behind its first bytes. Netty
 * (4.2.18) hears nothing of a reset that comes between a read and the next one; a write would, but
 * some connections have nothing to write: a balancer's check of health sends a PROXY header and is
 * gone.
 */
public final class IoUringResets {
    /** Time for the next read to begin, from when on a reset is heard. */
    private static final int LOOK_MILLIS = 100;

    /** The state of a connection that is no more (include/net/tcp_states.h of Linux). */
    private static final int CLOSE = 7;

    private IoUringResets() {}

    /** Looks once, a moment after bytes were read that nothing is written for. On the loop. */
    public static void lookSoon(Channel connection) {
        if (connection instanceof IoUringSocketChannel socket) {
            socket.eventLoop().schedule(() -> look(socket), LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private static void look(IoUringSocketChannel socket) {
        if (socket.isOpen() && socket.tcpInfo().state() == CLOSE) {
            socket.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));
        }
    }
}
