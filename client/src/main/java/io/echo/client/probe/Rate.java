package io.echo.client.probe;

import io.echo.cli.FlagValues;
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
    private static final BigDecimal FASTEST = BigDecimal.valueOf(100_000_000);
    private static final BigDecimal SLOWEST = new BigDecimal("0.001");
    private static final BigDecimal THOUSAND = BigDecimal.valueOf(1_000);

    /** Rejects rates for which {@link Schedule} would overflow. */
    public Rate {
        if (probes < 1 || spanNs < 1 || Math.multiplyHigh(probes, spanNs) != 0) {
            throw new IllegalArgumentException("not a rate: " + probes + " per " + spanNs + " ns");
        }
        long divisor = BigInteger.valueOf(probes).gcd(BigInteger.valueOf(spanNs)).longValueExact();
        probes /= divisor;
        spanNs /= divisor;
    }

    /**
     * Reads a flag: {@code 10000}, {@code 10000/s}, {@code 10k}, {@code 1.5M}.
     *
     * @throws IllegalArgumentException in the words of the command line, also outside 0.001/s to
     *     100M/s
     */
    public static Rate parse(String flag, String text) {
        BigDecimal perSecond = FlagValues.perSecond(flag, text);
        if (perSecond.compareTo(SLOWEST) < 0 || perSecond.compareTo(FASTEST) > 0) {
            throw FlagValues.mustBe(flag, "from 0.001/s to 100M/s", text);
        }
        // Thousandths of a probe matter to slow rates; fast ones are whole numbers.
        if (perSecond.compareTo(THOUSAND) >= 0) {
            return perSecond(perSecond.setScale(0, RoundingMode.HALF_UP).longValue());
        }
        return new Rate(perSecond.multiply(THOUSAND).longValue(), 1_000 * NANOS);
    }

    /** Returns the rate of a whole number of probes each second. */
    public static Rate perSecond(long probes) {
        return new Rate(probes, NANOS);
    }

    /** Returns the probes in one second, exact up to the precision of a double. */
    public double perSecond() {
        return (double) probes * NANOS / spanNs;
    }

    /** Returns the form that a flag takes: {@code 10000/s}. */
    @Override
    public String toString() {
        return new BigDecimal(perSecond())
                        .setScale(3, RoundingMode.HALF_UP)
                        .stripTrailingZeros()
                        .toPlainString()
                + "/s";
    }
}
