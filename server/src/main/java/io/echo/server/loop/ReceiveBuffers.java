package io.echo.server.loop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.channel.ChannelConfig;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.unix.Buffer;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.ResourceLeakTracker;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * Receive buffers of one event loop, each large enough for the largest datagram, that are used
 * again and again by its datagram sockets and its connections.
 *
 * <p>They are slots of 64 KiB on a stack. A datagram is read into a slot and echoed from it, and
 * the slot goes back on the stack while its first lines are still in the cache. So a small datagram
 * touches a few cache lines, nothing is allocated for it, and the largest one is never cut. The
 * stack grows to what one wake-up of the loop uses and keeps at most {@link #KEPT} slots.
 *
 * <p>Slots are taken on the loop. One that is released on another thread, or after {@link #close},
 * frees its memory instead of going back.
 *
 * <p>A slot can also hold a train: datagrams of one size (the last may be shorter) that came from
 * one sender in a row and that the kernel hands over in one call (UDP_GRO, udp(7)). Netty would cut
 * it into datagrams, each an object; {@link #openTrain} returns it whole. The server checks at the
 * start whether that works with the Netty at hand ({@code TrainCheck}).
 */
public final class ReceiveBuffers extends DefaultMaxMessagesRecvByteBufAllocator {
    /** Largest UDP payload: 65,507 bytes on IPv4, 65,527 on IPv6. */
    private static final int SLOT_BYTES = 65_535;

    /** Most bytes that one send may hold on IPv4, be it one datagram or a train. */
    private static final int LARGEST_SENT = 65_507;

    /** Datagrams read before they are answered; meanwhile a loop's other channels wait. */
    public static final int BATCH = 16;

    /**
     * Slots a loop keeps, 3 MiB: a batch that is read, one that is still queued, and those that are
     * reserved.
     */
    private static final int KEPT = 3 * BATCH;

    /** Direct memory that {@link #reserve} sets aside. */
    public static final int RESERVED_BYTES = BATCH * SLOT_BYTES;

    /** Direct memory that a loop may keep. */
    public static final int KEPT_BYTES = KEPT * SLOT_BYTES;

    private static final ResourceLeakDetector<Slot> LEAKS =
            ResourceLeakDetectorFactory.instance().newResourceLeakDetector(Slot.class);

    private final EventLoop loop;
    private final boolean memoryAddresses;
    private final Slot[] stack = new Slot[KEPT];

    private final RecvByteBufAllocator streams =
            new DefaultMaxMessagesRecvByteBufAllocator(BATCH) {
                @Override
                @SuppressWarnings("deprecation") // As for the outer newHandle().
                public Handle newHandle() {
                    return new MaxMessageHandle() {
                        @Override
                        public ByteBuf allocate(ByteBufAllocator ignored) {
                            return take(reserved);
                        }

                        @Override
                        public int guess() {
                            return SLOT_BYTES;
                        }
                    };
                }
            };

    /** Slots on the stack; written by the loop alone. */
    private int depth;

    /** Slots on the stack that only datagram sockets may take; written by the loop alone. */
    private int reserved;

    /** Set by {@link #close}, on the loop. */
    private boolean closed;

    /**
     * Makes an empty stack.
     *
     * @param loop the one thread that takes slots
     * @param memoryAddresses true if this loop's channels pass memory addresses to the kernel
     */
    public ReceiveBuffers(EventLoop loop, boolean memoryAddresses) {
        super(BATCH);
        this.loop = loop;
        this.memoryAddresses = memoryAddresses;
    }

    @Override
    @SuppressWarnings("deprecation") // The interface's only method returns the deprecated type.
    public Handle newHandle() {
        return new AdaptiveReads();
    }

    /**
     * Returns the allocator of this loop's connections. It uses the same slots, and a read that
     * does not fill its slot is the last of its wake-up.
     */
    public RecvByteBufAllocator streams() {
        return streams;
    }

    /**
     * Copies what may wait long out of its slot, unless it fills half of that.
     *
     * @param content what was read; released if it is copied
     * @return the copy, or the content itself; the caller owns it
     */
    public static ByteBuf copyOut(ByteBufAllocator alloc, ByteBuf content) {
        int length = content.readableBytes();
        if (length > content.capacity() / 2) {
            return content;
        }
        try {
            return alloc.directBuffer(length, length).writeBytes(content);
        } finally {
            content.release();
        }
    }

    /**
     * Sets slots aside for the datagram sockets of this loop, which connections cannot take: TCP
     * peers that do not read may use up all memory, and must not stop UDP by that. On the loop.
     */
    public void reserve() {
        reserved = BATCH;
        while (depth < reserved) {
            stack[depth++] = new Slot(this);
        }
    }

    /** Frees every slot on the stack, and later each one that comes back. On the loop. */
    public void close() {
        closed = true;
        while (depth > 0) {
            Slot slot = stack[--depth];
            stack[depth] = null;
            slot.free();
        }
    }

    /**
     * Makes a received train readable, and leaves everything else as it is.
     *
     * @param content of a packet as the channel hands it on
     * @return the size of its datagrams, of which only the last may be shorter; 0 if it is no train
     */
    public static int openTrain(ByteBuf content) {
        return content instanceof Slot slot ? slot.open() : 0;
    }

    /**
     * Copies a received datagram behind another one, if there is room.
     *
     * @return whether it was copied; neither buffer is released
     */
    public static boolean append(ByteBuf to, ByteBuf from) {
        return to instanceof Slot first && from instanceof Slot next && first.append(next);
    }

    /**
     * Takes the slot used last, or a new one.
     *
     * @param left how many slots must stay on the stack
     */
    private ByteBuf take(int left) {
        Slot slot;
        if (depth > left) {
            slot = stack[--depth];
            stack[depth] = null;
            slot.reuse();
        } else {
            slot = new Slot(this);
        }
        slot.leak = LEAKS.track(slot);
        return slot;
    }

    /**
     * Decides, for one datagram channel, when a wake-up has read enough. Where only one datagram
     * waits at each wake-up, trying to read a second is a wasted system call. So after a try that
     * finds nothing the next two wake-ups do not try, after another four, up to {@value
     * #MOST_SKIPS}.
     */
    private final class AdaptiveReads extends MaxMessageHandle {
        private static final int MOST_SKIPS = 64;

        /** Datagrams that this wake-up has read. */
        private int reads;

        /** Wake-ups still to come that will not try to read a second datagram. */
        private int skips;

        /** The next value of {@link #skips}, set when a try finds nothing. */
        private int nextSkips = 2;

        @Override
        public void reset(ChannelConfig config) {
            super.reset(config);
            reads = 0;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator ignored) {
            return take(0);
        }

        @Override
        public int guess() {
            return SLOT_BYTES;
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
            return (++reads > 1 || skips == 0) && super.continueReading(maybeMore);
        }

        @Override
        public void readComplete() {
            if (reads > 1) {
                nextSkips = 2;
            } else if (skips > 0) {
                skips--;
            } else if (reads == 1) {
                skips = nextSkips;
                nextSkips = Math.min(2 * nextSkips, MOST_SKIPS);
            }
        }
    }

    /** Puts a released slot on the stack; returns false if its memory must be freed instead. */
    private boolean giveBack(Slot slot) {
        if (!loop.inEventLoop() || closed || depth == KEPT) {
            return false;
        }
        stack[depth++] = slot;
        return true;
    }

    /** A buffer that knows its memory address, so that native sends work without Unsafe. */
    private static final class Slot extends UnpooledDirectByteBuf {
        private final ReceiveBuffers owner;
        private final long memoryAddress;

        /** Size of a train's datagrams, 0 if it holds none; written by the loop alone. */
        private int segment;

        /** Null unless leak detection watches this use; written by the slot's holder. */
        private ResourceLeakTracker<Slot> leak;

        Slot(ReceiveBuffers owner) {
            super(UnpooledByteBufAllocator.DEFAULT, SLOT_BYTES, SLOT_BYTES);
            this.owner = owner;
            this.memoryAddress =
                    owner.memoryAddresses
                            ? Buffer.memoryAddress(internalNioBuffer(0, SLOT_BYTES))
                            : 0;
        }

        void reuse() {
            resetRefCnt();
            setIndex(0, 0);
            segment = 0;
        }

        /** Makes a train readable from its start; returns the size of its datagrams, 0 if none. */
        int open() {
            if (segment == 0) {
                return 0;
            }
            readerIndex(0);
            return segment < readableBytes() ? segment : 0;
        }

        boolean append(Slot other) {
            int at = writerIndex();
            int length = other.readableBytes();
            if (at + length > LARGEST_SENT) {
                return false;
            }
            internalNioBuffer(at, length).put(other.internalNioBuffer(other.readerIndex(), length));
            writerIndex(at + length);
            return true;
        }

        /** Returns this slot for its whole content, which Netty's epoll channel asks for. */
        @Override
        public ByteBuf retainedSlice(int index, int length) {
            return index == readerIndex() && length == readableBytes()
                    ? retain()
                    : super.retainedSlice(index, length);
        }

        /**
         * Returns this slot as if nothing were left in it. Netty's epoll channel cuts a train by
         * reading one datagram after the other until nothing is left; so it hands on the whole.
         */
        @Override
        public ByteBuf readRetainedSlice(int length) {
            if (readerIndex() > 0) {
                return super.readRetainedSlice(length);
            }
            segment = length;
            readerIndex(writerIndex());
            return retain();
        }

        void free() {
            super.deallocate();
        }

        @Override
        protected void deallocate() {
            if (leak != null) {
                leak.close(this);
                leak = null;
            }
            if (!owner.giveBack(this)) {
                free();
            }
        }

        @Override
        public boolean hasMemoryAddress() {
            return memoryAddress != 0;
        }

        @Override
        public long memoryAddress() {
            ensureAccessible();
            if (memoryAddress == 0) {
                throw new UnsupportedOperationException();
            }
            return memoryAddress;
        }
    }
}
