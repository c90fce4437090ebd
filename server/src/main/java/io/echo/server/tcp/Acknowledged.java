package io.echo.server.tcp;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection in CLOSING soon after its peer has acknowledged everything, the FIN included,
 * where the transport can ask its socket (TCP_INFO, {@code tcp(7)}). {@link AckWatch} does it for
 * all of them, but later: clients that come and go by the thousand would hold as many places
 * meanwhile.
 */
final class Acknowledged {
    private static final int FIRST_LOOK_MILLIS = 1;
    private static final int LAST_LOOK_MILLIS = 512;

    // The states behind an acknowledged FIN, as in include/net/tcp_states.h of Linux.
    private static final int FIN_WAIT_2 = 5;
    private static final int TIME_WAIT = 6;
    private static final int CLOSE = 7;

    private Acknowledged() {}

    /**
     * Looks now, and at growing distances for about a second; most are done by then. On the loop,
     * when the output is shut down.
     */
    static void closeSoon(Channel channel) {
        if (channel instanceof EpollSocketChannel || channel instanceof IoUringSocketChannel) {
            closeSoon(channel, FIRST_LOOK_MILLIS);
        }
    }

    private static void closeSoon(Channel channel, int nextMillis) {
        if (!channel.isOpen()) {
            return;
        }
        if (isAll(channel)) {
            channel.close();
        } else if (nextMillis <= LAST_LOOK_MILLIS) {
            channel.eventLoop()
                    .schedule(
                            () -> closeSoon(channel, 2 * nextMillis),
                            nextMillis,
                            TimeUnit.MILLISECONDS);
        }
    }

    private static boolean isAll(Channel channel) {
        int state =
                channel instanceof EpollSocketChannel epoll
                        ? epoll.tcpInfo().state()
                        : ((IoUringSocketChannel) channel).tcpInfo().state();
        return state == FIN_WAIT_2 || state == TIME_WAIT || state == CLOSE;
    }
}
