package io.echo.bench.verdict;

import io.echo.bench.load.Measurement;
import io.echo.cli.FlagValues;
import io.echo.client.figures.Figures;
import io.echo.client.figures.Unit;
import io.echo.client.probe.ProbeStats;
import io.echo.client.probe.Rate;
import io.echo.net.Protocol;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * The judgement of a measurement: is it valid, did the service answer, and does it keep to the
 * limits of the user.
 *
 * <p>Validity is about the generator alone: what it could have sent and did not, its lateness,
 * replies that are not as they were sent. What the peer refused, closed or did not read is lost.
 *
 * @param checks each figure that something depends on, in the order in which they are told
 * @param invalidities reasons why it is not valid, a sentence each
 * @param faults of the service, a sentence each
 * @param misses limits that were missed, a sentence each
 * @param gaps what was asked for and is missing because of a stop, a sentence each
 * @param differences of what was done from what was asked that nothing above explains; they change
 *     no exit code
 * @param warnings facts that a reader should know; they change nothing
 */
public record Verdict(
        List<Check> checks,
        List<String> invalidities,
        List<String> faults,
        List<String> misses,
        List<String> gaps,
        List<String> differences,
        List<String> warnings) {
    /** Exit codes. */
    public static final int OK = 0;

    public static final int FAULT = 1;
    public static final int LIMIT_MISSED = 3;
    public static final int INVALID = 4;

    /** The part of the asked rate that the generator must keep. */
    private static final double KEPT = 0.99;

    /** The part of its connections' time for which a service may be away. */
    private static final double DOWN = 0.01;

    private static final double PERCENT = 100;
    private static final double MANY_TIMES = 10;
    private static final double NANOS_PER_US = 1e3;
    private static final double NANOS_PER_MS = 1e6;

    /** A check with the sentence for its failure. */
    record Judgement(Check check, String failure) {}

    /** Judges a measurement. */
    public static Verdict of(Measurement measurement, PassCriteria limits) {
        List<Judgement> judged = new ArrayList<>();
        boolean begun = measurement.stats().sent() > 0;
        if (begun || !measurement.interrupted()) {
            judged.add(sent(measurement));
        }
        if (begun) {
            judge(measurement, limits, judged);
        }
        List<String> gaps = new ArrayList<>(AskedAndDone.gaps(measurement));
        leaveOpen(measurement, limits, judged).ifPresent(gaps::add);
        List<Check> checks = judged.stream().map(Judgement::check).toList();
        return new Verdict(
                checks,
                failures(judged, Check.Purpose.VALIDITY),
                failures(judged, Check.Purpose.SERVICE),
                failures(judged, Check.Purpose.LIMIT),
                List.copyOf(gaps),
                gaps.isEmpty() ? AskedAndDone.differences(measurement, checks) : List.of(),
                Warnings.of(measurement, checks));
    }

    private static void judge(
            Measurement measurement, PassCriteria limits, List<Judgement> judged) {
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
        if (measurement.stats().received() > 0 || !measurement.interrupted()) {
            judged.add(answered(measurement));
        }
        if (measurement.config().protocol() == Protocol.TCP && limits.maxOutage().isEmpty()) {
            judged.add(connected(measurement, limits.maxLoss().isPresent()));
        }
        limits.maxP99()
                .ifPresent(limit -> judged.add(fast(Check.Kind.P99, 99, measurement, limit)));
        limits.maxP999()
                .ifPresent(limit -> judged.add(fast(Check.Kind.P999, 99.9, measurement, limit)));
        limits.maxLoss().ifPresent(limit -> judged.add(loss(measurement, limit)));
        limits.maxFlowLoss()
                .ifPresent(limit -> judged.add(PathLimits.flowLoss(measurement, limit)));
        limits.maxOutage().ifPresent(limit -> judged.add(PathLimits.outage(measurement, limit)));
        limits.minRate().ifPresent(limit -> judged.add(replies(measurement, limit)));
    }

    /**
     * Takes out the limits that an interrupted run met only because nobody waited for the replies
     * to its last probes, and tells of them.
     */
    private static Optional<String> leaveOpen(
            Measurement measurement, PassCriteria limits, List<Judgement> judged) {
        ProbeStats stats = measurement.stats();
        List<Check> open =
                judged.stream()
                        .map(Judgement::check)
                        .filter(check -> check.met() && OpenLimits.include(check, limits, stats))
                        .toList();
        judged.removeIf(one -> open.contains(one.check()));
        return OpenLimits.sentence(open, stats.uncounted());
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
        return Stream.of(invalidities, faults, misses, gaps, differences)
                .flatMap(List::stream)
                .toList();
    }

    /**
     * Returns the exit code: 4 not valid, 1 the service failed, 3 a limit was missed, 0 else; a
     * stop that left something out is the caller's to tell when this is 0.
     */
    public int exitCode() {
        return !valid()
                ? INVALID
                : !faults.isEmpty() ? FAULT : misses.isEmpty() ? OK : LIMIT_MISSED;
    }

    /** Judges what left. In open loop one probe is enough: its rate tells of the others. */
    private static Judgement sent(Measurement measurement) {
        ProbeStats stats = measurement.stats();
        boolean peer = measurement.config().protocol() == Protocol.TCP;
        boolean paced = measurement.config().load().asked().isPresent();
        long left = peer ? stats.sent() : stats.sent() - stats.unsent();
        long least = paced ? 1 : Math.max(1, (long) Math.ceil(KEPT * stats.sent()));
        return new Judgement(
                Check.of(
                        Check.Kind.SENT,
                        Check.Bound.atLeast(least, Unit.COUNT),
                        Optional.of((double) left),
                        left >= least),
                unsent(measurement, left));
    }

    private static String unsent(Measurement measurement, long left) {
        ProbeStats stats = measurement.stats();
        if (left > 0) {
            return say(
                    "the generator could not send %,d of %,d probes", stats.unsent(), stats.sent());
        }
        String nothing = "nothing was measured: ";
        if (stats.sent() > 0) {
            return nothing + say("none of %d probes could leave", stats.sent());
        }
        if (measurement.missed() > 0) {
            return nothing + "the generator sent none of the probes that were due";
        }
        boolean paced = measurement.config().load().asked().isPresent();
        String none = paced ? "no probe was due" : "no probe could be sent";
        return nothing + none + say(" in %s s", Figures.plain(measurement.durationS()));
    }

    private static Judgement answered(Measurement measurement) {
        long received = measurement.stats().received();
        long sent = measurement.stats().sent();
        return new Judgement(
                Check.of(
                        Check.Kind.ANSWERED,
                        Check.Bound.atLeast(1, Unit.COUNT),
                        Optional.of((double) received),
                        received > 0),
                measurement.stats().corrupted() == 0
                        ? say("nothing came back: none of %,d probes was answered", sent)
                        : say("nothing came back intact: none of %,d probes", sent));
    }

    private static Judgement connected(Measurement measurement, boolean limited) {
        double down = measurement.downPart();
        Measurement.Connections connections = measurement.connections();
        double seconds = connections.downNs() / (NANOS_PER_MS * 1_000);
        return new Judgement(
                Check.of(
                        Check.Kind.DOWN,
                        limited ? Check.Purpose.LIMIT : Check.Purpose.SERVICE,
                        Check.Bound.atMost(DOWN * PERCENT, Unit.PERCENT),
                        Optional.of(down * PERCENT),
                        down <= DOWN),
                say(
                        "the service ended connections: they were down %.1f %% of their time (%.3f"
                            + " s, of at most %.0f %%), all at once for %.3f s; opened again %,d"
                            + " times",
                        down * PERCENT,
                        seconds,
                        DOWN * PERCENT,
                        connections.awayNs() / (NANOS_PER_MS * 1_000),
                        connections.reopened()));
    }

    private static Judgement kept(Measurement measurement, Rate asked) {
        double kept = asked.perSecond() * measurement.kept();
        double least = asked.perSecond() * KEPT;
        long missed = measurement.missed();
        long held = measurement.stats().unsent();
        boolean full = held > 0 && measurement.config().protocol() == Protocol.UDP;
        return new Judgement(
                Check.of(
                        Check.Kind.RATE,
                        Check.Bound.atLeast(least, Unit.PER_SECOND),
                        Optional.of(Figures.thousandths(kept)),
                        kept >= least),
                say(
                        "the generator did not keep its rate of %s: it kept %.1f/s, of at least"
                                + " %.0f %%%s%s",
                        asked,
                        kept,
                        KEPT * PERCENT,
                        missed > 0 ? say("; %,d probes were due and not sent", missed) : "",
                        full ? say("; %,d could not leave", held) : ""));
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
                        "the generator was late: p99 of send lateness is %s, of at most %s"
                                + " (--max-lateness)",
                        time(p99Ns), FlagValues.show(limit)));
    }

    /** Judges what came back. A datagram may be a stranger's; bytes in a stream are the peer's. */
    private static Judgement intact(Measurement measurement) {
        long corrupted = measurement.stats().corrupted();
        boolean stream = measurement.config().protocol() == Protocol.TCP;
        long surplus = stream ? measurement.stats().foreign() : 0;
        return new Judgement(
                Check.of(
                        Check.Kind.CORRUPTED,
                        Check.Bound.atMost(0, Unit.COUNT),
                        Optional.of((double) corrupted + surplus),
                        corrupted + surplus == 0),
                surplus == 0
                        ? say("%,d replies were not as they were sent (corrupted)", corrupted)
                        : say(
                                "bytes came %,d times beyond those that were sent (foreign), and"
                                        + " %,d replies were not as they were sent (corrupted)",
                                surplus, corrupted));
    }

    /**
     * Judges a percentile of all probes that were sent; a lost one took longer than any limit. A
     * limit that the generator's lateness alone exceeds says nothing about the service if it holds
     * from the actual send; nor does one if the generator stood still for longer than it, and all
     * but the part of the probes that this part of the time stands for came back within it.
     */
    private static Judgement fast(
            Check.Kind kind, double percentile, Measurement measurement, Duration limit) {
        ProbeStats stats = measurement.stats();
        OptionalLong ns = ofSent(stats.sent(), stats.latency(), percentile);
        boolean met = ns.isPresent() && ns.getAsLong() <= limit.toNanos();
        OptionalLong serviceNs = ofSent(stats.sent(), stats.service(), percentile);
        long latenessNs = stats.lateness().getValueAtPercentile(percentile);
        boolean held = serviceNs.isPresent() && serviceNs.getAsLong() <= limit.toNanos();
        // A reply that waited while the generator stood still is late from the actual send, too.
        double stoodPart = (double) measurement.stalls().sumNs() / measurement.durationNs();
        double others = Math.max(0, percentile - PERCENT * stoodPart);
        OptionalLong othersNs = ofSent(stats.sent(), stats.latency(), others);
        boolean stood =
                measurement.stalls().exceed(limit.toNanos())
                        && othersNs.isPresent()
                        && othersNs.getAsLong() <= limit.toNanos();
        boolean ours = !met && ns.isPresent() && (stood || latenessNs > limit.toNanos() && held);
        Check check =
                Check.of(
                        kind,
                        ours ? Check.Purpose.VALIDITY : Check.Purpose.LIMIT,
                        Check.Bound.atMost(limit.toNanos() / NANOS_PER_US, Unit.US),
                        ns.isEmpty()
                                ? Optional.empty()
                                : Optional.of(ns.getAsLong() / NANOS_PER_US),
                        met);
        String bound =
                say("of at most %s (%s)", FlagValues.show(limit), check.flag().orElseThrow());
        if (ns.isEmpty()) {
            return new Judgement(
                    check,
                    say(
                            "%s has no time: only %.2f %% came back, %s",
                            check.figure(), PERCENT * (1 - measurement.loss()), bound));
        }
        String is = say("%s is %s, %s", check.figure(), time(ns.getAsLong()), bound);
        if (!ours) {
            return new Judgement(
                    check, is + ", " + excess((double) ns.getAsLong() / limit.toNanos()));
        }
        return new Judgement(
                check,
                latenessNs > limit.toNanos()
                        ? say(
                                "the generator was late, by %s: %s, and %s from the actual send",
                                time(latenessNs), is, time(serviceNs.getAsLong()))
                        : say(
                                "the generator stood still, for %s: %s",
                                time(measurement.stalls().longestNs()), is));
    }

    /**
     * Returns the time within which this part of all probes sent came back; empty if it did not.
     *
     * @param times of the replies, from the intended or from the actual send
     */
    static OptionalLong ofSent(long sent, Histogram times, double percentile) {
        long rank = (long) Math.ceil(percentile / PERCENT * sent);
        long answered = times.getTotalCount();
        return rank > answered || answered == 0
                ? OptionalLong.empty()
                : OptionalLong.of(times.getValueAtPercentile(PERCENT * rank / answered));
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
                        "loss is %.4f %% (%,d of %,d), of at most %s %% (--max-loss)",
                        measurement.loss() * PERCENT,
                        measurement.stats().lost(),
                        measurement.stats().sent(),
                        Figures.plain(limit * PERCENT)));
    }

    private static Judgement replies(Measurement measurement, Rate limit) {
        double received = measurement.rateReplied();
        return new Judgement(
                Check.of(
                        Check.Kind.REPLIES,
                        Check.Bound.atLeast(limit.perSecond(), Unit.PER_SECOND),
                        Optional.of(Figures.thousandths(received)),
                        received >= limit.perSecond()),
                say(
                        "replies came at %.1f/s, of at least %s (--min-rate), %.1f %% less",
                        received, limit, (1 - received / limit.perSecond()) * PERCENT));
    }

    private static Optional<Double> measured(Histogram histogram, long ns) {
        return histogram.getTotalCount() == 0 ? Optional.empty() : Optional.of(ns / NANOS_PER_US);
    }

    /** Formats a time in the unit of most limits, as exactly as the histogram has it. */
    static String time(long ns) {
        return ns < NANOS_PER_MS
                ? say("%.1f us", ns / NANOS_PER_US)
                : say("%.3f ms", ns / NANOS_PER_MS);
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
