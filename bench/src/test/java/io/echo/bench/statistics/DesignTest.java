package io.echo.bench.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.echo.client.chance.Holm;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rank tests, beside an enumeration of every order. */
class DesignTest {
    private static final double LEVEL = 0.05;

    @ParameterizedTest
    @CsvSource({
        "1 2 3 4,       5 6 7 8,       0.0286,  1", // 2 of 70
        "1 2 3 5,       4 6 7 8,       0.0571,  1", // U = 1: 4 of 70
        "1 2 6 7,       3 4 5 8,       0.6857,  1",
        "1 2 4 7,       3 5 6 8,       0.3429,  1",
        "9 8 7,         1 2 3,         0.1,    -1",
        "5 5 5 5,       5 5 5 5,       1,       0",
        "0 0 0 0 0 0 0 0, 0 0 0 0 0 0 0 1, 1,   1",
        "1 2 3 4 5 6 7 8, 9 10 11 12 13 14 15 16, 0.000155, 1"
    })
    void countsEveryOrderOfTwoSamples(String a, String b, double p, int direction) {
        RankTest test = Design.SAMPLES.test(numbers(a), numbers(b));
        assertThat(test.p()).isCloseTo(p, within(5e-5));
        assertThat(test.direction()).isEqualTo(direction);
        assertThat(test.exact()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "1 1 1 1 1 1, 2 3 4 5 6 7,   0.03125, 1",
        "2 3 4 5 6 7, 1 1 1 1 1 1,   0.03125, -1",
        "1 1 1 1 1 9, 2 3 4 5 6 8,   0.0625, 1",
        "0 0 0 0,     0 0 0 0,       1,       0",
        "0 0 0 1,     1 2 0 0,       1,       1"
    })
    void countsEverySignOfPairs(String a, String b, double p, int direction) {
        RankTest test = Design.PAIRS.test(numbers(a), numbers(b));
        assertThat(test.p()).isCloseTo(p, within(1e-9));
        assertThat(test.direction()).isEqualTo(direction);
    }

    @Test
    void agreesWithTheEnumerationOfAllChoices() {
        Random random = new Random(1);
        for (int round = 0; round < 300; round++) {
            double[] a = values(random, 1 + random.nextInt(6));
            double[] b = values(random, 1 + random.nextInt(6));
            assertThat(Design.SAMPLES.test(a, b).p())
                    .as("%s and %s", Arrays.toString(a), Arrays.toString(b))
                    .isCloseTo(enumeratedChoices(a, b), within(1e-9));
        }
    }

    @Test
    void agreesWithTheEnumerationOfAllSigns() {
        Random random = new Random(2);
        for (int round = 0; round < 300; round++) {
            int pairs = 1 + random.nextInt(9);
            double[] a = values(random, pairs);
            double[] b = values(random, pairs);
            assertThat(Design.PAIRS.test(a, b).p())
                    .as("%s and %s", Arrays.toString(a), Arrays.toString(b))
                    .isCloseTo(enumeratedSigns(a, b), within(1e-9));
        }
    }

    /** Without ties, the interval has exactly the ratios that the test does not rule out. */
    @ParameterizedTest
    @CsvSource({"4, 4", "5, 7", "8, 8"})
    void keepsTheRatiosThatTheTestDoesNotRuleOut(int left, int right) {
        Random random = new Random(3);
        double[] a = random.doubles(left, 1, 2).toArray();
        double[] b = random.doubles(right, 1, 2).toArray();
        checkInversion(Design.SAMPLES, a, b);
    }

    @ParameterizedTest
    @CsvSource({"6", "8", "10"})
    void keepsTheRatiosOfPairsThatTheTestDoesNotRuleOut(int pairs) {
        Random random = new Random(4);
        checkInversion(
                Design.PAIRS,
                random.doubles(pairs, 1, 2).toArray(),
                random.doubles(pairs, 1, 2).toArray());
    }

    private static void checkInversion(Design design, double[] a, double[] b) {
        RatioInterval interval = design.ratio(a, b, 1 - LEVEL);
        assertThat(interval.estimate()).isBetween(interval.low(), interval.high());
        int inside = 0;
        for (double ratio = 0.2; ratio < 5; ratio *= 1.0137) {
            double factor = ratio;
            double[] scaled = DoubleStream.of(a).map(value -> value * factor).toArray();
            boolean kept = design.test(scaled, b).p() > LEVEL;
            assertThat(interval.low() < ratio && ratio < interval.high())
                    .as("ratio %s in %s", ratio, interval)
                    .isEqualTo(kept);
            inside += kept ? 1 : 0;
        }
        assertThat(inside).isPositive();
    }

    @Test
    void givesNoBoundToRatiosOfZeros() {
        double[] none = new double[8];
        assertThat(Design.SAMPLES.ratio(none, none, 0.95))
                .isEqualTo(new RatioInterval(Double.NaN, 0, Double.POSITIVE_INFINITY));
        assertThat(Design.PAIRS.ratio(none, none, 0.95))
                .isEqualTo(new RatioInterval(Double.NaN, 0, Double.POSITIVE_INFINITY));
        double[] some = numbers("1 2 3 4 5 6 7 8");
        RatioInterval infinite = Design.SAMPLES.ratio(none, some, 0.95);
        assertThat(infinite.low()).isInfinite();
        assertThat(infinite.estimate()).isInfinite();
        assertThat(Design.SAMPLES.ratio(some, none, 0.95)).isEqualTo(new RatioInterval(0, 0, 0));
    }

    @Test
    void givesNoBoundToTheRatioOfFewValues() {
        RatioInterval interval = Design.SAMPLES.ratio(numbers("1 2 3"), numbers("2 4 6"), 0.95);
        assertThat(interval).isEqualTo(new RatioInterval(2, 0, Double.POSITIVE_INFINITY));
    }

