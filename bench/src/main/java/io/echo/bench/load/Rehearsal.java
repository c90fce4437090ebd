package io.echo.bench.load;

import io.echo.bench.connection.ConnectionTime;
import io.echo.client.flow.FlowBook;
import io.echo.client.probe.FlowConfig;
import io.echo.client.probe.LoopBuffers;
import io.echo.client.probe.LoopbackEcho;
import io.echo.client.probe.ProbeSizes;
import io.echo.client.probe.ProbeStats;
import io.echo.client.probe.Rate;
import io.echo.client.probe.Schedule;
import io.echo.client.probe.SizeClasses;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Has the JVM compile the code of a run during its warm-up, beside the probes of the run itself.
 *
 * <p>At 100/s a warm-up of seconds runs the code of a probe some hundred times, and the JVM
 * compiles what ran thousands of times: until then the generator adds more to each round trip than
 * a server on the same machine takes, and a compiler that works in the measured phase takes the
 * core from both. At any rate the first measured probe takes a branch that none before it took, for
 * which the JVM throws compiled code away. So further probes go to a private echo in this process,
 * and the work of the end of a second is done with their counts. Each round of it runs to its end,
 * drain and close: the first end throws away what never ended before, the later rounds compile it
 * again. Nothing of it is counted or leaves the machine.
 */
final class Rehearsal {
    private static final Rate RATE = Rate.perSecond(20_000);
    private static final int ROUNDS = 4;
    private static final long LONGEST_NS = 2_500_000_000L;

    /** Time between its end and the measured phase, for the compiler to finish. */
    private static final long REST_NS = 300_000_000;

    private static final long SECOND_NS = 1_000_000_000;
    private static final long BOOKS_NS = 20_000_000;
    private static final int BYTES = 64;

    private final LoadConfig config;
    private final LoadRun.Listener listener;
    private final ProbeStats sum = new ProbeStats();
    private ProbeStats spare = new ProbeStats();

    private Rehearsal(LoadConfig config, LoadRun.Listener listener) {
        this.config = config;
        this.listener = listener;
    }

    /**
     * Runs until shortly before the measured phase of an open loop, if the warm-up has the time.
     *
     * @param ports of the run, see {@link ProcessCost#now}
     * @param stop ends it at once
     */
    static void during(
            LoadPlan plan,
            LoadConfig config,
            LoadRun.Listener listener,
            Set<Integer> ports,
            CompletableFuture<?> stop)
            throws InterruptedException {
        long lengthNs = Math.min(LONGEST_NS, plan.measuredNs() - REST_NS - System.nanoTime());
        if (plan.open().isPresent() && lengthNs > 0) {
            Rehearsal rehearsal = new Rehearsal(config, listener);
            for (int round = 0; round < ROUNDS && !stop.isDone(); round++) {
                rehearsal.run(lengthNs / ROUNDS, ports, stop);
            }
        }
    }

    private void run(long lengthNs, Set<Integer> ports, CompletableFuture<?> stop)
            throws InterruptedException {
        Worker worker =
                new Worker(
                        config.generator().transport(),
                        LoopBuffers.of(config.protocol(), BYTES),
                        config.generator().pacing(),
                        new ConnectionTime(1));
        try (LoopbackEcho echo = LoopbackEcho.start(config.protocol())) {
            FlowConfig flow =
                    FlowConfig.of(
                            config.generator().transport(),
                            config.protocol(),
                            echo.address(),
                            0,
                            ProbeSizes.fixed(BYTES),
                            SECOND_NS);
            worker.open(flow).get();
            List<String> threads = List.of(worker.thread().get());
            CompletableFuture<?> end = CompletableFuture.anyOf(begin(worker, flow, lengthNs), stop);
            while (!isOver(end)) {
                keepBooks(worker, ports, threads);
            }
        } catch (IOException | ExecutionException e) {
            // No loopback, no descriptor left: the run itself goes on, less exact at its start.
        } finally {
            worker.close();
        }
    }

    /** Half of the probes are sent as in the warm-up, half as in the measured phase. */
    private static CompletableFuture<?> begin(Worker worker, FlowConfig flow, long lengthNs) {
        long startNs = System.nanoTime();
        long endNs = startNs + lengthNs;
        Schedule schedule = new Schedule(startNs, RATE);
        long probes = schedule.probesIn(lengthNs);
        OpenLoop.Plan plan = new OpenLoop.Plan(schedule, probes / 2, probes, endNs);
        worker.measure(startNs + lengthNs / 2, endNs);
        return worker.begin(
                flows -> new OpenLoop(plan, flows, new OpenLoop.Share(0, 1, 1), endNs),
                index -> flow,
                1,
                new FlowBook(0, 1, Optional.of(schedule), plan.measuredFrom(), SizeClasses.ONE));
    }

    private static boolean isOver(CompletableFuture<?> end)
            throws InterruptedException, ExecutionException {
        try {
            end.get(BOOKS_NS, TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }

    /** Does what is done when a second ends. */
    private void keepBooks(Worker worker, Set<Integer> ports, List<String> threads)
            throws InterruptedException, ExecutionException {
        ProcessCost.now(config, ports, threads);
        Worker.Snapshot snapshot = worker.snapshot(spare).get();
        spare = snapshot.stats();
        sum.reset();
        sum.add(spare);
        spare.reset();
        listener.rehearse(Interval.of(0, 1, sum, 0, snapshot.inFlight(), true));
    }
}
