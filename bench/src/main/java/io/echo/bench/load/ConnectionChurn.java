package io.echo.bench.load;

import io.echo.client.probe.Flow;
import io.echo.client.probe.ProbeStats;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import org.HdrHistogram.Histogram;

/**
 * Replaces connections at the end of their lifetime ({@code --connection-lifetime}). The first ones
 * are replaced earlier, so that replacements are evenly spread.
 *
 * <p>The new connection is opened first. The old one then sends nothing more, and is closed when
 * its last probe is answered or has timed out, so a replacement loses no probe. Used on the event
 * loop only.
 */
final class ConnectionChurn {
    private final Flow[] connections;
    private final long lifetimeNs;
    private final IntFunction<CompletableFuture<Flow>> replacements;
    private final Histogram connectNs;
    private final PeerProblems problems;
    private final Set<Flow> retiring = new HashSet<>();
    private final long startNs = System.nanoTime();

    private long replaced;
    private boolean closing;

    ConnectionChurn(
            Flow[] connections,
            long lifetimeNs,
            IntFunction<CompletableFuture<Flow>> replacements,
            Histogram connectNs,
            PeerProblems problems) {
        this.connections = connections;
        this.lifetimeNs = lifetimeNs;
        this.replacements = replacements;
        this.connectNs = connectNs;
        this.problems = problems;
    }

    /** Starts the replacements that are due, and closes old connections that have no probe left. */
    void tick(long nowNs) {
        double due = (double) (nowNs - startNs) / lifetimeNs * connections.length;
        while (replaced < (long) due) {
            replace((int) (replaced % connections.length));
            replaced++;
        }
        retiring.removeIf(
                flow -> {
                    flow.expire(nowNs);
                    boolean finished = flow.inFlight() == 0;
                    if (finished) {
                        flow.close();
                    }
                    return finished;
                });
    }

    /** Returns whether this connection is replaced and sends nothing more. */
    boolean isRetiring(Flow flow) {
        return retiring.contains(flow);
    }

    /** Returns replaced connections that are not closed yet, and ends further replacements. */
    Set<Flow> retiring() {
        closing = true;
        return retiring;
    }

    private void replace(int slot) {
        replacements
                .apply(slot)
                .whenComplete(
                        (flow, failure) -> {
                            if (failure != null) {
                                problems.notReplaced(failure);
                            } else if (closing) {
                                flow.close();
                            } else {
                                connectNs.recordValue(
                                        Math.min(flow.connectNs(), ProbeStats.LONGEST_NS));
                                retiring.add(connections[slot]);
                                connections[slot] = flow;
                            }
                        });
    }
}
