package io.echo.server.tcp;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;

/**
 * Tells how long nothing of a connection has moved, and for how long its peer has taken nothing of
 * what it was sent.
 *
 * <p>A byte has moved when it is read, when our kernel takes it, and when the peer acknowledges it.
 * The peer takes a byte when it acknowledges it: one that only sends takes nothing, and what our
 * kernel takes fills its own buffer. Whether the peer has acknowledged what was written is not
 * known until {@link AckWatch} has told how much waits in the kernel; so a connection that has been
 * sent something is asked about from time to time. Where the kernel cannot be asked, or does not
 * know the connection, what it takes counts as taken.
 *
 * <p>One instance per connection, on its event loop. Times are of {@link System#nanoTime}.
 */
final class Stillness {
    /** Readings of the kernel's queue without a change before a peer is said to take nothing. */
    private static final int TELLINGS = 2;

    private final AckWatch acks;
    private final TcpGuard guard;

    /** Set when something has moved; cleared by each check. */
    private boolean moved;

    /** The time of the last check that saw something move. */
    private long movedNs;

    /** Bytes of the writes that the kernel has taken whole. */
    private long completed;

    /** Bytes that the kernel had taken at the last check. */
    private long written;

    /** Bytes that the peer has acknowledged, as far as is known. */
    private long acknowledged;

    /** Set when the peer has taken something; cleared by each check. */
    private boolean taken;

    /** The time of the last check at which the peer had taken something, or had nothing to take. */
    private long takenNs;

    /** Set by the first telling: until then it may have taken something unseen. */
    private boolean seenFirst;

    /** Bytes that the peer had not acknowledged, as last told; -1 before that. */
    private long unacknowledged = -1;

    /** Set if the kernel knew no such connection when it was asked last; until the next write. */
    private boolean unknown;

    /** Set while the kernel is asked about this connection. */
    private boolean watched;

    /** Tellings since the peer has taken something. */
    private int tellings;

    Stillness(AckWatch acks, TcpGuard guard) {
        this.acks = acks;
        this.guard = guard;
    }

    /** Begins to count both times. */
    void begin() {
        movedNs = System.nanoTime();
        takenNs = movedNs;
    }

    /** Notes that something was read. */
    void noteRead() {
        moved = true;
    }

    /** Notes that the kernel has taken the rest of a write of so many bytes. */
    void noteWritten(int bytes) {
        completed += bytes;
        unknown = false;
    }

    /** Notes how many bytes the peer has not acknowledged; -1 if the kernel does not know it. */
    void noteSendQueue(Channel channel, long bytes) {
        seenFirst |= tellings == 0 && unacknowledged < 0;
        moved |= unacknowledged >= 0 && bytes != unacknowledged;
        unacknowledged = bytes;
        tellings++;
        unknown = bytes < 0;
        long sinceStart = writtenNow(channel) - bytes; // And what was written since the reading.
        if (!unknown && sinceStart > acknowledged) {
            acknowledged = sinceStart;
            taken = true;
            tellings = 0;
        }
    }

    /** Returns how long nothing has moved; part of a large write counts. */
    long stillNs(Channel channel, long nowNs) {
        long writtenNow = writtenNow(channel);
        if (writtenNow != written && !isTold()) {
            taken = true;
        }
        if (moved || writtenNow != written) {
            movedNs = nowNs;
        }
        moved = false;
        written = writtenNow;
        return nowNs - movedNs;
    }

    /**
     * Returns how long the peer has taken nothing; 0 if it has nothing to take. To be asked after
     * {@link #stillNs}.
     *
     * @param waiting whether there is something that the kernel has not taken yet
     * @param closing whether the kernel is asked on until the FIN is acknowledged
     */
    long untakenNs(long nowNs, boolean waiting, boolean closing) {
        boolean owed = waiting || closing || isTold() && acknowledged < written;
        if (taken || !owed) {
            takenNs = nowNs;
            if (!closing) {
                stopAsking();
            }
        }
        if (seenFirst) {
            takenNs = nowNs;
        }
        taken = false;
        seenFirst = false;
        return nowNs - takenNs;
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
            tellings = 0;
            unacknowledged = -1;
            acks.remove(guard);
        }
    }

    /** Returns whether the kernel tells what is acknowledged; else what it takes counts. */
    private boolean isTold() {
        return acks.isAvailable() && !unknown;
    }

    private long writtenNow(Channel channel) {
        ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
        return completed + (out == null ? 0 : out.currentProgress());
    }
}
