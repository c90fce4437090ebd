package io.echo.client.mtu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RateCheckTest {
    /** Against sums by hand: binomial tails. */
    @Test
    void chanceOfSoManyLosses() {
        assertThat(RateCheck.atLeast(0, 8, 0.2)).isCloseTo(1, within(1e-12));
        assertThat(RateCheck.atLeast(1, 1, 0.2)).isCloseTo(0.2, within(1e-12));
        assertThat(RateCheck.atLeast(2, 3, 0.5)).isCloseTo(0.5, within(1e-12));
        // 8 * 0.2^7 * 0.8 + 0.2^8
        assertThat(RateCheck.atLeast(7, 8, 0.2)).isCloseTo(0.000_084_48, within(1e-9));
    }
}
