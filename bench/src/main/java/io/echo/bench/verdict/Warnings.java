package io.echo.bench.verdict;

import io.echo.bench.load.LoadConfig;
import io.echo.bench.load.Measurement;
import io.echo.bench.load.ProcessCost;
import io.echo.client.figures.Figures;
import io.echo.client.flow.Paths;
import io.echo.client.mtu.SizeAdvice;
import io.echo.client.outage.LossRun;
import io.echo.client.probe.ProbeStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Facts about a measurement that a reader should know, and that change nothing: what the sockets
 * said, what the generator itself added to the figures, and which limits too few probes met.
 */
final class Warnings {
    /** From this part of the measured time on, waiting for a core set the pace. */
    private static final double STARVED = 0.05;

    /** From this part of the measured time on, a loop's own work set the pace. */
    private static final double BUSY = 0.95;

    /** A loop looks at its connections every 10 ms; beyond this it was kept from it. */
    private static final long STALL_NS = 100_000_000;

    private static final int CORES = Runtime.getRuntime().availableProcessors();

    /** A loop that spins takes its core from the kernel too, which needs one beside the service. */
    private static final int SPARED_BY_SPINNING = 2;

    /** A second of the measured phase, or nearly one. */
    private static final double SILENT_S = 0.9;

    private static final double PERCENT = 100;

    /** Probes of which one is beyond a percentile. */
    private static final long ONE_IN_P99 = 100;

    private static final long ONE_IN_P999 = 1_000;

    private static final double NANOS_PER_US = 1e3;

    private Warnings() {}

    /** Returns a sentence for each fact of a measurement and of its checks. */
    static List<String> of(Measurement measurement, List<Check> checks) {
        List<String> found = new ArrayList<>(measurement.problems());
        ProbeStats stats = measurement.stats();
        if (measurement.config().load().asked().isPresent() && stats.received() > 0) {
            long latenessNs = stats.lateness().getValueAtPercentile(99);
            long latencyNs = stats.latency().getValueAtPercentile(99);
            long serviceNs = stats.service().getValueAtPercentile(99);
            if (latenessNs > latencyNs / 2 && serviceNs <= latencyNs / 2) {
                found.add(
                        say(
                                "p99 of send lateness (%s) is over half of p99 of latency (%s):"
                                        + " the tail is the generator's own; see service",
                                Verdict.time(latenessNs), Verdict.time(latencyNs)));
            }
        }
        long drops = measurement.cost().socketDrops().orElse(0);
        if (drops > 0) {
            found.add(
                    say(
                            "the generator's receive buffers were full for %,d replies, those to"
                                    + " the warm-up among them: up to %,d of the lost were lost"
                                    + " there",
                            drops, Math.min(drops, stats.lost())));
        }
        punctual(measurement).ifPresent(found::add);
        pace(measurement).ifPresent(found::add);
        crowd(measurement).ifPresent(found::add);
        stalls(measurement).ifPresent(found::add);
        silence(measurement).ifPresent(found::add);
        size(measurement).ifPresent(found::add);
        if (stats.foreign() > 0) {
            found.add(say("%d replies matched nothing that was sent", stats.foreign()));
        }
        checks.forEach(
                check -> tooFew(check, stats.sent(), measurement.paths()).ifPresent(found::add));
        return found;
    }

    /** Tells when a limit was met by fewer probes than it takes to miss it by one. */
    private static Optional<String> tooFew(Check check, long sent, Paths paths) {
        if (!check.met()) {
            return Optional.empty();
        }
        if (check.is(Check.Kind.P99)) {
            return tooFew(sent, ONE_IN_P99, "a p99");
        }
        if (check.is(Check.Kind.P999)) {
            return tooFew(sent, ONE_IN_P999, "a p99.9");
        }
        double percent = check.bound().value();
        if (check.is(Check.Kind.OUTAGE)) {
            return coarse(paths, check.bound().value());
        }
        if (!check.is(Check.Kind.LOSS) || percent <= 0) {
            return Optional.empty(); // of no loss at all, every probe tells
        }
        // Rounded, so that the least error in a fraction does not ask for one more.
        long enough = (long) Math.ceil(Figures.thousandths(PERCENT / percent));
        return tooFew(sent, enough, say("a loss of %s %%", Figures.plain(percent)));
    }

    /** Tells when an outage as short as the limit could not be seen. */
    private static Optional<String> coarse(Paths paths, double limitUs) {
        double seenUs = LossRun.shortest(paths.distanceUs());
        return limitUs >= seenUs
                ? Optional.empty()
                : Optional.of(
                        say(
                                "no outage shorter than %s is seen at this rate: twice the distance"
                                        + " of probes (--rate)",
                                Verdict.time(Math.round(seenUs * NANOS_PER_US))));
    }

