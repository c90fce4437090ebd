package io.echo.bench.result;

import io.echo.client.figures.Figures;
import java.io.IOException;

/** Comparisons of a member of a result that was read with what it must be. */
final class Claim {
    /** Rates and connections are rounded to thousandths, and times to nanoseconds. */
    static final double ROUNDING = 0.002;

    /** The part by which numbers that are computed in two ways may differ. */
    static final double CLOSE = 1e-6;

    private Claim() {}

    static void equal(String name, long got, long expected, String what) throws IOException {
        if (got != expected) {
            throw mustBe(name, what, expected, got);
        }
    }

    static void close(String name, double got, double expected, String what) throws IOException {
        close(name, got, expected, what, 0);
    }

    /**
     * Checks that a number is another, but for rounding.
     *
     * @param part by which it may differ besides
     */
    static void close(String name, double got, double expected, String what, double part)
            throws IOException {
        if (!(Math.abs(got - expected) <= ROUNDING + (CLOSE + part) * Math.abs(expected))) {
            throw mustBe(name, what, expected, got);
        }
    }

    static void most(String name, double got, double bound, String what) throws IOException {
        if (!(got <= bound)) {
            throw mustBe(name, "at most " + what, bound, got);
        }
    }

    static void most(String name, double got, double bound) throws IOException {
        if (!(got <= bound)) {
            throw mustBe(name, "at most " + Figures.plain(bound), got);
        }
    }

    static void least(String name, double got, double bound, String what) throws IOException {
        if (!(got >= bound)) {
            throw mustBe(name, "at least " + what, bound, got);
        }
    }

    static void least(String name, double got, double bound) throws IOException {
        if (!(got >= bound)) {
            throw mustBe(name, "at least " + Figures.plain(bound), got);
        }
    }

    static void within(String name, double got, double low, double high) throws IOException {
        if (!(got >= low && got <= high)) {
            throw mustBe(name, "from " + Figures.plain(low) + " to " + Figures.plain(high), got);
        }
    }

    static IOException missing(String name) {
        return new IOException(name + " must be there, got null");
    }

    static IOException mustBe(String name, String what, double value, double got) {
        return mustBe(name, what + ", which is " + Figures.plain(value), got);
    }

    static IOException mustBe(String name, String rule, double got) {
        return new IOException(
                name
                        + " must be "
                        + rule
                        + ", got "
                        + (Double.isNaN(got) ? "null" : Figures.plain(got)));
    }
}
