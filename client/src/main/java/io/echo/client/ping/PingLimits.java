package io.echo.client.ping;

import io.echo.cli.FlagValues;
import io.echo.client.outage.LossRun;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Limits that a ping must meet.
 *
 * @param outage longest time without an answer, in all or on one flow
 * @param flowLoss part of its probes that one flow may lose, 0..1
 */
public record PingLimits(Optional<Duration> outage, Optional<Double> flowLoss) {
    private static final double NANOS_PER_MS = 1e6;
    private static final double NANOS = 1e9;
    private static final double PERCENT = 100;

    /** Tells whether there is one: then a loss that it allows is no failure. */
    public boolean any() {
        return outage.isPresent() || flowLoss.isPresent();
    }

    /** Returns a sentence for each limit that was missed. */
    public List<String> missed(PingResult result) {
        List<String> missed = new ArrayList<>();
        outage.filter(limit -> longestNs(result) > limit.toNanos())
                .ifPresent(limit -> missed.add(tooLong(result, limit)));
        flowLoss.ifPresent(
                limit ->
                        result.flows().stream()
                                .max(Comparator.comparingDouble(PingResult.FlowEnd::loss))
                                .filter(worst -> worst.loss() > limit)
                                .ifPresent(worst -> missed.add(tooMuch(worst, limit))));
        return missed;
    }

    /** Returns a sentence when the interval is too long to see what the limit is about. */
    public Optional<String> blindness(PingConfig config) {
        Duration seen = Duration.ofNanos((long) LossRun.shortest(config.interval().toNanos()));
        return outage.filter(limit -> limit.compareTo(seen) < 0)
                .map(
                        limit ->
                                say(
                                        "at -i %s outages of up to %s are not seen:"
                                                + " --max-outage %s needs -i %s or less",
                                        FlagValues.show(config.interval()),
                                        FlagValues.show(seen),
                                        FlagValues.show(limit),
                                        FlagValues.show(limit.dividedBy(2))));
    }

    /** Returns the longest outage; a flow that lost everything has none of its own. */
    private static long longestNs(PingResult result) {
        return Math.max(
                result.outages().longestNs(),
                longestOfFlow(result).map(PingResult.FlowEnd::longestOutageNs).orElse(0L));
    }

    private static Optional<PingResult.FlowEnd> longestOfFlow(PingResult result) {
        return result.flows().stream()
                .filter(flow -> flow.received() > 0)
                .max(Comparator.comparingLong(PingResult.FlowEnd::longestOutageNs));
    }

    private static String tooLong(PingResult result, Duration limit) {
        // A flow notices an outage of the service a little sooner or later than all together.
        String where =
                result.outages().longestNs() > limit.toNanos()
                        ? say(", from %.3f s on", result.outages().longest().fromNs() / NANOS)
                        : longestOfFlow(result).map(flow -> " from " + flow.local()).orElse("");
        return say(
                "the longest outage is %.1f ms%s, of at most %s (--max-outage)",
                longestNs(result) / NANOS_PER_MS, where, FlagValues.show(limit));
    }

    private static String tooMuch(PingResult.FlowEnd worst, double limit) {
        return say(
                "loss is %.4f %% from %s (%d of %d), of at most %s %% (--max-flow-loss)",
                worst.loss() * PERCENT,
                worst.local(),
                worst.lost(),
                worst.settled(),
                BigDecimal.valueOf(limit * PERCENT).stripTrailingZeros().toPlainString());
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
