package io.echo.client;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * A number of probes in a span of time, in lowest terms, so that a schedule can be exact.
 *
 * @param probes at least 1
 * @param spanNs the time they take, at least 1
 */
public record Rate(long probes, long spanNs) {
    private static final long NANOS = 1_000_000_000L;

    /** Rejects what cannot be multiplied without overflow; see {@link Schedule}. */
    public Rate {
        if (probes < 1 || spanNs < 1 || Math.multiplyHigh(probes, spanNs) != 0) {
            throw new IllegalArgumentException("not a rate: " + probes + " per " + spanNs + " ns");
        }
        long divisor = BigInteger.valueOf(probes).gcd(BigInteger.valueOf(spanNs)).longValueExact();
        probes /= divisor;
        spanNs /= divisor;
    }

    /** A whole number of probes each second. */
    public static Rate perSecond(long probes) {
        return new Rate(probes, NANOS);
    }

    /** Probes in one second, exact up to the precision of a double. */
    public double perSecond() {
        return (double) probes * NANOS / spanNs;
    }

    /** As a flag takes it: {@code 10000/s}. */
    @Override
    public String toString() {
        return new BigDecimal(perSecond())
                        .setScale(3, RoundingMode.HALF_UP)
                        .stripTrailingZeros()
                        .toPlainString()
                + "/s";
    }
}
