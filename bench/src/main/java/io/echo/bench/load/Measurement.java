package io.echo.bench.load;

import io.echo.client.probe.ProbeStats;
import io.echo.net.Target;
import java.time.Instant;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * The figures of a load test, without a verdict.
 *
 * @param target with the port that was used
 * @param embedded whether the server ran in this process
 * @param startedAt start of the measured phase
 * @param durationNs true length of the measured phase, which may differ from the flag
 * @param interrupted whether it was ended early
 * @param connectNs times to connect, of every connection that was opened
 * @param cost what this process used in the measured phase
 * @param problems failures of connections, a sentence each
 */
public record Measurement(
        LoadConfig config,
        Target target,
        boolean embedded,
        Instant startedAt,
        long durationNs,
        boolean interrupted,
        ProbeStats stats,
        Histogram connectNs,
        List<Interval> intervals,
        ProcessCost cost,
        List<String> problems) {
    private static final double NANOS = 1e9;

    /** Returns the length of the measured phase in seconds. */
    public double durationS() {
        return durationNs / NANOS;
    }

    /** Returns the probes that were really sent, per second. */
    public double rateAchieved() {
        return durationNs <= 0 ? 0 : (stats.sent() - stats.unsent()) / durationS();
    }

    /** Returns the probes that were answered, per second of the measured phase. */
    public double receivedPerSecond() {
        return durationNs <= 0 ? 0 : stats.received() / durationS();
    }

    /** Returns the fraction of probes that were lost; 0 when none was sent. */
    public double loss() {
        return stats.sent() == 0 ? 0 : (double) stats.lost() / stats.sent();
    }
}
