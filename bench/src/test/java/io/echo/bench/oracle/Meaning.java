package io.echo.bench.oracle;

import java.util.Arrays;
import java.util.Optional;

/**
 * The meaning that a datagram must have, by what it was before it was damaged.
 *
 * @param sequence number of the probe that it counts for; -1 for none
 */
record Meaning(Journal.Act act, long sequence) {
    /** Bytes of run, flow and sequence number, which name a probe. */
    static final int NAME_BYTES = 16;

    private static final int FLOW_AT = 4;
    private static final int SEQUENCE_AT = 8;

    /** Bits in which a header may differ from that of an outstanding probe, and still be its. */
    private static final int ALMOST_BITS = 16;

    /** More than the probes of any program. */
    private static final long NEVER_SENT = 1 << 20;

    private static final Meaning STRANGE = new Meaning(Journal.Act.STRANGE, -1);

    /**
     * Returns the meaning of a reply; empty when it depends on what the peer has done meanwhile.
     *
     * <p>It is corrupted when it names a probe: by its name, however the rest looks, or by all of a
     * header but the flow. So is one of the right length whose header differs from that of a probe
     * in flight in few bits.
     *
     * @param outstanding whether the probe is neither answered nor given up
     */
    static Optional<Meaning> of(byte[] reply, byte[] probe, boolean outstanding) {
        long own = Oracle.sequence(probe);
        if (Arrays.equals(reply, probe)) {
            return Optional.of(new Meaning(Journal.Act.INTACT, own));
        }
        if (reply.length < NAME_BYTES) {
            return Optional.of(STRANGE);
        }
        Optional<Meaning> damaged = Optional.of(new Meaning(Journal.Act.DAMAGED, own));
        boolean named = same(reply, probe, 0, NAME_BYTES);
        boolean whole = reply.length == probe.length;
        boolean almost = whole && outstanding && difference(reply, probe) <= ALMOST_BITS;
        if (named || almost) {
            return damaged;
        }
        if (!same(reply, probe, 0, FLOW_AT)) {
            return Optional.of(STRANGE);
        }
        if (!same(reply, probe, FLOW_AT, SEQUENCE_AT)) {
            boolean rest = whole && same(reply, probe, SEQUENCE_AT, Oracle.HEADER_BYTES);
            return rest ? damaged : Optional.of(STRANGE);
        }
        long other = Oracle.sequence(reply);
        if (other >= 0 && other < own) {
            return Optional.of(new Meaning(Journal.Act.DAMAGED, other));
        }
        return other >= 0 && other < NEVER_SENT ? Optional.empty() : Optional.of(STRANGE);
    }

    private static boolean same(byte[] reply, byte[] probe, int from, int to) {
        return Arrays.equals(reply, from, to, probe, from, to);
    }

    private static int difference(byte[] reply, byte[] probe) {
        int bits = 0;
        for (int i = 0; i < Oracle.HEADER_BYTES; i++) {
            bits += Integer.bitCount((reply[i] ^ probe[i]) & 0xFF);
        }
        return bits;
    }
}
