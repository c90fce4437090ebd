package io.echo.bench.result;

import io.echo.bench.load.Interval;
import io.echo.bench.verdict.Check;
import io.echo.client.figures.Figures;
import io.echo.client.probe.LatencyUs;
import io.echo.client.probe.Probe;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * Checks of what holds in every result that this program writes: counts add up, rates follow from
 * them, the verdict from its checks. A result that breaks one was edited or damaged, or is not
 * ours, and no sum or comparison of it has a meaning.
 */
final class Consistency {
    /** The time for which a stop may find connections down after the end of the phase. */
    private static final double STOPPING_S = 1;

    /** Larger counts are not exact in JSON, and their sums may overflow. */
    private static final long LARGEST = 1L << 53;

    private static final double MICROSECOND = 1e-6;

    private final Result result;
    private final Result.Counts counts;
    private final Result.Phase phase;
    private final boolean merged;

    private Consistency(Result result) {
        this.result = result;
        this.counts = result.counts();
        this.phase = result.phase();
        this.merged = result.merged().isPresent();
    }

    /**
     * Checks a result that was read.
     *
     * @throws IOException with the member that is wrong, what it must be, and what it is
     */
    static void require(Result result) throws IOException {
        Consistency consistency = new Consistency(result);
        consistency.target();
        consistency.counts();
        consistency.histograms();
        consistency.phase();
        consistency.rates();
        consistency.verdict();
        if (!consistency.merged) {
            consistency.extents();
            consistency.connections();
            consistency.intervals();
            consistency.checks();
        }
    }

    /** Checks figures of a histogram, which grow from the smallest to the largest. */
    static void requireOrder(String name, LatencyUs us) throws IOException {
        double[] figures = {
            us.min(), us.p50(), us.p90(), us.p99(), us.p999(), us.p9999(), us.max()
        };
        for (int i = 1; i < figures.length; i++) {
            Claim.least(name + " in ascending order", figures[i], figures[i - 1]);
        }
        Claim.least(name + ".min", us.min(), 0);
        Claim.least(name + ".mean", us.mean(), us.min() - Claim.ROUNDING);
        Claim.most(name + ".mean", us.mean(), us.max() + Claim.ROUNDING);
    }

    private void target() throws IOException {
        List<String> schemes =
                Arrays.stream(result.protocol().orElse("").split(" and ")).distinct().toList();
        for (String target : result.target().split(" and ")) {
            if (schemes.stream().noneMatch(scheme -> isOf(scheme, target))) {
                throw new IOException(
                        "target must be of protocol "
                                + String.join(" and ", schemes)
                                + ", got "
                                + target);
            }
        }
    }

    /** Tells whether a target is of a protocol; TLS is over TCP. */
    private static boolean isOf(String protocol, String target) {
        return target.startsWith(protocol + "://")
                || protocol.equals("tcp") && target.startsWith("tls://");
    }

    private void counts() throws IOException {
        Claim.most("sent", counts.sent(), LARGEST);
        Claim.most("duplicated", counts.duplicated(), LARGEST);
        Claim.most("foreign", counts.foreign(), LARGEST);
        Claim.most("corrupted", counts.corrupted(), LARGEST);
        Claim.most("received", counts.received(), counts.sent(), "sent");
        Claim.equal("lost", counts.lost(), counts.sent() - counts.received(), "sent - received");
        Claim.most("late", counts.late(), counts.received(), "received");
        Claim.most("reordered", counts.reordered(), counts.received(), "received");
        if (counts.unsent().isPresent()) {
            Claim.most("unsent", counts.unsent().get(), counts.lost(), "lost");
        }
        if (counts.received() == 0) {
            Claim.equal("duplicated", counts.duplicated(), 0, "as nothing was received");
        }
    }

    private void histograms() throws IOException {
        Result.Times times = result.times();
        Claim.equal(
                "replies in hdr.latency",
                times.latency().getTotalCount(),
                counts.received(),
                "received");
        Claim.equal(
                "replies in hdr.service",
                times.service().getTotalCount(),
                counts.received(),
                "received");
        if (phase.rateRequested().isEmpty() && !merged) {
            Claim.equal(
                    "probes in hdr.send_lateness",
                    times.lateness().getTotalCount(),
                    0,
                    "as no rate was requested");
        } else if (!result.generator().interrupted() && counts.unsent().isPresent()) {
            Claim.most(
                    "probes in hdr.send_lateness",
                    times.lateness().getTotalCount(),
                    counts.sent() - counts.unsent().get(),
                    "sent - unsent");
        }
    }

