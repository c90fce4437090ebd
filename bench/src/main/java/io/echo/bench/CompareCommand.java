package io.echo.bench;

import io.echo.client.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;
import org.apache.commons.math3.stat.descriptive.rank.Median;
import org.apache.commons.math3.stat.inference.MannWhitneyUTest;
import org.apache.commons.math3.util.CombinatoricsUtils;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * The {@code compare} command: two sides, their ratio, and whether it is more than noise.
 *
 * <p>Noise is what differs between runs of one side, so it takes several runs a side to know it. A
 * rank test asks how likely such an order of the runs would be if the sides were alike; it knows
 * nothing of distributions, and needs at least four runs a side before any order is unlikely.
 */
@Command(
        name = "compare",
        description = "Put two sets of results side by side, with ratios.",
        mixinStandardHelpOptions = true,
        usageHelpAutoWidth = true,
        versionProvider = BenchMain.Version.class)
final class CompareCommand implements Callable<Integer> {
    /** Below this probability a difference is called larger than the noise. */
    private static final double UNLIKELY = 0.05;

    private static final double NANOS_PER_US = 1_000;
    private static final double PERCENT = 100;

    private final InputStream in;
    private final PrintStream out;

    @Parameters(index = "0", paramLabel = "A", description = "Results, one or many; - for stdin.")
    private String first;

    @Parameters(index = "1", paramLabel = "B", description = "Results, one or many; - for stdin.")
    private String second;

    CompareCommand(InputStream in, PrintStream out) {
        this.in = in;
        this.out = out;
    }

    @Override
    public Integer call() throws IOException {
        if (first.equals(second)) {
            throw new IllegalArgumentException("A and B must differ, got " + first + " twice");
        }
        List<SavedResult> a = SavedResult.read(first, in);
        List<SavedResult> b = SavedResult.read(second, in);
        Terminal terminal = Terminal.out();
        describe("A", first, a, terminal);
        describe("B", second, b, terminal);
        say("");
        say("%-20s%13s%13s%8s  %s", "median of the runs", "A", "B", "B/A", "difference");
        row("rate achieved, /s", a, b, r -> r.number("rate_achieved"));
        row("lost, %", a, b, r -> PERCENT * r.count("lost") / Math.max(1, r.count("sent")));
        row("latency p50, us", a, b, r -> us(r.latency(), 50));
        row("latency p90, us", a, b, r -> us(r.latency(), 90));
        row("latency p99, us", a, b, r -> us(r.latency(), 99));
        row("latency p99.9, us", a, b, r -> us(r.latency(), 99.9));
        row("latency max, us", a, b, r -> us(r.latency(), 100));
        row("service p50, us", a, b, r -> us(r.service(), 50));
        row("service p99, us", a, b, r -> us(r.service(), 99));
        out.flush();
        return Verdict.OK;
    }

    private void describe(String name, String file, List<SavedResult> side, Terminal terminal) {
        out.println(
                terminal.wrap(
                        name + "  " + file + ": " + Figures.count(side.size(), "run") + ", "
                                + side.get(0).subject(),
                        3));
        long invalid = side.stream().filter(result -> !result.valid()).count();
        if (invalid > 0) {
            String why = invalid + " of the runs of " + name + ", see their failures";
            out.println(Report.notValid(why, terminal));
        }
        if (side.stream().map(SavedResult::subject).distinct().count() > 1) {
            String what = "the runs of " + name + " are of different targets or sizes";
            out.println(Report.warning(what, terminal));
        }
    }

    private void row(
            String name,
            List<SavedResult> a,
            List<SavedResult> b,
            ToDoubleFunction<SavedResult> figure) {
        double[] left = a.stream().mapToDouble(figure).toArray();
        double[] right = b.stream().mapToDouble(figure).toArray();
        double before = new Median().evaluate(left);
        double after = new Median().evaluate(right);
        String ratio = before == 0 ? "-" : String.format(Locale.ROOT, "%.3f", after / before);
        say("%-20s%,13.2f%,13.2f%8s  %s", name, before, after, ratio, noise(left, right));
    }

    /** Says whether a difference is more than what runs of one side differ by. */
    static String noise(double[] left, double[] right) {
        if (left.length == 1 || right.length == 1) {
            return "noise unknown: one run";
        }
        // The most lopsided order of all; if even that is not unlikely, no order can be.
        double least =
                2 / CombinatoricsUtils.binomialCoefficientDouble(
                        left.length + right.length, left.length);
        if (least >= UNLIKELY) {
            return String.format(
                    Locale.ROOT, "too few runs (p >= %.2f)", least);
        }
        if (Arrays.stream(left).distinct().count() == 1 && Arrays.equals(left, right)) {
            return "none";
        }
        double p = Math.max(least, new MannWhitneyUTest().mannWhitneyUTest(left, right));
        return String.format(
                Locale.ROOT,
                p < UNLIKELY ? "above noise (p = %.3f)" : "within noise (p = %.3f)",
                p);
    }

    private static double us(Histogram ns, double percentile) {
        return ns.getTotalCount() == 0
                ? Double.NaN
                : ns.getValueAtPercentile(percentile) / NANOS_PER_US;
    }

    private void say(String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }
}
