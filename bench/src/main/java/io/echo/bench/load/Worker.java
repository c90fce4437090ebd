package io.echo.bench.load;

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
import java.util.Arrays;
import java.util.List;
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
    /** Time before a probe from which the loop spins: waits are in whole milliseconds, and late. */
    private static final long SPIN_NS = 2_000_000;

    private static final long HOUSEKEEPING_NS = 10_000_000;
    private static final long CLOSE_SECONDS = 2;

    private final MultiThreadIoEventLoopGroup group;
    private final EventLoop loop;
    private final LoopBuffers buffers;
    private final long spinNs;
    private final List<Flow> flows = new ArrayList<>();
    private final Histogram connectNs = ProbeStats.newHistogram();
    private final PeerProblems problems = new PeerProblems();

    /** Written on the loop only, as are the fields below. */
    private Flow[] connections;

    private Pace pace;
    private ConnectionChurn churn;
    private final CompletableFuture<Long> done = new CompletableFuture<>();
    private boolean sending;
    private long housekeepingNs;
    private boolean closing;

    Worker(Transport transport, LoopBuffers buffers, boolean spin) {
        this.buffers = buffers;
        this.spinNs = spin ? SPIN_NS : 0;
        this.group =
                new MultiThreadIoEventLoopGroup(
                        1,
                        new DefaultThreadFactory("echo-load", true),
                        PacedIoHandler.factory(transport.newIoHandlerFactory(), this));
        this.loop = group.next();
    }

    /** Warms up the JVM with this loop's code; from outside, blocking. */
    void warmUpJvm(LoadConfig config) throws InterruptedException {
        JvmWarmup.run(
                config.generator().transport(), config.protocol(), loop, buffers, config.sizes());
    }

    /** Opens a connection; from outside, before {@link #begin}. */
    CompletableFuture<Flow> open(FlowConfig config) {
        return Flow.open(config, loop, buffers, this).thenApply(this::opened);
    }

    private Flow opened(Flow flow) {
        flows.add(flow);
        connectNs.recordValue(Math.min(flow.connectNs(), ProbeStats.LONGEST_NS));
        return flow;
    }

    /** Makes the pace of a loop's connections. */
    interface Paces {
        Pace of(Flow[] connections);
    }

    /**
     * Starts to send; from outside, when all connections are open.
     *
     * @return completes when all probes are sent, with the end of the measured phase
     */
    CompletableFuture<Long> begin(Paces paces) {
        loop.execute(
                () -> {
                    connections = flows.toArray(Flow[]::new);
                    pace = paces.of(connections);
                    housekeepingNs = System.nanoTime();
                    sending = true;
                    stopWithoutConnections();
                });
        return done;
    }

    /** Starts to replace connections once they reach this age; from outside. */
    void replaceOlderThan(long lifetimeNs, IntFunction<FlowConfig> configs) {
        loop.execute(
                () ->
                        churn =
                                new ConnectionChurn(
                                        connections,
                                        lifetimeNs,
                                        index ->
                                                Flow.open(
                                                        configs.apply(index), loop, buffers, this),
                                        connectNs,
                                        problems));
    }

    /** Ends sending early; from outside. */
    void stop() {
        loop.execute(
                () -> {
                    if (pace != null) {
                        pace.stop(System.nanoTime());
                        tick();
                    }
                });
    }

    @Override
    public long dueNs() {
        if (!sending) {
            return NEVER;
        }
        long dueNs = pace.dueNs();
        return pace.exact() || dueNs - housekeepingNs < 0 ? dueNs : housekeepingNs;
    }

    @Override
    public long spinNs() {
        return pace.exact() ? spinNs : 0;
    }

    @Override
    public void tick() {
        if (!sending) {
            return;
        }
        long nowNs = System.nanoTime();
        if (!pace.tick(nowNs)) {
            sending = false;
            done.complete(pace.endedNs());
        }
        if (nowNs - housekeepingNs >= 0) {
            housekeepingNs = nowNs + HOUSEKEEPING_NS;
            for (Flow flow : connections) {
                flow.expire(nowNs);
                pace.room(flow, nowNs);
            }
            if (churn != null) {
                churn.tick(nowNs);
            }
        }
    }

    @Override
    public void drained(Flow flow) {
        if (sending && (churn == null || !churn.isRetiring(flow))) {
            pace.room(flow, System.nanoTime());
        }
    }

    @Override
    public void refused(Flow flow, Throwable cause) {
        problems.refused(cause);
    }

    @Override
    public void failed(Flow flow, IOException cause) {
        sending = false;
        done.completeExceptionally(
                new IOException(
                        "the kernel refuses a train of "
                                + cause.getMessage()
                                + "; a smaller --train or --size may suit it, and the path's MTU",
                        cause));
    }

    @Override
    public void closed(Flow flow, Throwable cause) {
        if (!closing) {
            problems.closed(cause);
            if (sending) {
                stopWithoutConnections();
            }
        }
    }

    /** Ends a closed loop without any open connection: no reply can make room again. */
    private void stopWithoutConnections() {
        if (!pace.exact() && Arrays.stream(connections).noneMatch(Flow::open)) {
            pace.stop(System.nanoTime());
        }
    }

    /** The counts since the last call, and the probes in flight. */
    record Snapshot(ProbeStats stats, long inFlight) {}

    /** Takes the counts so far and lets the loop write {@code fresh} instead; from outside. */
    CompletableFuture<Snapshot> snapshot(ProbeStats fresh) {
        CompletableFuture<Snapshot> taken = new CompletableFuture<>();
        loop.execute(
                () -> {
                    long inFlight = 0;
                    if (connections != null) {
                        for (Flow flow : connections) {
                            inFlight += flow.inFlight();
                        }
                    }
                    taken.complete(new Snapshot(buffers.swap(fresh), inFlight));
                });
        return taken;
    }

    /** Returns the local ports of the connections; from outside. */
    CompletableFuture<List<Integer>> localPorts() {
        return CompletableFuture.supplyAsync(
                () -> flows.stream().map(flow -> flow.localAddress().getPort()).toList(), loop);
    }

    /** Returns the times to connect, in nanoseconds; call it after {@link #close}. */
    Histogram connectNs() {
        return connectNs;
    }

    /** Returns what went wrong with connections; call it after {@link #close}. */
    PeerProblems problems() {
        return problems;
    }

    /** Closes all connections and ends the loop; from outside, blocking. */
    void close() throws InterruptedException {
        CompletableFuture<Void> closed =
                CompletableFuture.supplyAsync(
                                () -> {
                                    closing = true;
                                    sending = false;
                                    List<CompletableFuture<Void>> all = new ArrayList<>();
                                    flows.forEach(flow -> all.add(flow.close()));
                                    if (connections != null) {
                                        for (Flow flow : connections) {
                                            all.add(flow.close());
                                        }
                                    }
                                    if (churn != null) {
                                        churn.retiring().forEach(flow -> all.add(flow.close()));
                                    }
                                    return CompletableFuture.allOf(
                                            all.toArray(CompletableFuture[]::new));
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
