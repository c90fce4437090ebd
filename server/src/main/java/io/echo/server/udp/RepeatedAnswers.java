package io.echo.server.udp;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Recognizes a datagram that goes round: the same content from the same address and port, again and
 * again. A forged packet between two echoes is sent by nobody any more, so one drop ends it, and
 * how often it comes depends on the way between them alone: over a long one no rate is exceeded.
 *
 * <p>The same is what has the same address, port, length, and first and last {@value #LOOKED_AT}
 * bytes. It is the next of a row when it comes within a second of the last; the {@value #ROW}th is
 * refused, and the row starts again. So a client whose datagrams differ loses nothing.
 *
 * <p>The table has one place for each datagram, which a keyed hash gives it. While a place is in
 * use, it stays with its row: two datagrams that go round would otherwise take it from each other
 * for ever. The second one's turn comes when the first has ended.
 *
 * <p>Called by every loop, without locks or allocation. Loops that use one place at the same moment
 * may lose a count, or count for a row that has just taken the place: that costs some rounds more,
 * or one datagram.
 */
final class RepeatedAnswers {
    /** Length of a row, of which the last is refused; its count fits into {@link #COUNT}. */
    static final int ROW = 256;

    /** Longest time from one of a row to the next. */
    static final long GAP_NS = 1_000_000_000L;

    private static final int LOOKED_AT = 64;
    private static final int PLACE_BITS = 12;

    /** The bits of a place's first number that count; the others are those of the hash. */
    private static final long COUNT = ROW - 1;

    /** Secrets of the hash: a sender that knew them could choose datagrams that share a place. */
    private final long key = ThreadLocalRandom.current().nextLong() | 1;

    private final long seed = ThreadLocalRandom.current().nextLong();

    /** Pairs: hash and count (0 for a free place), and the time of the last of the row. */
    private final long[] table = new long[2 << PLACE_BITS];

    /**
     * Counts a datagram that would be answered.
     *
     * @param high the first half of the sender's address
     * @param low the second half
     * @param content has the datagram from index {@code at} on
     * @return true if it is the last of a row, and must not be answered
     */
    boolean endsRow(
            long high, long low, int port, ByteBuf content, int at, int length, long nowNs) {
        long hash = mix(mix(mix(seed, high), low), (long) port << 32 | length);
        hash = mix(content, at, Math.min(length, LOOKED_AT), hash);
        if (length > LOOKED_AT) {
            hash = mix(content, at + length - LOOKED_AT, LOOKED_AT, hash);
        }
        int place = 2 * (int) (hash >>> Long.SIZE - PLACE_BITS);
        long row = table[place];
        boolean next = nowNs - table[place + 1] <= GAP_NS;
        if (row == 0 || !next) {
            table[place] = hash & ~COUNT | 1;
        } else if ((row & ~COUNT) != (hash & ~COUNT)) {
            return false; // Another row's place.
        } else if ((row & COUNT) == COUNT) {
            table[place] = 0;
            return true;
        } else {
            table[place] = row + 1;
        }
        table[place + 1] = nowNs;
        return false;
    }

    private long mix(ByteBuf content, int at, int length, long hash) {
        long mixed = hash;
        int end = at + length;
        int next = at;
        for (; next <= end - Long.BYTES; next += Long.BYTES) {
            mixed = mix(mixed, content.getLongLE(next));
        }
        long rest = 0;
        for (; next < end; next++) {
            rest = rest << Byte.SIZE | content.getByte(next) & 0xFF;
        }
        return mix(mixed, rest);
    }

    /** Folds a product of 128 bits, in which every bit of both factors has a part. */
    private long mix(long hash, long value) {
        long factor = hash ^ value;
        return factor * key ^ Math.multiplyHigh(factor, key);
    }
}
