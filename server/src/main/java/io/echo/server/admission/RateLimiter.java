package io.echo.server.admission;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A token bucket for each source prefix, in one table of fixed size that every loop shares.
 *
 * <p>A bucket is one long: the time until which its budget is used up (the generic cell rate
 * algorithm, ITU-T I.371, a token bucket that needs no refilling). It admits while that time is at
 * most a second ahead, so a burst may be as large as one second allows.
 *
 * <p>A bucket whose time has passed is full, and its place in the table is free: a prefix needs a
 * place only while it has used some of its budget. So {@value #SLOTS} places are enough for every
 * prefix that has just sent. A keyed hash gives a prefix {@value #WAYS} places to choose from. When
 * none is free, it takes over the bucket with the most budget left, as it is, so that a sender
 * gains nothing by changing prefixes.
 *
 * <p>Thread-safe, without locks or allocation. Two loops that use one bucket at the same moment may
 * each admit one unit too many.
 */
public final class RateLimiter {
    /** Places in the table: the number of buckets that may be in use at once. */
    public static final int SLOTS = 1 << 16;

    private static final int WAYS = 4;
    private static final long BURST_NS = 1_000_000_000L;
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    /** Secret of the hash: a sender that knew it could choose prefixes that share a place. */
    private final long key = ThreadLocalRandom.current().nextLong() | 1;

    /** Pairs: prefix, and the time on the {@link System#nanoTime} clock. */
    private final long[] table = new long[2 * SLOTS];

    private final double nsPerUnit;
    private final long originNs;

    /**
     * Makes a limiter on the system's clock.
     *
     * @param perSecond units (datagrams, bytes, connections) a second for each prefix, above 0
     */
    public RateLimiter(double perSecond) {
        this(perSecond, System.nanoTime());
    }

    /**
     * Makes a limiter.
     *
     * @param startNs the time that its clock shows now, which may be any value
     */
    public RateLimiter(double perSecond, long startNs) {
        this.nsPerUnit = BURST_NS / perSecond;
        this.originNs = startNs - 2 * BURST_NS;
    }

    /**
     * Takes units from a prefix's budget if there are any left. It may take more than are left, so
     * that a datagram larger than a whole burst can pass at all.
     *
     * @param prefix of {@link SourceRules#prefix}
     * @param units what is taken; parts of a unit for a source whose rate is a multiple of others'
     * @param nowNs {@link System#nanoTime}, of this wake-up
     */
    public boolean admit(long prefix, double units, long nowNs) {
        long now = nowNs - originNs;
        int slot = slot(prefix);
        long cost = (long) (units * nsPerUnit);
        while (true) {
            long until = (long) CELL.getOpaque(table, slot + 1);
            long from = Math.max(until, now);
            if (from - now >= BURST_NS) {
                return false;
            }
            if (CELL.compareAndSet(table, slot + 1, until, from + cost)) {
                return true;
            }
        }
    }

    /** Returns the number of buckets in use, which are not full. Reads the whole table. */
    public int activePrefixes(long nowNs) {
        long now = nowNs - originNs;
        int active = 0;
        for (int slot = 0; slot < table.length; slot += 2) {
            if ((long) CELL.getOpaque(table, slot + 1) > now) {
                active++;
            }
        }
        return active;
    }

    /** Finds the place of a prefix, or takes the one with the most budget left for it. */
    private int slot(long prefix) {
        int first = (int) (mix(prefix) >>> 64 - 14) * WAYS * 2;
        int freest = first;
        long least = Long.MAX_VALUE;
        for (int way = first; way < first + 2 * WAYS; way += 2) {
            if ((long) CELL.getOpaque(table, way) == prefix) {
                return way;
            }
            long until = (long) CELL.getOpaque(table, way + 1);
            if (until < least) {
                least = until;
                freest = way;
            }
        }
        CELL.setOpaque(table, freest, prefix);
        return freest;
    }

    private long mix(long prefix) {
        long h = (prefix ^ key) * 0x9E37_79B9_7F4A_7C15L;
        h = (h ^ h >>> 32) * (key | 0xD6E8_FEB8_6659_FD93L);
        return h ^ h >>> 29;
    }
}
