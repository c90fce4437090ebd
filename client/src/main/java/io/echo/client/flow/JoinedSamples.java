package io.echo.client.flow;

import io.echo.client.outage.LossRun;
import io.echo.client.outage.Outages;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * The flows of several generators, as they are judged among each other. Of each only its figures
 * are known, so what outages explain, and how its losses lie, are estimates.
 */
final class JoinedSamples {
    private static final double NANOS = 1e9;
    private static final double NANOS_PER_MS = 1e6;
    private static final double NANOS_PER_US = 1e3;

    /** The part of the time without a reply that is one outage, if the flow was asked then. */
    private static final double ONE_OUTAGE = 0.9;

    private final List<JoinedPaths.Part> parts;
    private final boolean together;
    private final double outages;
    private final double sentOfBad;
    private final double lostOfBad;

    /** When the last reply of all came, less the time that replies take at most. */
    private final double untilNs;

    /**
     * Prepares them.
     *
     * @param together whether the generators worked at the same time
     * @param of the service
     * @param lengthNs of all measured phases together
     */
    JoinedSamples(List<JoinedPaths.Part> parts, boolean together, Outages of, long lengthNs) {
        this.parts = parts;
        this.together = together;
        outages = of.list().stream().mapToLong(LossRun::lengthNs).sum() / (double) lengthNs;
        sentOfBad = badPart(SizeResult::sent);
        lostOfBad = badPart(SizeResult::lost);
        double lastNs = 0;
        double slowestNs = 0;
        for (JoinedPaths.Part part : parts) {
            for (FlowResult flow : part.paths().flows()) {
                lastNs = Math.max(lastNs, lastReplyNs(part, flow));
                slowestNs = Math.max(slowestNs, flow.p99Us().orElse(0.0) * NANOS_PER_US);
            }
        }
        untilNs = lastNs - slowestNs;
    }

    private double badPart(ToLongFunction<SizeResult> count) {
        long bad =
                parts.stream()
                        .flatMap(part -> part.paths().badSizes().stream())
                        .mapToLong(count)
                        .sum();
        return bad / (double) Math.max(1, parts.stream().mapToLong(JoinedPaths.Part::sent).sum());
    }

    /** Returns the flows, in the order of the generators. */
    List<FlowJudge.Sample> list() {
        List<FlowJudge.Sample> samples = new ArrayList<>();
        for (JoinedPaths.Part part : parts) {
            part.paths().flows().forEach(flow -> samples.add(sample(part, flow)));
        }
        return samples;
    }

    /** Takes out the losses that outages of the service and bad sizes explain. */
    private FlowJudge.Sample sample(JoinedPaths.Part part, FlowResult flow) {
        if (part.paths().downs() > 0) {
            // Which flow lost how much while it waited for its connection stands in no result.
            return new FlowJudge.Sample(
                    0, 0, 0, flow.received(), Optional.empty(), FlowLosses.Tail.NONE);
        }
        long sent = Math.round((1 - sentOfBad) * flow.sent());
        long ofSizes = Math.round(lostOfBad * flow.sent());
        long lost = Math.min(sent, Math.max(0, flow.lost() - ofSizes));
        long within = Math.min(lost, Math.round(outages * sent));
        long counted = lost - within;
        return new FlowJudge.Sample(
                sent - within,
                counted,
                counted * Math.max(1, Math.min(counted, longestRun(part, flow))),
                flow.received(),
                Optional.empty(),
                tail(part, flow, counted));
    }

    /** Returns the probes in the longest outage of a flow, unless it may be one of the service. */
    private static double longestRun(JoinedPaths.Part part, FlowResult flow) {
        double distanceNs = (double) (part.toNs() - part.fromNs()) / flow.sent();
        double longestNs = flow.longestOutageMs() * NANOS_PER_MS;
        return longestNs > part.paths().outages().longestNs() + 2 * distanceNs
                ? longestNs / distanceNs
                : 1;
    }

    private FlowLosses.Tail tail(JoinedPaths.Part part, FlowResult flow, long lost) {
        double fromNs = lastReplyNs(part, flow);
        double silentNs = part.toNs() - fromNs;
        double ownNs = part.paths().ownDelayMs() * NANOS_PER_MS;
        if (!together
                || flow.received() == 0
                || silentNs <= ownNs
                || flow.longestOutageMs() * NANOS_PER_MS < ONE_OUTAGE * silentNs) {
            return FlowLosses.Tail.NONE;
        }
        double rate = (double) flow.sent() / (part.toNs() - part.fromNs());
        double asked = Math.min(untilNs, part.toNs()) - fromNs;
        long run = Math.min(lost, Math.round(rate * silentNs));
        long probes = Math.min(run, (long) (rate * Math.max(0, asked)));
        return new FlowLosses.Tail((long) fromNs, run, probes);
    }

    private static double lastReplyNs(JoinedPaths.Part part, FlowResult flow) {
        return part.fromNs() + flow.lastReplyS().orElse(0.0) * NANOS;
    }
}
