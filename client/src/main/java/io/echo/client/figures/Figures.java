package io.echo.client.figures;

import io.echo.client.probe.LatencyUs;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** Numbers for people: in the columns of a terminal, and in the text of a page. */
public final class Figures {
    private static final double TEN_THOUSAND = 9_999.95;

    /** From here on one decimal would make it four digits before the point. */
    private static final double ROUNDED_THOUSAND = 999.95;

    private static final MathContext FOUR_DIGITS = new MathContext(4, RoundingMode.HALF_UP);
    private static final int DECIMALS = 3;
    private static final int GROUP = 3;
    private static final int TEN = 10;
    private static final char NO_BREAK_SPACE = '\u00a0';
    private static final String NONE = "–";
    private static final double THOUSAND = 1e3;
    private static final double MILLION = 1e6;

    private Figures() {}

    /** Returns the line above those of {@link #line}. */
    public static String heading() {
        return cells("microseconds", "min", "mean", "p50", "p90", "p99", "p99.9", "p99.99", "max");
    }

    /** Returns a histogram as a line of at most 80 characters. */
    public static String line(String name, Histogram ns) {
        return LatencyUs.of(ns)
                .map(
                        us ->
                                cells(
                                        name,
                                        figure(us.min()),
                                        figure(us.mean()),
                                        figure(us.p50()),
                                        figure(us.p90()),
                                        figure(us.p99()),
                                        figure(us.p999()),
                                        figure(us.p9999()),
                                        figure(us.max())))
                .orElseGet(() -> cells(name, "-"));
    }

    private static String cells(String name, String... cells) {
        StringBuilder line = new StringBuilder(say("%-14s", name));
        for (String cell : cells) {
            line.append(say(" %7s", cell));
        }
        return line.toString();
    }

    /** Formats five digits of a figure; percentiles have three. */
    private static String figure(double us) {
        return say(us < TEN_THOUSAND ? "%.1f" : "%.0f", us);
    }

    /** Formats microseconds for a column: eight characters at most, up to a thousand seconds. */
    public static String shortTime(double us) {
        for (String unit : List.of(" us", " ms")) {
            if (us < ROUNDED_THOUSAND) {
                return tenths(us) + unit;
            }
            us /= 1_000;
        }
        return tenths(us) + " s";
    }

    /**
     * Formats a positive number with one decimal. By hand, as {@link #count(long)}: the line of a
     * second is made while a service on the same machine is measured, and what String.format takes
     * for it, a millisecond of a core, shows in the 99th percentile.
     */
    public static String tenths(double value) {
        long tenths = Math.round(value * TEN);
        return tenths / TEN + "." + tenths % TEN;
    }

    /** Formats a number without an exponent or needless zeros. */
    public static String plain(double value) {
        if (Double.isNaN(value)) {
            return NONE;
        }
        return new BigDecimal(value)
                .setScale(6, RoundingMode.HALF_UP)
                .stripTrailingZeros()
                .toPlainString();
    }

    /** Rounds to three decimals. */
    public static double thousandths(double value) {
        return Math.round(value * 1e3) / 1e3;
    }

    /** Formats a number with commas between its thousands, without needless zeros. */
    public static String grouped(double value) {
        return new DecimalFormat("#,##0.######", DecimalFormatSymbols.getInstance(Locale.ROOT))
                .format(value);
    }

    /** Formats a number of things: {@code 1 loop}, {@code 2 loops}. */
    public static String count(long number, String noun) {
        return count(number) + " " + noun + (number == 1 ? "" : "s");
    }

    /** Formats a whole number: {@code 1,234,567}. */
    public static String count(long number) {
        StringBuilder digits = new StringBuilder(Long.toString(number));
        int first = number < 0 ? 1 : 0;
        for (int at = digits.length() - GROUP; at > first; at -= GROUP) {
            digits.insert(at, ',');
        }
        return digits.toString();
    }

    /** Formats a figure for a page, in its unit. */
    public static String figure(double value, Unit unit) {
        return switch (unit) {
            case US -> time(value);
            case PER_SECOND -> rate(value);
            case PERCENT -> percent(value);
            case COUNT -> number(value);
        };
    }

    /**
     * Formats a figure that stands beside its bound: with more digits where the two would look
     * alike and are not.
     */
    public static String beside(double value, double bound, Unit unit) {
        String text = figure(value, unit);
        boolean alike = value != bound && text.equals(figure(bound, unit));
        return alike
                ? plain(value) + (unit == Unit.PER_SECOND ? "" : NO_BREAK_SPACE) + unit.symbol()
                : text;
    }

    /** Formats microseconds for a page: {@code 23.81 us}, {@code 1.204 ms}, {@code 2 s}. */
    public static String time(double us) {
        double size = Math.abs(us);
        return size < THOUSAND
                ? with(us, NO_BREAK_SPACE + "us")
                : size < MILLION
                        ? with(us / THOUSAND, NO_BREAK_SPACE + "ms")
                        : with(us / MILLION, NO_BREAK_SPACE + "s");
    }

    /** Formats a rate for a page: {@code 12,340/s}. */
    public static String rate(double perSecond) {
        return with(perSecond, "/s");
    }

    /** Formats a part of a hundred for a page: {@code 0.13 %}. */
    public static String percent(double percent) {
        return with(percent, NO_BREAK_SPACE + "%");
    }

    private static String with(double value, String unit) {
        return Double.isNaN(value) ? NONE : number(value) + unit;
    }

    /** Formats four digits, at most three of them decimals, but all digits of a whole number. */
    public static String number(double value) {
        if (Double.isNaN(value)) {
            return NONE;
        }
        if (Math.abs(value) >= THOUSAND) {
            return count(Math.round(value));
        }
        BigDecimal rounded = new BigDecimal(value).round(FOUR_DIGITS);
        if (rounded.scale() > DECIMALS) {
            rounded = rounded.setScale(DECIMALS, RoundingMode.HALF_UP);
        }
        return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
