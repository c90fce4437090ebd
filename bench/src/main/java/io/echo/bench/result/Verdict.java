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
 * Whether a measurement can be believed, and whether it is what the user asked for.
 *
 * @param checks each figure that something depends on, in the order in which they are told
 * @param warnings what a reader should know; changes nothing
 */
public record Verdict(List<Check> checks, List<String> warnings) {
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

    /** Judges a measurement. */
    public static Verdict of(Measurement measurement, PassCriteria limits) {
        List<Check> checks = new ArrayList<>();
        checks.add(answered(measurement));
        measurement
                .config()
                .load()
                .asked()
                .ifPresent(
                        asked -> {
                            checks.add(kept(measurement, asked));
                            checks.add(onTime(measurement, limits.maxLateness()));
                        });
        checks.add(intact(measurement));
        Histogram latency = measurement.tally().latency();
        limits.maxP99().ifPresent(limit -> checks.add(fast("p99", 99, latency, limit)));
        limits.maxP999().ifPresent(limit -> checks.add(fast("p99.9", 99.9, latency, limit)));
        limits.maxLoss().ifPresent(limit -> checks.add(found(measurement, limit)));
        limits.minRate().ifPresent(limit -> checks.add(frequent(measurement, limit)));
        return new Verdict(List.copyOf(checks), warnings(measurement));
    }

    /** Whether the generator did its part and every reply was intact. */
    public boolean valid() {
        return invalidities().isEmpty();
    }

    /** Why it is not valid, a sentence each. */
    public List<String> invalidities() {
        return failures(Check.Purpose.VALIDITY);
    }

    /** The limits that were missed, and by how much. */
    public List<String> misses() {
        return failures(Check.Purpose.LIMIT);
    }

    /** All that {@code failures} in a result holds. */
    public List<String> failures() {
        List<String> failures = new ArrayList<>(invalidities());
        failures.addAll(misses());
        return failures;
    }

    public int exitCode() {
        return !valid() ? INVALID : misses().isEmpty() ? OK : LIMIT_MISSED;
    }

    private List<String> failures(Check.Purpose purpose) {
        return checks.stream()
                .filter(check -> check.purpose() == purpose && !check.met())
                .map(Check::failure)
                .toList();
    }

    private static Check answered(Measurement measurement) {
        long received = measurement.tally().received();
        return new Check(
                Check.Purpose.VALIDITY,
                "probes answered",
                Optional.empty(),
                Check.Bound.atLeast(1, "1"),
                Optional.of((double) received),
                received > 0,
                say(
                        "nothing was measured: none of %d probes was answered",
                        measurement.tally().sent()));
    }

    private static Check kept(Measurement measurement, Rate asked) {
        double achieved = measurement.rateAchieved();
        long unsent = measurement.tally().unsent();
        return new Check(
                Check.Purpose.VALIDITY,
                "rate achieved",
                Optional.empty(),
                Check.Bound.atLeast(asked.perSecond() * KEPT, "1/s"),
                Optional.of(thousandths(achieved)),
                achieved >= asked.perSecond() * KEPT,
                say(
                        "the generator must keep %.0f %% of its rate of %s, got %.1f/s%s",
                        KEPT * PERCENT,
                        asked,
                        achieved,
                        unsent > 0 ? say(" (%d probes could not leave)", unsent) : ""));
    }

    private static Check onTime(Measurement measurement, Duration limit) {
        Histogram lateness = measurement.tally().lateness();
        long p99Ns = lateness.getValueAtPercentile(99);
        return new Check(
                Check.Purpose.VALIDITY,
                "p99 of send lateness",
                Optional.of("--max-lateness"),
                Check.Bound.atMost(limit.toNanos() / NANOS_PER_US, "us"),
                measured(lateness, p99Ns),
                p99Ns <= limit.toNanos(),
                say(
                        "p99 of send lateness must be at most %s (--max-lateness), got %s",
                        FlagValues.show(limit), time(p99Ns)));
    }

