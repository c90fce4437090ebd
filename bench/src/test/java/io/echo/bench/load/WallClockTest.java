package io.echo.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The two clocks beside each other. */
class WallClockTest {
    private static final Duration HOUR = Duration.ofHours(1);

    @Test
    void tellsTheTimeOfDayNow() {
        Instant before = Instant.now();
        Instant now = WallClock.instant(System.nanoTime());
        assertThat(now).isBetween(before.minusMillis(1), Instant.now().plusMillis(1));
    }

    @Test
    void goesBothWays() {
        long laterNs = System.nanoTime() + HOUR.toNanos();
        Instant later = WallClock.instant(laterNs);
        assertThat(Duration.between(Instant.now(), later)).isBetween(HOUR.minusMinutes(1), HOUR);
        assertThat(WallClock.nanoTime(later))
                .isCloseTo(laterNs, within(TimeUnit.MILLISECONDS.toNanos(1)));
    }
}
