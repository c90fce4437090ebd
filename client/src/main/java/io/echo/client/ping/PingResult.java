package io.echo.client.ping;

import io.echo.client.flow.Paths;
import io.echo.client.probe.ProbeStats;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The outcome of one ping.
 *
 * @param problem why it ended before its count, or what the peer refused
 * @param ended whether that is why it ended
 * @param tooLong whether the kernel refused a probe for its length
 * @param longestStall for which this process itself stood still; zero below a tenth of a second
 * @param atDeadline whether the deadline ended it
 * @param interrupted the exit code of the signal that ended it, if one did
 */
public record PingResult(
        PingConfig config,
        ProbeStats stats,
        PingFlows flows,
        Optional<String> problem,
        boolean ended,
        boolean tooLong,
        Duration longestStall,
        boolean atDeadline,
        OptionalInt interrupted) {
    /** Probes that were not answered. */
    public long lost() {
        return stats.lost() - flows.inFlight();
    }

    /** Returns where and when they were lost. */
    Paths paths() {
        return flows.paths();
    }

    /** Tells if something that was asked for is missing, because of a signal. */
    public boolean incomplete() {
        boolean measured = stats.received() + lost() > 0;
        boolean endless = config.count().isEmpty() && config.deadline().isEmpty();
        boolean counted =
                config.count().isPresent()
                        && flows.inFlight() == 0
                        && stats.sent() == config.count().get();
        return interrupted.isPresent() && !(measured && (endless || counted || atDeadline));
    }
}
