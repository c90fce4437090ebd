package io.echo.client.outage;

/**
 * A maximal run of probes, in the order in which they should have left, none of which was answered
 * intact in time: lost, or late. RFC 3357 calls it a loss period.
 *
 * <p>Times are nanoseconds since the start of the measured phase.
 *
 * @param beforeNs when the probe before it should have left, which was answered; that of the first
 *     one where there is none
 * @param fromNs when its first probe should have left
 * @param toNs when the next probe should have left that was answered; the end of the phase where
 *     there is none
 * @param probes in it, at least 1; 0 for a time without a connection in which none was due
 * @param flows with a probe in it
 */
public record LossRun(long beforeNs, long fromNs, long toNs, long probes, int flows) {
    /** The distances between probes, on average, that an outage is longer than. */
    private static final double DISTANCES = 2;

    /** The most by which a length is too long because its ends are whole nanoseconds. */
    private static final long ROUNDING_NS = 1;

    /** Returns its length. */
    public long lengthNs() {
        return toNs - fromNs;
    }

    /** Returns the length that an outage exceeds, in the unit of the mean distance of probes. */
    public static double shortest(double distance) {
        return DISTANCES * distance;
    }

    /**
     * Tells whether it is an outage: at least 2 probes, and longer than twice their mean distance.
     *
     * @param distanceNs from one probe to the next, on average
     */
    public boolean isOutage(double distanceNs) {
        return probes > 1 && lengthNs() - ROUNDING_NS > shortest(distanceNs);
    }
}
