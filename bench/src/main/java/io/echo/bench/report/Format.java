package io.echo.bench.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Numbers for people: four digits that count, and the unit that makes them short. */
public final class Format {
    private static final MathContext DIGITS = new MathContext(4, RoundingMode.HALF_UP);

    /** At which no line is broken. */
    private static final char SPACE = '\u00a0';

    private static final double MS = 1e3;
    private static final double S = 1e6;
    private static final int DECIMALS = 3;

    private Format() {}

    /** A time in microseconds: {@code 23.81 µs}, {@code 1.204 ms}, {@code 2 s}. */
    public static String time(double us) {
        if (Double.isNaN(us)) {
            return "–";
        }
        double size = Math.abs(us);
        return size < MS
                ? number(us) + SPACE + "µs"
                : size < S ? number(us / MS) + SPACE + "ms" : number(us / S) + SPACE + "s";
    }

    /** A rate: {@code 12,340/s}. */
    public static String rate(double perSecond) {
        return Double.isNaN(perSecond) ? "–" : number(perSecond) + "/s";
    }

    /** A part of a hundred: {@code 0.13 %}. */
    public static String percent(double percent) {
        return Double.isNaN(percent) ? "–" : number(percent) + SPACE + "%";
    }

    /** A whole number: {@code 1,234,567}. */
    public static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** Four digits, at most three of them decimals, all of a whole number. */
    public static String number(double value) {
        if (Double.isNaN(value)) {
            return "–";
        }
        if (Math.abs(value) >= MS) {
            return count(Math.round(value));
        }
        BigDecimal rounded = new BigDecimal(value).round(DIGITS);
        if (rounded.scale() > DECIMALS) {
            rounded = rounded.setScale(DECIMALS, RoundingMode.HALF_UP);
        }
        return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
    }
}
