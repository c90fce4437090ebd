package io.echo.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads, checks and writes the values of flags: durations, rates, counts, percentages, ports.
 *
 * <p>Numbers have a decimal point in every locale. A value that cannot be read or is out of range
 * is an {@link IllegalArgumentException} in the words of the command line: {@code --timeout must be
 * a duration such as 250us, 5ms, 10s or 1m, got soon}.
 */
public final class FlagValues {
    /** Explains TIME at the end of a help. */
    public static final String TIME_HELP =
            "TIME is 250us, 5ms, 10s, 1m or the like; a bare number is seconds.";

    /** Explains RATE at the end of a help. */
    public static final String RATE_HELP = "RATE is a number a second: 10000, 10k, 1.5M.";

    /** Explains SIZE at the end of a help, where all probes have one size. */
    public static final String SIZE_HELP = "SIZE is a number of bytes from 32 to 65507.";

    /** Explains SIZE at the end of a help, where sizes may vary. */
    public static final String SIZES_HELP =
            "SIZE is 32 to 65507 bytes, a list (64,1400) or a mix (64:70%%,1400:30%%).";

    private static final String NUMBER = "(\\d{1,15}(?:\\.\\d{1,9})?|\\.\\d{1,9})";
    private static final Pattern WHOLE = Pattern.compile("-?\\d{1,18}");
    private static final Pattern DURATION = Pattern.compile(NUMBER + "(ns|us|ms|s|m|h|)");
    private static final Pattern RATE = Pattern.compile(NUMBER + "([kM]?)(?:/s)?");
    private static final Pattern PERCENT = Pattern.compile(NUMBER + "%");
    private static final Duration LONGEST_TIMEOUT = Duration.ofDays(1);
    private static final long MOST_PROBES = 1_000_000_000_000L;
    private static final Duration LONGEST = Duration.ofDays(365);

    private FlagValues() {}

    /** Reads {@code 250us}, {@code 5ms}, {@code 10s}, {@code 1m}; a bare number is seconds. */
    public static Duration duration(String flag, String text) {
        Matcher matcher = DURATION.matcher(text.strip());
        if (!matcher.matches()) {
            throw mustBe(flag, "a duration such as 250us, 5ms, 10s or 1m", text);
        }
        long ns = nanos(matcher.group(1), unitNs(matcher.group(2)));
        if (ns > LONGEST.toNanos()) {
            throw mustBe(flag, "at most " + LONGEST.toDays() + " days", text);
        }
        return Duration.ofNanos(ns);
    }

    /** Reads a duration that may not be zero. */
    public static Duration positiveDuration(String flag, String text) {
        Duration duration = duration(flag, text);
        if (duration.isZero()) {
            throw mustBe(flag, "longer than zero", text);
        }
        return duration;
    }

    /** Reads how long to wait for a peer: more than zero, and at most a day. */
    public static Duration timeout(String flag, String text) {
        Duration timeout = positiveDuration(flag, text);
        requireTimeout(flag, timeout);
        return timeout;
    }

    /**
     * Reads a duration that may not be zero and must have a unit: 5 would be 5 s to one, 5 ms to
     * another.
     */
    public static Duration durationWithUnit(String flag, String text) {
        Duration duration = positiveDuration(flag, text);
        if (Character.isDigit(text.strip().charAt(text.strip().length() - 1))) {
            throw mustBe(flag, "a duration with its unit, such as 5ms or 5s", text);
        }
        return duration;
    }

