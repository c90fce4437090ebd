package io.echo.client;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the values of flags: durations, rates, counts and percentages.
 *
 * <p>A decimal point whatever the locale. What cannot be read is an {@link
 * IllegalArgumentException} in the words of the command line: {@code --timeout must be a duration
 * such as 250us, 5ms, 10s or 1m, got soon}.
 */
public final class Values {
    private static final String NUMBER = "(\\d{1,15}(?:\\.\\d{1,9})?|\\.\\d{1,9})";
    private static final Pattern DURATION = Pattern.compile(NUMBER + "(ns|us|ms|s|m|h|)");
    private static final Pattern RATE = Pattern.compile(NUMBER + "([kM]?)(?:/s)?");
    private static final Pattern PERCENT = Pattern.compile(NUMBER + "%");
    private static final Duration LONGEST = Duration.ofDays(30);
    private static final BigDecimal FASTEST = BigDecimal.valueOf(100_000_000);
    private static final BigDecimal SLOWEST = new BigDecimal("0.001");

    private Values() {}

    /** Reads {@code 250us}, {@code 5ms}, {@code 10s}, {@code 1m}; a bare number is seconds. */
    public static Duration duration(String flag, String text) {
        Matcher matcher = DURATION.matcher(text.strip());
        if (!matcher.matches()) {
            throw mustBe(flag, "a duration such as 250us, 5ms, 10s or 1m", text);
        }
        BigDecimal ns = new BigDecimal(matcher.group(1)).multiply(unitNs(matcher.group(2)));
        if (ns.compareTo(BigDecimal.valueOf(LONGEST.toNanos())) > 0) {
            throw mustBe(flag, "at most " + LONGEST.toDays() + " days", text);
        }
        return Duration.ofNanos(ns.longValue());
    }

    /** Reads a duration that may not be zero. */
    public static Duration positiveDuration(String flag, String text) {
        Duration duration = duration(flag, text);
        if (duration.isZero()) {
            throw mustBe(flag, "longer than zero", text);
        }
        return duration;
    }

    /** Reads {@code 10000}, {@code 10000/s}, {@code 10k}, {@code 1.5M}: probes per second. */
    public static Rate rate(String flag, String text) {
        Matcher matcher = RATE.matcher(text.strip());
        if (!matcher.matches()) {
            throw mustBe(flag, "a rate such as 10000, 10000/s, 10k or 1.5M", text);
        }
        BigDecimal perSecond =
                new BigDecimal(matcher.group(1))
                        .multiply(
                                BigDecimal.valueOf(
                                        switch (matcher.group(2)) {
                                            case "k" -> 1_000;
                                            case "M" -> 1_000_000;
                                            default -> 1;
                                        }));
        if (perSecond.compareTo(SLOWEST) < 0 || perSecond.compareTo(FASTEST) > 0) {
            throw mustBe(flag, "from 0.001/s to 100M/s", text);
        }
        // Thousandths of a probe matter to slow rates; fast ones are whole numbers.
        BigDecimal thousand = BigDecimal.valueOf(1_000);
        if (perSecond.compareTo(thousand) >= 0) {
            return Rate.perSecond(perSecond.setScale(0, RoundingMode.HALF_UP).longValue());
        }
        return new Rate(perSecond.multiply(thousand).longValue(), 1_000_000_000_000L);
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

    /** Reads a whole number of the given range. */
    public static long count(String flag, String text, long lowest, long highest) {
        String digits = text.strip();
        if (digits.matches("\\d{1,18}")) {
            long value = Long.parseLong(digits);
            if (value >= lowest && value <= highest) {
                return value;
            }
        }
        throw mustBe(flag, "a whole number from " + lowest + " to " + highest, text);
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

    /** The error of a flag: what it must be, and what it was. */
    public static IllegalArgumentException mustBe(String flag, String rule, Object got) {
        return new IllegalArgumentException(
                String.format(Locale.ROOT, "%s must be %s, got %s", flag, rule, got));
    }

    private static BigDecimal unitNs(String unit) {
        return BigDecimal.valueOf(
                switch (unit) {
                    case "ns" -> 1L;
                    case "us" -> 1_000L;
                    case "ms" -> 1_000_000L;
                    case "m" -> 60_000_000_000L;
                    case "h" -> 3_600_000_000_000L;
                    default -> 1_000_000_000L;
                });
    }
}
