package io.echo.server;

import io.netty.channel.ChannelOutboundBuffer;

/**
 * What one socket has admitted and not yet seen leave, so that every datagram is counted exactly
 * once and with its bytes, without a promise for each.
 *
 * <p>The outbound buffer is a queue and forgets from its head; so whatever is here and no longer
 * there has left, oldest first. Counters move once per batch. On the socket's event loop alone.
 */
final class DatagramLedger {
    private static final int UNCOUNTED = -1;

    private final Cells cells;

    /** Lengths of the queued datagrams: a ring that grows to what a backlog needs. */
    private int[] lengths = new int[64];

    private int head;
    private int queued;
    private int uncounted;
    private long queuedBytes;
    private int publishedQueued;
    private long publishedBytes;

    DatagramLedger(Cells cells) {
        this.cells = cells;
    }

    /** Notes a datagram that is about to be written. */
    void admit(int length) {
        push(length);
        queuedBytes += length;
    }

    /** Notes a datagram that is about to be written and belongs to no count. */
    void admitUncounted() {
        push(UNCOUNTED);
        uncounted++;
    }

    /** Counts what has left since the last call: all but what still stands in the buffer. */
    void settle(ChannelOutboundBuffer out) {
        leave(queued - out.size(), Verdict.ADMITTED);
        cells.add(Counter.UDP_PENDING, queued - uncounted - publishedQueued);
        cells.add(Counter.UDP_PENDING_BYTES, queuedBytes - publishedBytes);
        publishedQueued = queued - uncounted;
        publishedBytes = queuedBytes;
    }

    /** Counts the datagram that the kernel has just refused: the last to leave the buffer. */
    void refuse(ChannelOutboundBuffer out) {
        int gone = queued - out.size();
        if (gone > 0) {
            leave(gone - 1, Verdict.ADMITTED);
            leave(1, Verdict.SEND);
        }
    }

    /** Counts what was still queued when the socket closed. */
    void close() {
        leave(queued, Verdict.CLOSED);
        cells.add(Counter.UDP_PENDING, -publishedQueued);
        cells.add(Counter.UDP_PENDING_BYTES, -publishedBytes);
        publishedQueued = 0;
        publishedBytes = 0;
    }

    private void leave(int datagrams, Verdict verdict) {
        long bytes = 0;
        int counted = datagrams;
        for (int i = 0; i < datagrams; i++) {
            int length = lengths[head];
            if (length == UNCOUNTED) {
                uncounted--;
                counted--;
            } else {
                bytes += length;
            }
            head = head + 1 & lengths.length - 1;
        }
        queued -= datagrams;
        queuedBytes -= bytes;
        verdict.count(cells, counted, bytes);
    }

    private void push(int length) {
        if (queued == lengths.length) {
            grow();
        }
        lengths[head + queued & lengths.length - 1] = length;
        queued++;
    }

    private void grow() {
        int[] larger = new int[2 * lengths.length];
        System.arraycopy(lengths, head, larger, 0, lengths.length - head);
        System.arraycopy(lengths, 0, larger, lengths.length - head, head);
        lengths = larger;
        head = 0;
    }
}
