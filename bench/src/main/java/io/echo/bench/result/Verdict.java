package io.echo.bench.result;

import io.echo.bench.load.Measurement;
import io.echo.cli.FlagValues;
import io.echo.client.probe.ProbeStats;
import io.echo.client.probe.Rate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/**
 * The judgement of a measurement: is it valid, and does it keep to the limits of the user.
 *
 * @param checks each figure that something depends on, in the order in which they are told
 * @param invalidities reasons why it is not valid, a sentence each
 * @param misses limits that were missed, a sentence each
 * @param warnings facts that a reader should know; they change nothing
 */
public record Verdict(
        List<Check> checks, List<String> invalidities, List<String> misses, List<String> warnings) {
    /** Exit codes. */
    public static final int OK = 0;

    public static final int LIMIT_MISSED = 3;
    public static final int INVALID = 4;

    /** The part of the asked rate that must be achieved. */
    private static final double KEPT = 0.99;

    private static final double PERCENT = 100;
    private static final double MANY_TIMES = 10;
    private static final double NANOS_PER_US = 1e3;
    private static final double NANOS_PER_MS = 1e6;

    /** A check with the sentence for its failure. */
    private record Judgement(Check check, String failure) {}

    /** Judges a measurement. */
    public static Verdict of(Measurement measurement, PassCriteria limits) {
        List<Judgement> judged = new ArrayList<>();
        judged.add(answered(measurement));
        measurement
                .config()
                .load()
                .asked()
                .ifPresent(
                        asked -> {
                            judged.add(kept(measurement, asked));
                            judged.add(onTime(measurement, limits.maxLateness()));
                        });
        judged.add(intact(measurement));
        Histogram latency = measurement.stats().latency();
        limits.maxP99().ifPresent(limit -> judged.add(fast(Check.Kind.P99, 99, latency, limit)));
        limits.maxP999()
                .ifPresent(limit -> judged.add(fast(Check.Kind.P999, 99.9, latency, limit)));
        limits.maxLoss().ifPresent(limit -> judged.add(loss(measurement, limit)));
        limits.minRate().ifPresent(limit -> judged.add(replies(measurement, limit)));
        return new Verdict(
                judged.stream().map(Judgement::check).toList(),
                failures(judged, Check.Purpose.VALIDITY),
                failures(judged, Check.Purpose.LIMIT),
                warnings(measurement));
    }

    private static List<String> failures(List<Judgement> judged, Check.Purpose purpose) {
        return judged.stream()
                .filter(one -> one.check().purpose() == purpose && !one.check().met())
                .map(Judgement::failure)
                .toList();
    }

    /** Tells whether the generator kept its promises and every reply was intact. */
    public boolean valid() {
        return invalidities.isEmpty();
    }

    /** Returns all sentences that {@code failures} in a result holds. */
    public List<String> failures() {
        List<String> failures = new ArrayList<>(invalidities);
        failures.addAll(misses);
        return failures;
    }

    public int exitCode() {
        return !valid() ? INVALID : misses.isEmpty() ? OK : LIMIT_MISSED;
    }

    private static Judgement answered(Measurement measurement) {
        long received = measurement.stats().received();
        return new Judgement(
                Check.of(
                        Check.Kind.ANSWERED,
                        Check.Bound.atLeast(1, Unit.COUNT),
                        Optional.of((double) received),
                        received > 0),
                say(
                        "nothing was measured: none of %d probes was answered",
                        measurement.stats().sent()));
    }

    private static Judgement kept(Measurement measurement, Rate asked) {
        double achieved = measurement.rateAchieved();
        double least = asked.perSecond() * KEPT;
        long unsent = measurement.stats().unsent();
        return new Judgement(
                Check.of(
                        Check.Kind.RATE,
                        Check.Bound.atLeast(least, Unit.PER_SECOND),
                        Optional.of(Figures.thousandths(achieved)),
                        achieved >= least),
                say(
                        "the generator must keep %.0f %% of its rate of %s, got %.1f/s%s",
                        KEPT * PERCENT,
                        asked,
                        achieved,
                        unsent > 0 ? say(" (%d probes could not leave)", unsent) : ""));
    }

    private static Judgement onTime(Measurement measurement, Duration limit) {
        Histogram lateness = measurement.stats().lateness();
        long p99Ns = lateness.getValueAtPercentile(99);
        return new Judgement(
                Check.of(
                        Check.Kind.LATENESS,
                        Check.Bound.atMost(limit.toNanos() / NANOS_PER_US, Unit.US),
                        measured(lateness, p99Ns),
                        p99Ns <= limit.toNanos()),
                say(
                        "p99 of send lateness must be at most %s (--max-lateness), got %s",
                        FlagValues.show(limit), time(p99Ns)));
    }

    private static Judgement intact(Measurement measurement) {
        long corrupted = measurement.stats().corrupted();
        return new Judgement(
                Check.of(
                        Check.Kind.CORRUPTED,
                        Check.Bound.atMost(0, Unit.COUNT),
                        Optional.of((double) corrupted),
                        corrupted == 0),
                say("every reply must be as it was sent, got %d corrupted", corrupted));
    }

    private static Judgement fast(
            Check.Kind kind, double percentile, Histogram latency, Duration limit) {
        long ns = latency.getValueAtPercentile(percentile);
        boolean none = latency.getTotalCount() == 0;
        Check check =
                Check.of(
                        kind,
                        Check.Bound.atMost(limit.toNanos() / NANOS_PER_US, Unit.US),
                        measured(latency, ns),
                        !none && ns <= limit.toNanos());
        String failure =
                none
                        ? say(
                                "%s must be at most %s, got no reply",
                                check.figure(), FlagValues.show(limit))
                        : say(
                                "%s must be at most %s (%s), got %s, %s",
                                check.figure(),
                                FlagValues.show(limit),
                                check.flag().orElseThrow(),
                                time(ns),
                                excess((double) ns / limit.toNanos()));
        return new Judgement(check, failure);
    }

    /** Tells by how much a limit was missed, in percent as long as that says something. */
    private static String excess(double ratio) {
        return ratio < MANY_TIMES
                ? say("%.1f %% more", (ratio - 1) * PERCENT)
                : say("%,.0f times as much", ratio);
    }

    private static Judgement loss(Measurement measurement, double limit) {
        return new Judgement(
                Check.of(
                        Check.Kind.LOSS,
                        Check.Bound.atMost(limit * PERCENT, Unit.PERCENT),
                        Optional.of(measurement.loss() * PERCENT),
                        measurement.loss() <= limit),
                say(
                        "loss must be at most %s %% (--max-loss), got %.4f %% (%d of %d)",
                        Figures.plain(limit * PERCENT),
                        measurement.loss() * PERCENT,
                        measurement.stats().lost(),
                        measurement.stats().sent()));
    }

    private static Judgement replies(Measurement measurement, Rate limit) {
        double received = measurement.receivedPerSecond();
        return new Judgement(
                Check.of(
                        Check.Kind.REPLIES,
                        Check.Bound.atLeast(limit.perSecond(), Unit.PER_SECOND),
                        Optional.of(Figures.thousandths(received)),
                        received >= limit.perSecond()),
                say(
                        "replies must come at %s or more (--min-rate), got %.1f/s, %.1f %% less",
                        limit, received, (1 - received / limit.perSecond()) * PERCENT));
    }

    private static Optional<Double> measured(Histogram histogram, long ns) {
        return histogram.getTotalCount() == 0 ? Optional.empty() : Optional.of(ns / NANOS_PER_US);
    }

    private static List<String> warnings(Measurement measurement) {
        List<String> found = new ArrayList<>(measurement.problems());
        ProbeStats stats = measurement.stats();
        if (measurement.config().load().asked().isPresent() && stats.received() > 0) {
            long latenessNs = stats.lateness().getValueAtPercentile(99);
            long latencyNs = stats.latency().getValueAtPercentile(99);
            if (latenessNs > latencyNs / 2) {
                found.add(
                        say(
                                "p99 of send lateness (%s) is over half of p99 of latency (%s):"
                                        + " the tail is the generator's own; see service",
                                time(latenessNs), time(latencyNs)));
            }
        }
        measurement
                .cost()
                .socketDrops()
                .ifPresent(
                        drops -> {
                            if (drops > 0) {
                                found.add(
                                        say(
                                                "%d replies came but found the generator's receive"
                                                        + " buffers full, and are among the lost",
                                                drops));
                            }
                        });
        if (stats.foreign() > 0) {
            found.add(say("%d replies matched nothing that was sent", stats.foreign()));
        }
        if (measurement.interrupted()) {
            found.add("ended early, on request");
        }
        return found;
    }

    /** Formats a time in the unit of most limits, as exactly as the histogram has it. */
    private static String time(long ns) {
        return ns < NANOS_PER_MS
                ? say("%.1f us", ns / NANOS_PER_US)
                : say("%.3f ms", ns / NANOS_PER_MS);
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