    private void phase() throws IOException {
        Claim.within("size_bytes", phase.sizeBytes(), Probe.HEADER_BYTES, Probe.MAX_BYTES);
        Claim.least("connections", phase.connections(), 1);
        Claim.least("duration_s", phase.durationS(), 0);
        for (double warmupS : phase.warmupS().stream().toList()) {
            Claim.least("warmup_s", warmupS, 0);
        }
        Optional<Long> window = result.generator().window();
        boolean open = phase.rateRequested().isPresent();
        if (open && window.isPresent() || !open && window.isEmpty() && !merged) {
            throw new IOException(
                    "one of rate_requested and generator.window must be null, got "
                            + phase.rateRequested().map(Figures::plain).orElse("null")
                            + " and "
                            + window.map(String::valueOf).orElse("null"));
        }
        Claim.least("generator.window", window.orElse(1L), 1);
        Claim.least("generator.train", result.generator().train().orElse(1L), 1);
        Claim.least("generator.loops", result.generator().loops().orElse(1L), 1);
        Claim.least(
                "generator.timeout_s", result.generator().timeoutS().orElse(1.0), Double.MIN_VALUE);
        Claim.least("results", result.results(), 1);
    }

    private void rates() throws IOException {
        double durationS = phase.durationS();
        double sent = counts.sent() - counts.unsent().orElse(0L);
        double rounded = merged ? Claim.ROUNDING * result.results() : Claim.ROUNDING;
        Claim.least("rate_sent", phase.rateSent(), 0);
        Claim.least("rate_replied", phase.rateReplied(), 0);
        if (merged) {
            // The sum of the rates of runs that were not all of the same length.
            Claim.least(
                    "rate_sent",
                    (phase.rateSent() + rounded) * durationS * (1 + Claim.CLOSE),
                    sent,
                    "sent - unsent, in duration_s");
        } else if (durationS >= MICROSECOND) {
            // A duration is told in whole microseconds.
            double part = MICROSECOND / durationS;
            if (counts.unsent().isPresent()) {
                Claim.close(
                        "rate_sent",
                        phase.rateSent(),
                        sent / durationS,
                        "(sent - unsent) / duration_s",
                        part);
            }
            // Replies to probes of the warm-up come within the phase, too.
            if (phase.warmupS().filter(seconds -> seconds == 0).isPresent()) {
                double replied = counts.received() / durationS;
                Claim.most(
                        "rate_replied",
                        phase.rateReplied(),
                        replied * (1 + part) + Claim.ROUNDING,
                        "received / duration_s");
            }
        } else {
            Claim.equal("received", counts.received(), 0, "as duration_s is 0");
        }
        boolean open = phase.rateRequested().isPresent();
        double achieved = open ? phase.rateSent() : phase.rateReplied();
        if (Math.abs(phase.rateAchieved() - achieved) > rounded + Claim.CLOSE * achieved) {
            throw Claim.mustBe(
                    "rate_achieved",
                    open ? "rate_sent" : "rate_replied",
                    achieved,
                    phase.rateAchieved());
        }
    }

    private void verdict() throws IOException {
        Result.Outcome outcome = result.outcome();
        boolean silent = outcome.failures().isEmpty();
        if (!outcome.valid() && silent) {
            throw new IOException("failures must say why valid is false, got none");
        }
        if (result.generator().interrupted() && silent) {
            throw new IOException("failures must say what was interrupted, got none");
        }
        if (outcome.valid() && wrong() > 0) {
            throw new IOException(
                    "valid must be false with corrupted replies, got true and " + wrong());
        }
    }

    /** Returns the replies that make it invalid: in a stream, foreign bytes are the peer's too. */
    private long wrong() {
        boolean stream = result.protocol().equals(Optional.of("tcp"));
        return counts.corrupted() + (stream ? counts.foreign() : 0);
    }

    private void extents() throws IOException {
        Result.Extent asked = result.asked().orElseThrow(() -> Claim.missing("asked"));
        Result.Extent done = result.done().orElseThrow(() -> Claim.missing("done"));
        double doneS = done.durationS().orElseThrow(() -> Claim.missing("done.duration_s"));
        long doneCount = done.count().orElseThrow(() -> Claim.missing("done.count"));
        Claim.close("done.duration_s", doneS, phase.durationS(), "duration_s");
        Claim.equal("done.count", doneCount, counts.sent(), "sent");
        Claim.close("done.rate", done.rate().orElse(Double.NaN), phase.rateSent(), "rate_sent");
        Claim.close("asked.connections", asked.connections(), phase.connections(), "connections");
        Claim.within("done.connections", done.connections(), 0, phase.connections());
        Claim.close("asked.warmup_s", asked.warmupS(), phase.warmupS().orElse(0.0), "warmup_s");
        Claim.most(
                "done.warmup_s", done.warmupS(), asked.warmupS() + Claim.CLOSE, "asked.warmup_s");
        Claim.close(
                "asked.rate",
                asked.rate().orElse(-1.0),
                phase.rateRequested().orElse(-1.0),
                "rate_requested");
        if (asked.count().isPresent() == asked.durationS().isPresent()) {
            throw new IOException("one of asked.count and asked.duration_s must be null");
        }
        if (asked.count().isPresent()) {
            Claim.most("done.count", doneCount, asked.count().get(), "asked.count");
        }
        if (result.outcome().failures().isEmpty() && asked.count().isPresent()) {
            Claim.equal(
                    "done.count", doneCount, asked.count().get(), "asked.count, without a failure");
        }
    }

