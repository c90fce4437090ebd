package io.echo.client.probe;

import io.echo.net.Protocol;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;

/**
 * The counters and the reused buffers that the flows of one event loop share.
 *
 * <p>Confined to that loop, which is why nothing in it is locked or atomic. Probes are written
 * into, and replies read into, the same few direct buffers over and over: while a buffer's
 * reference count is 1 nobody else holds it, and it can be used again. When a socket is so slow
 * that all are in use, further ones come from the channel's allocator.
 */
public final class LoopBuffers {
    /** Buffers of each kind: more than a read or a write batch of any transport keeps busy. */
    private static final int BUFFERS = 64;

    /** Datagrams read before their replies are handled; few, so that their times stay true. */
    private static final int READS = 16;

    /** A byte stream is read in pieces of at most this. */
    private static final int STREAM_BYTES = 65_536;

    /** Room for a datagram that came back longer, so that it is seen to be. */
    private static final int SPARE_BYTES = 64;

    /** Bytes at most when the kernel joins datagrams that came together. */
    private static final int JOINED_BYTES = 65_535;

    private final ByteBuf[] outgoing = new ByteBuf[BUFFERS];
    private final ByteBuf[] incoming = new ByteBuf[BUFFERS];
    private final int outgoingBytes;
    private final int incomingBytes;
    private final ProbeStats discarded = new ProbeStats();
    private final FlowStats discardedFlow = new FlowStats();
    private ProbeStats measured = new ProbeStats();

    /** Start of the measured phase, on the {@link System#nanoTime} clock; past unless it is set. */
    private long phaseStartNs = System.nanoTime();

    /** Its end; far away until it is known. */
    private long phaseEndNs = phaseStartNs + Long.MAX_VALUE / 2;

    private int nextOutgoing;
    private int nextIncoming;
    private boolean closed;
    private long readyNs = System.nanoTime();
    private long readNs = readyNs;

    private LoopBuffers(int outgoingBytes, int incomingBytes) {
        this.outgoingBytes = outgoingBytes;
        this.incomingBytes = incomingBytes;
        discardedFlow.startAt(phaseStartNs);
    }

    /** Creates the buffers of flows whose probes have at most {@code largestProbe} bytes. */
    public static LoopBuffers of(Protocol protocol, int largestProbe) {
        boolean datagrams = protocol == Protocol.UDP;
        return new LoopBuffers(largestProbe, datagrams ? largestProbe + SPARE_BYTES : STREAM_BYTES);
    }

    /** Creates the buffers of flows that send trains, see {@link FlowConfig#train}. */
    public static LoopBuffers ofTrains(int probeBytes, int train) {
        return new LoopBuffers(probeBytes * train, JOINED_BYTES);
    }

    /** Returns the counters of the measured phase. */
    ProbeStats measured() {
        return measured;
    }

    /** Returns the counters of the warm-up. */
    ProbeStats discarded() {
        return discarded;
    }

    /** Returns the figures of the warm-up, of all flows as if they were one. */
    FlowStats discardedFlow() {
        return discardedFlow;
    }

    /**
     * Sets the start of the measured phase: what belongs to no probe and comes before it is not
     * counted. On the loop.
     */
    public void startPhaseAt(long ns) {
        phaseStartNs = ns;
    }

    /** Returns the start of the measured phase; that of these buffers unless it was set. */
    long phaseStartNs() {
        return phaseStartNs;
    }

    /** Sets the end of the measured phase: later replies are not counted as in it. On the loop. */
    public void endPhaseAt(long ns) {
        phaseEndNs = ns;
    }

    /** Returns the counters of what comes now and belongs to no probe. */
    ProbeStats current() {
        return System.nanoTime() - phaseStartNs >= 0 ? measured : discarded;
    }

    /** Returns whether the measured phase has begun by then, and not ended. */
    boolean inPhase(long ns) {
        return ns - phaseStartNs >= 0 && ns - phaseEndNs <= 0;
    }

