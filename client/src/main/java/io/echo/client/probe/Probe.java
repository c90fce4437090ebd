package io.echo.client.probe;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/**
 * The bytes of a probe: a header that names it and a fill that reveals what happened to it.
 *
 * <pre>
 *   0       4       8               16              24      28      32
 *  +-------+-------+---------------+---------------+-------+-------+----------------
 *  |  run  | flow  |   sequence    | intended (ns) | late  | check | fill ...
 *  +-------+-------+---------------+---------------+-------+-------+----------------
 *   run       random for each run of the program        late   time from intended to queued:
 *   flow      which socket of the run                          ns, or from 2^31 on 2^20 ns, marked
 *   sequence  from 0 on each flow                              by the highest bit
 *                                                       check  32 bits of a hash of all of the
 *   intended  when it should have left (nanoTime)              above and of the probe's length
 * </pre>
 *
 * <p>All numbers are big-endian. The fill continues the 64-bit hash, eight bytes at a time, so a
 * flipped byte, a cut, and bytes of another probe are all found; a payload of the user's own may
 * stand in its place. Since the times travel in the probe, a sender need not remember them for
 * ever.
 *
 * <p>One instance writes and judges the probes of one flow, and allocates nothing. It has no state
 * of its own; a payload is read by one thread at a time, so each event loop has its own copy.
 */
public final class Probe {
    /** The smallest probe. */
    public static final int HEADER_BYTES = 32;

    /** The largest UDP payload over IPv4. */
    public static final int MAX_BYTES = 65_507;

    /** The judgement on the bytes of a reply alone. */
    public enum Judgement {
        /** Every byte is as it was sent. */
        INTACT,
        /** Names a probe of this flow; its length, its times or its fill are not that probe's. */
        CORRUPT,
        /** Names nothing that this flow sent. */
        FOREIGN
    }

    /** The bytes that name it: run, flow and sequence. */
    static final int NAME_BYTES = 16;

    private static final int FLOW_AT = 4;
    private static final int SEQUENCE_AT = 8;
    private static final int INTENDED_AT = 16;
    private static final int LATE_AT = 24;
    private static final int CHECK_AT = 28;

    /** A long lateness is in units of 2 to the power of this many nanoseconds. */
    private static final int COARSE_BITS = 20;

    private static final long UNSIGNED_INT = 0xFFFF_FFFFL;
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    private final int run;
    private final int flow;
    private final long salt;
    private final ByteBuf payload;

    private Probe(int run, int flow, ByteBuf payload) {
        this.run = run;
        this.flow = flow;
        this.salt = mix(name());
        this.payload = payload;
    }

    /** Returns probes whose fill is derived from their header. */
    public static Probe filled(int run, int flow) {
        return new Probe(run, flow, null);
    }

    /**
     * Returns probes that carry the user's payload after the header.
     *
     * @param payload read from index 0, never changed or released; as long as the longest fill
     */
    public static Probe carrying(int run, int flow, ByteBuf payload) {
        return new Probe(run, flow, payload);
    }

    /**
     * Appends one probe.
     *
     * @param intendedNs when it should leave, on the {@link System#nanoTime} clock
     * @param queuedNs when it is handed on to leave, not before {@code intendedNs}
     * @param length of the whole probe, {@link #HEADER_BYTES} to {@link #MAX_BYTES}
     */
    public void write(ByteBuf out, long sequence, long intendedNs, long queuedNs, int length) {
        long late = late(queuedNs - intendedNs) & UNSIGNED_INT;
        long hash = hash(salt, sequence, intendedNs, late, length);
        out.ensureWritable(length);
        int at = out.writerIndex();
        out.setInt(at, run);
        out.setInt(at + FLOW_AT, flow);
        out.setLong(at + SEQUENCE_AT, sequence);
        out.setLong(at + INTENDED_AT, intendedNs);
        out.setInt(at + LATE_AT, (int) late);
        out.setInt(at + CHECK_AT, (int) (hash >>> Integer.SIZE));
        if (payload == null) {
            fill(out, at + HEADER_BYTES, length - HEADER_BYTES, hash);
        } else {
            out.setBytes(at + HEADER_BYTES, payload, 0, length - HEADER_BYTES);
        }
        out.writerIndex(at + length);
    }

