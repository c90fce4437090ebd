package io.echo.bench.connection;

import io.echo.bench.pacing.TimedTask;
import io.echo.client.probe.Flow;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;

/**
 * Opens the connections of one event loop again that their peer has ended.
 *
 * <p>It waits 10 ms, twice as long after each failure up to 1 s, a quarter more or less at random,
 * and 10 ms again only after an intact reply: a service that closes what it accepts gets no flood.
 * All connections of the run together are opened at most 1,000 times a second. Used on the event
 * loop only.
 */
public final class ConnectionReopener {
    private static final long FIRST_WAIT_NS = 10_000_000;
    private static final long LONGEST_WAIT_NS = 1_000_000_000;
    private static final double JITTER = 0.25;

    /** Time between two openings of a run: 1,000 a second. */
    private static final long SPACING_NS = 1_000_000;

    /** A connection that is opened again at this time. */
    private record Due(long atNs, int index) {}

    private final Flow[] connections;
    private final IntFunction<CompletableFuture<Flow>> opening;
    private final ConnectionTime time;
    private final PeerProblems problems;
    private final ObjIntConsumer<Flow> onOpened;
    private final long spacingNs;
    private final boolean[] down;
    private final long[] waitNs;
    private final PriorityQueue<Due> queue =
            new PriorityQueue<>(Comparator.comparingLong(Due::atNs));

    private long nextNs = System.nanoTime();
    private long reopened;
    private boolean over;

    /**
     * Makes the reopener of one loop.
     *
     * @param connections of the loop; a new one takes the place of the old
     * @param opening opens a connection for a place
     * @param loops of the run, which share the rate
     * @param onOpened called with each new connection and its place
     */
    public ConnectionReopener(
            Flow[] connections,
            IntFunction<CompletableFuture<Flow>> opening,
            ConnectionTime time,
            PeerProblems problems,
            int loops,
            ObjIntConsumer<Flow> onOpened) {
        this.connections = connections;
        this.opening = opening;
        this.time = time;
        this.problems = problems;
        this.onOpened = onOpened;
        this.spacingNs = loops * SPACING_NS;
        this.down = new boolean[connections.length];
        this.waitNs = new long[connections.length];
    }

    /**
     * Notes that the peer has ended a connection.
     *
     * @return whether that left its place empty; one that has been replaced has none
     */
    public boolean closed(Flow flow, long nowNs) {
        for (int i = 0; i < connections.length; i++) {
            if (connections[i] == flow && !down[i]) {
                down[i] = true;
                time.closed();
                again(i, flow.answered(), nowNs);
                return true;
            }
        }
        return false;
    }

    /** Notes that a connection has been put into a place by other means. */
    public void replaced(int index) {
        if (down[index]) {
            down[index] = false;
            time.opened();
        }
    }

    /** Returns when {@link #tick} is due; {@link TimedTask#NEVER} if nothing waits. */
    public long dueNs() {
        return over || queue.isEmpty() ? TimedTask.NEVER : Math.max(queue.peek().atNs(), nextNs);
    }

    /** Opens what is due. */
    public void tick(long nowNs) {
        while (!over && !queue.isEmpty() && dueNs() - nowNs <= 0) {
            int index = queue.remove().index();
            if (down[index]) {
                nextNs = nowNs + spacingNs;
                open(index);
            }
        }
    }

    /** Opens nothing more. */
    public void stop() {
        over = true;
    }

    /** Returns how many connections were opened again in the measured phase. */
    public long reopened() {
        return reopened;
    }

    private void open(int index) {
        opening.apply(index)
                .whenComplete(
                        (flow, failure) -> {
                            if (failure != null) {
                                problems.notReopened(failure);
                                again(index, false, System.nanoTime());
                            } else if (over || !down[index]) {
                                flow.close();
                            } else {
                                down[index] = false;
                                connections[index] = flow;
                                reopened += problems.counted();
                                time.opened();
                                onOpened.accept(flow, index);
                            }
                        });
    }

    private void again(int index, boolean answered, long nowNs) {
        waitNs[index] =
                answered || waitNs[index] == 0
                        ? FIRST_WAIT_NS
                        : Math.min(LONGEST_WAIT_NS, 2 * waitNs[index]);
        double part = 1 + JITTER * ThreadLocalRandom.current().nextDouble(-1, 1);
        queue.add(new Due(nowNs + (long) (waitNs[index] * part), index));
    }
}
