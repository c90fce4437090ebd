package io.echo.bench.oracle;

import io.echo.bench.load.Endpoint;
import io.echo.bench.load.Interval;
import io.echo.bench.load.LoadConfig;
import io.echo.bench.load.LoadRun;
import io.echo.bench.load.Measurement;
import io.echo.bench.result.Result;
import io.echo.bench.result.ResultJson;
import io.echo.bench.result.SavedResults;
import io.echo.bench.verdict.PassCriteria;
import io.echo.bench.verdict.Verdict;
import io.echo.net.Transport;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.HdrHistogram.Histogram;

/** Runs a program and tells how the load tester's result differs from the truth. */
final class Trial {
    private static final long LONGEST_SECONDS = 20;
    private static final int MOST_TRIALS = 3;

    /** A limit, to see that it is judged; many programs miss it. */
    static final double LOSS = 0.02;

    private final Program program;
    private final List<String> differences = new ArrayList<>();

    private Trial(Program program) {
        this.program = program;
    }

    /**
     * Returns each difference, a sentence; none when the result is right. A trial in which the
     * machine stood still for as long as the truth needs to be plain is made again.
     */
    static List<String> of(Program program) throws Exception {
        for (int left = MOST_TRIALS; ; left--) {
            try (Pauses pauses = Pauses.watch()) {
                Trial trial = new Trial(program);
                trial.run();
                boolean plain = pauses.longestNs() < Oracle.MARGIN_NS / 4;
                if (trial.differences.isEmpty() || plain || left == 1) {
                    return trial.differences;
                }
            }
        }
    }

    private void run() throws Exception {
        Measurement measurement;
        Oracle oracle = Oracle.start(program);
        try (oracle) {
            LoadConfig config = program.config(oracle.target());
            CompletableFuture<Void> stop = new CompletableFuture<>();
            stop.completeOnTimeout(null, LONGEST_SECONDS, TimeUnit.SECONDS);
            try (Endpoint endpoint = Endpoint.of(oracle.target(), config.timeout())) {
                measurement = LoadRun.run(config, endpoint, LoadRun.Listener.NONE, stop);
            }
        }
        long left = measurement.stats().sent() - measurement.stats().unsent();
        PhaseStart start = PhaseStart.of(program, oracle.journal().entries(), left);
        check(start.possible(), "the number of probes that left cannot be: " + left);
        Truth truth = Truth.of(program, oracle.journal().entries(), start);
        Verdict verdict = Verdict.of(measurement, PassCriteria.NONE.orLoss(LOSS));
        Result result = Result.of(measurement, verdict);
        compare(truth, result.counts(), measurement);
        compareSums(result.counts(), measurement.intervals());
        differences.addAll(Judgement.differences(program, truth, measurement, verdict, result));
        check(!measurement.interrupted(), "the run did not end by itself");
        read(result);
    }

    /** Reads the result back: what a reader takes for damage must not be in one. */
    private void read(Result result) {
        String line = ResultJson.line(ResultJson.of(result));
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        try {
            new SavedResults(new ByteArrayInputStream(bytes)).read("-");
        } catch (IOException e) {
            differences.add("the reader refuses it: " + e.getMessage());
        }
    }

    private void compare(Truth truth, Result.Counts counts, Measurement measurement) {
        equal("received", truth.received(), counts.received());
        equal("duplicated", truth.duplicated(), counts.duplicated());
        equal("reordered", truth.reordered(), counts.reordered());
        equal("corrupted", truth.corrupted(), counts.corrupted());
        within("foreign", truth.foreign(), truth.perhapsForeign(), counts.foreign());
        long inPhase = measurement.stats().inPhase();
        if (program.timed()) {
            within("in phase", truth.surelyInPhase(), truth.perhapsInPhase(), inPhase);
        }
        late(truth, counts.late(), measurement.stats().latency());
        equal("lost", counts.sent() - truth.received(), counts.lost());
        equal("latencies", truth.received(), measurement.stats().latency().getTotalCount());
        equal("service times", truth.received(), measurement.stats().service().getTotalCount());
        equal("unsent", measurement.stats().unsent(), counts.unsent().orElseThrow());
        long left = counts.sent() - counts.unsent().orElseThrow();
        if (program.planned() > 0) {
            equal("sent", program.planned() - measurement.missed(), counts.sent());
        }
        left(truth.read(), left);
    }

    /** What left is what the server read, unless it was away; io_uring learns late what left. */
    private void left(long read, long told) {
        if (program.does(Behaviour.FINISH) && program.transport() == Transport.IO_URING) {
            return;
        }
        boolean away =
                program.does(Behaviour.VANISH)
                        || program.does(Behaviour.RESET)
                        || program.does(Behaviour.REFUSE);
        check(
                away ? told >= read : told == read,
                "left: the server read " + read + ", told " + told);
    }

    /**
     * A reply that left late came late; one that left in time may still have found the generator
     * without a core, which its latency must then show.
     */
    private void late(Truth truth, long told, Histogram latency) {
        long timeoutNs = Program.TIMEOUT.toNanos();
        long digit = timeoutNs / 500;
        boolean shown =
                told >= above(latency, timeoutNs + digit)
                        && told <= above(latency, timeoutNs - digit);
        check(
                told >= truth.surelyLate()
                        && (told <= truth.surelyLate() + truth.perhapsLate() || shown),
                "late: " + truth.surelyLate() + ", told " + told);
    }

    private static long above(Histogram latency, long ns) {
        return latency.getCountBetweenValues(ns, latency.getHighestTrackableValue());
    }

    private void compareSums(Result.Counts counts, List<Interval> intervals) {
        sum("sent", intervals, Interval::sent, counts.sent());
        sum("received", intervals, Interval::received, counts.received());
        sum("lost", intervals, Interval::lost, counts.lost());
        sum("late", intervals, Interval::late, counts.late());
        sum("duplicated", intervals, Interval::duplicated, counts.duplicated());
        sum("reordered", intervals, Interval::reordered, counts.reordered());
        sum("corrupted", intervals, Interval::corrupted, counts.corrupted());
        sum("foreign", intervals, Interval::foreign, counts.foreign());
    }

    private void sum(
            String name, List<Interval> intervals, ToLongFunction<Interval> count, long total) {
        equal("sum of " + name, total, intervals.stream().mapToLong(count).sum());
    }

    private void equal(String name, long truth, long told) {
        check(truth == told, name + ": " + truth + ", told " + told);
    }

    private void within(String name, long surely, long perhaps, long told) {
        check(
                told >= surely && told <= surely + perhaps,
                name + ": " + surely + " to " + (surely + perhaps) + ", told " + told);
    }

    private void check(boolean right, String difference) {
        if (!right) {
            differences.add(difference);
        }
    }
}
