package io.echo.client.findings;

import io.echo.client.figures.Figures;
import io.echo.client.flow.FlowResult;
import io.echo.client.flow.PartLoss;
import io.echo.client.flow.Paths;
import io.echo.client.flow.SizeResult;
import io.echo.client.outage.LossRun;
import io.echo.net.Protocol;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Sentences about what stands out in the flows and the outages of a run. What chance alone could
 * have made is in none of them.
 */
public final class Findings {
    /** Flows that a sentence names. */
    private static final int NAMED = 8;

    /** The time within which flows stop together. */
    private static final double AT_ONCE_S = 0.2;

    /** The chance below which losses are called uneven. */
    private static final double LEVEL = 0.01;

    private static final Pattern ADDRESS = Pattern.compile("\\[?[0-9A-Za-z.:%_-]+]?:[0-9]+");

    private static final double PERCENT = 100;
    private static final double US_PER_MS = 1_000;
    private static final double NANOS_PER_MS = 1e6;

    private Findings() {}

    /**
     * Returns the sentences, the gravest first.
     *
     * @param protocol of the flows, as results name it
     */
    public static List<String> of(Paths paths, String protocol) {
        List<String> found = new ArrayList<>();
        if (paths.dead() == paths.total()) {
            return found; // nothing came back at all, which stands elsewhere
        }
        found.addAll(ofFlows(paths, protocol));
        OutageFindings.of(paths).ifPresent(found::add);
        return found;
    }

    /** Returns those about flows, the gravest first; none if nothing came back at all. */
    public static List<String> ofFlows(Paths paths, String protocol) {
        List<String> found = new ArrayList<>();
        if (paths.dead() < paths.total()) {
            dead(paths, protocol, found);
            stopped(paths, protocol, found);
            SizeFindings.add(paths, protocol, found);
            lossy(paths, found);
            paths.parts().forEach(part -> found.add(lossy(part, paths)));
            slow(paths, found);
        }
        return found;
    }

    private static void dead(Paths paths, String protocol, List<String> found) {
        List<FlowResult> flows = paths.with(FlowResult.Fault.DEAD);
        if (!flows.isEmpty()) {
            found.add(
                    say("%s lost everything: %s", of(flows, paths), names(flows))
                            + goOn(flows.get(0), protocol));
        }
    }

    private static void stopped(Paths paths, String protocol, List<String> found) {
        List<FlowResult> flows = paths.with(FlowResult.Fault.STOPPED);
        if (!flows.isEmpty()) {
            DoubleSummaryStatistics last =
                    flows.stream()
                            .mapToDouble(flow -> flow.lastReplyS().orElse(0.0))
                            .summaryStatistics();
            found.add(
                    say(
                                    "%s stopped being answered, %sfrom %.1f s on: %s",
                                    of(flows, paths),
                                    last.getMax() - last.getMin() < AT_ONCE_S ? "" : "the first ",
                                    last.getMin(),
                                    names(flows))
                            + goOn(flows.get(0), protocol));
        }
    }

    private static String goOn(FlowResult flow, String protocol) {
        String trace = trace(flow, protocol);
        return trace.isEmpty() ? "" : ". To go on from here: " + trace;
    }

    private static void lossy(Paths paths, List<String> found) {
        List<FlowResult> flows = paths.with(FlowResult.Fault.LOSSY);
        if (!flows.isEmpty()) {
            long sent = flows.stream().mapToLong(FlowResult::sent).sum();
            long lost = flows.stream().mapToLong(FlowResult::lost).sum();
            String verb = flows.size() == 1 ? "loses" : "lose";
            found.add(
                    paths.outages().count() > 0 || !paths.badSizes().isEmpty()
                            ? say(
                                    "%s %s more than the others, %s left out: %s",
                                    of(flows, paths), verb, leftOut(paths), names(flows))
                            : say(
                                    "%s %s %.2f %%, the others %.2f %%: %s",
                                    of(flows, paths),
                                    verb,
                                    PERCENT * lost / sent,
                                    PERCENT * paths.othersLoss(),
                                    names(flows)));
        }
    }

    private static String lossy(PartLoss part, Paths paths) {
        return say(
                "%s lose %s %%, the others %s %%%s",
                part.flows(),
                Figures.number(PERCENT * part.loss()),
                Figures.number(PERCENT * part.othersLoss()),
                paths.outages().count() > 0 || !paths.badSizes().isEmpty()
                        ? ", " + leftOut(paths) + " left out"
                        : "");
    }

    private static String leftOut(Paths paths) {
        return paths.badSizes().isEmpty()
                ? "outages"
                : paths.outages().count() > 0 ? "outages and those sizes" : "those sizes";
    }

