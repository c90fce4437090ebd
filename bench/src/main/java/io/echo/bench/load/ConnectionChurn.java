package io.echo.bench.load;

import io.echo.client.probe.Flow;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;

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
    private final ObjIntConsumer<Flow> onReplaced;
    private final PeerProblems problems;
    private final Set<Flow> retiring = new HashSet<>();
    private final long startNs = System.nanoTime();

    private long replaced;
    private boolean stopped;

    ConnectionChurn(
            Flow[] connections,
            long lifetimeNs,
            IntFunction<CompletableFuture<Flow>> replacements,
            ObjIntConsumer<Flow> onReplaced,
            PeerProblems problems) {
        this.connections = connections;
        this.lifetimeNs = lifetimeNs;
        this.replacements = replacements;
        this.onReplaced = onReplaced;
        this.problems = problems;
    }

    /** Starts the replacements that are due, and closes old connections that have no probe left. */
    void tick(long nowNs) {
        double due = (double) (nowNs - startNs) / lifetimeNs * connections.length;
        while (!stopped && replaced < (long) due) {
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

    /** Replaces nothing more. */
    void stop() {
        stopped = true;
    }

    /** Returns replaced connections that are not closed yet. */
    Set<Flow> retiring() {
        return retiring;
    }

    private void replace(int place) {
        replacements
                .apply(place)
                .whenComplete(
                        (flow, failure) -> {
                            if (failure != null) {
                                problems.notReplaced(failure);
                            } else if (stopped) {
                                flow.close();
                            } else {
                                retiring.add(connections[place]);
                                connections[place] = flow;
                                onReplaced.accept(flow, place);
                            }
                        });
    }
}
