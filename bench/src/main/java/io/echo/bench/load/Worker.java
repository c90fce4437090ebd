package io.echo.bench.load;

import io.echo.bench.connection.ConnectionTime;
import io.echo.bench.connection.Handshakes;
import io.echo.bench.connection.LoopConnections;
import io.echo.bench.connection.PeerProblems;
import io.echo.bench.pacing.Housekeeping;
import io.echo.bench.pacing.PacedIoHandler;
import io.echo.bench.pacing.Pacing;
import io.echo.bench.pacing.StallWatch;
import io.echo.bench.pacing.Stalls;
import io.echo.bench.pacing.TimedTask;
import io.echo.client.flow.FlowBook;
import io.echo.client.probe.Flow;
import io.echo.client.probe.FlowConfig;
import io.echo.client.probe.JvmWarmup;
import io.echo.client.probe.LoopBuffers;
import io.echo.client.probe.ProbeStats;
import io.echo.net.Transport;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.HdrHistogram.Histogram;

/**
 * One event loop of the generator, with its connections, its pace and its counts.
 *
 * <p>All work is done on the loop's thread, named {@code echo-load-…}. Methods marked "from
 * outside" may be called on any other thread; they hand their work to the loop.
 */
final class Worker implements Flow.Events, TimedTask {
    private static final long CLOSE_SECONDS = 2;

    private final MultiThreadIoEventLoopGroup group;
    private final EventLoop loop;
    private final LoopBuffers buffers;
    private final Pacing pacing;
    private final LoopConnections connections;
    private final Housekeeping housekeeping = new Housekeeping();
    private final CompletableFuture<Ending> done = new CompletableFuture<>();

    /** Written on the loop only, as are the fields below. */
    private Stage stage = Stage.CONNECTING;

    private Pace pace;
    private final StallWatch stalls = new StallWatch();

    /** The stages of a loop, one after the other. */
    private enum Stage {
        /** Connections are opened. */
        CONNECTING,
        /** Waits for the start, warms up, and measures. */
        SENDING,
        /** Waits for late replies. */
        DRAINING,
        /** Connections are closed. */
        CLOSING
    }

    /**
     * The end of the measured phase of a loop.
     *
     * @param cut whether it was ended early
     * @param missed probes that were due and not handed to a connection
     */
    record Ending(long endedNs, boolean cut, long missed) {}

    Worker(Transport transport, LoopBuffers buffers, Pacing pacing, ConnectionTime time) {
        this.buffers = buffers;
        buffers.startPhaseAt(System.nanoTime() + Long.MAX_VALUE / 2);
        this.pacing = pacing;
        this.group =
                new MultiThreadIoEventLoopGroup(
                        1,
                        new DefaultThreadFactory("echo-load", true),
                        PacedIoHandler.factory(transport.newIoHandlerFactory(), this, pacing));
        this.loop = group.next();
        this.connections = new LoopConnections(loop, buffers, this, time);
    }

    /** Makes the loops of a run, which report to one account of connections. */
    static List<Worker> all(LoadConfig config, ConnectionTime time) {
        int loops = Math.min(config.generator().loops(), config.connections());
        List<Worker> made = new ArrayList<>();
        for (int i = 0; i < loops; i++) {
            int largest = config.sizes().largest();
            LoopBuffers buffers =
                    config.train() > 1
                            ? LoopBuffers.ofTrains(largest, config.train())
                            : LoopBuffers.of(config.protocol(), largest);
            made.add(
                    new Worker(
                            config.generator().transport(),
                            buffers,
                            config.generator().pacing(),
                            time));
        }
        return made;
    }

    /** Warms up the JVM with this loop's code, unless it is stopped; from outside, blocking. */
    void warmUpJvm(LoadConfig config, CompletableFuture<?> stop) throws InterruptedException {
        JvmWarmup.run(
                config.generator().transport(),
                config.protocol(),
                loop,
                buffers,
                config.sizes(),
                stop);
    }

