package io.echo.bench.connection;

import io.echo.client.probe.Flow;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;

/**
 * Replaces connections at the end of their lifetime ({@code --connection-lifetime}). The first ones
 * are replaced earlier, so that replacements are evenly spread.
 *
 * <p>The new connection is opened first. The old one then sends nothing more, and is closed when
 * all of its probes are answered, late ones too, so a replacement loses no probe; of those that
 * wait for a reply that does not come, the oldest are closed. Used on the event loop only.
 */
public final class ConnectionChurn {
    /** Old connections that wait for late replies at most, of one loop. */
    private static final int MOST_WAITING = 100;

    private final Flow[] connections;
    private final long lifetimeNs;
    private final IntFunction<CompletableFuture<Flow>> replacements;
    private final ObjIntConsumer<Flow> onReplaced;
    private final PeerProblems problems;
    private final Set<Flow> retiring = new LinkedHashSet<>();
    private final long startNs = System.nanoTime();

    private long replaced;
    private boolean stopped;

    public ConnectionChurn(
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
    public void tick(long nowNs) {
        double due = (double) (nowNs - startNs) / lifetimeNs * connections.length;
        while (!stopped && replaced < (long) due) {
            replace((int) (replaced % connections.length));
            replaced++;
        }
        retiring.removeIf(
                flow -> {
                    flow.expire(nowNs);
                    boolean overdue = flow.inFlight() == 0 && retiring.size() > MOST_WAITING;
                    boolean finished = overdue || !flow.owed() || !flow.open();
                    if (finished) {
                        flow.close();
                    }
                    return finished;
                });
    }

    /** Returns whether this connection is replaced and sends nothing more. */
    public boolean isRetiring(Flow flow) {
        return retiring.contains(flow);
    }

    /** Replaces nothing more. */
    public void stop() {
        stopped = true;
    }

    /** Returns replaced connections that are not closed yet. */
    public Set<Flow> retiring() {
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