    private static Check intact(Measurement measurement) {
        long corrupted = measurement.tally().corrupted();
        return new Check(
                Check.Purpose.VALIDITY,
                "corrupted replies",
                Optional.empty(),
                Check.Bound.atMost(0, "1"),
                Optional.of((double) corrupted),
                corrupted == 0,
                say("every reply must be as it was sent, got %d corrupted", corrupted));
    }

    private static Check fast(String name, double percentile, Histogram latency, Duration limit) {
        long ns = latency.getValueAtPercentile(percentile);
        boolean none = latency.getTotalCount() == 0;
        return new Check(
                Check.Purpose.LIMIT,
                name + " of latency",
                Optional.of("--max-" + name),
                Check.Bound.atMost(limit.toNanos() / NANOS_PER_US, "us"),
                measured(latency, ns),
                !none && ns <= limit.toNanos(),
                none
                        ? say(
                                "%s of latency must be at most %s, got no reply",
                                name, FlagValues.show(limit))
                        : say(
                                "%s of latency must be at most %s (--max-%s), got %s, %s",
                                name,
                                FlagValues.show(limit),
                                name,
                                time(ns),
                                excess((double) ns / limit.toNanos())));
    }

    /** By how much a limit was missed, in percent as long as that says something. */
    private static String excess(double ratio) {
        return ratio < MANY_TIMES
                ? say("%.1f %% more", (ratio - 1) * PERCENT)
                : say("%,.0f times as much", ratio);
    }

    private static Check found(Measurement measurement, double limit) {
        return new Check(
                Check.Purpose.LIMIT,
                "loss",
                Optional.of("--max-loss"),
                Check.Bound.atMost(limit * PERCENT, "%"),
                Optional.of(measurement.loss() * PERCENT),
                measurement.loss() <= limit,
                say(
                        "loss must be at most %s %% (--max-loss), got %.4f %% (%d of %d)",
                        Figures.plain(limit * PERCENT),
                        measurement.loss() * PERCENT,
                        measurement.tally().lost(),
                        measurement.tally().sent()));
    }

    private static Check frequent(Measurement measurement, Rate limit) {
        double received = measurement.receivedPerSecond();
        return new Check(
                Check.Purpose.LIMIT,
                "replies",
                Optional.of("--min-rate"),
                Check.Bound.atLeast(limit.perSecond(), "1/s"),
                Optional.of(thousandths(received)),
                received >= limit.perSecond(),
                say(
                        "replies must come at %s or more (--min-rate), got %.1f/s, %.1f %% less",
                        limit, received, (1 - received / limit.perSecond()) * PERCENT));
    }

    private static Optional<Double> measured(Histogram histogram, long ns) {
        return histogram.getTotalCount() == 0 ? Optional.empty() : Optional.of(ns / NANOS_PER_US);
    }

    private static double thousandths(double value) {
        return Math.round(value * 1e3) / 1e3;
    }

    private static List<String> warnings(Measurement measurement) {
        List<String> found = new ArrayList<>(measurement.troubles());
        ProbeStats tally = measurement.tally();
        if (measurement.config().load().asked().isPresent() && tally.received() > 0) {
            long latenessNs = tally.lateness().getValueAtPercentile(99);
            long latencyNs = tally.latency().getValueAtPercentile(99);
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
        if (tally.foreign() > 0) {
            found.add(say("%d replies matched nothing that was sent", tally.foreign()));
        }
        if (measurement.interrupted()) {
            found.add("ended early, on request");
        }
        return found;
    }

    /** In the unit that limits are mostly given in, as exactly as the histogram knows it. */
    private static String time(long ns) {
        return ns < NANOS_PER_MS
                ? say("%.1f us", ns / NANOS_PER_US)
                : say("%.3f ms", ns / NANOS_PER_MS);
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
