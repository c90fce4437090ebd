package io.echo.client.flow;

import io.echo.client.figures.Figures;
import io.echo.client.flow.JoinedPaths.Part;
import io.echo.client.outage.LossRun;
import io.echo.client.outage.Outages;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Finds the generators of which all flows together lose more than those of the others, by the rules
 * for flows. One with a single flow is left to these.
 */
final class PartLosses {
    private final List<Part> parts;
    private final Outages outages;

    /** The flows of each generator that lose no more than its others. */
    private final List<List<FlowJudge.Sample>> alike = new ArrayList<>();

    private PartLosses(
            List<Part> parts,
            List<FlowResult> judged,
            List<FlowJudge.Sample> samples,
            Outages outages) {
        this.parts = parts;
        this.outages = outages;
        int from = 0;
        for (Part part : parts) {
            int to = from + part.paths().flows().size();
            alike.add(
                    IntStream.range(from, to)
                            .filter(i -> !judged.get(i).loses())
                            .mapToObj(samples::get)
                            .toList());
            from = to;
        }
    }

    /**
     * Finds them.
     *
     * @param judged the flows of all, in the order of the generators
     * @param samples what they are judged by, in the same order
     * @param outages of the service
     */
    static List<PartLoss> of(
            List<Part> parts,
            List<FlowResult> judged,
            List<FlowJudge.Sample> samples,
            Outages outages) {
        return new PartLosses(parts, judged, samples, outages).find();
    }

    private List<PartLoss> find() {
        double burst = burst();
        List<Optional<FlowResult.Fault>> faults =
                FlowJudge.lossy(alike.stream().map(flows -> sum(flows, burst)).toList());
        List<Integer> good =
                IntStream.range(0, parts.size())
                        .filter(i -> faults.get(i).isEmpty())
                        .boxed()
                        .toList();
        double othersLoss = loss(good.stream().flatMap(i -> alike.get(i).stream()).toList());
        return IntStream.range(0, parts.size())
                .filter(i -> faults.get(i).isPresent() && parts.get(i).paths().total() > 1)
                .mapToObj(i -> new PartLoss(words(i), loss(alike.get(i)), othersLoss))
                .toList();
    }

    private static double loss(List<FlowJudge.Sample> flows) {
        long sent = flows.stream().mapToLong(FlowJudge.Sample::sent).sum();
        return sent == 0
                ? 0
                : (double) flows.stream().mapToLong(FlowJudge.Sample::lost).sum() / sent;
    }

    /** Returns flows as one: losses that come in bursts say as much as that many fewer. */
    private static FlowJudge.Sample sum(List<FlowJudge.Sample> flows, double burst) {
        long sent = flows.stream().mapToLong(FlowJudge.Sample::sent).sum();
        long lost = Math.round(flows.stream().mapToLong(FlowJudge.Sample::lost).sum() / burst);
        return new FlowJudge.Sample(
                Math.max(lost, Math.round(sent / burst)),
                lost,
                lost,
                flows.stream().mapToLong(FlowJudge.Sample::received).sum(),
                Optional.empty(),
                FlowLosses.Tail.NONE);
    }

    /**
     * Returns how many losses come together, on all lines alike: a burst that one generator met is
     * one event, for all of its flows. The outages of the service are left out.
     */
    private double burst() {
        double squares = 0;
        double lost = 0;
        for (Part part : parts) {
            for (var run : part.paths().outages().runs().entrySet()) {
                squares += (double) run.getKey() * run.getKey() * run.getValue();
                lost += (double) run.getKey() * run.getValue();
            }
            for (LossRun run : part.paths().outages().periods()) {
                if (isInOutage(part.onOneClock(run))) {
                    squares -= (double) run.probes() * run.probes();
                    lost -= run.probes();
                }
            }
        }
        double ofFlows = alike.stream().flatMap(List::stream).mapToDouble(s -> s.runs()).sum();
        double lostOfFlows = alike.stream().flatMap(List::stream).mapToLong(s -> s.lost()).sum();
        return Math.max(mean(squares, lost), mean(ofFlows, lostOfFlows));
    }

    private static double mean(double squares, double lost) {
        return lost < 1 ? 1 : Math.max(1, squares / lost);
    }

    private boolean isInOutage(LossRun run) {
        return outages.list().stream()
                .anyMatch(of -> run.fromNs() < of.toNs() && of.fromNs() < run.toNs());
    }

    /** Names the flows of a generator, as far as they are not named as bad. */
    private String words(int part) {
        Part of = parts.get(part);
        boolean some = alike.get(part).size() < of.paths().flows().size();
        String other = some ? "the other " : "the ";
        long named = of.paths().flows().size() - alike.get(part).size();
        return of.name()
                .map(name -> other + "flows of " + name)
                .orElseGet(
                        () ->
                                other
                                        + Figures.count(of.paths().total() - named, "flow")
                                        + " of result "
                                        + (part + 1));
    }
}
