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
 * The replies of one socket that have been admitted and have not left yet. It counts every datagram
 * exactly once, with its bytes, without a promise for each.
 *
 * <p>It holds the same messages in the same order as the channel's outbound buffer, which removes
 * the oldest first. So the messages that are still here and no longer there have left. A train is
 * one message and many datagrams; the ledger holds a reference to it until it has left, for the
 * kernel may refuse it whole. Counters are updated once per batch. On the socket's event loop.
 */
public final class DatagramLedger {
    /** Stands in {@link #messages} for one that belongs to no count. */
    private static final int UNCOUNTED = -1;

    /** Stands in {@link #messages} for a train. */
    private static final int TRAIN = -2;

    private final LoopCounters counters;

    /** The queued messages, the oldest first: the length of a datagram, or one of the above. */
    private final IntQueue messages = new IntQueue();

    /** The trains among them, in the same order. */
    private final Deque<SegmentedDatagramPacket> trains = new ArrayDeque<>();

    /** Datagrams in these messages, and their bytes. */
    private int queued;

    private long queuedBytes;

    /** The same as the counters show it. */
    private int publishedQueued;

    private long publishedBytes;

    /** Datagrams echoed since they were last taken. */
    private int echoed;

    /** Makes an empty ledger. */
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

    /** Returns the number of messages that were admitted and not yet seen to leave. */
    int messages() {
        return messages.size();
    }

    /** Returns the number of datagrams echoed since the last call. */
    int takeEchoed() {
        int taken = echoed;
        echoed = 0;
        return taken;
    }

    /** Counts the messages that have left since the last call: those no longer in the buffer. */
    public void settle(ChannelOutboundBuffer out) {
        echoed += countGone(messages.size() - out.size(), UdpVerdict.ADMITTED);
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
     * Counts the datagram that the kernel has just refused, or forgets a refused train uncounted.
     *
     * @param singly writes the datagrams of the train one by one, which admits them again; the
     *     train is released afterwards
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

    /** Counts what left before the refused message; returns false if none was refused. */
    private boolean settleBeforeRefused(ChannelOutboundBuffer out) {
        int gone = messages.size() - out.size();
        if (gone == 0) {
            return false;
        }
        echoed += countGone(gone - 1, UdpVerdict.ADMITTED);
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

    /** Removes the oldest messages, and counts and returns their datagrams under one verdict. */
    private int countGone(int gone, UdpVerdict verdict) {
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
        return datagrams;
    }

    /** Returns the number of datagrams in a message. */
    static int datagrams(DatagramPacket message) {
        if (message instanceof SegmentedDatagramPacket train) {
            int segment = train.segmentSize();
            return (train.content().readableBytes() + segment - 1) / segment;
        }
        return 1;
    }
}
