package io.echo.client.command;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Compares a stream that comes back with the one that was sent, each byte as it comes.
 *
 * <p>Keeps the bytes of which the peer owes the return, up to 16 MiB; of what it holds beyond that,
 * a checksum for each block. So only a stream that is cut within such a block has an end that
 * nobody compares. One thread sends, another one receives.
 */
final class StreamCheck {
    static final int BLOCK_BYTES = 64 * 1024;

    /** Blocks that are kept as they are; later ones are kept as checksums. */
    static final int KEPT_BLOCKS = 256;

    // All is guarded by this object.

    /** Blocks that were sent and have not come back; only the last may still grow. */
    private final Deque<Block> owed = new ArrayDeque<>();

    private final CRC32C sentSum = new CRC32C();
    private final CRC32C returnedSum = new CRC32C();
    private int kept;
    private long sent;
    private long returned;

    /** Offset of the first block that is owed. */
    private long begin;

    /** The first difference, a phrase; empty without one. Afterwards nothing more is compared. */
    private Optional<String> difference = Optional.empty();

    /** A piece of the stream that begins at a multiple of its size. */
    private static final class Block {
        /** The bytes; null when there is only a checksum. */
        private final byte[] bytes;

        private long sum;
        private int length;

        Block(byte[] bytes) {
            this.bytes = bytes;
        }
    }

    /** Takes bytes that are about to be sent. */
    synchronized void sent(byte[] bytes, int length) {
        for (int done = 0; done < length && difference.isEmpty(); ) {
            if (sent % BLOCK_BYTES == 0) {
                owed.add(new Block(kept < KEPT_BLOCKS ? new byte[BLOCK_BYTES] : null));
                kept += kept < KEPT_BLOCKS ? 1 : 0;
                sentSum.reset();
            }
            Block last = owed.getLast();
            int part = Math.min(length - done, BLOCK_BYTES - last.length);
            if (last.bytes == null) {
                sentSum.update(bytes, done, part);
                last.sum = sentSum.getValue();
            } else {
                System.arraycopy(bytes, done, last.bytes, last.length, part);
            }
            last.length += part;
            sent += part;
            done += part;
        }
    }

    /** Takes bytes that have come back. */
    synchronized void returned(byte[] bytes) {
        for (int done = 0; done < bytes.length && difference.isEmpty(); ) {
            if (returned == sent) {
                differs("more came back than the %d bytes that were sent", sent);
                return;
            }
            Block first = owed.getFirst();
            int from = (int) (returned - begin);
            int part = Math.min(bytes.length - done, first.length - from);
            compare(first, from, bytes, done, part);
            returned += part;
            done += part;
            if (returned == begin + BLOCK_BYTES) {
                compareSum();
                kept -= first.bytes == null ? 0 : 1;
                owed.poll();
                begin = returned;
                returnedSum.reset();
            }
        }
    }

    /** Returns a phrase on the first byte that was not sent, of all that came back so far. */
    synchronized Optional<String> difference() {
        compareSum();
        return difference;
    }

    private void compare(Block block, int from, byte[] bytes, int offset, int length) {
        if (block.bytes == null) {
            returnedSum.update(bytes, offset, length);
            return;
        }
        int first =
                Arrays.mismatch(block.bytes, from, from + length, bytes, offset, offset + length);
        if (first >= 0) {
            differs("byte %d differs", returned + first);
        }
    }

    /** Compares the first block by its checksum, where all of it that was sent has come back. */
    private void compareSum() {
        Block first = owed.peek();
        if (difference.isPresent() || first == null || first.bytes != null) {
            return;
        }
        if (returned == begin + first.length && first.sum != returnedSum.getValue()) {
            differs("bytes differ within 64 KiB from byte %d on", begin);
        }
    }

    private void differs(String phrase, long offset) {
        difference = Optional.of(String.format(Locale.ROOT, phrase, offset));
        owed.clear();
    }
}
