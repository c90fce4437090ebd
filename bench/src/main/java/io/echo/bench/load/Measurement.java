package io.echo.bench.load;

import io.echo.client.probe.ProbeStats;
import io.echo.net.Target;
import java.time.Instant;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * What a load test measured, before anybody judges it.
 *
 * @param target with the port that was used
 * @param embedded whether the server shared this process
 * @param startedAt start of the measured phase
 * @param durationNs of the measured phase, as it was, not as it was asked for
 * @param interrupted whether it was ended early
 * @param connectNs time to connect, of every connection that was opened
 * @param cost of the measured phase to this process
 * @param troubles what the peer did to connections, a sentence each
 */
public record Measurement(
        LoadConfig config,
        Target target,
        boolean embedded,
        Instant startedAt,
        long durationNs,
        boolean interrupted,
        ProbeStats tally,
        Histogram connectNs,
        List<Interval> intervals,
        ProcessCost cost,
        List<String> troubles) {
    private static final double NANOS = 1e9;

    /** Seconds of the measured phase. */
    public double durationS() {
        return durationNs / NANOS;
    }

    /** Probes per second that really left. */
    public double rateAchieved() {
        return durationNs <= 0 ? 0 : (tally.sent() - tally.unsent()) / durationS();
    }

    /** Probes answered per second of the measured phase. */
    public double receivedPerSecond() {
        return durationNs <= 0 ? 0 : tally.received() / durationS();
    }

    /** The fraction of probes that were lost; 0 when none was sent. */
    public double loss() {
        return tally.sent() == 0 ? 0 : (double) tally.lost() / tally.sent();
    }
}
