package io.echo.server.udp;

import io.echo.server.loop.IntQueue;
import io.echo.server.metrics.Counter;
import io.echo.server.metrics.LoopCounters;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.SegmentedDatagramPacket;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * What one socket has admitted and not yet seen leave, so that every datagram is counted exactly
 * once and with its bytes, without a promise for each.
 *
 * <p>The outbound buffer is a queue and forgets from its head; so whatever is here and no longer
 * there has left, oldest first. A train is one message there and many datagrams here; the ledger
 * holds a reference to it until it has left, for the kernel may refuse it whole. Counters move once
 * per batch. On the socket's event loop alone.
 */
public final class DatagramLedger {
    private static final int UNCOUNTED = -1;
    private static final int TRAIN = -2;

    private final LoopCounters counters;

    /** Of the queued messages, which the outbound buffer counts too; all else is of datagrams. */
    private final IntQueue messages = new IntQueue();

    /** The trains among them, in the same order. */
    private final Deque<SegmentedDatagramPacket> trains = new ArrayDeque<>();

    private int queued;
    private long queuedBytes;
    private int publishedQueued;
    private long publishedBytes;

    public DatagramLedger(LoopCounters counters) {
        this.counters = counters;
    }

    /** Notes a datagram that is about to be written. */
    public void admit(int length) {
        messages.add(length);
        queued++;
        queuedBytes += length;
    }

    /** Notes a train that is about to be written. */
    public void admit(SegmentedDatagramPacket train) {
        messages.add(TRAIN);
        trains.add(train.retain());
        queued += datagrams(train);
        queuedBytes += train.content().readableBytes();
    }

    /** Notes a message that is about to be written and belongs to no count. */
    void admitUncounted() {
        messages.add(UNCOUNTED);
    }

    /** How many messages have been admitted and not yet seen to leave. */
    int messages() {
        return messages.size();
    }

    /** Counts what has left since the last call: all but what still stands in the buffer. */
    public void settle(ChannelOutboundBuffer out) {
        countGone(messages.size() - out.size(), UdpVerdict.ADMITTED);
        counters.add(Counter.UDP_PENDING, queued - publishedQueued);
        counters.add(Counter.UDP_PENDING_BYTES, queuedBytes - publishedBytes);
        publishedQueued = queued;
        publishedBytes = queuedBytes;
    }

    /** Counts the datagram that the kernel has just refused: the last to leave the buffer. */
    void refuse(ChannelOutboundBuffer out) {
        if (settleBeforeRefused(out)) {
            countGone(1, UdpVerdict.SEND);
        }
    }

    /**
     * Counts the datagram that the kernel has just refused, or takes back a refused train.
     *
     * @param singly is given the train, which is not counted as gone but forgotten, to write its
     *     datagrams one by one; the train is released afterwards
     */
    void refuse(ChannelOutboundBuffer out, Consumer<SegmentedDatagramPacket> singly) {
        if (!settleBeforeRefused(out)) {
            return;
        }
        if (messages.peek() != TRAIN) {
            countGone(1, UdpVerdict.SEND);
            return;
        }
        messages.remove();
        SegmentedDatagramPacket train = trains.remove();
        queued -= datagrams(train);
        queuedBytes -= train.content().readableBytes();
        try {
            singly.accept(train);
        } finally {
            train.release();
        }
    }

    /** Counts what has left before the refused message; returns false if nothing was refused. */
    private boolean settleBeforeRefused(ChannelOutboundBuffer out) {
        int gone = messages.size() - out.size();
        if (gone == 0) {
            return false;
        }
        countGone(gone - 1, UdpVerdict.ADMITTED);
        return true;
    }

    /** Counts what was still queued when the socket closed. */
    void close() {
        countGone(messages.size(), UdpVerdict.CLOSED);
        counters.add(Counter.UDP_PENDING, -publishedQueued);
        counters.add(Counter.UDP_PENDING_BYTES, -publishedBytes);
        publishedQueued = 0;
        publishedBytes = 0;
    }

    private void countGone(int gone, UdpVerdict verdict) {
        int datagrams = 0;
        long bytes = 0;
        for (int i = 0; i < gone; i++) {
            int length = messages.remove();
            if (length >= 0) {
                datagrams++;
                bytes += length;
            } else if (length == TRAIN) {
                SegmentedDatagramPacket train = trains.remove();
                datagrams += datagrams(train);
                bytes += train.content().readableBytes();
                train.release();
            }
        }
        queued -= datagrams;
        queuedBytes -= bytes;
        verdict.count(counters, datagrams, bytes);
    }

    /** How many datagrams a message is. */
    static int datagrams(DatagramPacket message) {
        if (message instanceof SegmentedDatagramPacket train) {
            int segment = train.segmentSize();
            return (train.content().readableBytes() + segment - 1) / segment;
        }
        return 1;
    }
}
