package io.echo.bench.oracle;

import java.util.ArrayList;
import java.util.List;

/** A record of what a server read and sent, in its order. Thread-safe. */
final class Journal {
    /** Kinds of entries. */
    enum Act {
        /** A probe was read. */
        READ,
        /** A reply was sent as it was read. */
        INTACT,
        /** A reply was sent that is not as it was read, and can be known for one. */
        DAMAGED,
        /** Something was sent that belongs to no probe. */
        STRANGE
    }

    /**
     * One entry.
     *
     * @param flow the peer's socket, in any form
     * @param sequence number of the probe on it
     * @param intendedNs time at which the probe should have left
     * @param atNs time of the entry
     */
    record Entry(Act act, Object flow, long sequence, long intendedNs, long atNs) {
        /** Returns how long ago the probe should have left. */
        long ageNs() {
            return atNs - intendedNs;
        }
    }

    private final List<Entry> entries = new ArrayList<>();
    private long firstNs;

    synchronized void enter(Act act, Object flow, long sequence, long intendedNs) {
        if (entries.isEmpty() || intendedNs - firstNs < 0) {
            firstNs = intendedNs;
        }
        entries.add(new Entry(act, flow, sequence, intendedNs, System.nanoTime()));
    }

    synchronized void strange(Object flow) {
        entries.add(new Entry(Act.STRANGE, flow, -1, 0, System.nanoTime()));
    }

    /** Returns when the first probe of the run should have left; one must have been read. */
    synchronized long firstNs() {
        return firstNs;
    }

    synchronized List<Entry> entries() {
        return List.copyOf(entries);
    }
}
