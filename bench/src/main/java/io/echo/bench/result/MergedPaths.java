package io.echo.bench.result;

import static java.util.Comparator.naturalOrder;

import io.echo.client.flow.JoinedPaths;
import io.echo.client.flow.Paths;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Puts the flows and outages of several results on one clock. */
final class MergedPaths {
    private MergedPaths() {}

    /**
     * Joins them.
     *
     * @param names of the results, in the same order; empty for those that have none
     * @param together whether the runs were under way at the same time: only then can they tell of
     *     one time in which nothing was answered
     */
    static Paths of(List<Result> results, List<Optional<String>> names, boolean together) {
        Instant first = results.stream().map(Result::startedAt).min(naturalOrder()).orElseThrow();
        return JoinedPaths.of(
                IntStream.range(0, results.size())
                        .mapToObj(i -> part(results.get(i), first, names.get(i)))
                        .toList(),
                together);
    }

    private static JoinedPaths.Part part(Result result, Instant first, Optional<String> name) {
        return new JoinedPaths.Part(
                result.paths(),
                Duration.between(first, result.startedAt()).toNanos(),
                Duration.between(first, result.endedAt()).toNanos(),
                result.counts().sent(),
                name);
    }
}