    /** Opens a connection; from outside, before {@link #begin}. */
    CompletableFuture<Flow> open(FlowConfig config) {
        return connections.open(config);
    }

    /** Makes the pace of a loop's connections. */
    interface Paces {
        Pace of(Flow[] connections);
    }

    /**
     * Starts to send; from outside, when all connections are open.
     *
     * @param replacements configures the connection that takes a place
     * @param loops of the run
     * @return completes when the measured phase of this loop is over
     */
    CompletableFuture<Ending> begin(
            Paces paces, IntFunction<FlowConfig> replacements, int loops, FlowBook book) {
        loop.execute(
                () -> {
                    pace = paces.of(connections.begin(replacements, loops, book, this::reopened));
                    long nowNs = System.nanoTime();
                    stalls.look(nowNs, true);
                    housekeeping.begin(nowNs);
                    stage = Stage.SENDING;
                    connections.findEnded(nowNs);
                });
        return done;
    }

    private void reopened(Flow flow) {
        if (stage == Stage.SENDING) {
            pace.room(flow, System.nanoTime());
        }
    }

    /** Starts to replace connections once they reach this age; from outside. */
    void replaceOlderThan(long lifetimeNs, IntFunction<FlowConfig> configs) {
        loop.execute(() -> connections.replaceOlderThan(lifetimeNs, configs));
    }

    /** Sets the planned start and end of the measured phase; from outside, before it begins. */
    void measure(long startNs, long endNs) {
        loop.execute(
                () -> {
                    stalls.startAt(startNs);
                    connections.problems().countFrom(startNs);
                    buffers.startPhaseAt(startNs);
                    buffers.endPhaseAt(endNs);
                });
    }

    /** Ends the measured phase early; from outside. */
    void stop() {
        loop.execute(
                () -> {
                    if (stage == Stage.SENDING) {
                        pace.stop(System.nanoTime());
                        tick();
                    }
                });
    }

    @Override
    public long dueNs() {
        return switch (stage) {
            case SENDING -> Math.min(pace.dueNs(), upkeepNs());
            case DRAINING -> housekeeping.dueNs();
            case CONNECTING, CLOSING -> NEVER;
        };
    }

    @Override
    public long spinNs() {
        boolean exact = stage == Stage.SENDING && pace.dueNs() <= upkeepNs();
        long meanNs = exact ? pace.meanNs() : 0;
        return meanNs == 0 ? 0 : pacing.spinNs(meanNs);
    }

    /** Returns when connections are looked at, or one is opened again. */
    private long upkeepNs() {
        return Math.min(housekeeping.dueNs(), connections.dueNs());
    }

    @Override
    public void ready() {
        buffers.ready();
    }

    @Override
    public boolean tick() {
        long nowNs = System.nanoTime();
        boolean sends = false;
        boolean due = stage == Stage.SENDING || stage == Stage.DRAINING;
        if (due) {
            stalls.look(nowNs, stage == Stage.SENDING || connections.sum(Flow::inFlight) > 0);
        }
        if (stage == Stage.SENDING) {
            sends = pace.meanNs() > 0 && pace.dueNs() - nowNs <= 0;
            if (sends) {
                housekeeping.probeSent(nowNs);
            }
            if (!pace.tick(nowNs)) {
                drain(nowNs);
            } else {
                connections.reopen(nowNs);
            }
        }
        if (due && housekeeping.takeTurn(nowNs)) {
            keepHouse(nowNs);
        }
        return sends;
    }

    private void keepHouse(long nowNs) {
        connections.expire(nowNs);
        if (stage == Stage.SENDING) {
            for (Flow flow : connections.places()) {
                pace.room(flow, nowNs);
            }
        }
    }

    private void drain(long nowNs) {
        stage = Stage.DRAINING;
        housekeeping.begin(nowNs);
        buffers.endPhaseAt(pace.endedNs());
        connections.stop();
        done.complete(new Ending(pace.endedNs(), pace.cut(), pace.missed()));
    }

