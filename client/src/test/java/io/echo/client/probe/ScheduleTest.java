package io.echo.client.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
    private static final long START_NS = -5_000_000_000L; // nanoTime may be negative

    @ParameterizedTest
    @ValueSource(longs = {1, 3, 7, 1_000, 9_999, 10_000, 333_333, 1_000_003, 100_000_000})
    void isExactForEveryRateAndNumber(long perSecond) {
        Schedule schedule = new Schedule(START_NS, Rate.perSecond(perSecond));
        for (long n : new long[] {0, 1, 2, perSecond - 1, perSecond, 1L << 31, 1L << 40}) {
            if (n / perSecond > 9_000_000_000L) {
                continue; // beyond the 292 years of nanoTime
            }
            BigInteger exact =
                    BigInteger.valueOf(n)
                            .multiply(BigInteger.valueOf(1_000_000_000))
                            .divide(BigInteger.valueOf(perSecond))
                            .add(BigInteger.valueOf(START_NS));
            assertThat(BigInteger.valueOf(schedule.intendedNs(n))).isEqualTo(exact);
        }
    }

    @Test
    void doesNotDriftAtARateThatDividesNoSecond() {
        Schedule schedule = new Schedule(0, Rate.perSecond(3));
        assertThat(schedule.intendedNs(3_000_000_000L)).isEqualTo(1_000_000_000_000_000_000L);
    }

    @Test
    void keepsFractionsOfSlowRates() {
        Schedule schedule = new Schedule(0, Rate.parse("--rate", "0.4"));
        assertThat(schedule.intendedNs(2)).isEqualTo(5_000_000_000L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "3", "1k", "9999", "1.5M", "0.3", "123.456"})
    void countsExactlyTheProbesThatBelongToASpan(String rate) {
        Schedule schedule = new Schedule(0, Rate.parse("--rate", rate));
        for (long elapsedNs : new long[] {0, 1, 999, 1_000_000_000L, 3_333_333_333L}) {
            long probes = schedule.probesIn(elapsedNs);
            assertThat(schedule.intendedNs(probes)).isGreaterThanOrEqualTo(elapsedNs);
            if (probes > 0) {
                assertThat(schedule.intendedNs(probes - 1)).isLessThan(Math.max(elapsedNs, 1));
            }
        }
    }
}
