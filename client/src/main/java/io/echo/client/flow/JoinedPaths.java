package io.echo.client.flow;

import static io.echo.client.flow.FlowResult.Fault.STOPPED;

import io.echo.client.outage.LossRun;
import io.echo.client.outage.OutageTally;
import io.echo.client.outage.Outages;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Makes one of the flows and outages of several generators. */
public final class JoinedPaths {
    private static final double NANOS_PER_US = 1e3;

    /**
     * One generator.
     *
     * @param fromNs when its measured phase began, after that of the first one
     * @param toNs when it ended
     * @param sent its probes
     * @param name of its result; empty for one that is known by its place among the others
     */
    public record Part(Paths paths, long fromNs, long toNs, long sent, Optional<String> name) {
        LossRun onOneClock(LossRun run) {
            // Nothing was answered before the first one: it meets the time before the generator.
            long beforeNs = run.beforeNs() - (run.beforeNs() == run.fromNs() ? 1 : 0);
            return new LossRun(
                    beforeNs + fromNs,
                    run.fromNs() + fromNs,
                    run.toNs() + fromNs,
                    run.probes(),
                    run.flows());
        }
    }

    private final List<Part> parts;

    private JoinedPaths(List<Part> parts) {
        this.parts = parts;
    }

    /**
     * Joins them.
     *
     * @param together whether the generators worked at the same time
     */
    public static Paths of(List<Part> parts, boolean together) {
        if (parts.size() == 1) {
            return parts.get(0).paths();
        }
        return new JoinedPaths(parts).join(together);
    }

    private Paths join(boolean together) {
        long lengthNs = parts.stream().mapToLong(Part::toNs).max().orElseThrow();
        long sent = Math.max(1, parts.stream().mapToLong(Part::sent).sum());
        double distanceNs = (double) lengthNs / sent;
        Outages outages = together ? common(distanceNs, lengthNs) : all(distanceNs);
        List<FlowResult> flows = new ArrayList<>();
        parts.forEach(part -> flows.addAll(part.paths().flows()));
        long total = parts.stream().mapToLong(part -> part.paths().total()).sum();
        boolean complete = flows.size() == total;
        List<FlowJudge.Sample> samples =
                new JoinedSamples(parts, together, outages, lengthNs).list();
        List<FlowResult> judged = complete ? judge(flows, samples) : flows;
        List<FlowResult> good = judged.stream().filter(f -> f.fault().isEmpty()).toList();
        long goodSent = good.stream().mapToLong(FlowResult::sent).sum();
        return new Paths(
                FlowSample.of(judged).stream().map(judged::get).toList(),
                sent,
                total,
                complete
                        ? count(judged, FlowResult.Fault.DEAD)
                        : parts.stream().mapToLong(part -> part.paths().dead()).sum(),
                complete
                        ? judged.size() - good.size()
                        : parts.stream().mapToLong(part -> part.paths().bad()).sum(),
                complete
                        ? LossSpread.chance(
                                samples, judged.stream().map(FlowResult::fault).toList())
                        : Optional.empty(),
                goodSent == 0
                        ? 0
                        : (double) good.stream().mapToLong(FlowResult::lost).sum() / goodSent,
                median(good),
                parts.stream().mapToDouble(part -> part.paths().worstLoss()).max().orElse(0),
                outages,
                parts.stream().mapToDouble(p -> p.paths().longestFlowOutageMs()).max().orElse(0),
                parts.stream().mapToLong(part -> part.paths().downs()).sum(),
                parts.stream().mapToDouble(part -> part.paths().longestDownMs()).max().orElse(0),
                distanceNs / NANOS_PER_US,
                parts.stream().mapToDouble(part -> part.paths().ownDelayMs()).max().orElse(0),
                sizes(),
                PartLosses.of(parts, judged, samples, outages),
                Optional.empty());
    }

