package io.echo.bench.result;

import io.echo.client.probe.LatencyUs;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** Numbers as people read them, in lines of at most 80 characters. */
public final class Figures {
    private static final double TEN_THOUSAND = 9_999.95;

    /** From here on one decimal would make it four digits before the point. */
    private static final double ROUNDED_THOUSAND = 999.95;

    private Figures() {}

    /** The line above those of {@link #line}. */
    public static String heading() {
        return cells("microseconds", "min", "mean", "p50", "p90", "p99", "p99.9", "p99.99", "max");
    }

    /** One histogram as a line. */
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

    /** Five digits of a figure: percentiles have three. */
    private static String figure(double us) {
        return say(us < TEN_THOUSAND ? "%.1f" : "%.0f", us);
    }

    /** Microseconds at a glance, in at most eight characters up to a thousand seconds. */
    public static String time(double us) {
        for (String unit : List.of("us", "ms")) {
            if (us < ROUNDED_THOUSAND) {
                return say("%.1f %s", us, unit);
            }
            us /= 1_000;
        }
        return say("%.1f s", us);
    }

    /** A number without an exponent or needless zeros. */
    public static String plain(double value) {
        return new BigDecimal(value)
                .setScale(6, RoundingMode.HALF_UP)
                .stripTrailingZeros()
                .toPlainString();
    }

    /** A number with commas between its thousands, without needless zeros. */
    public static String grouped(double value) {
        return new DecimalFormat("#,##0.######", DecimalFormatSymbols.getInstance(Locale.ROOT))
                .format(value);
    }

    /** A number of things. */
    public static String count(long number, String noun) {
        return say("%,d %s%s", number, noun, number == 1 ? "" : "s");
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
