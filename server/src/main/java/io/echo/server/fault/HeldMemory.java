package io.echo.server.fault;

/** The memory that one port may hold back, over both protocols. Confined to the port's loop. */
final class HeldMemory {
    /** Most datagrams and reads that are held: with delay=100ms, 650,000 a second. */
    static final int MOST = 65_536;

    /**
     * Heap that each takes beside its bytes: its place in the queue, its packet and its promise,
     * and the address of its sender, some 350 bytes together.
     */
    static final int OVERHEAD_BYTES = 512;

    private final long mostBytes;
    private int held;
    private long bytes;

    HeldMemory(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** Takes memory for a datagram; returns false if there is none. */
    boolean take(int length) {
        if (!hasRoom()) {
            return false;
        }
        force(length);
        return true;
    }

    /** Takes memory for what has been read already. */
    void force(int length) {
        held++;
        bytes += length + OVERHEAD_BYTES;
    }

    void giveBack(int length) {
        held--;
        bytes -= length + OVERHEAD_BYTES;
    }

    boolean hasRoom() {
        return held < MOST && bytes < mostBytes;
    }

    /** Returns how many are held. */
    int held() {
        return held;
    }
}
