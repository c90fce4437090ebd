package io.echo.client.ping;

import io.echo.client.flow.FlowBook;
import io.echo.client.flow.MissedNumbers;
import io.echo.client.flow.PathAnalysis;
import io.echo.client.flow.Paths;
import io.echo.client.probe.SizeClasses;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The probes of a ping that were not answered in time, for the analysis that {@code load} has.
 *
 * <p>Times are those of the plan, a whole number of intervals apart, so that the machine's own
 * delay makes no outage. Used on one thread.
 *
 * <p>A ping may run for days, and takes a bit for each probe where some are missed: 64 MiB at most,
 * which is enough for 500 million. Further misses are counted, but in no outage.
 */
final class PingLosses {
    private static final int MOST_BLOCKS = 1 << 17;

    private final DueTimes due;
    private final MissedNumbers missed = new MissedNumbers(0, MOST_BLOCKS);

    /** Probes that are neither answered in time nor known to be missed. */
    private final Set<Long> open = new HashSet<>();

    private long sent;

    PingLosses(long intervalNs) {
        this.due = new DueTimes(intervalNs);
    }

    /** Notes the next probe, before it is sent; flows take them in turn. */
    void sent(long dueNs) {
        due.sent(dueNs);
        open.add(sent);
        sent++;
    }

    /** Notes that an intact reply has come in time. */
    void answered(long number) {
        open.remove(number);
    }

    /** Notes that none has; a reply that is late counts as none. */
    void missed(long number) {
        if (open.remove(number)) {
            missed.add(number);
        }
    }

    /** Leaves out probes that may still be answered in time. */
    void keep(Set<Long> waiting) {
        open.removeAll(waiting);
    }

    /** Notes that all that are left are missed. */
    void end() {
        open.forEach(missed::add);
        open.clear();
        due.end(System.nanoTime());
    }

    /**
     * Judges the flows, after the end.
     *
     * @param flows those of which something is known
     * @param sockets of all flows
     * @param stalledNs for which this process stood still
     */
    Paths paths(List<FlowBook.Entry> flows, List<PingSocket> sockets, long stalledNs) {
        if (sent == 0) {
            return Paths.NONE;
        }
        return PathAnalysis.of(
                new PathAnalysis.Phase(
                        due.startNs(),
                        due.lengthNs(),
                        sockets.get(0).remote,
                        sockets.size(),
                        Optional.of(due),
                        0,
                        SizeClasses.ONE,
                        stalledNs,
                        due.idleNs()),
                List.of(new FlowBook.Closed(flows, List.of(), List.of(missed))));
    }
}
