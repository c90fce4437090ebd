package io.echo.client.probe;

import io.echo.cli.FlagValues;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The sizes of a flow's probes: one size, a list taken in turn, or a mix.
 *
 * <p>A pure function of the sequence number, so that a receiver knows the length of a probe that
 * comes back cut, and where in a byte stream the next one begins. A mix such as {@code
 * 64:70%,1400:30%} is spread evenly: any hundred probes in a row hold its proportions.
 */
public final class ProbeSizes {
    private static final Pattern SHARE = Pattern.compile("(\\d{1,9}):(\\d{1,3})%");
    private static final int PERCENT = 100;

    private final int[] pattern;
    private final int largest;
    private final SizeClasses classes;

    private ProbeSizes(int[] pattern) {
        this.pattern = pattern;
        this.largest = Arrays.stream(pattern).max().orElseThrow();
        this.classes = new SizeClasses(pattern);
        for (int bytes : pattern) {
            if (bytes < Probe.HEADER_BYTES || bytes > Probe.MAX_BYTES) {
                throw new IllegalArgumentException("no probe has " + bytes + " bytes");
            }
        }
    }

    /** Returns one size for all probes. */
    public static ProbeSizes fixed(int bytes) {
        return new ProbeSizes(new int[] {bytes});
    }

    /** Reads {@code 64}, {@code 64,512,1400} or {@code 64:70%,1400:30%}. */
    public static ProbeSizes parse(String flag, String text) {
        String[] parts = text.strip().split("\\s*,\\s*", -1);
        if (text.indexOf(':') < 0) {
            return new ProbeSizes(
                    Arrays.stream(parts).mapToInt(part -> bytes(flag, part)).toArray());
        }
        int[] bytes = new int[parts.length];
        int[] shares = new int[parts.length];
        for (int i = 0; i < parts.length; i++) {
            Matcher matcher = SHARE.matcher(parts[i]);
            if (!matcher.matches()) {
                throw FlagValues.mustBe(
                        flag, "a size, a list or a mix such as 64:70%,1400:30%", text);
            }
            bytes[i] = bytes(flag, matcher.group(1));
            shares[i] = Integer.parseInt(matcher.group(2));
        }
        if (Arrays.stream(shares).sum() != PERCENT) {
            throw FlagValues.mustBe(flag, "a mix whose shares add up to 100%", text);
        }
        return new ProbeSizes(spread(bytes, shares));
    }

    private static int bytes(String flag, String text) {
        return (int) FlagValues.count(flag, text, Probe.HEADER_BYTES, Probe.MAX_BYTES);
    }

    /** Gives each place of a hundred to the size that is furthest behind its share. */
    private static int[] spread(int[] bytes, int[] shares) {
        int[] pattern = new int[PERCENT];
        int[] owed = new int[bytes.length];
        for (int place = 0; place < PERCENT; place++) {
            int most = 0;
            for (int i = 0; i < bytes.length; i++) {
                owed[i] += shares[i];
                if (owed[i] > owed[most]) {
                    most = i;
                }
            }
            owed[most] -= PERCENT;
            pattern[place] = bytes[most];
        }
        return pattern;
    }

    /** Returns the bytes of the probe with this number. */
    public int bytes(long sequence) {
        return pattern.length == 1 ? pattern[0] : pattern[(int) (sequence % pattern.length)];
    }

    /** Returns the classes in which probes are counted by their size. */
    public SizeClasses classes() {
        return classes;
    }

    /** Returns the bytes of the largest probe. */
    public int largest() {
        return largest;
    }

    /** Returns the mean, which for a single size is that size. */
    public double mean() {
        return Arrays.stream(pattern).average().orElseThrow();
    }

    /** Tells whether every probe has the same size. */
    public boolean uniform() {
        return Arrays.stream(pattern).distinct().count() == 1;
    }
}