    /** The interval misses the truth in at most 5 % of cases, with ties and without. */
    @ParameterizedTest
    @CsvSource({"true, 0", "true, 4", "false, 0", "false, 4"})
    void holdsTheTruthAsOftenAsItSays(boolean pairs, int steps) {
        Design design = pairs ? Design.PAIRS : Design.SAMPLES;
        Random random = new Random(5);
        int tries = 1_000;
        int missed = 0;
        int called = 0;
        for (int i = 0; i < tries; i++) {
            double[] a = noisy(random, steps);
            double[] b = noisy(random, steps);
            RatioInterval interval = design.ratio(a, b, 0.95);
            missed += interval.low() > 1 || interval.high() < 1 ? 1 : 0;
            called += design.test(a, b).p() <= LEVEL ? 1 : 0;
        }
        assertThat((double) missed / tries).isLessThan(0.06);
        assertThat((double) called / tries).isLessThan(0.06);
    }

    private static double[] noisy(Random random, int steps) {
        return random.doubles(8, 1, 2)
                .map(value -> steps == 0 ? value : 1 + Math.floor(value * steps) / steps)
                .toArray();
    }

    @Test
    void needsAsManyValuesAsTheMostLopsidedOrderTakes() {
        assertThat(Design.SAMPLES.valuesNeeded(LEVEL)).isEqualTo(4); // 2 of 70
        assertThat(Design.SAMPLES.valuesNeeded(LEVEL / 3)).isEqualTo(5); // 2 of 252
        assertThat(Design.SAMPLES.valuesNeeded(LEVEL / 9)).isEqualTo(6); // 2 of 924
        assertThat(Design.PAIRS.valuesNeeded(LEVEL)).isEqualTo(6); // 2 of 64
        assertThat(Design.PAIRS.valuesNeeded(LEVEL / 3)).isEqualTo(7); // 2 of 128
    }

    @Test
    void correctsForTheNumberOfTests() {
        assertThat(Holm.adjust(new double[] {0.04, 0.01, 0.03}))
                .usingComparatorWithPrecision(1e-12)
                .containsExactly(0.06, 0.03, 0.06);
        assertThat(Holm.adjust(new double[] {0.5, 1, 0.9})).containsExactly(1, 1, 1);
    }

    /** Beyond what is counted the normal distribution takes over, without a step between them. */
    @Test
    void saysWhenItApproximates() {
        double[] a = IntStream.range(0, 100).mapToDouble(i -> i).toArray();
        double[] b = IntStream.range(0, 100).mapToDouble(i -> i + 15.5).toArray();
        RankTest exact = Design.SAMPLES.test(a, b);
        RankTest more =
                Design.SAMPLES.test(
                        a, DoubleStream.concat(DoubleStream.of(b), DoubleStream.of(65)).toArray());
        assertThat(exact.exact()).isTrue();
        assertThat(more.exact()).isFalse();
        assertThat(more.p()).isCloseTo(exact.p(), within(0.002));
        assertThat(Design.PAIRS.test(a, b).exact()).isTrue();
    }

    private static double enumeratedChoices(double[] a, double[] b) {
        double[] all = DoubleStream.concat(DoubleStream.of(a), DoubleStream.of(b)).toArray();
        double[] ranks = ranks(all);
        double mean = a.length * (all.length + 1) / 2.0;
        double seen = Math.abs(sum(ranks, (1 << a.length) - 1) - mean);
        int choices = 0;
        int far = 0;
        for (int set = 0; set < 1 << all.length; set++) {
            if (Integer.bitCount(set) == a.length) {
                choices++;
                far += Math.abs(sum(ranks, set) - mean) >= seen - 1e-9 ? 1 : 0;
            }
        }
        return (double) far / choices;
    }

    private static double enumeratedSigns(double[] a, double[] b) {
        int[] differ = IntStream.range(0, a.length).filter(i -> a[i] != b[i]).toArray();
        double[] ranks =
                ranks(
                        Arrays.stream(differ)
                                .mapToDouble(i -> Math.max(a[i], b[i]) / Math.min(a[i], b[i]))
                                .toArray());
        double mean = ranks.length * (ranks.length + 1) / 4.0;
        int up =
                IntStream.range(0, ranks.length)
                        .filter(i -> b[differ[i]] > a[differ[i]])
                        .map(i -> 1 << i)
                        .sum();
        double seen = Math.abs(sum(ranks, up) - mean);
        int far = 0;
        for (int set = 0; set < 1 << ranks.length; set++) {
            far += Math.abs(sum(ranks, set) - mean) >= seen - 1e-9 ? 1 : 0;
        }
        return (double) far / (1 << ranks.length);
    }

    private static double sum(double[] ranks, int set) {
        return IntStream.range(0, ranks.length)
                .filter(i -> (set & 1 << i) != 0)
                .mapToDouble(i -> ranks[i])
                .sum();
    }

    /** The rank of a value: those below it, and half of those equal to it. */
    private static double[] ranks(double[] values) {
        return Arrays.stream(values)
                .map(
                        value ->
                                Arrays.stream(values).filter(v -> v < value).count()
                                        + (Arrays.stream(values).filter(v -> v == value).count()
                                                        + 1)
                                                / 2.0)
                .toArray();
    }

    /** Small whole numbers, many of them equal and some 0. */
    private static double[] values(Random random, int count) {
        return random.ints(count, 0, 5).asDoubleStream().toArray();
    }

    private static double[] numbers(String text) {
        return Arrays.stream(text.trim().split(" ")).mapToDouble(Double::parseDouble).toArray();
    }
}
