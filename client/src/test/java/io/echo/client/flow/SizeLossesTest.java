package io.echo.client.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.probe.ProbeSizes;
import io.echo.client.probe.SizeClasses;
import io.echo.client.probe.SizeCounts;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The judgement of losses by size: what is lost for its size is named, chance is not. */
class SizeLossesTest {
    private static final int RUNS = 300;

    /** The fate of a probe of a simulated run, in which all flows send the same size at a time. */
    private interface Fate {
        boolean isLost(long number, int bytes);
    }

    private static List<SizeResult> of(String sizes, int flows, int probes, Fate fate) {
        ProbeSizes all = ProbeSizes.parse("--size", sizes);
        SizeClasses classes = all.classes();
        long[] sent = new long[classes.count()];
        long[] lost = new long[classes.count()];
        boolean[] missed = new boolean[probes];
        for (int n = 0; n < probes; n++) {
            int size = classes.of(n / flows);
            sent[size]++;
            missed[n] = fate.isLost(n, all.bytes(n / flows));
            lost[size] += missed[n] ? 1 : 0;
        }
        SizeLosses losses = new SizeLosses(classes, List.of(new SizeCounts(sent, lost)));
        IntStream.range(0, probes)
                .filter(n -> missed[n])
                .forEach(n -> losses.miss(n, classes.of(n / flows)));
        return losses.results();
    }

    private static List<Integer> bad(List<SizeResult> sizes, FlowResult.Fault fault) {
        return sizes.stream()
                .filter(size -> size.fault().equals(Optional.of(fault)))
                .map(SizeResult::fromBytes)
                .toList();
    }

    private static Fate random(SplittableRandom random, double loss) {
        return (n, bytes) -> random.nextDouble() < loss;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "64,1400; 16; 800; 0.01",
                "64:70%,1400:30%; 1; 400; 0.05",
                "64,512,1024,1400; 64; 3200; 0.01",
                "64:99%,1400:1%; 4; 4000; 0.3"
            })
    void chanceNamesNoSize(String sizes, int flows, int probes, double loss) {
        SplittableRandom random = new SplittableRandom(3);
        int alarms = 0;
        for (int run = 0; run < RUNS; run++) {
            alarms +=
                    of(sizes, flows, probes, random(random, loss)).stream()
                                    .anyMatch(SizeResult::bad)
                            ? 1
                            : 0;
        }
        assertThat(alarms).isLessThanOrEqualTo(RUNS / 50);
    }

    /** With 16 flows in step a short outage hits probes of one size alone, now this, now that. */
    @ParameterizedTest
    @CsvSource({"16, 15", "16, 40", "64, 30", "4, 300"})
    void outagesNameNoSize(int flows, int length) {
        SplittableRandom random = new SplittableRandom(4);
        int alarms = 0;
        for (int run = 0; run < RUNS; run++) {
            long[] at = random.longs(4, 0, 1_600 - length).toArray();
            int outages = 1 + random.nextInt(4);
            List<SizeResult> sizes =
                    of(
                            "64,1400",
                            flows,
                            1_600,
                            (n, bytes) ->
                                    IntStream.range(0, outages)
                                            .anyMatch(i -> n >= at[i] && n < at[i] + length));
            alarms += sizes.stream().anyMatch(SizeResult::bad) ? 1 : 0;
        }
        assertThat(alarms).isLessThanOrEqualTo(RUNS / 50);
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "16, 0", "16, 0.02", "64, 0.3"})
    void namesTheSizesThatAreDead(int flows, double loss) {
        SplittableRandom random = new SplittableRandom(5);
        List<SizeResult> sizes =
                of(
                        "64,512,1400,1473,4000",
                        flows,
                        16_000,
                        (n, bytes) -> bytes > 1_400 || random.nextDouble() < loss);
        assertThat(bad(sizes, FlowResult.Fault.DEAD)).containsExactly(1_473, 4_000);
        assertThat(bad(sizes, FlowResult.Fault.LOSSY)).isEmpty();
        assertThat(sizes.get(4).sent()).isEqualTo(sizes.get(4).lost());
    }

    @Test
    void tellsSizesThatAreLossyFromThoseThatAreDead() {
        SplittableRandom random = new SplittableRandom(6);
        List<SizeResult> sizes =
                of(
                        "64:40%,512:20%,1400:20%,1473:20%",
                        8,
                        8_000,
                        (n, bytes) ->
                                bytes == 1_473
                                        || bytes == 1_400 && random.nextDouble() < 0.2
                                        || n >= 4_000 && n < 4_300);
        assertThat(bad(sizes, FlowResult.Fault.DEAD)).containsExactly(1_473);
        assertThat(bad(sizes, FlowResult.Fault.LOSSY)).containsExactly(1_400);
    }

    @Test
    void putsNeighboursInOneClassWhereThereAreMany() {
        String sizes =
                IntStream.range(0, 40)
                        .mapToObj(i -> String.valueOf(100 + 50 * i))
                        .reduce((a, b) -> a + "," + b)
                        .orElseThrow();
        List<SizeResult> found = of(sizes, 4, 8_000, (n, bytes) -> bytes >= 1_500);
        assertThat(found).hasSize(SizeClasses.MOST);
        assertThat(found.stream().mapToLong(SizeResult::sent).sum()).isEqualTo(8_000);
        assertThat(found.get(0).toBytes()).isGreaterThan(found.get(0).fromBytes());
        int first = bad(found, FlowResult.Fault.DEAD).get(0);
        assertThat(first).isBetween(1_500, 1_650);
        assertThat(found.get(15).toBytes()).isEqualTo(2_050);
    }
}