    /** Judges {@code length} bytes from {@code at} by themselves; moves no index. */
    public Judgement judge(ByteBuf in, int at, int length) {
        if (length < INTENDED_AT || in.getInt(at) != run) {
            return Judgement.FOREIGN;
        }
        if (length < HEADER_BYTES || length > MAX_BYTES) {
            return Judgement.CORRUPT;
        }
        int claimed = in.getInt(at + FLOW_AT);
        long late = in.getInt(at + LATE_AT) & UNSIGNED_INT;
        long hash = hash(salt, sequence(in, at), intendedNs(in, at), late, length);
        if (claimed != flow) {
            // One byte of ours was changed, or it is the whole probe of another flow.
            return in.getInt(at + CHECK_AT) == (int) (hash >>> Integer.SIZE)
                    ? Judgement.CORRUPT
                    : Judgement.FOREIGN;
        }
        if (in.getInt(at + CHECK_AT) != (int) (hash >>> Integer.SIZE)) {
            return Judgement.CORRUPT;
        }
        int fillBytes = length - HEADER_BYTES;
        boolean same =
                payload == null
                        ? isFill(in, at + HEADER_BYTES, fillBytes, hash)
                        : fillBytes <= payload.readableBytes()
                                && ByteBufUtil.equals(in, at + HEADER_BYTES, payload, 0, fillBytes);
        return same ? Judgement.INTACT : Judgement.CORRUPT;
    }

    /** Returns the sequence number of the probe at {@code at}; 16 bytes must be there. */
    public static long sequence(ByteBuf in, int at) {
        return in.getLong(at + SEQUENCE_AT);
    }

    /** Returns the time at which the probe at {@code at} should have left. */
    public static long intendedNs(ByteBuf in, int at) {
        return in.getLong(at + INTENDED_AT);
    }

    /** Returns the time at which the probe was queued; to a millisecond from 2.1 s of lateness. */
    public static long queuedNs(ByteBuf in, int at) {
        return intendedNs(in, at) + lateNs(in.getInt(at + LATE_AT));
    }

    /** Decodes a lateness of a header. */
    static long lateNs(int late) {
        return late >= 0 ? late : (long) (late & Integer.MAX_VALUE) << COARSE_BITS;
    }

    /** Encodes a lateness for the header. */
    static int late(long ns) {
        if (ns <= Integer.MAX_VALUE) {
            return (int) Math.max(ns, 0);
        }
        return Integer.MIN_VALUE | (int) Math.min(ns >>> COARSE_BITS, Integer.MAX_VALUE);
    }

    /** Tells whether this is a whole header that another run or another flow wrote. */
    boolean isOfOthers(ByteBuf in, int at, int length) {
        long theirs = mix(in.getLong(at));
        long late = in.getInt(at + LATE_AT) & UNSIGNED_INT;
        long hash = hash(theirs, sequence(in, at), intendedNs(in, at), late, length);
        return theirs != salt && in.getInt(at + CHECK_AT) == (int) (hash >>> Integer.SIZE);
    }

    /**
     * Returns by how many bits the header at {@code at} differs from that of a probe.
     *
     * @param late as {@link #late} encoded it
     */
    int difference(ByteBuf in, int at, long sequence, long intendedNs, int late, int length) {
        long hash = hash(salt, sequence, intendedNs, late & UNSIGNED_INT, length);
        long last = (long) late << Integer.SIZE | hash >>> Integer.SIZE;
        return Long.bitCount(in.getLong(at) ^ name())
                + Long.bitCount(sequence(in, at) ^ sequence)
                + Long.bitCount(intendedNs(in, at) ^ intendedNs)
                + Long.bitCount(in.getLong(at + LATE_AT) ^ last);
    }

    /** Returns by how many bits the run and the flow at {@code at} differ from these. */
    int difference(ByteBuf in, int at) {
        return Long.bitCount(in.getLong(at) ^ name());
    }

    private long name() {
        return (long) run << Integer.SIZE | flow & UNSIGNED_INT;
    }

    private static void fill(ByteBuf out, int from, int bytes, long seed) {
        long word = seed;
        int at = from;
        int end = from + bytes;
        for (int last = end - Long.BYTES; at <= last; at += Long.BYTES) {
            word += GOLDEN;
            out.setLong(at, word);
        }
        word += GOLDEN;
        for (; at < end; at++) {
            word = Long.rotateLeft(word, Byte.SIZE);
            out.setByte(at, (int) word);
        }
    }

    private static boolean isFill(ByteBuf in, int from, int bytes, long seed) {
        long word = seed;
        long difference = 0;
        int at = from;
        int end = from + bytes;
        for (int last = end - Long.BYTES; at <= last; at += Long.BYTES) {
            word += GOLDEN;
            difference |= in.getLong(at) ^ word;
        }
        word += GOLDEN;
        for (; at < end; at++) {
            word = Long.rotateLeft(word, Byte.SIZE);
            difference |= in.getByte(at) ^ (byte) word;
        }
        return difference == 0;
    }

    private static long hash(long salt, long sequence, long intendedNs, long late, int length) {
        return mix(mix(mix(salt ^ sequence) ^ intendedNs) ^ (late << Integer.SIZE | length));
    }

    /** Mixes as the last step of SplitMix64 does: each input bit changes half of the output. */
    private static long mix(long value) {
        long z = value + GOLDEN;
        z = (z ^ z >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
        return z ^ z >>> 31;
    }
}
