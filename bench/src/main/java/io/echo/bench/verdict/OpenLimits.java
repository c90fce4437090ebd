package io.echo.bench.verdict;

import io.echo.client.figures.Figures;
import io.echo.client.probe.ProbeStats;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * Limits that an interrupted run neither met nor missed: they hold for the probes whose replies it
 * waited for, and would not if none of those in flight were answered.
 */
final class OpenLimits {
    private OpenLimits() {}

    /** Tells whether the probes in flight decide on a limit that the others meet. */
    static boolean include(Check check, PassCriteria limits, ProbeStats stats) {
        if (stats.uncounted() == 0 || check.kind().isEmpty()) {
            return false;
        }
        return switch (check.kind().get()) {
            case P99 -> exceeds(stats, 99, limits.maxP99());
            case P999 -> exceeds(stats, 99.9, limits.maxP999());
            case LOSS -> {
                double sent = stats.sent() + stats.uncounted();
                double lost = stats.lost() + stats.uncounted();
                yield limits.maxLoss().filter(limit -> lost / sent > limit).isPresent();
            }
            default -> false;
        };
    }

    private static boolean exceeds(ProbeStats stats, double percentile, Optional<Duration> limit) {
        OptionalLong ns =
                Verdict.ofSent(stats.sent() + stats.uncounted(), stats.latency(), percentile);
        return limit.filter(most -> ns.isEmpty() || ns.getAsLong() > most.toNanos()).isPresent();
    }

    /** Tells of the probes in flight, and of the limits that they leave open. */
    static Optional<String> sentence(List<Check> open, long inFlight) {
        if (inFlight == 0) {
            return Optional.empty();
        }
        String flags =
                open.stream()
                        .map(check -> check.flag().orElseThrow())
                        .collect(Collectors.joining(", "));
        String probes = Figures.count(inFlight, "probe") + (inFlight == 1 ? " was" : " were");
        return Optional.of(
                String.format(
                        Locale.ROOT,
                        "%s in flight, %s",
                        probes,
                        open.isEmpty() ? "not counted" : "which leaves open " + flags));
    }
}