    private static Optional<String> tooFew(long sent, long enough, String what) {
        return sent >= enough
                ? Optional.empty()
                : Optional.of(
                        say(
                                "%,d probes cannot show %s: %,d or more could (--duration,"
                                        + " --count)",
                                sent, what, enough));
    }

    private static Optional<String> stalls(Measurement measurement) {
        long longestNs = measurement.stalls().longestNs();
        long sumNs = measurement.stalls().sumNs();
        if (longestNs <= STALL_NS && sumNs <= STARVED * measurement.durationNs()) {
            return Optional.empty();
        }
        String together = sumNs > longestNs ? say(", and for %s in all", Verdict.time(sumNs)) : "";
        return Optional.of(
                say(
                        "the generator stood still for %s%s: latency and rate have it in them",
                        Verdict.time(longestNs), together));
    }

    /** Tells of seconds in which nothing came back: a closed loop then sends hardly anything. */
    private static Optional<String> silence(Measurement measurement) {
        double silentS =
                measurement.intervals().stream()
                        .filter(interval -> interval.received() == 0 && interval.inFlight() > 0)
                        .mapToDouble(interval -> interval.toS() - interval.fromS())
                        .filter(seconds -> seconds > SILENT_S)
                        .sum();
        boolean closed = measurement.config().load().asked().isEmpty();
        return silentS == 0 || measurement.stats().received() == 0
                ? Optional.empty()
                : Optional.of(
                        say(
                                "nothing came back for %.0f of %.0f s%s",
                                silentS,
                                measurement.durationS(),
                                closed
                                        ? ": a closed loop sends little then, so loss and"
                                                + " percentiles hardly show it (--rate)"
                                        : ""));
    }

    /**
     * Points to the search for the size when nothing came back of datagrams that may be too large.
     */
    private static Optional<String> size(Measurement measurement) {
        int bytes = measurement.config().sizes().largest();
        ProbeStats stats = measurement.stats();
        return stats.sent() > 0
                        && stats.received() == 0
                        && SizeAdvice.isSuspect(measurement.target(), bytes)
                ? Optional.of(SizeAdvice.sentence(measurement.target(), bytes))
                : Optional.empty();
    }

    /** Tells when the generator was not ready at the time of {@code --start-at}. */
    private static Optional<String> punctual(Measurement measurement) {
        return measurement
                .config()
                .startAt()
                .filter(time -> !measurement.interrupted())
                .map(time -> time.plus(measurement.config().warmup()))
                .map(planned -> Duration.between(planned, measurement.startedAt()))
                .filter(late -> late.toNanos() > STALL_NS)
                .map(
                        late ->
                                say(
                                        "the run began %s after the time of --start-at: the"
                                                + " generator was not ready",
                                        Verdict.time(late.toNanos())));
    }

    /** Tells when the generator, and not the service, set the pace of a closed loop. */
    private static Optional<String> pace(Measurement measurement) {
        ProcessCost cost = measurement.cost();
        double loopsNs =
                (double) cost.atNs()
                        * Math.min(
                                measurement.config().generator().loops(),
                                measurement.config().connections());
        if (loopsNs <= 0 || cost.loopNs().isEmpty() || cost.queuedNs().isEmpty()) {
            return Optional.empty();
        }
        double queued = cost.queuedNs().getAsLong() / loopsNs;
        if (queued > STARVED) {
            return Optional.of(
                    say(
                            "the generator's loops waited for a core %.0f %% of the time: other"
                                    + " work on this machine, or a limit of CPU time, is in the"
                                    + " figures",
                            queued * PERCENT));
        }
        double busy = cost.loopNs().getAsLong() / loopsNs;
        boolean closed = measurement.config().load().asked().isEmpty();
        return closed && busy > BUSY
                ? Optional.of(
                        say(
                                "the generator's loops were busy %.0f %% of the time: they, and not"
                                        + " the service, set the pace (--loops)",
                                busy * PERCENT))
                : Optional.empty();
    }

    /** Tells when the loops of the generator leave a service on this machine too few cores. */
    private static Optional<String> crowd(Measurement measurement) {
        LoadConfig.Generator generator = measurement.config().generator();
        boolean open = measurement.config().load().asked().isPresent();
        int loops = Math.min(generator.loops(), measurement.config().connections());
        int spared = !open ? 1 : generator.spins() ? SPARED_BY_SPINNING : 0;
        if (!measurement.place().local() || loops <= Math.max(0, CORES - spared)) {
            return Optional.empty();
        }
        return Optional.of(
                say(
                        "the service is on this machine, and %d loops of %d cores leave it none of"
                                + " its own: it waits for its turn, which counts as latency",
                        loops, CORES));
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
