package io.echo.bench;

import io.echo.client.Rate;
import io.echo.client.Tally;
import io.echo.client.Values;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/**
 * Whether a measurement can be believed, and whether it is what the user asked for.
 *
 * @param valid whether the generator did its part and every reply was intact
 * @param invalidities why not, a sentence each
 * @param misses the limits that were missed, and by how much
 * @param warnings what a reader should know; changes nothing
 */
record Verdict(
        boolean valid, List<String> invalidities, List<String> misses, List<String> warnings) {
    static final int OK = 0;
    static final int LIMIT_MISSED = 3;
    static final int INVALID = 4;

    /** The part of the asked rate that must be achieved. */
    private static final double KEPT = 0.99;

    private static final double PERCENT = 100;
    private static final double NANOS_PER_US = 1_000;

    /** Judges a measurement. */
    static Verdict of(Measurement measurement, Limits limits) {
        List<String> invalidities = invalidities(measurement, limits);
        return new Verdict(
                invalidities.isEmpty(),
                invalidities,
                misses(measurement, limits),
                warnings(measurement));
    }

    /** All that {@code failures} in a result holds. */
    List<String> failures() {
        List<String> failures = new ArrayList<>(invalidities);
        failures.addAll(misses);
        return failures;
    }

    int exitCode() {
        return !valid ? INVALID : misses.isEmpty() ? OK : LIMIT_MISSED;
    }

    private static List<String> invalidities(Measurement measurement, Limits limits) {
        List<String> found = new ArrayList<>();
        Tally tally = measurement.tally();
        Optional<Rate> asked = measurement.config().load().asked();
        if (tally.received() == 0) {
            found.add(
                    say("nothing was measured: none of %d probes was answered", tally.sent()));
        }
        if (asked.isPresent() && measurement.rateAchieved() < asked.get().perSecond() * KEPT) {
            found.add(
                    say(
                            "the generator must keep %.0f %% of its rate of %s, got %.1f/s%s",
                            KEPT * PERCENT,
                            asked.get(),
                            measurement.rateAchieved(),
                            tally.unsent() > 0
                                    ? say(" (%d probes could not leave)", tally.unsent())
                                    : ""));
        }
        if (asked.isPresent()) {
            long p99Ns = tally.lateness().getValueAtPercentile(99);
            if (p99Ns > limits.maxLateness().toNanos()) {
                found.add(
                        say(
                                "p99 of send lateness must be at most %s (--max-lateness), got %s",
                                Values.show(limits.maxLateness()), us(p99Ns)));
            }
        }
        if (tally.corrupted() > 0) {
            found.add(
                    say("every reply must be as it was sent, got %d corrupted", tally.corrupted()));
        }
        return found;
    }

    private static List<String> misses(Measurement measurement, Limits limits) {
        List<String> found = new ArrayList<>();
        Histogram latency = measurement.tally().latency();
        limits.maxP99().ifPresent(limit -> found.addAll(slower("p99", 99, latency, limit)));
        limits.maxP999().ifPresent(limit -> found.addAll(slower("p99.9", 99.9, latency, limit)));
        limits.maxLoss()
                .filter(limit -> measurement.loss() > limit)
                .ifPresent(
                        limit ->
                                found.add(
                                        say(
                                                "loss must be at most %s %% (--max-loss),"
                                                        + " got %.4f %% (%d of %d)",
                                                Report.plain(limit * PERCENT),
                                                measurement.loss() * PERCENT,
                                                measurement.tally().lost(),
                                                measurement.tally().sent())));
        double received = measurement.receivedPerSecond();
        limits.minRate()
                .filter(limit -> received < limit.perSecond())
                .ifPresent(
                        limit ->
                                found.add(
                                        say(
                                                "replies must come at %s or more (--min-rate),"
                                                        + " got %.1f/s, %.1f %% less",
                                                limit,
                                                received,
                                                (1 - received / limit.perSecond()) * PERCENT)));
        return found;
    }

    private static List<String> slower(
            String name, double percentile, Histogram latency, Duration limit) {
        if (latency.getTotalCount() == 0) {
            return List.of(say("%s of latency must be at most %s, got no reply",
                    name, Values.show(limit)));
        }
        long ns = latency.getValueAtPercentile(percentile);
        if (ns <= limit.toNanos()) {
            return List.of();
        }
        return List.of(
                say(
                        "%s of latency must be at most %s (--max-%s), got %s, %.1f %% more",
                        name,
                        Values.show(limit),
                        name,
                        us(ns),
                        ((double) ns / limit.toNanos() - 1) * PERCENT));
    }

    private static List<String> warnings(Measurement measurement) {
        List<String> found = new ArrayList<>(measurement.troubles());
        Tally tally = measurement.tally();
        if (measurement.config().load().asked().isPresent() && tally.received() > 0) {
            long latenessNs = tally.lateness().getValueAtPercentile(99);
            long latencyNs = tally.latency().getValueAtPercentile(99);
            if (latenessNs > latencyNs / 2) {
                found.add(
                        say(
                                "p99 of send lateness (%s) is over half of p99 of latency (%s):"
                                        + " the tail is the generator's own; see service",
                                us(latenessNs), us(latencyNs)));
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

    private static String us(long ns) {
        return say("%.1f us", ns / NANOS_PER_US);
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
