package io.echo.cli;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads and writes the values of flags; what cannot be read is an error in the words of the command
 * line.
 */
public final class FlagValues {
    private static final String NUMBER = "(\\d{1,12}(?:\\.\\d{1,9})?)";
    private static final Pattern DURATION = Pattern.compile(NUMBER + "(us|ms|s|m|h|)");
    private static final Pattern RATE = Pattern.compile(NUMBER + "([kM]?)(?:/s)?");
    private static final Map<String, Long> UNIT_NS =
            Map.of(
                    "us", 1_000L,
                    "ms", 1_000_000L,
                    "s", 1_000_000_000L,
                    "", 1_000_000_000L,
                    "m", 60_000_000_000L,
                    "h", 3_600_000_000_000L);

    private FlagValues() {}

    /** Reads a whole number. */
    public static int number(String flag, String text) {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(flag + " must be a whole number, got " + text, e);
        }
    }

    /** Reads {@code 250us}, {@code 5ms}, {@code 10s}, {@code 1m}; a bare number is seconds. */
    public static Duration duration(String flag, String text) {
        Matcher matcher = DURATION.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    flag + " must be a duration such as 250us, 5ms, 10s or 1m, got " + text);
        }
        BigDecimal unit = BigDecimal.valueOf(UNIT_NS.get(matcher.group(2)));
        BigDecimal ns = new BigDecimal(matcher.group(1)).multiply(unit);
        if (ns.compareTo(BigDecimal.valueOf(Long.MAX_VALUE / 4)) > 0) {
            throw new IllegalArgumentException(flag + " must be shorter, got " + text);
        }
        return Duration.ofNanos(ns.longValue());
    }

    /** Writes a duration as it is read, in seconds or in milliseconds. */
    public static String show(Duration duration) {
        return duration.toNanosPart() == 0
                ? duration.toSeconds() + "s"
                : duration.toNanos() / 1e6 + "ms";
    }

    /** Writes a rate as it is read; also one that is none, which is then refused. */
    public static String show(double perSecond) {
        return Double.isFinite(perSecond)
                ? BigDecimal.valueOf(perSecond).stripTrailingZeros().toPlainString() + "/s"
                : String.valueOf(perSecond);
    }

    /** Reads {@code 10000}, {@code 10000/s}, {@code 10k}, {@code 1.5M}: so many a second. */
    public static double rate(String flag, String text) {
        Matcher matcher = RATE.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    flag + " must be a rate such as 10000, 10000/s, 10k or 1.5M, got " + text);
        }
        double number = Double.parseDouble(matcher.group(1));
        return switch (matcher.group(2)) {
            case "k" -> number * 1e3;
            case "M" -> number * 1e6;
            default -> number;
        };
    }

    /** Reads ports and ranges of them: {@code 53}, {@code 1000-1023}. */
    public static Set<Integer> ports(String flag, List<String> texts) {
        Set<Integer> ports = new LinkedHashSet<>();
        for (String text : texts) {
            String[] ends = text.strip().split("-", 2);
            int first = number(flag, ends[0]);
            int last = number(flag, ends[ends.length - 1]);
            Require.range(flag, first, 1, 65_535);
            Require.range(flag, last, first, 65_535);
            for (int port = first; port <= last; port++) {
                ports.add(port);
            }
        }
        return ports;
    }

    /** Writes ports as they are read, in their order; what stands in a row as a range. */
    public static List<String> ranges(Set<Integer> ports) {
        BitSet all = new BitSet();
        ports.forEach(all::set);
        List<String> texts = new ArrayList<>();
        for (int next, first = all.nextSetBit(0); first >= 0; first = all.nextSetBit(next)) {
            next = all.nextClearBit(first);
            texts.add(next == first + 1 ? String.valueOf(first) : first + "-" + (next - 1));
        }
        return texts;
    }
}
