package io.echo.server.fault.fate;

import io.echo.server.config.FaultProfile;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;

/**
 * The fate of one connection.
 *
 * @param resetAfter bytes sent back after which it is reset
 * @param finishAfter bytes sent back after which it sends no more and reads on
 * @param slowRead bytes per second that are read
 * @param pieces lengths of the writes
 * @param delays time to hold each read
 * @param rate bytes per second that are sent back
 */
public record ConnectionFate(
        Optional<Stalls> stalls,
        OptionalLong resetAfter,
        OptionalLong finishAfter,
        OptionalLong slowRead,
        Optional<Pieces> pieces,
        Optional<Delays> delays,
        OptionalLong rate) {
    /**
     * Times in which nothing is read or sent, after the connection's start.
     *
     * @param firstNs start of the first
     * @param lengthNs length of each
     * @param everyNs from the start of one to that of the next
     */
    public record Stalls(long firstNs, long lengthNs, long everyNs) {
        /** Returns how long to wait at this age of the connection; 0 outside a stall. */
        public long waitNs(long ageNs) {
            if (ageNs < firstNs) {
                return 0;
            }
            return Math.max(0, lengthNs - (ageNs - firstNs) % everyNs);
        }
    }

    /** The lengths of a connection's writes, one after the other. Confined to one thread. */
    public static final class Pieces {
        private final SplittableRandom random;
        private final FaultProfile.Split split;

        Pieces(SplittableRandom random, FaultProfile.Split split) {
            this.random = random;
            this.split = split;
        }

        /** Returns the length of the next write, at most. */
        public int next() {
            return (int) random.nextLong(split.least(), split.most() + 1L);
        }
    }
}
