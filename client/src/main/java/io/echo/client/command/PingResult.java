package io.echo.client.command;

import io.echo.client.probe.ProbeStats;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The outcome of one ping.
 *
 * @param unanswered probes whose time had not passed when it ended: neither received nor lost
 * @param problem why it ended before its count, or what the peer refused
 * @param tooLong whether the kernel refused a probe for its length
 * @param longestStall for which this process itself stood still; zero below a tenth of a second
 * @param atDeadline whether the deadline ended it
 * @param interrupted the exit code of the signal that ended it, if one did
 */
record PingResult(
        PingConfig config,
        ProbeStats stats,
        int unanswered,
        Optional<String> problem,
        boolean tooLong,
        Duration longestStall,
        boolean atDeadline,
        OptionalInt interrupted) {
    /** Probes that were not answered. */
    long lost() {
        return stats.lost() - unanswered;
    }

    /** Tells if something that was asked for is missing, because of a signal. */
    boolean incomplete() {
        boolean measured = stats.received() + lost() > 0;
        boolean endless = config.count().isEmpty() && config.deadline().isEmpty();
        boolean counted =
                config.count().isPresent()
                        && unanswered == 0
                        && stats.sent() == config.count().get();
        return interrupted.isPresent() && !(measured && (endless || counted || atDeadline));
    }
}
