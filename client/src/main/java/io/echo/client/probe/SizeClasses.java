package io.echo.client.probe;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The sizes of a flow's probes, for counting: each size is a class of its own, or of many sizes
 * neighbours share one.
 *
 * <p>A pure function of the sequence number, as the sizes are; any thread may ask.
 */
public final class SizeClasses {
    /** Classes at most. */
    public static final int MOST = 16;

    /** One class, for probes that need not be told apart. */
    public static final SizeClasses ONE = new SizeClasses(new int[] {Probe.HEADER_BYTES});

    private final int[] from;
    private final int[] to;

    /** The class of each place in the pattern that the sizes repeat. */
    private final int[] pattern;

    SizeClasses(int[] bytes) {
        int[] sizes = Arrays.stream(bytes).sorted().distinct().toArray();
        int count = Math.min(MOST, sizes.length);
        from = IntStream.range(0, count).map(i -> sizes[first(i, count, sizes)]).toArray();
        to = IntStream.range(0, count).map(i -> sizes[first(i + 1, count, sizes) - 1]).toArray();
        pattern =
                Arrays.stream(bytes)
                        .map(
                                size ->
                                        IntStream.range(0, count)
                                                .filter(i -> size <= to[i])
                                                .min()
                                                .orElseThrow())
                        .toArray();
    }

    private static int first(int at, int count, int[] sizes) {
        return (int) ((long) at * sizes.length / count);
    }

    /** Returns how many there are, at least 1. */
    public int count() {
        return from.length;
    }

    /** Returns the class of the probe with this number, from 0 for the smallest. */
    public int of(long sequence) {
        return pattern[(int) (sequence % pattern.length)];
    }

    /** Returns the bytes of the smallest probes of a class. */
    public int fromBytes(int of) {
        return from[of];
    }

    /** Returns the bytes of its largest probes. */
    public int toBytes(int of) {
        return to[of];
    }

    /**
     * Counts the probes of each class, of those with numbers from the first on to before the last.
     */
    long[] count(long first, long last) {
        long[] counts = new long[count()];
        for (int place = 0; place < pattern.length; place++) {
            counts[pattern[place]] += upTo(last, place) - upTo(first, place);
        }
        return counts;
    }

    /** Returns how many of the numbers from 0 to before this one have a place in the pattern. */
    private long upTo(long number, int place) {
        return (number + pattern.length - 1 - place) / pattern.length;
    }
}
