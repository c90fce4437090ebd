package io.echo.server.loop;

import io.echo.server.config.ServerConfig;

/**
 * The memory and connections that each port that misbehaves may take, so that the plain port keeps
 * most.
 *
 * @param connections open at once
 * @param heldBytes heap for what it holds back
 * @param loopsBytes direct memory that the loops of all these ports take at the start
 */
public record FaultBudget(int connections, long heldBytes, long loopsBytes) {
    /** All ports together get this part of the memory for connections. */
    private static final int SHARE = 4;

    /** Enough for any test; more would need a budget of their own. */
    private static final int MOST_CONNECTIONS = 1_000;

    /** All ports together hold at most this part of the heap; connections may fill half of it. */
    private static final int HEAP_SHARE = 8;

    /** Half a second of a line of 1 Gbit/s, or more datagrams than may be held of usual sizes. */
    private static final long MOST_HELD_BYTES = 64 << 20;

    /** Returns the budget of each port. */
    static FaultBudget of(ServerConfig config, int connections, long heapBytes, long loopBytes) {
        int ports = Math.max(1, config.faults().ports().size());
        return new FaultBudget(
                Math.max(1, Math.min(MOST_CONNECTIONS, connections / SHARE / ports)),
                Math.min(MOST_HELD_BYTES, heapBytes / HEAP_SHARE / ports),
                config.faults().ports().size() * loopBytes);
    }

    /**
     * Returns the size of a connection's socket buffers: small, so that a peer that is read slowly
     * soon cannot send.
     */
    public int socketBufferBytes() {
        return Budget.SMALL_BUFFER;
    }
}
