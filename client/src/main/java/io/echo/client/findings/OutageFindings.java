package io.echo.client.findings;

import io.echo.client.figures.Figures;
import io.echo.client.flow.Paths;
import io.echo.client.outage.LossRun;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;

/** Sentences about the outages of a service that stand out. */
public final class OutageFindings {
    /** Outages that a sentence names. */
    private static final int NAMED = 3;

    private static final double NANOS_PER_US = 1e3;
    private static final double NANOS_PER_MS = 1e6;
    private static final double NANOS = 1e9;

    private OutageFindings() {}

    /** Returns a sentence that names the longest outages, in the order of time; empty for none. */
    static Optional<String> of(Paths paths) {
        Set<LossRun> named = new HashSet<>(Findings.named(paths));
        List<OutageEvents.Event> events =
                OutageEvents.of(paths).stream()
                        .filter(event -> named.contains(event.longest()))
                        .toList();
        if (events.isEmpty()) {
            return Optional.empty();
        }
        double endNs = paths.distanceUs() * NANOS_PER_US * paths.sent() - NANOS_PER_US;
        String longest =
                "no answer "
                        + events.stream()
                                .sorted(Comparator.comparing(OutageFindings::lengthNs).reversed())
                                .limit(NAMED)
                                .sorted(Comparator.comparing(event -> event.longest().fromNs()))
                                .map(event -> sentence(event, event.longest().toNs() >= endNs))
                                .collect(Collectors.joining("; "));
        if (events.size() <= NAMED) {
            return Optional.of(longest);
        }
        List<LossRun> runs = events.stream().map(OutageEvents.Event::longest).toList();
        return Optional.of(
                say(
                        "%s%s, the longest ones: %s",
                        Figures.count(number(paths, events.size()), "outage"),
                        period(runs),
                        longest));
    }

    /** Returns how many there are where not all of them are listed. */
    private static long number(Paths paths, int listed) {
        long count = paths.outages().count();
        return count > paths.outages().list().size() ? count - OutageEvents.shorter(paths) : listed;
    }

    private static long lengthNs(OutageEvents.Event event) {
        return event.longest().lengthNs();
    }

    private static String sentence(OutageEvents.Event event, boolean toTheEnd) {
        LossRun run = event.longest();
        String probes =
                run.probes() == 0
                        ? "no connection"
                        : Figures.count(run.probes(), "probe")
                                + " of "
                                + Figures.count(run.flows(), "flow");
        String shorter =
                event.shorter() == 0 ? "" : " and " + OutageEvents.shorterOnes(event.shorter());
        return say(
                "for %s, from %.3f s %s (%s)%s",
                time(run.lengthNs()),
                run.fromNs() / NANOS,
                toTheEnd ? "to the end" : "on",
                probes,
                shorter);
    }

    /** Returns {@code , every 5.0 s} for four outages or more at equal distances, else nothing. */
    public static String period(List<LossRun> outages) {
        OptionalDouble ns = OutageEvents.periodNs(outages);
        if (ns.isEmpty()) {
            return "";
        }
        return ns.getAsDouble() < NANOS
                ? say(", every %.0f ms", ns.getAsDouble() / NANOS_PER_MS)
                : say(", every %.1f s", ns.getAsDouble() / NANOS);
    }

    /**
     * Returns the length of the longest outage: of the service, of one flow, or the time for which
     * a place had no connection, which may be that of several flows, one after the other.
     */
    public static double longestMs(Paths paths) {
        double flowMs = Math.max(paths.longestFlowOutageMs(), paths.longestDownMs());
        return Math.max(paths.outages().longestNs() / NANOS_PER_MS, flowMs);
    }

    /**
     * Returns how long the longest outage is, and of which it is: of the service, or of one flow,
     * which is asked less often.
     */
    public static String longest(Paths paths) {
        long serviceNs = paths.outages().longestNs();
        String from =
                serviceNs == 0
                        ? ""
                        : say(", from %.3f s on", paths.outages().longest().fromNs() / NANOS);
        double flowNs = paths.longestFlowOutageMs() * NANOS_PER_MS;
        double downNs = paths.longestDownMs() * NANOS_PER_MS;
        if (downNs > Math.max(flowNs, serviceNs)) {
            return say(
                    "%s without a connection (of the service %s)",
                    time(downNs), serviceNs == 0 ? "none" : time(serviceNs) + from);
        }
        if (paths.total() < 2) {
            return time(longestMs(paths) * NANOS_PER_MS) + from;
        }
        if (serviceNs >= flowNs) {
            return time(serviceNs) + " of the service" + from;
        }
        String flow =
                paths.flows().stream()
                        .filter(known -> known.received() > 0)
                        .filter(known -> known.longestOutageMs() == paths.longestFlowOutageMs())
                        .map(known -> "the flow " + known.local())
                        .findFirst()
                        .orElse("one flow");
        String service = serviceNs == 0 ? "none" : time(serviceNs) + from;
        return say("%s on %s (of the service %s)", time(flowNs), flow, service);
    }

    private static String time(double ns) {
        return ns < NANOS ? say("%.1f ms", ns / NANOS_PER_MS) : say("%.3f s", ns / NANOS);
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
