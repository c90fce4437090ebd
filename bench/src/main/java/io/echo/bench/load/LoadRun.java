package io.echo.bench.load;

import io.echo.bench.connection.ConnectionTime;
import io.echo.bench.connection.Handshakes;
import io.echo.bench.connection.LastReply;
import io.echo.bench.connection.PeerProblems;
import io.echo.bench.pacing.Stalls;
import io.echo.cli.OneLine;
import io.echo.client.flow.Paths;
import io.echo.client.probe.Flow;
import io.echo.client.probe.FlowConfig;
import io.echo.client.probe.ProbeStats;
import io.echo.net.Target;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
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

        /** Called when the measured phase begins. */
        default void measuring(Instant startedAt) {}

        /**
         * Called at the end of each second.
         *
         * @param stats counts of that second; cleared after the call, so not to be kept
         * @param draining true for the wait after the last probe, in which nothing is sent: its
         *     lost are all that were in flight
         */
        default void interval(Interval interval, ProbeStats stats, boolean draining) {}

        /**
         * Called some times during the warm-up with counts of no meaning: does the work of {@link
         * #interval} and shows nothing, so that its code is compiled when the first second ends.
         */
        default void rehearse(Interval interval) {}

        /** Called when all probes are sent and the wait for late replies begins. */
        default void sent() {}
    }

    private static final long SECOND_NS = 1_000_000_000;
    private static final long LONGEST_ASIDE_NS = 2_000_000;
    private static final long LONGEST_GRACE_NS = 1_000_000_000;
    private static final long LAST_LOOK_NS = 20_000_000; // after a timeout, of every loop

    /** The longest wait of a stop for replies that are under way. */
    private static final long LAST_REPLIES_NS = 100_000_000;

    private final LoadConfig config;
    private final Endpoint endpoint;
    private final Listener listener;
    private final CompletableFuture<?> stop;
    private final ProbeStats total = new ProbeStats();
    private final Intervals intervals = new Intervals();
    private final ConnectionTime time;
    private Measurement.Place place;

    /** Empty counts, one for each worker, that replace the full ones at the next collection. */
    private final List<ProbeStats> spares = new ArrayList<>();

    private List<Worker> workers = List.of();

    /** Made when the run is planned. */
    private FlowBooks books;

    /** Address that was measured; empty if nothing was. */
    private Optional<InetSocketAddress> remote = Optional.empty();

    private LoadRun(
            LoadConfig config, Endpoint endpoint, Listener listener, CompletableFuture<?> stop) {
        this.config = config;
        this.endpoint = endpoint;
        this.listener = listener;
        this.stop = stop;
        this.time = new ConnectionTime(config.connections());
        this.place = endpoint.place(false);
    }

    /**
     * Runs to the end and returns the measurement.
     *
     * @param endpoint the target; the caller closes it
     * @param stop ends every phase early when it completes
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
                    : new IOException(OneLine.of(e.getCause()), e.getCause());
        } finally {
            for (Worker worker : run.workers) {
                worker.close();
            }
        }
    }

    private Measurement measure() throws IOException, InterruptedException, ExecutionException {
        config.generator().transport().requireAvailable();
        if (stop.isDone()) { // perhaps there is no address then
            return result(Phase.none(), ProcessCost.NONE);
        }
        ConnectionOpener connections = new ConnectionOpener(config, endpoint);
        workers = Worker.all(config, time);
        for (int i = 0; i < workers.size(); i++) {
            spares.add(new ProbeStats());
        }
        workers.get(0).warmUpJvm(config, stop);
        connections.open(workers, stop);
        place = endpoint.place(connections.remote().getAddress() instanceof Inet6Address);
        if (stop.isDone()) {
            return result(Phase.none(), ProcessCost.NONE);
        }
        Set<Integer> ports = new HashSet<>();
        List<String> threads = new ArrayList<>();
        for (Worker worker : workers) {
            ports.addAll(worker.localPorts().get());
            threads.add(worker.thread().get());
        }
        // Moves what the connections keep out of the way of collections in the measured phase.
        System.gc();
        listener.started(endpoint.target(), endpoint.isEmbedded());
        LoadPlan plan = LoadPlan.of(config);
        books = new FlowBooks(plan, config.connections(), workers.size(), config.sizes().classes());
        List<CompletableFuture<Worker.Ending>> sending = begin(plan, connections);
        stop.thenRun(() -> workers.forEach(Worker::stop));

        CompletableFuture<Void> sent =
                CompletableFuture.allOf(sending.toArray(CompletableFuture[]::new));
        Rehearsal.during(plan, config, listener, ports, stop);
        await(sent, plan.measuredNs());
        Instant startedAt = WallClock.instant(plan.measuredNs());
        listener.measuring(startedAt);
        ProcessCost before = ProcessCost.now(config, ports, threads);
        collectIntervals(sent, plan);
        Phase phase = phase(startedAt, plan, sending);
        ProcessCost cost = ProcessCost.now(config, ports, threads).since(before);
        listener.sent();
        boolean idle = drain();
        addUp(plan, System.nanoTime(), Optional.of(phase));
        remote = Optional.of(connections.remote());
        return result(idle ? phase : phase.cutShort(), cost);
    }

    /**
     * Waits for late replies; a stop ends that soon. What came while this process stood still is
     * read before it ends.
     *
     * @return false when that left probes whose replies nobody waited for
     */
    private boolean drain() throws InterruptedException, ExecutionException {
        await(stop, System.nanoTime() + config.timeout().toNanos() + LAST_LOOK_NS);
        if (!stop.isDone()) {
            long left = inFlight();
            for (long before = left + 1; left > 0 && left < before; left = inFlight()) {
                before = left;
                LockSupport.parkNanos(LAST_REPLIES_NS / 20);
            }
            return true;
        }
        long untilNs = System.nanoTime() + Math.min(LAST_REPLIES_NS, config.timeout().toNanos());
        long inFlight = inFlight();
        while (inFlight > 0 && System.nanoTime() - untilNs < 0) {
            LockSupport.parkNanos(LAST_REPLIES_NS / 20);
            inFlight = inFlight();
        }
        return inFlight == 0;
    }

    private long inFlight() throws InterruptedException, ExecutionException {
        long inFlight = 0;
        for (Worker worker : workers) {
            inFlight += worker.inFlight().get();
        }
        return inFlight;
    }

    /**
     * The measured phase as it was.
     *
     * @param plannedNs its length in the plan; up to the stop when that came first
     * @param cut whether a stop ended it, or the wait for its replies, early
     * @param missed probes that were due and not handed to a connection
     */
    private record Phase(
            Instant startedAt, long plannedNs, long durationNs, boolean cut, long missed) {
        static Phase none() {
            return new Phase(Instant.now(), 0, 0, true, 0);
        }

        Phase cutShort() {
            return new Phase(startedAt, plannedNs, durationNs, true, missed);
        }
    }

    private Phase phase(
            Instant startedAt, LoadPlan plan, List<CompletableFuture<Worker.Ending>> sending)
            throws InterruptedException, ExecutionException {
        long endNs = plan.measuredNs();
        long missed = 0;
        boolean cut = false;
        for (CompletableFuture<Worker.Ending> loop : sending) {
            Worker.Ending ending = loop.get();
            endNs = Math.max(endNs, ending.endedNs());
            missed += ending.missed();
            cut |= ending.cut();
        }
        time.end(endNs);
        long durationNs = endNs - plan.measuredNs();
        long plannedNs = cut ? durationNs : plan.endNs() - plan.measuredNs();
        return new Phase(startedAt, plannedNs, durationNs, cut && stop.isDone(), missed);
    }

    private Measurement result(Phase phase, ProcessCost cost) throws InterruptedException {
        PeerProblems problems = new PeerProblems();
        Histogram connectNs = ProbeStats.newHistogram();
        Handshakes handshakes = new Handshakes();
        long reopened = 0;
        Stalls stalls = Stalls.NONE;
        for (Worker worker : workers) {
            worker.close();
            problems.add(worker.problems());
            connectNs.add(worker.connectNs());
            handshakes.add(worker.handshakes());
            reopened += worker.reopened();
            stalls = stalls.or(worker.stalls());
        }
        workers = List.of();
        long ownDelayNs = Math.max(stalls.longestNs(), total.lateness().getMaxValue());
        Paths paths =
                remote.map(to -> books.paths(to, phase.durationNs(), ownDelayNs))
                        .orElse(Paths.NONE);
        return new Measurement(
                config,
                endpoint.target(),
                place,
                phase.startedAt(),
                phase.plannedNs(),
                phase.durationNs(),
                phase.cut(),
                phase.missed(),
                stalls,
                total,
                connectNs,
                new Measurement.Connections(
                        reopened,
                        time.downNs(),
                        time.awayNs(),
                        endpoint.target().tls() ? Optional.of(handshakes) : Optional.empty()),
                paths,
                intervals.all(),
                cost,
                problems.sentences(paths.dead()));
    }

    private List<CompletableFuture<Worker.Ending>> begin(
            LoadPlan plan, ConnectionOpener connections) {
        time.measure(plan.measuredNs(), plan.endNs());
        List<CompletableFuture<Worker.Ending>> sending = new ArrayList<>();
        for (int i = 0; i < workers.size(); i++) {
            int first = i;
            Worker worker = workers.get(i);
            IntFunction<FlowConfig> replacements =
                    slot -> connections.replacement(first + slot * workers.size());
            worker.measure(plan.measuredNs(), plan.endNs());
            sending.add(
                    worker.begin(
                            flows ->
                                    plan.open()
                                            .map(open -> openLoop(open, flows, first))
                                            .orElseGet(() -> closedLoop(plan, flows, first)),
                            replacements,
                            workers.size(),
                            books.of(first)));
            config.sockets()
                    .lifetime()
                    .ifPresent(
                            lifetime -> worker.replaceOlderThan(lifetime.toNanos(), replacements));
        }
        return sending;
    }

    private Pace openLoop(OpenLoop.Plan plan, Flow[] flows, int first) {
        long graceNs = Math.min(config.timeout().toNanos(), LONGEST_GRACE_NS);
        return new OpenLoop(
                plan,
                flows,
                new OpenLoop.Share(first, workers.size(), config.connections()),
                plan.endNs() + graceNs);
    }

    private Pace closedLoop(LoadPlan plan, Flow[] flows, int first) {
        LoadConfig.Load.Closed load = (LoadConfig.Load.Closed) config.load();
        int loops = workers.size();
        long share =
                config.span()
                        .count()
                        .map(count -> count / loops + (first < count % loops ? 1 : 0))
                        .orElse(Long.MAX_VALUE);
        return new ClosedLoop(flows, load, plan.startNs(), plan.measuredNs(), plan.endNs(), share);
    }

    /** Collects the counts at each full second until the phase is over. */
    private void collectIntervals(CompletableFuture<?> sent, LoadPlan plan)
            throws InterruptedException, ExecutionException {
        boolean counted = config.span().count().isPresent() && config.load().asked().isEmpty();
        LastReply reply = new LastReply(System.nanoTime(), 0, time.downNs());
        while (!sent.isDone()) {
            // A process that was stopped leaves out the seconds that it missed.
            long second = Math.max(0, System.nanoTime() - plan.measuredNs()) / SECOND_NS + 1;
            await(sent, plan.measuredNs() + second * SECOND_NS + asideNs());
            addUp(plan, System.nanoTime(), Optional.empty());
            reply = reply.next(total.received(), time.downNs());
            if (counted && reply.isLongAgo()) {
                workers.forEach(Worker::stop);
            }
        }
    }

    /**
     * Returns the time after a full second at which its counts are collected: between two probes,
     * for a probe that is due just then would wait for that, at 100/s one of each hundred.
     */
    private long asideNs() {
        return config.load()
                .asked()
                .map(rate -> Math.min(LONGEST_ASIDE_NS, (long) (SECOND_NS / rate.perSecond() / 2)))
                .orElse(0L);
    }

    /** Collects the counts since the last call, as one interval; those of the flows at the last. */
    private void addUp(LoadPlan plan, long nowNs, Optional<Phase> ended)
            throws InterruptedException, ExecutionException {
        boolean last = ended.isPresent();
        boolean stopped = stop.isDone();
        List<CompletableFuture<Worker.Snapshot>> taken = new ArrayList<>();
        for (int i = 0; i < workers.size(); i++) {
            Worker worker = workers.get(i);
            ProbeStats spare = spares.get(i);
            taken.add(
                    ended.map(
                                    phase ->
                                            worker.last(
                                                    spare,
                                                    plan.measuredNs() + phase.durationNs(),
                                                    stopped))
                            .orElseGet(() -> worker.snapshot(spare)));
        }
        long inFlight = 0;
        for (int i = 0; i < taken.size(); i++) {
            Worker.Snapshot snapshot = taken.get(i).get();
            inFlight += snapshot.inFlight();
            spares.set(i, snapshot.stats());
            snapshot.flows().ifPresent(books::add);
        }
        ProbeStats sum = spares.get(0);
        spares.subList(1, spares.size()).forEach(sum::add);
        total.add(sum);
        // A run that was stopped did not send those for whose replies nobody waited.
        long leftOut = last && stopped ? inFlight : 0;
        total.uncount(leftOut);
        double toS = (nowNs - plan.measuredNs()) / (double) SECOND_NS;
        boolean open = config.load().asked().isPresent();
        if (last) {
            intervals.addLast(toS, sum, total.lost(), open);
        } else {
            intervals.add(toS, sum, sum.expired() + sum.unsent(), inFlight, open);
        }
        intervals.leaveOut(leftOut);
        listener.interval(intervals.last(), sum, last);
        spares.forEach(ProbeStats::reset);
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
