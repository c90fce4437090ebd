package io.echo.bench.load;

import io.echo.client.probe.Flow;
import io.echo.client.probe.LoopBuffers;
import io.echo.client.probe.ProbeStats;
import io.echo.client.probe.Rate;
import io.echo.client.probe.Schedule;
import io.echo.net.Target;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.HdrHistogram.Histogram;

/**
 * Runs one load test: connects, warms up, measures, waits for the last replies, adds up.
 *
 * <pre>
 *   connect | warm-up, discarded | measured phase           | --timeout |
 *           start                measured                   end         counted
 * </pre>
 *
 * <p>The calling thread keeps time and collects the counts once a second; each {@link Worker} sends
 * and receives on its own event loop. Everything is closed when {@link #run} returns or throws.
 */
public final class LoadRun {
    /** Receives the events of a run, on the calling thread. */
    public interface Listener {
        /** Ignores everything. */
        Listener NONE = new Listener() {};

        /** Called when everything is connected, before the first probe. */
        default void started(Target target, boolean embedded) {}

        /**
         * Called at the end of each second.
         *
         * @param stats counts of that second; cleared after the call, so not to be kept
         * @param draining true for the wait after the last probe, in which nothing is sent
         */
        default void interval(Interval interval, ProbeStats stats, boolean draining) {}

        /** Called when all probes are sent and the wait for late replies begins. */
        default void sent() {}
    }

    /** Delay between the last connection and the first probe, so that every loop starts in time. */
    private static final long LEAD_NS = 20_000_000;

    private static final long SECOND_NS = 1_000_000_000;
    private static final long LONGEST_GRACE_NS = 1_000_000_000;

    private final LoadConfig config;
    private final Endpoint endpoint;
    private final Listener listener;
    private final CompletableFuture<?> stop;
    private final ProbeStats total = new ProbeStats();
    private final List<Interval> intervals = new ArrayList<>();

    /** Empty counts, one for each worker, that replace the full ones at the next collection. */
    private final List<ProbeStats> spares = new ArrayList<>();

    private List<Worker> workers = List.of();

    private LoadRun(
            LoadConfig config, Endpoint endpoint, Listener listener, CompletableFuture<?> stop) {
        this.config = config;
        this.endpoint = endpoint;
        this.listener = listener;
        this.stop = stop;
    }

    /**
     * Runs to the end and returns the measurement.
     *
     * @param endpoint the target; the caller closes it
     * @param stop ends the measured phase early when it completes
     * @throws IOException when the run cannot start; every connection is closed then
     */
    public static Measurement run(
            LoadConfig config, Endpoint endpoint, Listener listener, CompletableFuture<?> stop)
            throws IOException, InterruptedException {
        LoadRun run = new LoadRun(config, endpoint, listener, stop);
        try {
            return run.measure();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure
                    ? failure
                    : new IOException(e.getCause().toString(), e.getCause());
        } finally {
            for (Worker worker : run.workers) {
                worker.close();
            }
        }
    }

    private Measurement measure() throws IOException, InterruptedException, ExecutionException {
        config.generator().transport().requireAvailable();
        ConnectionOpener connections = new ConnectionOpener(config, endpoint);
        workers = makeWorkers();
        for (int i = 0; i < workers.size(); i++) {
            spares.add(new ProbeStats());
        }
        workers.get(0).warmUpJvm(config);
        connections.open(workers, stop);
        Set<Integer> ports = new HashSet<>();
        for (Worker worker : workers) {
            ports.addAll(worker.localPorts().get());
        }
        listener.started(endpoint.target(), endpoint.isEmbedded());
        Plan plan = plan(startNs());
        List<CompletableFuture<Long>> sending = begin(plan, connections);
        stop.thenRun(() -> workers.forEach(Worker::stop));

        CompletableFuture<Void> sent =
                CompletableFuture.allOf(sending.toArray(CompletableFuture[]::new));
        await(sent, plan.measuredNs());
        Instant startedAt = Instant.now();
        ProcessCost before = ProcessCost.now(ports);
        collectIntervals(sent, plan);
        long endNs = plan.measuredNs();
        for (CompletableFuture<Long> end : sending) {
            endNs = Math.max(endNs, end.get());
        }
        ProcessCost cost = ProcessCost.now(ports).since(before);
        listener.sent();
        await(new CompletableFuture<Void>(), System.nanoTime() + config.timeout().toNanos());
        addUp(plan, System.nanoTime(), true);
        return result(startedAt, endNs - plan.measuredNs(), cost);
    }

    private Measurement result(Instant startedAt, long durationNs, ProcessCost cost)
            throws InterruptedException {
        PeerProblems problems = new PeerProblems();
        Histogram connectNs = ProbeStats.newHistogram();
        for (Worker worker : workers) {
            worker.close();
            problems.add(worker.problems());
            connectNs.add(worker.connectNs());
        }
        workers = List.of();
        return new Measurement(
                config,
                endpoint.target(),
                endpoint.isEmbedded(),
                startedAt,
                durationNs,
                stop.isDone(),
                total,
                connectNs,
                List.copyOf(intervals),
                cost,
                problems.sentences());
    }

