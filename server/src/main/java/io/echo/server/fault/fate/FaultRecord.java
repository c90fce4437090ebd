package io.echo.server.fault.fate;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A record of what was done to datagrams and connections. One thread writes, any thread reads.
 *
 * <p>A fate enters when it is drawn, with each fault that it has; a fault of a connection when it
 * happens, since a connection may end before.
 */
public final class FaultRecord {
    private final AtomicLongArray datagrams = new AtomicLongArray(DatagramFault.values().length);
    private final AtomicLongArray connections =
            new AtomicLongArray(ConnectionFault.values().length);

    /**
     * Enters the fate of one datagram.
     *
     * @param bytes its length when it arrived
     */
    public void enter(DatagramFate fate, int bytes) {
        fate.lost().ifPresent(this::enter);
        if (fate.lost().isPresent()) {
            return;
        }
        if (fate.flippedBit().isPresent()) {
            enter(DatagramFault.CORRUPT);
        }
        if (fate.bytes() < bytes) {
            enter(DatagramFault.TRUNCATE);
        }
        if (fate.copies().size() > 1) {
            enter(DatagramFault.DUPLICATE);
        }
        for (int i = 0; i < fate.copies().size(); i++) {
            enter(fate.copies().get(i), i > 0);
        }
    }

    private void enter(DatagramFate.Copy copy, boolean second) {
        if (copy.dropped()) {
            enter(second ? DatagramFault.DUPLICATE_DROPPED : DatagramFault.RATE);
            return;
        }
        if (copy.behind() > 0) {
            enter(DatagramFault.REORDER);
        }
        if (copy.delayNs() > 0) {
            enter(DatagramFault.DELAY);
        }
    }

    /** Enters what happened to a connection. */
    public void enter(ConnectionFault fault) {
        int i = fault.ordinal();
        connections.lazySet(i, connections.get(i) + 1);
    }

    /** Returns the number of datagrams, or of their copies, to which this happened. */
    public long of(DatagramFault fault) {
        return datagrams.get(fault.ordinal());
    }

    /** Returns the number of connections to which this happened. */
    public long of(ConnectionFault fault) {
        return connections.get(fault.ordinal());
    }

    /** Enters what happened to a copy that was to be held. */
    public void enter(DatagramFault fault) {
        int i = fault.ordinal();
        datagrams.lazySet(i, datagrams.get(i) + 1);
    }
}