    private void connections() throws IOException {
        boolean tcp = !result.protocol().equals(Optional.of("udp"));
        if (result.life().isPresent() != tcp) {
            throw new IOException(
                    "connections_reopened must be "
                            + (tcp ? "a whole number over TCP" : "null over UDP"));
        }
        if (!tcp) {
            Claim.equal(
                    "connections in hdr.connect",
                    result.times().connect().getTotalCount(),
                    0,
                    "over UDP");
            return;
        }
        Result.Connections life = result.life().orElseThrow();
        double longestS = phase.durationS() + STOPPING_S;
        Claim.within("down_s", life.downS(), 0, longestS * phase.connections());
        Claim.within("service_away_s", life.awayS(), 0, longestS);
        Claim.most(
                "service_away_s of all connections",
                life.awayS() * phase.connections(),
                life.downS() + STOPPING_S,
                "down_s");
    }

    private void intervals() throws IOException {
        List<Interval> intervals = result.intervals();
        if (intervals.isEmpty()) {
            Claim.equal("sent", counts.sent(), 0, "as there are no intervals");
            return;
        }
        sum("sent", Interval::sent, counts.sent());
        sum("received", Interval::received, counts.received());
        sum("lost", Interval::lost, counts.lost());
        sum("late", Interval::late, counts.late());
        sum("duplicated", Interval::duplicated, counts.duplicated());
        sum("reordered", Interval::reordered, counts.reordered());
        sum("corrupted", Interval::corrupted, counts.corrupted());
        sum("foreign", Interval::foreign, counts.foreign());
        double fromS = 0;
        for (int i = 0; i < intervals.size(); i++) {
            Interval interval = intervals.get(i);
            String name = "intervals[" + i + "]";
            Claim.close(name + ".from_s", interval.fromS(), fromS, "the end of the one before");
            Claim.least(name + ".to_s", interval.toS(), interval.fromS(), "from_s");
            Claim.most(name + ".late", interval.late(), interval.received(), "received");
            for (LatencyUs us : interval.latency().stream().toList()) {
                requireOrder(name + ".latency_us", us);
            }
            if (interval.latency().isPresent() != interval.received() > 0) {
                throw new IOException(
                        name
                                + ".latency_us must be null without replies alone, got received "
                                + interval.received());
            }
            fromS = interval.toS();
        }
        Claim.least(
                "the end of the intervals",
                fromS + Claim.ROUNDING,
                phase.durationS(),
                "duration_s");
    }

    private void sum(String name, ToLongFunction<Interval> count, long total) throws IOException {
        long sum = 0;
        for (Interval interval : result.intervals()) {
            long one = count.applyAsLong(interval);
            Claim.within("intervals[]." + name, one, -LARGEST, LARGEST);
            sum += one;
        }
        Claim.equal("the sum of intervals[]." + name, sum, total, name);
    }

    private void checks() throws IOException {
        List<Check> checks = result.outcome().checks();
        for (Check check : checks) {
            check(check);
        }
        boolean refused = missed(checks, Check.Purpose.VALIDITY) > 0;
        boolean known = !checks.isEmpty() && checks.stream().allMatch(c -> c.kind().isPresent());
        boolean valid = result.outcome().valid();
        if (refused && valid || known && !refused && !valid) {
            throw new IOException(
                    "valid must be "
                            + !refused
                            + ", as "
                            + missed(checks, Check.Purpose.VALIDITY)
                            + " of its checks failed, got "
                            + result.outcome().valid());
        }
        long failed = checks.stream().filter(check -> !check.met()).count();
        Claim.least("the number of failures", result.outcome().failures().size(), failed, "checks");
    }

    private static long missed(List<Check> checks, Check.Purpose purpose) {
        return checks.stream().filter(check -> check.purpose() == purpose && !check.met()).count();
    }

    /** Checks that a figure is the one of the result, and keeps to its bound where that is said. */
    private void check(Check check) throws IOException {
        double measured = check.measured().orElse(Double.NaN);
        if (Double.isNaN(measured)) {
            return;
        }
        String name = "the check of " + check.figure();
        Optional<Check.Kind> kind = check.kind();
        if (kind.isPresent()) {
            switch (kind.get()) {
                case CORRUPTED -> Claim.close(name, measured, wrong(), "corrupted");
                case ANSWERED -> Claim.close(name, measured, counts.received(), "received");
                case LOSS -> Claim.close(name, measured, counts.lossPercent(), "100 * lost / sent");
                case REPLIES -> Claim.close(name, measured, phase.rateReplied(), "rate_replied");
                default -> {}
            }
        }
        double over = measured - check.bound().value();
        boolean met = check.bound().most() ? over <= 0 : over >= 0;
        if (met != check.met() && Math.abs(over) > Claim.ROUNDING + Claim.CLOSE * measured) {
            throw new IOException(
                    name
                            + " must be "
                            + (met ? "met" : "missed")
                            + ", with "
                            + Figures.plain(measured)
                            + (check.bound().most() ? " of at most " : " of at least ")
                            + Figures.plain(check.bound().value()));
        }
    }
}