    /** Finds the times in which none of the generators had an answer. */
    private Outages common(double distanceNs, long lengthNs) {
        List<List<LossRun>> places = new ArrayList<>();
        for (Part part : parts) {
            List<LossRun> runs = new ArrayList<>();
            part.paths().outages().periods().forEach(run -> runs.add(part.onOneClock(run)));
            // A generator that is not at work cannot tell of an answer.
            if (part.fromNs() > 0) {
                runs.add(new LossRun(0, 0, part.fromNs(), 0, 0));
            }
            if (part.toNs() < lengthNs) {
                runs.add(new LossRun(part.toNs() - 1, part.toNs(), lengthNs, 0, 0));
            }
            places.add(runs);
        }
        Outages found = ServiceLosses.of(places, distanceNs);
        return new Outages(
                found.list(), found.count(), found.longestNs(), lengths(), found.periods());
    }

    /** Returns the outages of all, each for itself. */
    private Outages all(double distanceNs) {
        OutageTally tally = new OutageTally(distanceNs);
        parts.forEach(
                part ->
                        part.paths()
                                .outages()
                                .list()
                                .forEach(run -> tally.addOutage(part.onOneClock(run))));
        Outages found = tally.outages();
        return new Outages(found.list(), found.count(), found.longestNs(), lengths(), List.of());
    }

    private TreeMap<Long, Long> lengths() {
        TreeMap<Long, Long> lengths = new TreeMap<>();
        parts.forEach(
                part ->
                        part.paths()
                                .outages()
                                .runs()
                                .forEach((probes, n) -> lengths.merge(probes, n, Long::sum)));
        return lengths;
    }

    /** Adds up the probes of each size; one that is bad for a generator is bad for all. */
    private List<SizeResult> sizes() {
        TreeMap<Integer, SizeResult> sums = new TreeMap<>();
        parts.stream()
                .flatMap(part -> part.paths().sizes().stream())
                .forEach(size -> sums.merge(size.fromBytes(), size, JoinedPaths::sum));
        return List.copyOf(sums.values());
    }

    private static SizeResult sum(SizeResult a, SizeResult b) {
        long sent = a.sent() + b.sent();
        long lost = a.lost() + b.lost();
        Optional<FlowResult.Fault> worst =
                a.fault()
                        .or(b::fault)
                        .map(any -> lost == sent ? FlowResult.Fault.DEAD : FlowResult.Fault.LOSSY);
        return new SizeResult(a.fromBytes(), Math.max(a.toBytes(), b.toBytes()), sent, lost, worst);
    }

    /**
     * Judges the flows of all among each other, and keeps what was found of them among their own. A
     * flow that is like the others of its own generator shares their fate, and is not to blame for
     * it: of these it is only said that all of them stopped.
     */
    private List<FlowResult> judge(List<FlowResult> flows, List<FlowJudge.Sample> samples) {
        List<Optional<FlowResult.Fault>> faults = FlowJudge.faults(samples);
        List<FlowResult> judged = new ArrayList<>();
        for (Part part : parts) {
            int from = judged.size();
            int to = from + part.paths().flows().size();
            boolean allStopped =
                    IntStream.range(from, to)
                            .allMatch(
                                    i ->
                                            faults.get(i).filter(STOPPED::equals).isPresent()
                                                    || flows.get(i).loses());
            for (int i = from; i < to; i++) {
                Optional<FlowResult.Fault> among =
                        faults.get(i).filter(f -> to - from == 1 || (f == STOPPED && allStopped));
                judged.add(
                        flows.get(i)
                                .with(
                                        Stream.of(flows.get(i).fault(), among)
                                                .flatMap(Optional::stream)
                                                .min(Comparator.naturalOrder())));
            }
        }
        return judged;
    }

    private static long count(List<FlowResult> flows, FlowResult.Fault fault) {
        return flows.stream().filter(f -> f.fault().filter(fault::equals).isPresent()).count();
    }

    private static Optional<Double> median(List<FlowResult> flows) {
        List<Double> sorted = flows.stream().flatMap(f -> f.p50Us().stream()).sorted().toList();
        return sorted.isEmpty() ? Optional.empty() : Optional.of(sorted.get(sorted.size() / 2));
    }
}
