package io.echo.bench.load;

import io.echo.client.probe.LatencyUs;
import io.echo.client.probe.ProbeStats;
import java.util.Optional;

/**
 * Counts of about one second of the measured phase. A probe may be sent in one interval and
 * received in the next.
 *
 * @param fromS seconds since the start of the measured phase
 * @param lost probes that timed out in this interval, were in flight when their connection ended,
 *     or could not leave, less those whose reply came late; in the last one all that are left. A
 *     reply that comes in a later interval takes one off an earlier one, so none is below 0
 * @param inFlight probes in flight at its end
 * @param lateness of the probes sent in it; empty in closed loop, which has no schedule
 */
public record Interval(
        double fromS,
        double toS,
        long sent,
        long received,
        long late,
        long lost,
        long duplicated,
        long reordered,
        long corrupted,
        long foreign,
        long inFlight,
        Optional<LatencyUs> latency,
        Optional<LatencyUs> lateness) {
    /** Makes an interval of the counts of that time alone. */
    static Interval of(
            double fromS, double toS, ProbeStats stats, long lost, long inFlight, boolean open) {
        return new Interval(
                thousandths(fromS),
                thousandths(toS),
                stats.sent(),
                stats.received(),
                stats.late(),
                lost,
                stats.duplicated(),
                stats.reordered(),
                stats.corrupted(),
                stats.foreign(),
                inFlight,
                LatencyUs.of(stats.latency()),
                open ? LatencyUs.of(stats.lateness()) : Optional.empty());
    }

    /** Returns the interval with another number of probes sent and lost. */
    Interval with(long nowSent, long nowLost) {
        return new Interval(
                fromS,
                toS,
                nowSent,
                received,
                late,
                nowLost,
                duplicated,
                reordered,
                corrupted,
                foreign,
                inFlight,
                latency,
                lateness);
    }

    public double receivedPerSecond() {
        return toS > fromS ? received / (toS - fromS) : 0;
    }

    private static double thousandths(double seconds) {
        return Math.round(seconds * 1_000) / 1_000.0;
    }
}
