package io.echo.bench.result;

import static java.util.Comparator.naturalOrder;
import static java.util.stream.Collectors.toUnmodifiableSet;

import io.echo.client.probe.ProbeStats;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/**
 * Many results as one: counts, rates and costs are summed and histograms added; a percentile of the
 * sum is exact, one averaged over generators would not be. There are no intervals in it, because
 * their percentiles have no histograms, and no checks, because each result had bounds of its own.
 */
public final class MergedResult {
    /** The part of the longest run that must be shared for rates to be added without a warning. */
    private static final double TOGETHER = 0.9;

    private static final double NANOS = 1e9;

    private final List<Result> results;

    private final List<Optional<String>> names;

    private MergedResult(List<Result> results, List<Optional<String>> names) {
        this.results = results;
        this.names = names;
    }

    /** Adds the results, of which there must be one at least; sentences number them from 1 on. */
    public static Result of(List<Result> results) {
        return of(results, Collections.nCopies(results.size(), Optional.empty()));
    }

    /**
     * Adds the results, of which there must be one at least.
     *
     * @param names by which sentences call them, as many; those without one they number
     */
    public static Result of(List<Result> results, List<Optional<String>> names) {
        return new MergedResult(results, names).result();
    }

    private Result result() {
        List<String> warnings = new ArrayList<>();
        apart().ifPresent(warnings::add);
        warnings.addAll(numbered(result -> result.outcome().warnings()));
        return new Result(
                names(Result::version),
                names(result -> Optional.of(result.target())).orElseThrow(),
                names(Result::protocol),
                names(Result::transport),
                results.stream().anyMatch(Result::embedded),
                results.stream().map(Result::startedAt).min(naturalOrder()).orElseThrow(),
                phase(),
                sum(Result::asked, MergedResult::plus).map(asked -> extent(asked, Result::asked)),
                sum(Result::done, MergedResult::plus).map(done -> extent(done, Result::done)),
                counts(),
                life(),
                new Result.Times(
                        added(Result.Times::latency),
                        added(Result.Times::service),
                        added(Result.Times::lateness),
                        added(Result.Times::connect)),
                List.of(),
                MergedPaths.of(results, names, apart().isEmpty()),
                new Result.Outcome(
                        results.stream().allMatch(result -> result.outcome().valid()),
                        numbered(result -> result.outcome().failures()),
                        List.of(),
                        warnings),
                generator(),
                Optional.empty(),
                Optional.of(
                        new Result.Sum(
                                results.stream().flatMap(r -> r.parts().stream()).toList(),
                                results.stream()
                                        .flatMap(result -> result.failed().stream())
                                        .collect(toUnmodifiableSet()))),
                Optional.empty());
    }

    private Result.Phase phase() {
        return new Result.Phase(
                meanBytes(),
                total(result -> result.phase().connections()),
                common(result -> result.phase().warmupS()),
                apart().isPresent()
                        ? spanS()
                        : results.stream()
                                .mapToDouble(r -> r.phase().durationS())
                                .max()
                                .orElseThrow(),
                rate(result -> result.phase().rateRequested()),
                rate(r -> Optional.of(r.phase().rateAchieved())).orElseThrow(),
                rate(r -> Optional.of(r.phase().rateSent())).orElseThrow(),
                rate(r -> Optional.of(r.phase().rateReplied())).orElseThrow());
    }

    /**
     * Adds rates; empty when a result has none. Of runs that were not under way together it is the
     * mean from the first start to the last end, for their sum was there in no second.
     */
    private Optional<Double> rate(Function<Result, Optional<Double>> of) {
        if (apart().isEmpty()) {
            return sum(of, Double::sum);
        }
        double spanS = spanS();
        return sum(
                result -> of.apply(result).map(rate -> rate * result.phase().durationS() / spanS),
                Double::sum);
    }

    /** Returns the seconds from the first start to the last end. */
    private double spanS() {
        Instant from = results.stream().map(Result::startedAt).min(naturalOrder()).orElseThrow();
        Instant to = results.stream().map(Result::endedAt).max(naturalOrder()).orElseThrow();
        return Math.max(1, Duration.between(from, to).toNanos()) / NANOS;
    }

    /** Completes a sum of extents: its rate, and its duration if the runs were apart. */
    private Result.Extent extent(Result.Extent sum, Function<Result, Optional<Result.Extent>> of) {
        return new Result.Extent(
                apart().isPresent() ? sum.durationS().map(longest -> spanS()) : sum.durationS(),
                sum.count(),
                sum.warmupS(),
                sum.connections(),
                rate(result -> of.apply(result).flatMap(Result.Extent::rate)));
    }

    /** Adds two extents; the longer duration counts, for generators work side by side. */
    private static Result.Extent plus(Result.Extent a, Result.Extent b) {
        return new Result.Extent(
                both(a.durationS(), b.durationS(), Math::max),
                both(a.count(), b.count(), Long::sum),
                Math.max(a.warmupS(), b.warmupS()),
                a.connections() + b.connections(),
                both(a.rate(), b.rate(), Double::sum));
    }

