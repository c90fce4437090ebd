package io.echo.server.tcp;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;

/**
 * Tells how long nothing of a connection has moved. A byte has moved when it is read, when the
 * kernel takes it, and when the peer acknowledges it; the last is known while {@link AckWatch}
 * asks.
 *
 * <p>One instance per connection, on its event loop. Times are of {@link System#nanoTime}.
 */
final class Stillness {
    /** Readings of the kernel's queue without a change before a connection is called still. */
    private static final int TELLINGS = 2;

    private final AckWatch acks;
    private final TcpGuard guard;

    /** Set when something is read or taken; cleared by each check. */
    private boolean moved;

    /** The time of the last check that saw something move. */
    private long movedNs;

    /** The bytes of the oldest write that the kernel had taken at the last check. */
    private long progress;

    /** Set while the kernel is asked about this connection. */
    private boolean watched;

    /** Bytes that the peer had not acknowledged, as last told; -1 before that. */
    private long unacknowledged = -1;

    /** Set by the first telling: until then it may have moved unseen. */
    private boolean seenFirst;

    /** Tellings since something has moved. */
    private int tellings;

    Stillness(AckWatch acks, TcpGuard guard) {
        this.acks = acks;
        this.guard = guard;
    }

    /** Begins to count the time. */
    void begin() {
        movedNs = System.nanoTime();
    }

    /** Notes that something was read or taken. */
    void noteMoved() {
        moved = true;
    }

    /** Notes how many bytes the peer has not acknowledged; -1 if the kernel does not know it. */
    void noteSendQueue(long bytes) {
        seenFirst |= unacknowledged < 0;
        moved |= unacknowledged >= 0 && bytes != unacknowledged;
        unacknowledged = bytes;
        tellings++;
    }

    /**
     * Returns how long nothing has moved; part of a large write counts.
     *
     * @param keepAsking whether the kernel is asked on even if something has moved
     */
    long forNs(Channel channel, long nowNs, boolean keepAsking) {
        ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
        long progressNow = out == null ? 0 : out.currentProgress();
        if (moved || progressNow != progress) {
            movedNs = nowNs;
            tellings = 0;
            if (!keepAsking) {
                stopAsking();
            }
        }
        if (seenFirst) {
            seenFirst = false;
            movedNs = nowNs;
        }
        progress = progressNow;
        moved = false;
        return nowNs - movedNs;
    }

    /** Asks the kernel from now on; returns false where that is not possible. */
    boolean ask(Channel channel) {
        watched = watched || acks.add(channel, guard);
        return watched;
    }

    /** Returns whether the kernel has been asked often enough to know, or cannot be asked. */
    boolean isSure(Channel channel) {
        return !ask(channel) || tellings >= TELLINGS;
    }

    void stopAsking() {
        if (watched) {
            watched = false;
            unacknowledged = -1;
            acks.remove(guard);
        }
    }
}
