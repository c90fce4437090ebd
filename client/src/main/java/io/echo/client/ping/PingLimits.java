package io.echo.client.ping;

import io.echo.cli.FlagValues;
import io.echo.client.findings.OutageFindings;
import io.echo.client.flow.Paths;
import io.echo.client.outage.LossRun;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
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
    private static final double PERCENT = 100;

    /** Tells whether there is one: then a loss that it allows is no failure. */
    public boolean any() {
        return outage.isPresent() || flowLoss.isPresent();
    }

    /** Returns a sentence for each limit that was missed. */
    public List<String> missed(PingResult result) {
        List<String> missed = new ArrayList<>();
        Paths paths = result.paths();
        outage.filter(limit -> OutageFindings.longestMs(paths) > limit.toNanos() / NANOS_PER_MS)
                .ifPresent(
                        limit ->
                                missed.add(
                                        say(
                                                "the longest outage is %s, of at most %s"
                                                        + " (--max-outage)",
                                                OutageFindings.longest(paths),
                                                FlagValues.show(limit))));
        flowLoss.filter(limit -> paths.worstLoss() > limit)
                .ifPresent(limit -> missed.add(tooMuch(paths, limit)));
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

    private static String tooMuch(Paths paths, double limit) {
        // Perhaps none of those that are listed: of very many flows not all are.
        String where =
                paths.flows().stream()
                        .filter(flow -> flow.loss() == paths.worstLoss())
                        .findFirst()
                        .map(
                                flow ->
                                        say(
                                                " from %s (%d of %d)",
                                                flow.local(), flow.lost(), flow.sent()))
                        .orElse("");
        return say(
                "loss is %.4f %%%s, of at most %s %% (--max-flow-loss)",
                paths.worstLoss() * PERCENT,
                where,
                BigDecimal.valueOf(limit * PERCENT).stripTrailingZeros().toPlainString());
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