    private List<Worker> makeWorkers() {
        int loops = Math.min(config.generator().loops(), config.connections());
        List<Worker> made = new ArrayList<>();
        for (int i = 0; i < loops; i++) {
            int largest = config.sizes().largest();
            LoopBuffers buffers =
                    config.train() > 1
                            ? LoopBuffers.ofTrains(largest, config.train())
                            : LoopBuffers.of(config.protocol(), largest);
            made.add(
                    new Worker(config.generator().transport(), buffers, config.generator().spin()));
        }
        return made;
    }

    /** Returns when the warm-up starts: at the time of {@code --start-at}, or soon. */
    private long startNs() {
        long leadNs =
                config.startAt()
                        .map(time -> Duration.between(Instant.now(), time).toNanos())
                        .orElse(LEAD_NS);
        return System.nanoTime() + Math.max(leadNs, LEAD_NS);
    }

    /** Start and end of the phases, on the {@link System#nanoTime} clock. */
    private record Plan(long startNs, long measuredNs, long endNs) {}

    private Plan plan(long startNs) {
        long measuredNs = startNs + config.warmup().toNanos();
        return new Plan(startNs, measuredNs, measuredNs + config.span().duration().toNanos());
    }

    private List<CompletableFuture<Long>> begin(Plan plan, ConnectionOpener connections) {
        List<CompletableFuture<Long>> sending = new ArrayList<>();
        for (int i = 0; i < workers.size(); i++) {
            int first = i;
            sending.add(
                    workers.get(i)
                            .begin(
                                    flows ->
                                            config.load() instanceof LoadConfig.Load.Open open
                                                    ? openLoop(open.rate(), plan, flows, first)
                                                    : closedLoop(plan, flows, first)));
            config.sockets()
                    .lifetime()
                    .ifPresent(
                            lifetime ->
                                    workers.get(first)
                                            .replaceOlderThan(
                                                    lifetime.toNanos(), connections::replacement));
        }
        return sending;
    }

    private Pace openLoop(Rate rate, Plan plan, Flow[] flows, int first) {
        Schedule schedule = new Schedule(plan.startNs(), rate);
        long measuredFrom = schedule.probesIn(config.warmup().toNanos());
        long end =
                config.span()
                        .count()
                        .map(count -> measuredFrom + count)
                        .orElseGet(() -> schedule.probesIn(plan.endNs() - plan.startNs()));
        long graceNs = Math.min(config.timeout().toNanos(), LONGEST_GRACE_NS);
        return new OpenLoop(
                schedule,
                flows,
                new OpenLoop.Share(first, workers.size(), config.connections()),
                measuredFrom,
                end,
                schedule.intendedNs(end) + graceNs);
    }

    private Pace closedLoop(Plan plan, Flow[] flows, int first) {
        LoadConfig.Load.Closed load = (LoadConfig.Load.Closed) config.load();
        int loops = workers.size();
        long share =
                config.span()
                        .count()
                        .map(count -> count / loops + (first < count % loops ? 1 : 0))
                        .orElse(Long.MAX_VALUE);
        return new ClosedLoop(flows, load, plan.startNs(), plan.measuredNs(), plan.endNs(), share);
    }

    /** Collects the counts once a second until all is sent. */
    private void collectIntervals(CompletableFuture<?> sent, Plan plan)
            throws InterruptedException, ExecutionException {
        for (long second = 1; !sent.isDone(); second++) {
            await(sent, plan.measuredNs() + second * SECOND_NS);
            addUp(plan, System.nanoTime(), false);
        }
    }

    /** Collects the counts since the last call, as one interval. */
    private void addUp(Plan plan, long nowNs, boolean draining)
            throws InterruptedException, ExecutionException {
        List<CompletableFuture<Worker.Snapshot>> taken = new ArrayList<>();
        for (int i = 0; i < workers.size(); i++) {
            taken.add(workers.get(i).snapshot(spares.get(i)));
        }
        ProbeStats sum = new ProbeStats();
        long inFlight = 0;
        for (int i = 0; i < taken.size(); i++) {
            Worker.Snapshot snapshot = taken.get(i).get();
            ProbeStats stats = snapshot.stats();
            sum.add(stats);
            inFlight += snapshot.inFlight();
            stats.reset();
            spares.set(i, stats);
        }
        double fromS = intervals.isEmpty() ? 0 : intervals.get(intervals.size() - 1).toS();
        double toS = (nowNs - plan.measuredNs()) / (double) SECOND_NS;
        boolean open = config.load().asked().isPresent();
        Interval interval = Interval.of(fromS, toS, sum, inFlight, open);
        intervals.add(interval);
        total.add(sum);
        listener.interval(interval, sum, draining);
    }

    /** Waits until the future completes or the time comes, whichever is first. */
    private static void await(CompletableFuture<?> end, long untilNs)
            throws InterruptedException, ExecutionException {
        try {
            end.get(Math.max(0, untilNs - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            // The time came first.
        }
    }
}
