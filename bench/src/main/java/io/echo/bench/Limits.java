package io.echo.bench;

import io.echo.client.Rate;
import java.time.Duration;
import java.util.Optional;

/**
 * What the user asks of a measurement, beyond that it is valid.
 *
 * @param maxP99 of latency
 * @param maxP999 of latency
 * @param maxLoss fraction of the probes sent
 * @param minRate replies received per second
 * @param maxLateness p99 of send lateness; beyond it the measurement is not valid
 */
record Limits(
        Optional<Duration> maxP99,
        Optional<Duration> maxP999,
        Optional<Double> maxLoss,
        Optional<Rate> minRate,
        Duration maxLateness) {
    static final Limits NONE =
            new Limits(
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    LoadConfig.DEFAULT_MAX_LATENESS);

    /** Returns these limits, or if there are none, this one. */
    Limits orLoss(double fraction) {
        boolean some =
                maxP99.isPresent()
                        || maxP999.isPresent()
                        || maxLoss.isPresent()
                        || minRate.isPresent();
        return some
                ? this
                : new Limits(maxP99, maxP999, Optional.of(fraction), minRate, maxLateness);
    }
}
