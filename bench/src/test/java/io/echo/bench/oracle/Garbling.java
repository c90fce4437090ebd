package io.echo.bench.oracle;

import java.util.SplittableRandom;

/** Draws headers with flipped bits, about as many as may be for a reply to be known. */
final class Garbling {
    private static final int[] BITS = {1, 2, 8, 15, 16, 16, 17, 17, 18, 24, 32};

    private Garbling() {}

    /** Returns a copy of a probe with bits flipped in its run, its name or all of its header. */
    static byte[] of(byte[] probe, SplittableRandom random) {
        int[] parts = {Integer.BYTES, Meaning.NAME_BYTES, Oracle.HEADER_BYTES};
        int part = parts[random.nextInt(parts.length)] * Byte.SIZE;
        byte[] garbled = probe.clone();
        int left = BITS[random.nextInt(BITS.length)];
        for (int bit = 0; left > 0; bit++) {
            // Each set of so many bits is as likely as any other.
            if (random.nextInt(part - bit) < left) {
                garbled[bit / Byte.SIZE] ^= (byte) (0x80 >>> bit % Byte.SIZE);
                left--;
            }
        }
        return garbled;
    }
}
