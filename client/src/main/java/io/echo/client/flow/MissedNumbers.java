package io.echo.client.flow;

import java.util.Arrays;
import java.util.function.LongConsumer;

/**
 * A set of probes by their numbers in an open loop: those without an answer in time. A bit for
 * each, in blocks of 512 bytes for 4,096 numbers, made where there is one to be set. Confined to
 * one thread.
 */
public final class MissedNumbers {
    private static final int BLOCK_BITS = 12;
    private static final int BLOCK_WORDS = (1 << BLOCK_BITS) / Long.SIZE;

    private final long first;
    private final int most;
    private int made;
    private long[][] blocks = {};

    /** Makes an empty set of numbers from this one on. */
    MissedNumbers(long first) {
        this(first, Integer.MAX_VALUE);
    }

    /**
     * Makes an empty set that is bounded: what would need a further block is left out.
     *
     * @param first the lowest number
     * @param most blocks, of half a kilobyte each
     */
    public MissedNumbers(long first, int most) {
        this.first = first;
        this.most = most;
    }

    /** Adds a number. */
    public void add(long number) {
        long at = number - first;
        if (at < 0) {
            return;
        }
        int block = Math.toIntExact(at >>> BLOCK_BITS);
        if (block >= blocks.length) {
            blocks = Arrays.copyOf(blocks, Math.max(block + 1, 2 * blocks.length));
        }
        if (blocks[block] == null) {
            if (made == most) {
                return;
            }
            made++;
            blocks[block] = new long[BLOCK_WORDS];
        }
        blocks[block][(int) (at >>> 6) & BLOCK_WORDS - 1] |= 1L << at;
    }

    /** Adds all numbers of another set that begins with the same one. */
    void addAll(MissedNumbers other) {
        blocks = Arrays.copyOf(blocks, Math.max(blocks.length, other.blocks.length));
        for (int i = 0; i < other.blocks.length; i++) {
            if (other.blocks[i] != null && blocks[i] == null) {
                blocks[i] = other.blocks[i].clone();
            } else if (other.blocks[i] != null) {
                for (int word = 0; word < BLOCK_WORDS; word++) {
                    blocks[i][word] |= other.blocks[i][word];
                }
            }
        }
    }

    boolean contains(long number) {
        long at = number - first;
        int block = (int) Math.min(Integer.MAX_VALUE, at >>> BLOCK_BITS);
        return at >= 0
                && block < blocks.length
                && blocks[block] != null
                && (blocks[block][(int) (at >>> 6) & BLOCK_WORDS - 1] & 1L << at) != 0;
    }

    /** Calls back with each number, in order. */
    void forEach(LongConsumer action) {
        for (int i = 0; i < blocks.length; i++) {
            for (int word = 0; blocks[i] != null && word < BLOCK_WORDS; word++) {
                long base = first + ((long) i << BLOCK_BITS) + (long) word * Long.SIZE;
                for (long left = blocks[i][word]; left != 0; left &= left - 1) {
                    action.accept(base + Long.numberOfTrailingZeros(left));
                }
            }
        }
    }
}
