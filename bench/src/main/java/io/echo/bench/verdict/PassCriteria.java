package io.echo.bench.verdict;

import io.echo.bench.load.LoadConfig;
import io.echo.client.probe.Rate;
import java.time.Duration;
import java.util.Optional;

/**
 * The limits that the user sets for a measurement. It must be valid in any case.
 *
 * @param maxP99 time within which 99 % of the probes sent come back
 * @param maxP999 the same for 99.9 %
 * @param maxLoss fraction of the probes sent
 * @param maxFlowLoss fraction of the probes sent on any one flow
 * @param maxOutage the longest time without an answer, of the service or of a flow that is not dead
 * @param minRate intact replies per second of the measured phase
 * @param maxLateness p99 of send lateness; beyond it the measurement is not valid
 */
public record PassCriteria(
        Optional<Duration> maxP99,
        Optional<Duration> maxP999,
        Optional<Double> maxLoss,
        Optional<Double> maxFlowLoss,
        Optional<Duration> maxOutage,
        Optional<Rate> minRate,
        Duration maxLateness) {
    public static final PassCriteria NONE =
            new PassCriteria(
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    LoadConfig.DEFAULT_MAX_LATENESS);

    /** Returns these limits, with one of loss unless there is one. */
    public PassCriteria orLoss(double fraction) {
        return maxLoss.isPresent()
                ? this
                : new PassCriteria(
                        maxP99,
                        maxP999,
                        Optional.of(fraction),
                        maxFlowLoss,
                        maxOutage,
                        minRate,
                        maxLateness);
    }
}
