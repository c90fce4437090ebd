package io.echo.bench.verdict;

import io.echo.bench.load.Measurement;
import io.echo.cli.FlagValues;
import io.echo.client.figures.Figures;
import io.echo.client.figures.Unit;
import io.echo.client.findings.OutageFindings;
import io.echo.client.flow.FlowResult;
import io.echo.client.flow.Paths;
import java.time.Duration;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** The limits about single flows and about time without an answer. */
final class PathLimits {
    private static final double PERCENT = 100;
    private static final double NANOS_PER_MS = 1e6;
    private static final double NANOS_PER_US = 1e3;

    private PathLimits() {}

    static Verdict.Judgement flowLoss(Measurement measurement, double limit) {
        Paths paths = measurement.paths();
        String worst =
                paths.flows().stream()
                        .max(Comparator.comparingDouble(FlowResult::loss))
                        .filter(flow -> flow.loss() == paths.worstLoss())
                        .map(
                                flow ->
                                        say(
                                                " on %s (%,d of %,d)",
                                                flow.local(), flow.lost(), flow.sent()))
                        .orElse("");
        return new Verdict.Judgement(
                Check.of(
                        Check.Kind.FLOW_LOSS,
                        Check.Bound.atMost(limit * PERCENT, Unit.PERCENT),
                        Optional.of(paths.worstLoss() * PERCENT),
                        paths.worstLoss() <= limit),
                say(
                        "loss is %.4f %%%s, of at most %s %% on any flow (--max-flow-loss)",
                        paths.worstLoss() * PERCENT, worst, Figures.plain(limit * PERCENT)));
    }

    /**
     * Judges the longest outage, of the service or of one flow. One that is no longer than this
     * generator was late, or stood still, says nothing about the service.
     */
    static Verdict.Judgement outage(Measurement measurement, Duration limit) {
        Paths paths = measurement.paths();
        double longestMs = OutageFindings.longestMs(paths);
        boolean met = longestMs <= limit.toNanos() / NANOS_PER_MS;
        boolean ours = !met && paths.ownDelayMs() >= longestMs;
        String is =
                say(
                        "the longest outage is %s, of at most %s (--max-outage)",
                        OutageFindings.longest(paths), FlagValues.show(limit));
        return new Verdict.Judgement(
                Check.of(
                        Check.Kind.OUTAGE,
                        ours ? Check.Purpose.VALIDITY : Check.Purpose.LIMIT,
                        Check.Bound.atMost(limit.toNanos() / NANOS_PER_US, Unit.US),
                        Optional.of(longestMs * NANOS_PER_MS / NANOS_PER_US),
                        met),
                ours
                        ? say(
                                "the generator was late itself, by up to %.1f ms: %s",
                                paths.ownDelayMs(), is)
                        : is);
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