    private static <T> Optional<T> both(Optional<T> a, Optional<T> b, BinaryOperator<T> plus) {
        return a.flatMap(left -> b.map(right -> plus.apply(left, right)));
    }

    private double sumOf(ToDoubleFunction<Result> of) {
        return results.stream().mapToDouble(of).sum();
    }

    private Optional<Result.Connections> life() {
        return this.<Result.Connections>sum(
                Result::life,
                (a, b) ->
                        new Result.Connections(
                                a.reopened() + b.reopened(),
                                a.downS() + b.downS(),
                                // Each saw the service for itself: no sum has a meaning.
                                Math.max(a.awayS(), b.awayS()),
                                both(a.handshakes(), b.handshakes(), MergedResult::plus)));
    }

    private static Result.Handshakes plus(Result.Handshakes a, Result.Handshakes b) {
        Histogram sum = ProbeStats.newHistogram();
        sum.add(a.ns());
        sum.add(b.ns());
        return new Result.Handshakes(a.failed() + b.failed(), a.measured() + b.measured(), sum);
    }

    private Result.Counts counts() {
        return new Result.Counts(
                total(result -> result.counts().sent()),
                sum(result -> result.counts().unsent(), Long::sum),
                total(result -> result.counts().received()),
                total(result -> result.counts().lost()),
                total(result -> result.counts().late()),
                total(result -> result.counts().duplicated()),
                total(result -> result.counts().reordered()),
                total(result -> result.counts().corrupted()),
                total(result -> result.counts().foreign()));
    }

    /** Adds the costs, but for the drops of a machine, which several generators may share. */
    private Result.Generator generator() {
        return new Result.Generator(
                sum(result -> result.generator().loops(), Long::sum),
                common(result -> result.generator().window()),
                common(result -> result.generator().train()),
                common(result -> result.generator().timeoutS()),
                sum(result -> result.generator().cpuS(), Double::sum),
                sum(result -> result.generator().gcPauses(), Long::sum),
                sum(result -> result.generator().gcMs(), Long::sum),
                sum(result -> result.generator().receiveDrops(), Long::sum),
                Optional.empty(),
                results.stream().anyMatch(result -> result.generator().interrupted()),
                numbered(result -> result.generator().troubles()));
    }

    /** Returns each text that a result has there, once. */
    private Optional<String> names(Function<Result, Optional<String>> of) {
        return Optional.of(
                        results.stream()
                                .flatMap(result -> of.apply(result).stream())
                                .distinct()
                                .collect(Collectors.joining(" and ")))
                .filter(names -> !names.isEmpty());
    }

    /** Returns the value that all results have there; empty when they differ. */
    private <T> Optional<T> common(Function<Result, Optional<T>> of) {
        List<Optional<T>> all = results.stream().map(of).distinct().toList();
        return all.size() == 1 ? all.get(0) : Optional.empty();
    }

    /** Adds up; empty when one result has no value there. */
    private <T> Optional<T> sum(Function<Result, Optional<T>> of, BinaryOperator<T> plus) {
        return results.stream()
                .map(of)
                .reduce((sum, next) -> sum.flatMap(a -> next.map(b -> plus.apply(a, b))))
                .orElseThrow();
    }

    private long total(ToLongFunction<Result> of) {
        return results.stream().mapToLong(of).sum();
    }

    /** Returns the mean size of all probes together; a result that sent nothing counts as one. */
    private double meanBytes() {
        ToDoubleFunction<Result> weight = result -> Math.max(1, result.counts().sent());
        double bytes =
                results.stream()
                        .mapToDouble(r -> r.phase().sizeBytes() * weight.applyAsDouble(r))
                        .sum();
        return bytes / results.stream().mapToDouble(weight).sum();
    }

    /** Returns the sentences of all results, each with the number of its result. */
    private List<String> numbered(Function<Result, List<String>> of) {
        List<String> sentences = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            String prefix = "result " + (i + 1) + ": ";
            of.apply(results.get(i)).forEach(text -> sentences.add(prefix + text));
        }
        return sentences;
    }

    private Histogram added(Function<Result.Times, Histogram> which) {
        Histogram sum = ProbeStats.newHistogram();
        results.forEach(result -> sum.add(which.apply(result.times())));
        return sum;
    }

    /** Warns of runs that were not under way together: their rates were never sent at once. */
    private Optional<String> apart() {
        Instant from = results.stream().map(Result::startedAt).max(naturalOrder()).orElseThrow();
        Instant to = results.stream().map(Result::endedAt).min(naturalOrder()).orElseThrow();
        double longest =
                results.stream().mapToDouble(r -> r.phase().durationS()).max().orElseThrow();
        double together = Math.max(0, Duration.between(from, to).toNanos() / NANOS);
        if (together >= longest * TOGETHER) {
            return Optional.empty();
        }
        return Optional.of(
                String.format(
                        Locale.ROOT,
                        "all runs were under way together for %.3f s, the longest took %.3f s:"
                                + " rates are means from the first start to the last end"
                                + " (--start-at)",
                        together,
                        longest));
    }
}
