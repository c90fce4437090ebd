package io.echo.bench.oracle;

import io.echo.bench.load.LoadConfig;
import io.echo.bench.load.Measurement;
import io.echo.bench.result.Result;
import io.echo.bench.verdict.Verdict;
import io.echo.net.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Checks the claims of a result besides its counts: who is to blame, and for what. */
final class Judgement {
    private static final double KEPT = 0.99;

    private final List<String> differences = new ArrayList<>();

    private Judgement() {}

    /** Returns each difference, a sentence; none when the result says what is true. */
    static List<String> differences(
            Program program, Truth truth, Measurement measurement, Verdict verdict, Result result) {
        Judgement judgement = new Judgement();
        judgement.blame(program, truth, measurement, verdict);
        judgement.code(program, truth, measurement, verdict, result.counts());
        judgement.extent(result);
        return judgement.differences;
    }

    /** The generator is blamed only for its own, the service only for what it did. */
    private void blame(Program program, Truth truth, Measurement measurement, Verdict verdict) {
        boolean corruption = says(verdict.invalidities(), "corrupted");
        check(
                corruption == wrong(program, truth) || perhapsWrong(program, truth),
                "corruption is told: " + corruption);
        long latenessNs = measurement.stats().lateness().getValueAtPercentile(99);
        long limitNs = LoadConfig.DEFAULT_MAX_LATENESS.toNanos();
        // A peer that does not read makes probes wait for long, and leaves the loop its core.
        boolean late =
                latenessNs > limitNs
                        && (latenessNs < Oracle.MARGIN_NS
                                || measurement.stalls().longestNs() > limitNs);
        boolean behind =
                measurement.missed() > 0 || measurement.durationNs() > measurement.plannedNs();
        check(
                late || !says(verdict.invalidities(), "the generator was late"),
                "the generator is called late");
        check(
                behind || !says(verdict.invalidities(), "did not keep its rate"),
                "the generator is said not to keep its rate");
        check(
                !says(verdict.invalidities(), "nothing was measured"),
                "nothing is said to be measured");
        boolean ends = program.does(Behaviour.FINISH) || program.does(Behaviour.RESET);
        boolean down =
                says(verdict.faults(), "ended connections")
                        || says(verdict.misses(), "ended connections");
        check(ends || !down, "the service is said to end connections");
        check(
                says(verdict.faults(), "nothing came back") == (truth.received() == 0),
                "an answer is told: " + truth.received());
    }

    /** In a stream, bytes beyond those that were sent are the server's, too. */
    private static boolean wrong(Program program, Truth truth) {
        boolean stream = program.protocol() == Protocol.TCP;
        return truth.corrupted() + (stream ? truth.foreign() : 0) > 0;
    }

    /** Tells whether only such bytes at about the start of the phase decide. */
    private static boolean perhapsWrong(Program program, Truth truth) {
        boolean stream = program.protocol() == Protocol.TCP;
        return stream && !wrong(program, truth) && truth.perhapsForeign() > 0;
    }

    private void code(
            Program program,
            Truth truth,
            Measurement measurement,
            Verdict verdict,
            Result.Counts counts) {
        boolean lossy = counts.sent() - truth.received() > Trial.LOSS * counts.sent();
        check(says(verdict.misses(), "loss is") == lossy, "loss over the limit: " + lossy);
        boolean ownFault = says(verdict.invalidities(), "the generator");
        boolean told = says(verdict.invalidities(), "corrupted");
        int code =
                wrong(program, truth) || ownFault || told && perhapsWrong(program, truth)
                        ? 4
                        : truth.received() == 0
                                ? 1
                                : lossy || measurement.downPart() > 1 - KEPT ? 3 : 0;
        check(
                verdict.exitCode() == code,
                "exit code: " + code + ", got " + verdict.exitCode() + " " + verdict.failures());
    }

    /** Asserts that asked and done agree, or that a failure says why not. */
    private void extent(Result result) {
        Result.Extent asked = result.asked().orElseThrow();
        Result.Extent done = result.done().orElseThrow();
        boolean agree =
                asked.count().equals(asked.count().flatMap(count -> done.count()))
                        && agree(asked.durationS(), done.durationS())
                        && asked.warmupS() == done.warmupS()
                        && agree(Optional.of(asked.connections()), Optional.of(done.connections()))
                        && agree(asked.rate(), done.rate());
        check(
                agree || !result.outcome().failures().isEmpty(),
                "no failure says why asked is " + asked + " and done " + done);
    }

    private static boolean agree(Optional<Double> asked, Optional<Double> done) {
        return asked.stream()
                .allMatch(value -> Math.abs(done.orElseThrow() - value) <= (1 - KEPT) * value);
    }

    private static boolean says(List<String> sentences, String part) {
        return sentences.stream().anyMatch(sentence -> sentence.contains(part));
    }

    private void check(boolean right, String difference) {
        if (!right) {
            differences.add(difference);
        }
    }
}