    private static void slow(Paths paths, List<String> found) {
        List<FlowResult> flows = paths.with(FlowResult.Fault.SLOW);
        if (!flows.isEmpty()) {
            boolean overdue = flows.stream().anyMatch(flow -> 2 * flow.late() > flow.received());
            double slowest =
                    flows.stream().mapToDouble(flow -> flow.p50Us().orElse(0.0)).max().orElse(0);
            found.add(
                    say(
                            "%s %s slow, p50 up to %.3f ms%s, of the others %.3f ms: %s",
                            of(flows, paths),
                            flows.size() == 1 ? "is" : "are",
                            slowest / US_PER_MS,
                            overdue ? " (beyond --timeout)" : "",
                            paths.othersP50Us().orElse(0.0) / US_PER_MS,
                            names(flows)));
        }
    }

    private static String of(List<FlowResult> flows, Paths paths) {
        return say("%,d of %s", flows.size(), Figures.count(paths.total(), "flow"));
    }

    private static String names(List<FlowResult> flows) {
        String named =
                flows.stream()
                        .limit(NAMED)
                        .map(FlowResult::local)
                        .collect(Collectors.joining(", "));
        return flows.size() > NAMED
                ? named + say(" and %,d more (--json)", flows.size() - NAMED)
                : named;
    }

    /**
     * Returns the command that follows one flow hop by hop; empty if its addresses, which may come
     * from a file, are none. Over TCP mtr takes other source ports than it is told; traceroute
     * takes the flow's, once the system has given it back.
     */
    private static String trace(FlowResult flow, String protocol) {
        if (!isAddress(flow.remote()) || !isAddress(flow.local())) {
            return "";
        }
        return say(
                protocol.equals(Protocol.TCP.toString())
                        ? "traceroute -T --sport=%s -p %s %s"
                        : "mtr -u -L %s -P %s %s",
                port(flow.local()),
                port(flow.remote()),
                flow.remote().replaceFirst(":\\d+$", "").replaceAll("[\\[\\]]", ""));
    }

    /** Tells whether text is a numeric address with its port, which is safe in a command. */
    static boolean isAddress(String text) {
        return ADDRESS.matcher(text).matches();
    }

    private static String port(String address) {
        return address.substring(address.lastIndexOf(':') + 1);
    }

    /** Returns the outages that neither chance nor the generator would make, the longest first. */
    public static List<LossRun> named(Paths paths) {
        return outages(paths).stream()
                .filter(run -> run.lengthNs() > paths.ownDelayMs() * NANOS_PER_MS)
                .toList();
    }

    private static List<LossRun> outages(Paths paths) {
        SizeResult explained = SizeResult.sum(paths.badSizes());
        return paths.outages().beyondChance(paths.sent() - explained.sent(), explained.lost());
    }

    /** Returns how losses are spread over the flows, for the line that counts them. */
    public static String spread(Paths paths) {
        long bad =
                paths.flows().stream()
                        .filter(flow -> flow.fault().filter(FlowResult.Fault::loses).isPresent())
                        .count();
        if (bad > 0 && bad < paths.total()) {
            long others = paths.total() - paths.bad();
            return say(
                    "%.4f %% on the other %s",
                    PERCENT * paths.othersLoss(),
                    others == 1 ? "flow" : Figures.count(others, "flow"));
        }
        if (!paths.parts().isEmpty()) {
            PartLoss part = paths.parts().get(0);
            return say("%.4f %% on the flows of the other results", PERCENT * part.othersLoss());
        }
        if (!paths.badSizes().isEmpty()) {
            SizeResult others =
                    SizeResult.sum(paths.sizes().stream().filter(size -> !size.bad()).toList());
            return say("%.4f %% on the other sizes", PERCENT * others.loss());
        }
        long within = named(paths).stream().mapToLong(LossRun::probes).sum();
        if (2 * within > paths.outages().missed()) {
            return "most of it in outages";
        }
        return evenness(paths);
    }

    /**
     * Returns the same where it is all that there is to say: no flow stands out by its loss, and
     * losses are so many that each flow could have one, or are uneven. Empty elsewhere.
     */
    public static Optional<String> onlySpread(Paths paths) {
        long lost = paths.flows().stream().mapToLong(FlowResult::lost).sum();
        boolean uneven = paths.lossEvenP().filter(p -> p < LEVEL).isPresent();
        return paths.bad() == paths.with(FlowResult.Fault.SLOW).size()
                        && named(paths).isEmpty()
                        && (uneven || lost >= paths.total())
                ? Optional.of(evenness(paths)).filter(text -> !text.isEmpty())
                : Optional.empty();
    }

    private static String evenness(Paths paths) {
        return paths.lossEvenP()
                .map(
                        p ->
                                p < LEVEL
                                        ? say(
                                                "uneven over the flows (p = %.2g), none stands"
                                                        + " out",
                                                p)
                                        : say(
                                                "spread evenly over %,d flows (p = %.2g)",
                                                paths.total(), p))
                .orElse("");
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
