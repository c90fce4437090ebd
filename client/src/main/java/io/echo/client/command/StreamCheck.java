package io.echo.client.command;

import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.zip.CRC32C;

/**
 * Compares a stream that comes back with the one that was sent, by a checksum for each block.
 *
 * <p>Holds nothing of the stream itself: what the peer keeps to itself costs 1/4096 of its size.
 * One thread sends, another one receives.
 */
final class StreamCheck {
    private static final int BLOCK_BYTES = 64 * 1024;

    /** Checksums of whole blocks that were sent and have not come back. */
    private final Queue<Long> sums = new ConcurrentLinkedQueue<>();

    private final Side sent = new Side();
    private final Side returned = new Side();

    /** Offset of the first block that differs; -1 without one. Used by the receiver alone. */
    private long corruptFrom = -1;

    /** One direction; used by one thread. */
    private static final class Side {
        private final CRC32C sum = new CRC32C();
        private long bytes;

        /** Adds bytes up to the end of the block, and returns their number. */
        int add(byte[] stream, int offset, int length) {
            int part = (int) Math.min(length, BLOCK_BYTES - bytes % BLOCK_BYTES);
            sum.update(stream, offset, part);
            bytes += part;
            return part;
        }

        boolean atEndOfBlock() {
            return bytes % BLOCK_BYTES == 0;
        }
    }

    /** Takes bytes that are about to be sent. */
    void sent(byte[] bytes, int length) {
        for (int done = 0; done < length; ) {
            done += sent.add(bytes, done, length - done);
            if (sent.atEndOfBlock()) {
                sums.add(sent.sum.getValue());
                sent.sum.reset();
            }
        }
    }

    /** Takes bytes that have come back; more than were sent are not compared. */
    void returned(byte[] bytes) {
        for (int done = 0; done < bytes.length; ) {
            done += returned.add(bytes, done, bytes.length - done);
            if (returned.atEndOfBlock()) {
                Long sum = sums.poll();
                if (sum != null && sum != returned.sum.getValue()) {
                    differs(returned.bytes - BLOCK_BYTES);
                }
                returned.sum.reset();
            }
        }
    }

    /** Compares the last block, once both streams have ended with as many bytes. */
    void ended() {
        if (sent.sum.getValue() != returned.sum.getValue()) {
            differs(returned.bytes - returned.bytes % BLOCK_BYTES);
        }
    }

    /** Returns the offset of the first block of which a byte differs. */
    OptionalLong corruptFrom() {
        return corruptFrom < 0 ? OptionalLong.empty() : OptionalLong.of(corruptFrom);
    }

    private void differs(long offset) {
        if (corruptFrom < 0) {
            corruptFrom = offset;
        }
    }
}
