package io.echo.bench.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.bench.result.Result;
import io.echo.bench.result.SampleResults;
import io.echo.bench.result.SavedResults;
import io.echo.bench.statistics.Design;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The error of a comparison, and its power, over runs whose noise is known. */
class RandomSplitsTest {
    private static final int SPLITS = 300;

    @Test
    void callsEqualSidesDifferentInAtMostOneOfTwentyAndWorseOnesMostly() throws Exception {
        Random random = new Random(1);
        String lines =
                IntStream.range(0, 24)
                        .mapToObj(
                                i ->
                                        SampleResults.closed(
                                                        "udp://a:1",
                                                        1_000 + random.nextInt(50),
                                                        1_000 + random.nextInt(50))
                                                .replace("12:00:00Z", "12:00:%02dZ".formatted(i)))
                        .collect(Collectors.joining("\n"));
        List<Result> runs =
                new SavedResults(new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)))
                        .read("-");
        RandomSplits splits = new RandomSplits(runs, 8);
        for (Design design : List.of(Design.SAMPLES, Design.PAIRS)) {
            assertThat(splits.called(design, 1, SPLITS, random)).isLessThan(0.08);
            assertThat(splits.called(design, 1.1, SPLITS, random)).isGreaterThan(0.9);
        }
    }
}
