package io.echo.client.ping;

import io.echo.client.chance.Silence;
import io.echo.client.outage.Outages;
import io.echo.client.probe.FlowStats;
import io.echo.client.probe.ProbeStats;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The outcome of one ping.
 *
 * @param unanswered probes whose time had not passed when it ended: neither received nor lost
 * @param flows in the order of their ports
 * @param outages of all flows together; times are from the first probe on
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
        int unanswered,
        List<FlowEnd> flows,
        Outages outages,
        Optional<String> problem,
        boolean ended,
        boolean tooLong,
        Duration longestStall,
        boolean atDeadline,
        OptionalInt interrupted) {
    /**
     * The end of one flow.
     *
     * @param local address and port
     * @param remote address and port
     * @param stats empty if it sent nothing
     * @param unanswered probes whose time had not passed
     * @param longestOutageNs of this flow
     */
    record FlowEnd(
            String local,
            String remote,
            Optional<FlowStats> stats,
            int unanswered,
            long longestOutageNs) {
        /** Returns the probes of which it is known what became of them. */
        long settled() {
            return stats.map(FlowStats::sent).orElse(0L) - unanswered;
        }

        long received() {
            return stats.map(FlowStats::received).orElse(0L);
        }

        public long lost() {
            return settled() - received();
        }

        /** Returns the part that was lost, 0 to 1. */
        double loss() {
            return settled() == 0 ? 0 : (double) lost() / settled();
        }
    }

    /** The chance at which a flow without a reply is held for dead, over all flows together. */
    private static final double LEVEL = 0.01;

    /** Probes that were not answered. */
    public long lost() {
        return stats.lost() - unanswered;
    }

    /**
     * Returns the flows on which nothing came back, though something would have with the loss of
     * the others.
     */
    List<FlowEnd> dead() {
        if (stats.received() == 0) {
            return flows.stream().filter(flow -> flow.settled() > 0).toList();
        }
        long settled = 0;
        long missing = 0;
        for (FlowEnd flow : flows) {
            settled += flow.received() > 0 ? flow.settled() : 0;
            missing += flow.received() > 0 ? flow.lost() : 0;
        }
        long sent = settled;
        long lost = missing;
        return flows.stream()
                .filter(flow -> flow.received() == 0)
                .filter(flow -> Silence.chance(lost, sent, flow.settled()) * flows.size() < LEVEL)
                .toList();
    }

    /** Tells if something that was asked for is missing, because of a signal. */
    public boolean incomplete() {
        boolean measured = stats.received() + lost() > 0;
        boolean endless = config.count().isEmpty() && config.deadline().isEmpty();
        boolean counted =
                config.count().isPresent()
                        && unanswered == 0
                        && stats.sent() == config.count().get();
        return interrupted.isPresent() && !(measured && (endless || counted || atDeadline));
    }
}