    @Override
    public void drained(Flow flow) {
        if (stage == Stage.SENDING && connections.maySend(flow)) {
            pace.room(flow, System.nanoTime());
        }
    }

    @Override
    public void refused(Flow flow, Throwable cause) {
        connections.problems().refused(cause);
    }

    @Override
    public void failed(Flow flow, IOException cause) {
        stage = Stage.DRAINING;
        done.completeExceptionally(
                new IOException(
                        "the kernel refuses a train of "
                                + cause.getMessage()
                                + "; a smaller --train or --size may suit it, and the path's MTU",
                        cause));
    }

    @Override
    public void closed(Flow flow, Throwable cause) {
        if (stage != Stage.CLOSING) {
            connections.closed(flow, cause);
        }
    }

    @Override
    public void missed(Flow flow, long sequence, long intendedNs) {
        connections.missed(flow, sequence, intendedNs);
    }

    /**
     * The counts since the last call, and the probes in flight.
     *
     * @param flows after the last call
     */
    record Snapshot(ProbeStats stats, long inFlight, Optional<FlowBook.Closed> flows) {}

    /** Takes the counts so far and lets the loop write {@code fresh} instead; from outside. */
    CompletableFuture<Snapshot> snapshot(ProbeStats fresh) {
        return CompletableFuture.supplyAsync(
                () ->
                        new Snapshot(
                                buffers.swap(fresh),
                                connections.sum(Flow::inFlight),
                                Optional.empty()),
                loop);
    }

    /**
     * Takes the last counts, and ends those of all flows; from outside.
     *
     * @param endNs of the measured phase
     * @param stopped true if measured probes in flight do not count as sent
     */
    CompletableFuture<Snapshot> last(ProbeStats fresh, long endNs, boolean stopped) {
        return CompletableFuture.supplyAsync(
                () -> {
                    long inFlight = connections.sum(Flow::measuredInFlight);
                    return new Snapshot(
                            buffers.swap(fresh),
                            inFlight,
                            Optional.of(connections.closeBook(endNs, stopped)));
                },
                loop);
    }

    /** Returns the number of measured probes in flight; from outside. */
    CompletableFuture<Long> inFlight() {
        return CompletableFuture.supplyAsync(() -> connections.sum(Flow::measuredInFlight), loop);
    }

    /** Returns the name of the loop's thread in {@code /proc}; from outside. */
    CompletableFuture<String> thread() {
        return CompletableFuture.supplyAsync(ProcessCost::thisThread, loop);
    }

    /** Returns the local ports of the connections; from outside. */
    CompletableFuture<List<Integer>> localPorts() {
        return CompletableFuture.supplyAsync(connections::localPorts, loop);
    }

    /** Returns the times to connect, in nanoseconds; call it after {@link #close}. */
    Histogram connectNs() {
        return connections.connectNs();
    }

    /** Returns the handshakes of TLS; call it after {@link #close}. */
    Handshakes handshakes() {
        return connections.handshakes();
    }

    /** Returns how many connections were opened again; call it after {@link #close}. */
    long reopened() {
        return connections.reopened();
    }

    /** Returns the times for which this loop did nothing; call it after {@link #close}. */
    Stalls stalls() {
        return stalls.seen();
    }

    /** Returns what went wrong with connections; call it after {@link #close}. */
    PeerProblems problems() {
        return connections.problems();
    }

    /** Closes all connections and ends the loop; from outside, blocking. */
    void close() throws InterruptedException {
        CompletableFuture<Void> closed =
                CompletableFuture.supplyAsync(
                                () -> {
                                    stage = Stage.CLOSING;
                                    return connections.close();
                                },
                                loop)
                        .thenCompose(all -> all);
        try {
            closed.orTimeout(CLOSE_SECONDS, TimeUnit.SECONDS).join();
        } finally {
            group.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS).await();
            buffers.close();
        }
    }
}