    /** Reads {@code 10000}, {@code 10000/s}, {@code 10k}, {@code 1.5M}: so many a second. */
    public static BigDecimal perSecond(String flag, String text) {
        Matcher matcher = RATE.matcher(text.strip());
        if (!matcher.matches()) {
            throw mustBe(flag, "a rate such as 10000, 10000/s, 10k or 1.5M", text);
        }
        long unit =
                switch (matcher.group(2)) {
                    case "k" -> 1_000;
                    case "M" -> 1_000_000;
                    default -> 1;
                };
        return new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unit));
    }

    /** Reads {@code 0.1%} as 0.001. */
    public static double percentage(String flag, String text) {
        Matcher matcher = PERCENT.matcher(text.strip());
        if (!matcher.matches()) {
            throw mustBe(flag, "a percentage such as 0.1%", text);
        }
        double fraction = new BigDecimal(matcher.group(1)).movePointLeft(2).doubleValue();
        if (fraction > 1) {
            throw mustBe(flag, "from 0% to 100%", text);
        }
        return fraction;
    }

    /** Reads a whole number. */
    public static int number(String flag, String text) {
        return whole(text)
                .filter(value -> value == value.intValue())
                .orElseThrow(() -> mustBe(flag, "a whole number", text))
                .intValue();
    }

    /** Reads a whole number of the given range. */
    public static long count(String flag, String text, long lowest, long highest) {
        return whole(text)
                .filter(value -> value >= lowest && value <= highest)
                .orElseThrow(
                        () ->
                                mustBe(
                                        flag,
                                        "a whole number from " + lowest + " to " + highest,
                                        text));
    }

    /** Reads how many probes to send. */
    public static long probes(String flag, String text) {
        return count(flag, text, 1, MOST_PROBES);
    }

    /** Reads ports and ranges of them: {@code 53}, {@code 1000-1023}. */
    public static Set<Integer> ports(String flag, List<String> texts) {
        Set<Integer> ports = new LinkedHashSet<>();
        for (String text : texts) {
            String[] ends = text.strip().split("-", 2);
            if (Stream.of(ends).anyMatch(String::isBlank)) {
                throw mustBe(flag, "ports and ranges of them, such as 1000-1023", text);
            }
            int first = number(flag, ends[0]);
            int last = number(flag, ends[ends.length - 1]);
            requireRange(flag, first, 1, 65_535);
            requireRange(flag, last, first, 65_535);
            for (int port = first; port <= last; port++) {
                ports.add(port);
            }
        }
        return ports;
    }

    /** Writes ports as they are read, in ascending order; consecutive ones as a range. */
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

    /** Writes a duration as {@link #duration} reads it, in the largest unit that keeps it whole. */
    public static String show(Duration duration) {
        long ns = duration.toNanos();
        if (ns % 1_000_000_000L == 0) {
            return ns / 1_000_000_000L + "s";
        }
        if (ns % 1_000_000L == 0) {
            return ns / 1_000_000L + "ms";
        }
        return ns % 1_000L == 0 ? ns / 1_000L + "us" : ns + "ns";
    }

    /** Writes a rate as {@link #perSecond} reads it; NaN and infinity by their names. */
    public static String show(double perSecond) {
        if (perSecond == (long) perSecond) { // Without BigDecimal, as in nanos.
            return (long) perSecond + "/s";
        }
        return Double.isFinite(perSecond)
                ? BigDecimal.valueOf(perSecond).stripTrailingZeros().toPlainString() + "/s"
                : String.valueOf(perSecond);
    }

    /** Throws unless the value lies in the range, both ends included. */
    public static void requireRange(String flag, long value, long min, long max) {
        if (value < min || value > max) {
            throw mustBe(flag, "a number from " + min + " to " + max, value);
        }
    }

    /** Throws unless the rate is from 0.001 to 1,000,000,000 a second. */
    public static void requireRate(String flag, double perSecond) {
        if (!(perSecond >= 0.001 && perSecond <= 1e9)) {
            throw mustBe(flag, "from 0.001/s to 1000M/s", show(perSecond));
        }
    }

    /** Throws unless the duration is longer than zero. */
    public static void requirePositive(String flag, Duration duration) {
        if (duration.isZero() || duration.isNegative()) {
            throw mustBe(flag, "longer than zero", show(duration));
        }
    }

    /** Throws unless the duration is more than zero, and at most a day. */
    public static void requireTimeout(String flag, Duration timeout) {
        if (timeout.isZero() || timeout.isNegative() || timeout.compareTo(LONGEST_TIMEOUT) > 0) {
            throw mustBe(flag, "more than 0 and at most " + show(LONGEST_TIMEOUT), show(timeout));
        }
    }

    /** Throws if the duration is below zero. */
    public static void requireNotNegative(String flag, Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException(
                    flag + " must not be negative, got " + show(duration));
        }
    }

    /** Makes the error of a flag: what it must be, and what it was; a blank is nothing. */
    public static IllegalArgumentException mustBe(String flag, String rule, Object got) {
        return new IllegalArgumentException(
                String.format(
                        Locale.ROOT,
                        "%s must be %s, got %s",
                        flag,
                        rule,
                        got.toString().isBlank() ? "nothing" : got));
    }

    private static Optional<Long> whole(String text) {
        String digits = text.strip();
        return WHOLE.matcher(digits).matches()
                ? Optional.of(Long.parseLong(digits))
                : Optional.empty();
    }

    /** Returns so many units, at most the longest time that there is. */
    private static long nanos(String number, long unitNs) {
        if (number.indexOf('.') < 0) { // Without BigDecimal, whose class takes 20 ms of a start.
            long units = Long.parseLong(number);
            return units > Long.MAX_VALUE / unitNs ? Long.MAX_VALUE : units * unitNs;
        }
        return new BigDecimal(number)
                .multiply(BigDecimal.valueOf(unitNs))
                .setScale(0, RoundingMode.CEILING) // 0 may stand for never
                .min(BigDecimal.valueOf(Long.MAX_VALUE))
                .longValue();
    }

    private static long unitNs(String unit) {
        return switch (unit) {
            case "ns" -> 1L;
            case "us" -> 1_000L;
            case "ms" -> 1_000_000L;
            case "m" -> 60_000_000_000L;
            case "h" -> 3_600_000_000_000L;
            default -> 1_000_000_000L;
        };
    }
}
