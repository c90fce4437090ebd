package io.echo.server.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class RateLimiterTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long PREFIX = prefix(0);
    private static final long NEIGHBOUR = prefix(1);

    /** The clock of these tests shows what they say; this is where it starts. */
    private static final long START = 77;

    private final RateLimiter limiter = new RateLimiter(1_000, START);

    @Test
    void grantsABurstOfOneSecondAndThenItsRate() {
        assertThat(granted(limiter, PREFIX, 5_000, START)).isEqualTo(1_000);
        assertThat(granted(limiter, PREFIX, 5_000, START + SECOND / 2)).isEqualTo(500);
        assertThat(granted(limiter, PREFIX, 5_000, START + 100 * SECOND)).isEqualTo(1_000);
    }

    @Test
    void grantsNoMoreThanItsRateOverALongFlood() {
        long granted = 0;
        int seconds = 60;
        for (long ns = 0; ns < seconds * SECOND; ns += 100_000) {
            granted += granted(limiter, PREFIX, 1, START + ns);
        }
        assertThat(granted).isBetween(seconds * 1_000L, (seconds + 1) * 1_000L);
    }

    @Test
    void takesNothingFromANeighbourWhileOnePrefixFloods() {
        for (long ns = 0; ns < 10 * SECOND; ns += 1_000_000) {
            granted(limiter, PREFIX, 100, START + ns);
            assertThat(limiter.admit(NEIGHBOUR, 1, START + ns)).isTrue();
        }
    }

    @Test
    void tellsHowManyPrefixesOwe() {
        assertThat(limiter.activePrefixes(START)).isZero();
        granted(limiter, PREFIX, 500, START);
        granted(limiter, NEIGHBOUR, 1, START);
        assertThat(limiter.activePrefixes(START)).isEqualTo(2);
        assertThat(limiter.activePrefixes(START + SECOND / 4)).isEqualTo(1);
        assertThat(limiter.activePrefixes(START + SECOND / 2)).isZero();
    }

    @Test
    void grantsWhatIsLargerThanABurstAndThenMakesItWait() {
        assertThat(limiter.admit(PREFIX, 65_507, START)).isTrue();
        assertThat(limiter.admit(PREFIX, 1, START)).isFalse();
        // Paid off but for one second's worth, which may be owed.
        long paidNs = START + 65_507_000_000L - SECOND;
        assertThat(limiter.admit(PREFIX, 1, paidNs)).isFalse();
        assertThat(limiter.admit(PREFIX, 1, paidNs + 1)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.001, 0.5, 1, 3, 1e6, 1e9})
    void keepsEveryRateThatTheFlagsTake(double perSecond) {
        RateLimiter any = new RateLimiter(perSecond, START);
        // Asked once per budgeted unit and once between, for 2000 units.
        double step = SECOND / perSecond / 2;
        long granted = 0;
        for (int i = 0; i < 4_000; i++) {
            granted += granted(any, PREFIX, 1, START + (long) (i * step));
        }
        assertThat((double) granted).isBetween(1_999.0, Math.max(1, perSecond) + 2_001);
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -5 * SECOND, -1, 0, Long.MAX_VALUE - SECOND / 2})
    void worksOnAClockThatStartsAnywhereAndMayOverflow(long startNs) {
        RateLimiter any = new RateLimiter(1_000, startNs);
        assertThat(granted(any, PREFIX, 5_000, startNs)).isEqualTo(1_000);
        assertThat(granted(any, PREFIX, 5_000, startNs + SECOND)).isEqualTo(1_000);
        assertThat(granted(any, NEIGHBOUR, 5_000, startNs + 2 * SECOND)).isEqualTo(1_000);
    }

    /** Two loops read the clock at different moments. */
    @Test
    void takesAClockReadingThatIsALittleOld() {
        assertThat(granted(limiter, PREFIX, 500, START + SECOND)).isEqualTo(500);
        assertThat(granted(limiter, PREFIX, 5_000, START + SECOND - 1_000_000)).isEqualTo(499);
    }

    /** A table of a fixed size: nothing grows, and who behaves is served all the while. */
    @Test
    void servesAWellBehavedPrefixAmongTenMillionOthers() {
        SplittableRandom random = new SplittableRandom(4);
        int others = 10_000_000;
        long nowNs = START;
        int served = 0;
        for (int i = 0; i < others; i++) {
            nowNs += 1_000; // A million a second.
            assertThat(limiter.admit(random.nextLong() | 1L << 63, 1, nowNs)).isTrue();
            if (i % 10_000 == 0) {
                served += limiter.admit(NEIGHBOUR, 1, nowNs) ? 1 : 0;
            }
        }
        assertThat(served).isEqualTo(others / 10_000);
    }

    /** Were a place taken over without its debt, each pass would start with a fresh budget. */
    @Test
    void winsNoBudgetByTakingPlacesOver() {
        int prefixes = 1 << 18; // Four for each place.
        long table = 1 << 16;
        long granted = 0;
        for (int pass = 0; pass < 200; pass++) {
            for (int i = 0; i < prefixes; i++) {
                granted += limiter.admit(prefix(i), 10, START) ? 10 : 0;
            }
        }
        assertThat(granted).isBetween(table * 900, table * 1_010);
    }

    @Test
    void losesNoBudgetOfOneThatIsAlone() {
        for (int i = 0; i < 100_000; i++) {
            assertThat(limiter.admit(prefix(i % 7), 1, START + i * 1_000_000L)).isTrue();
        }
    }

    @Test
    void keepsItsRateAmongThreads() throws Exception {
        int threads = 4;
        int each = 500_000;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Callable<Long>> floods =
                    IntStream.range(0, threads)
                            .<Callable<Long>>mapToObj(
                                    t -> () -> granted(limiter, PREFIX, each, START))
                            .toList();
            long granted = 0;
            for (Future<Long> flood : pool.invokeAll(floods)) {
                granted += flood.get();
            }
            assertThat(granted).isBetween(1_000L, 1_000L + threads);
        } finally {
            pool.shutdownNow();
        }
    }

    private static long granted(RateLimiter limiter, long prefix, int asked, long nowNs) {
        long granted = 0;
        for (int i = 0; i < asked; i++) {
            granted += limiter.admit(prefix, 1, nowNs) ? 1 : 0;
        }
        return granted;
    }

    /** The n-th IPv4 /24. */
    private static long prefix(int n) {
        return SourceRules.prefix(0, 0xFFFF_0000_0000L | (long) n << 8);
    }
}
