package io.echo.bench.connection;

import io.echo.client.flow.FlowBook;
import io.echo.client.probe.Flow;
import io.echo.client.probe.FlowConfig;
import io.echo.client.probe.LoopBuffers;
import io.echo.client.probe.ProbeStats;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;
import org.HdrHistogram.Histogram;

/**
 * The connections of one event loop: a place each, and who is in it over time.
 *
 * <p>{@link #open} may be called on any thread; all else is called on the event loop.
 */
public final class LoopConnections {
    private final EventLoop loop;
    private final LoopBuffers buffers;
    private final Flow.Events events;
    private final ConnectionTime time;

    /** The first ones, by their index, which is their place. */
    private final Map<Integer, Flow> first = new TreeMap<>();

    private final Histogram connectNs = ProbeStats.newHistogram();
    private final Handshakes handshakes = new Handshakes();
    private final PeerProblems problems = new PeerProblems();

    private Flow[] places = {};
    private Consumer<Flow> onRoom;

    /** Set when the connections begin to send, as the next one is. */
    private FlowBook book;

    private ConnectionReopener reopener;

    /** Set if connections are replaced. */
    private ConnectionChurn churn;

    /** Makes the connections of a loop, none of which is open; events of all go to one listener. */
    public LoopConnections(
            EventLoop loop, LoopBuffers buffers, Flow.Events events, ConnectionTime time) {
        this.loop = loop;
        this.buffers = buffers;
        this.events = events;
        this.time = time;
    }

    /** Opens a connection, which takes the next place; before {@link #begin}. */
    public CompletableFuture<Flow> open(FlowConfig config) {
        return noted(Flow.open(config, loop, buffers, events))
                .thenApply(
                        flow -> {
                            first.put(config.index(), flow);
                            time.opened();
                            record(flow, false);
                            return flow;
                        });
    }

    /**
     * Gives each connection its place; from now on one that the peer ends is opened again.
     *
     * @param replacements configures the connection that takes a place
     * @param loops of the run
     * @param flowBook enters every connection
     * @param room called with each new connection: it has sent nothing
     * @return the connections by their places; a new one takes the place of the old
     */
    public Flow[] begin(
            IntFunction<FlowConfig> replacements,
            int loops,
            FlowBook flowBook,
            Consumer<Flow> room) {
        places = first.values().toArray(Flow[]::new);
        book = flowBook;
        onRoom = room;
        for (int i = 0; i < places.length; i++) {
            book.opened(places[i], i);
        }
        reopener =
                new ConnectionReopener(
                        places,
                        index -> open(replacements, index),
                        time,
                        problems,
                        loops,
                        this::entered);
        return places;
    }

    /** Returns the connections by their places. */
    public Flow[] places() {
        return places;
    }

    /** Opens again those that have ended before {@link #begin}. */
    public void findEnded(long nowNs) {
        for (Flow flow : first.values()) {
            if (!flow.open()) {
                ended(flow, nowNs);
            }
        }
    }

    private CompletableFuture<Flow> open(IntFunction<FlowConfig> configs, int index) {
        return noted(Flow.open(configs.apply(index), loop, buffers, events));
    }

    /** Notes the handshake that fails. */
    private CompletableFuture<Flow> noted(CompletableFuture<Flow> opening) {
        return opening.whenComplete(
                (flow, failure) -> {
                    if (failure != null) {
                        handshakes.notOpened(failure);
                    }
                });
    }

    private void entered(Flow flow, int index) {
        record(flow, problems.counted() > 0);
        book.opened(flow, index);
        onRoom.accept(flow);
    }

    private void record(Flow flow, boolean inPhase) {
        connectNs.recordValue(Math.min(flow.connectNs(), ProbeStats.LONGEST_NS));
        handshakes.done(flow, inPhase);
    }

    /** Replaces connections from now on once they reach this age. */
    public void replaceOlderThan(long lifetimeNs, IntFunction<FlowConfig> configs) {
        churn =
                new ConnectionChurn(
                        places,
                        lifetimeNs,
                        index -> open(configs, index),
                        (flow, index) -> {
                            reopener.replaced(index);
                            entered(flow, index);
                        },
                        problems);
    }

    /** Notes that the peer has ended a connection. */
    public void closed(Flow flow, Throwable cause) {
        problems.closed(cause);
        if (reopener != null) {
            ended(flow, System.nanoTime());
        }
    }

    private void ended(Flow flow, long nowNs) {
        if (reopener.closed(flow, nowNs)) {
            book.down(flow, nowNs);
        }
    }

    /** Enters a probe of the measured phase that was not answered in time. */
    public void missed(Flow flow, long sequence, long intendedNs) {
        book.missed(flow, sequence, intendedNs);
    }

    /** Returns when a connection is to be opened again. */
    public long dueNs() {
        return reopener.dueNs();
    }

    /** Opens again what is due. */
    public void reopen(long nowNs) {
        reopener.tick(nowNs);
    }

    /** Gives up the probes whose timeout has passed, and replaces what is old. */
    public void expire(long nowNs) {
        for (Flow flow : places) {
            flow.expire(nowNs);
        }
        if (churn != null) {
            churn.tick(nowNs);
        }
    }

    /** Tells whether a connection may send: one that is replaced does not. */
    public boolean maySend(Flow flow) {
        return churn == null || !churn.isRetiring(flow);
    }

    /** Opens and replaces nothing more. */
    public void stop() {
        if (reopener != null) {
            reopener.stop();
        }
        if (churn != null) {
            churn.stop();
        }
    }

    /** Adds up a count of all connections, those that are replaced and wait for replies too. */
    public long sum(ToIntFunction<Flow> count) {
        long sum = 0;
        for (Flow flow : places) {
            sum += count.applyAsInt(flow);
        }
        if (churn != null) {
            for (Flow flow : churn.retiring()) {
                sum += count.applyAsInt(flow);
            }
        }
        return sum;
    }

    /** Ends the counts of all flows, see {@link FlowBook#close}. */
    public FlowBook.Closed closeBook(long endNs, boolean uncounted) {
        return book.close(endNs, uncounted);
    }

    /** Returns the local ports of those that are open. */
    public List<Integer> localPorts() {
        return first.values().stream()
                .filter(Flow::open)
                .map(flow -> flow.localAddress().getPort())
                .toList();
    }

    /** Closes all. */
    public CompletableFuture<Void> close() {
        stop();
        problems.noteMute(places);
        List<CompletableFuture<Void>> all = new ArrayList<>();
        first.values().forEach(flow -> all.add(flow.close()));
        for (Flow flow : places) {
            all.add(flow.close());
        }
        if (churn != null) {
            churn.retiring().forEach(flow -> all.add(flow.close()));
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
    }

    /** Returns the times to connect, in nanoseconds. */
    public Histogram connectNs() {
        return connectNs;
    }

    /** Returns the handshakes of TLS; none without. */
    public Handshakes handshakes() {
        return handshakes;
    }

    /** Returns how many connections were opened again. */
    public long reopened() {
        return reopener == null ? 0 : reopener.reopened();
    }

    /** Returns what went wrong with connections. */
    public PeerProblems problems() {
        return problems;
    }
}