    /**
     * Counts measured probes in {@code fresh} from now on, and returns the counters before it,
     * which are then the caller's. To be called on the event loop.
     */
    public ProbeStats swap(ProbeStats fresh) {
        ProbeStats full = measured;
        measured = fresh;
        return full;
    }

    /** Returns an empty buffer for a probe; releasing it once, as a write does, gives it back. */
    ByteBuf outgoing(ByteBufAllocator allocator) {
        ByteBuf buffer = outgoing[nextOutgoing];
        if (buffer == null) {
            buffer = newBuffer(outgoingBytes);
            outgoing[nextOutgoing] = buffer;
        }
        if (buffer.refCnt() != 1) {
            return allocator.directBuffer(outgoingBytes);
        }
        nextOutgoing = nextOutgoing + 1 & BUFFERS - 1;
        return buffer.retain().clear();
    }

    /** Starts with the first buffer again: after a flush it is likely free, and in the cache. */
    void flushed() {
        nextOutgoing = 0;
    }

    /**
     * Tells that I/O is ready, before any of it is done: what a socket without room could not take
     * leaves in this round at the earliest. To be called on the event loop; optional.
     */
    public void ready() {
        readyNs = System.nanoTime();
    }

    /** Returns when I/O was last ready, as far as is known. */
    long readyNs() {
        return readyNs;
    }

    /**
     * Returns when the last read ended: what it brought had come by then. Taken by the read itself,
     * so that the work up to the handler, tens of microseconds in a process that sleeps most of the
     * time, does not count as time on the network.
     */
    long readNs() {
        return readNs;
    }

    /**
     * Returns the allocator for the receive buffers of a channel of this loop.
     *
     * @param end called when a read ends the stream: an empty datagram on epoll, where Netty reads
     *     with recv(2) and hands on nothing
     */
    RecvByteBufAllocator receiveAllocator(Runnable end) {
        return new ReceiveAllocator(end);
    }

    /** Frees the buffers; on the event loop, when its channels are closed. */
    public void close() {
        closed = true;
        for (int i = 0; i < BUFFERS; i++) {
            if (outgoing[i] != null) {
                outgoing[i].release();
                outgoing[i] = null;
            }
            if (incoming[i] != null) {
                incoming[i].release();
                incoming[i] = null;
            }
        }
    }

    private ByteBuf incoming(ByteBufAllocator allocator) {
        if (closed) {
            return allocator.directBuffer(incomingBytes, incomingBytes);
        }
        ByteBuf buffer = incoming[nextIncoming];
        if (buffer == null) {
            buffer = newBuffer(incomingBytes);
            incoming[nextIncoming] = buffer;
        }
        if (buffer.refCnt() != 1) {
            return allocator.directBuffer(incomingBytes, incomingBytes);
        }
        nextIncoming = nextIncoming + 1 & BUFFERS - 1;
        return buffer.retain().clear();
    }

    private static ByteBuf newBuffer(int bytes) {
        return UnpooledByteBufAllocator.DEFAULT.directBuffer(bytes, bytes);
    }

    private final class ReceiveAllocator extends DefaultMaxMessagesRecvByteBufAllocator {
        private final Runnable end;

        ReceiveAllocator(Runnable end) {
            super(READS);
            this.end = end;
        }

        @Override
        @SuppressWarnings("deprecation") // Handle is deprecated, but newHandle() must return it.
        public Handle newHandle() {
            return new ReceiveHandle();
        }

        private final class ReceiveHandle extends MaxMessageHandle {
            @Override
            public int guess() {
                return incomingBytes;
            }

            @Override
            public ByteBuf allocate(ByteBufAllocator allocator) {
                return incoming(allocator);
            }

            @Override
            public void lastBytesRead(int bytes) {
                super.lastBytesRead(bytes);
                if (bytes != 0) {
                    readNs = System.nanoTime();
                }
                if (bytes < 0) {
                    end.run();
                }
            }

            @Override
            public void readComplete() {
                nextIncoming = 0;
            }
        }
    }
}
