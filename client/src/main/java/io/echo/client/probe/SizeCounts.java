package io.echo.client.probe;

/**
 * Probes by the classes of their sizes.
 *
 * @param sent probes of each class
 * @param lost those of them without an intact reply
 */
public record SizeCounts(long[] sent, long[] lost) {
    /** All probes have one size. */
    public static final SizeCounts NONE = new SizeCounts(new long[0], new long[0]);
}
