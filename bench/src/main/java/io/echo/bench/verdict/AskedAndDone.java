package io.echo.bench.verdict;

import io.echo.bench.load.Measurement;
import io.echo.client.figures.Figures;
import io.echo.client.probe.ProbeStats;
import io.echo.client.probe.Rate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Differences between what was asked for and what was done, with who caused them. A count agrees
 * when it is the same; a rate and a duration agree within 1 %, which is what validity asks for.
 */
final class AskedAndDone {
    private static final double CLOSE = 0.01;

    private AskedAndDone() {}

    /**
     * Returns a sentence for each difference that no failed check tells. One that a stop caused has
     * a sentence of its own, and so has a closed loop's count.
     */
    static List<String> differences(Measurement measurement, List<Check> checks) {
        List<String> found = new ArrayList<>();
        boolean told =
                checks.stream()
                        .anyMatch(
                                check ->
                                        !check.met()
                                                && (check.is(Check.Kind.RATE)
                                                        || check.is(Check.Kind.SENT)));
        if (!told) {
            count(measurement, found);
            duration(measurement, found);
            measurement.config().load().asked().ifPresent(rate -> rate(measurement, rate, found));
        }
        return found;
    }

    /**
     * Returns what was asked for and is missing, because of a stop or of a service that is gone.
     */
    static List<String> gaps(Measurement measurement) {
        if (!measurement.interrupted()) {
            return tooFew(measurement);
        }
        return List.of(
                measurement.stats().sent() == 0
                        ? "interrupted before anything was measured"
                        : say(
                                "interrupted: %s s were measured, not what was asked for",
                                Figures.plain(Figures.thousandths(measurement.durationS()))));
    }

    /** Tells that a count was given up, for the service had gone away. */
    private static List<String> tooFew(Measurement measurement) {
        long asked = measurement.config().span().count().orElse(0L);
        long sent = measurement.stats().sent();
        boolean closed = measurement.config().load().asked().isEmpty();
        return closed && sent < asked
                ? List.of(
                        say(
                                "the service went away and did not come back: %,d of %,d probes"
                                        + " were sent",
                                sent, asked))
                : List.of();
    }

    /** Tells whether two figures agree. */
    static boolean agree(double asked, double done) {
        return Math.abs(done - asked) <= CLOSE * asked;
    }

    private static void count(Measurement measurement, List<String> found) {
        long sent = measurement.stats().sent();
        long asked = measurement.config().span().count().orElse(sent);
        if (sent != asked) {
            found.add(
                    say(
                            "%,d probes of the %,d asked for were sent: the generator was late, and"
                                    + " gave up the rest",
                            sent, asked));
        }
    }

    private static void duration(Measurement measurement, List<String> found) {
        if (measurement.config().span().count().isPresent()) {
            return;
        }
        double asked = measurement.config().span().duration().toNanos() / 1e9;
        if (!agree(asked, measurement.durationS())) {
            found.add(
                    say(
                            "it took %.3f s, and %s s were asked for: the generator did not end in"
                                    + " time",
                            measurement.durationS(), Figures.plain(asked)));
        }
    }

    /** Tells why the rate differs: the plan, probes that could not leave, or the generator. */
    private static void rate(Measurement measurement, Rate rate, List<String> found) {
        double asked = rate.perSecond();
        if (agree(asked, measurement.rateSent())) {
            return;
        }
        ProbeStats stats = measurement.stats();
        double handedOn = measurement.durationS() > 0 ? stats.sent() / measurement.durationS() : 0;
        if (!agree(asked, handedOn)) {
            boolean planned = Math.abs(stats.sent() - asked * measurement.durationS()) < 1;
            found.add(
                    planned
                            ? say(
                                    "%s was asked for and %.1f/s done: probes are whole, and %s in"
                                            + " %s s",
                                    rate,
                                    measurement.rateSent(),
                                    stats.sent() == 1
                                            ? "1 was due"
                                            : say("%,d were due", stats.sent()),
                                    Figures.plain(Figures.thousandths(measurement.durationS())))
                            : say(
                                    "%s was asked for and %.1f/s done: the generator was late",
                                    rate, measurement.rateSent()));
        }
        if (stats.unsent() > 0 && !agree(handedOn, measurement.rateSent())) {
            found.add(
                    say(
                            "%s was asked for and %.1f/s done: %,d of %,d probes could not leave,"
                                    + " for the peer did not read, or had closed",
                            rate, measurement.rateSent(), stats.unsent(), stats.sent()));
        }
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
