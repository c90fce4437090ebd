package io.echo.bench.load;

import io.echo.client.probe.Flow;
import io.echo.client.probe.ProbeStats;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import org.HdrHistogram.Histogram;

/**
 * Replaces connections when their time is over, evenly spread: the first after a fraction of the
 * lifetime, so that they do not all go at once.
 *
 * <p>The new one is opened first; the old one sends no more and is closed when its last probe is
 * answered or given up, so churn by itself loses nothing. Confined to the event loop.
 */
final class ConnectionChurn {
    private final Flow[] connections;
    private final long lifetimeNs;
    private final IntFunction<CompletableFuture<Flow>> replacements;
    private final Histogram connectNs;
    private final PeerProblems troubles;
    private final Set<Flow> retiring = new HashSet<>();
    private final long startNs = System.nanoTime();

    private long replaced;
    private boolean closing;

    ConnectionChurn(
            Flow[] connections,
            long lifetimeNs,
            IntFunction<CompletableFuture<Flow>> replacements,
            Histogram connectNs,
            PeerProblems troubles) {
        this.connections = connections;
        this.lifetimeNs = lifetimeNs;
        this.replacements = replacements;
        this.connectNs = connectNs;
        this.troubles = troubles;
    }

    /** Starts the replacements that are due and closes those that are done. */
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

    /** Returns whether this connection is replaced, and so sends no more. */
    boolean isRetiring(Flow flow) {
        return retiring.contains(flow);
    }

    /** Connections that are replaced and not yet closed; none is replaced after this call. */
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
                                troubles.notReplaced(failure);
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
