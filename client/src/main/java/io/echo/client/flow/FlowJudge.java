package io.echo.client.flow;

import io.echo.client.chance.Holm;
import io.echo.client.chance.Silence;
import io.echo.client.chance.Surplus;
import io.echo.client.probe.FlowStats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/**
 * Tells the flows that are bad from those that chance made look so.
 *
 * <p>A flow is called bad by significance and by size, for of a million probes any difference is
 * significant, and two loops of a healthy server are never quite equal. Losses in an outage of the
 * service are left out before: they say nothing about a flow. The chance that any flow of a healthy
 * run is called bad is at most 1 % for each of the three faults.
 */
final class FlowJudge {
    /** The chance of an error that is accepted, over all flows together. */
    static final double LEVEL = 0.01;

    /** The part of its probes that a lossy flow loses beyond the loss of the others. */
    private static final double MORE_LOSS = 0.01;

    /** The loss of a lossy flow, in multiples of that of the others. */
    private static final double TIMES_THE_LOSS = 3;

    /** The median of a slow flow, in multiples of that of the others. */
    private static final double TIMES_THE_MEDIAN = 1.5;

    /** The time by which the median of a slow flow exceeds that of the others. */
    private static final long MORE_NS = 200_000;

    /** The chance of the spread of losses below which flows are divided in two parts. */
    private static final double UNEVEN = 0.001;

    /** One of so many flows must be good to be what the others are held to. */
    private static final int FEWEST_GOOD = 4;

    /** Losses at the end of a flow from which on it may have stopped. */
    private static final int FEWEST_IN_TAIL = 3;

    /** Rounds in which a flow that was found bad is taken out of those that others are held to. */
    private static final int ROUNDS = 5;

    /**
     * The figures of a flow that is judged.
     *
     * @param sent outside of outages of the service
     * @param lost of these
     * @param runs squared lengths of its loss runs there, added up: how much losses come in bursts
     * @param received of all of its probes
     * @param stats of all of its replies; empty where only its figures are known
     * @param tail its losses at the end of the run, which are among those that are lost
     */
    record Sample(
            long sent,
            long lost,
            double runs,
            long received,
            Optional<FlowStats> stats,
            FlowLosses.Tail tail) {
        boolean silent() {
            return received == 0;
        }

        /** Returns what it was before it lost everything. */
        Sample withoutTail() {
            long run = Math.min(lost, tail.run());
            return new Sample(
                    sent - run,
                    lost - run,
                    Math.max(0, runs - (double) run * run),
                    received,
                    stats,
                    FlowLosses.Tail.NONE);
        }

        /** Tells whether most probes that were not answered in time were answered late. */
        boolean overdue() {
            return stats.filter(flow -> flow.late() > lost).isPresent();
        }

        /** Returns the times of its replies; empty where these are not known. */
        Optional<Histogram> latency() {
            return stats.flatMap(FlowStats::latency);
        }
    }

    private final List<Sample> samples;
    private final List<Optional<FlowResult.Fault>> faults;

    private FlowJudge(List<Sample> samples) {
        this.samples = samples;
        this.faults = new ArrayList<>(samples.stream().map(s -> none()).toList());
    }

    private static Optional<FlowResult.Fault> none() {
        return Optional.empty();
    }

    /** Returns the fault of each flow, in the order in which they are given. */
    static List<Optional<FlowResult.Fault>> faults(List<Sample> samples) {
        FlowJudge judge = new FlowJudge(samples);
        if (samples.stream().allMatch(Sample::silent)) {
            judge.faults.replaceAll(fault -> dead());
            return judge.faults;
        }
        judge.findDead();
        judge.findStopped();
        boolean timed = samples.stream().allMatch(sample -> sample.latency().isPresent());
        if (timed) {
            judge.findSlow(Sample::overdue);
        }
        judge.findAllLossy();
        if (timed) {
            judge.findSlow(sample -> true);
        }
        return judge.faults;
    }

    /** Returns which of these lose more than the others, whatever else they do. */
    static List<Optional<FlowResult.Fault>> lossy(List<Sample> samples) {
        FlowJudge judge = new FlowJudge(samples);
        judge.findAllLossy();
        return judge.faults;
    }

    private void findAllLossy() {
        for (int round = 0; round < ROUNDS && findLossy(); round++) {
            // The others are now those that are left.
        }
        findLossyPart();
    }

    private static Optional<FlowResult.Fault> dead() {
        return Optional.of(FlowResult.Fault.DEAD);
    }

    /** Finds the flows on which nothing came back, though something would have if by chance. */
    private void findDead() {
        long othersSent = 0;
        long othersLost = 0;
        for (Sample sample : samples) {
            othersSent += sample.silent() ? 0 : sample.sent();
            othersLost += sample.silent() ? 0 : sample.lost();
        }
        double[] p = new double[samples.size()];
        for (int i = 0; i < p.length; i++) {
            Sample flow = samples.get(i);
            p[i] = flow.silent() ? Silence.chance(othersLost, othersSent, flow.sent()) : 1;
        }
        call(p, FlowResult.Fault.DEAD);
    }

    /** Finds flows that were answered up to some time and then no more, while others were. */
    private void findStopped() {
        List<Sample> before = good(samples, faults).stream().map(Sample::withoutTail).toList();
        long sent = before.stream().mapToLong(Sample::sent).sum();
        long lost = before.stream().mapToLong(Sample::lost).sum();
        double burst = burst(before);
        double[] p = new double[samples.size()];
        for (int i = 0; i < p.length; i++) {
            Sample flow = samples.get(i);
            Sample own = flow.withoutTail();
            p[i] = 1;
            if (faults.get(i).isEmpty()
                    && flow.tail().probes() >= FEWEST_IN_TAIL
                    && isMore(flow, lost - own.lost(), sent - own.sent())) {
                // A flow that loses much ends with a run of losses now and then.
                double probes = flow.tail().probes() / burst;
                p[i] =
                        Math.max(
                                Silence.chance(own.lost(), own.sent(), probes),
                                Silence.chance(lost - own.lost(), sent - own.sent(), probes));
            }
        }
        call(p, FlowResult.Fault.STOPPED);
    }

    /** Tells whether a flow loses more than others, beyond what is a matter of course. */
    private static boolean isMore(Sample flow, long othersLost, long othersSent) {
        if (flow.lost() == 0 || othersSent <= 0) {
            return false;
        }
        return isMore(loss(flow), (double) othersLost / othersSent);
    }

    /** Tells whether a loss, from 0 to 1, is so much larger than that of the others. */
    static boolean isMore(double loss, double othersLoss) {
        return loss >= othersLoss + MORE_LOSS && loss >= othersLoss * TIMES_THE_LOSS;
    }

    /** Finds flows that lose more than the others; returns whether there was one. */
    private boolean findLossy() {
        long allSent = 0;
        long allLost = 0;
        List<Sample> good = good(samples, faults);
        for (Sample sample : good) {
            allSent += sample.sent();
            allLost += sample.lost();
        }
        double burst = burst(good);
        double[] p = new double[samples.size()];
        for (int i = 0; i < p.length; i++) {
            Sample flow = samples.get(i);
            p[i] = 1;
            long others = allSent - flow.sent();
            if (faults.get(i).isEmpty() && isMore(flow, allLost - flow.lost(), others)) {
                // Losses that come in bursts say as much as that many fewer.
                p[i] = Surplus.chance(flow.lost(), flow.sent(), allLost, allSent, burst);
            }
        }
        return call(p, FlowResult.Fault.LOSSY);
    }

    /**
     * Finds a part of the flows, up to three of four, that loses more than the rest. The loss of
     * the others, which has that of half of them in it, shows none. The parts are chosen by the
     * losses, so that these are more than chance spreads over the flows is asked for before.
     */
    private void findLossyPart() {
        List<Integer> order =
                IntStream.range(0, samples.size())
                        .filter(i -> faults.get(i).isEmpty() && samples.get(i).sent() > 0)
                        .boxed()
                        .sorted(Comparator.comparingDouble(i -> loss(samples.get(i))))
                        .toList();
        List<Sample> ordered = order.stream().map(samples::get).toList();
        int fewest = Math.max(1, (samples.size() + FEWEST_GOOD - 1) / FEWEST_GOOD);
        if (order.size() <= fewest) {
            return;
        }
        int good = split(ordered, fewest);
        long sent = ordered.stream().limit(good).mapToLong(Sample::sent).sum();
        long lost = ordered.stream().limit(good).mapToLong(Sample::lost).sum();
        List<Integer> more =
                order.stream().skip(good).filter(i -> isMore(samples.get(i), lost, sent)).toList();
        if (more.isEmpty()
                || LossSpread.chance(ordered, ordered.stream().map(s -> none()).toList())
                        .filter(p -> p < UNEVEN)
                        .isEmpty()) {
            return;
        }
        double burst = burst(ordered);
        double[] p = new double[samples.size()];
        Arrays.fill(p, 1);
        for (int i : more) {
            Sample flow = samples.get(i);
            long allLost = lost + flow.lost();
            p[i] = Surplus.chance(flow.lost(), flow.sent(), allLost, sent + flow.sent(), burst);
        }
        call(p, FlowResult.Fault.LOSSY);
    }

    private static double loss(Sample flow) {
        return (double) flow.lost() / flow.sent();
    }

    /**
     * Returns how many of these flows are the ones that lose less: where both parts differ most
     * from each other, and so least within. The square roots of losses vary alike.
     */
    private static int split(List<Sample> ordered, int fewest) {
        double[] upTo = new double[ordered.size() + 1];
        for (int i = 0; i < ordered.size(); i++) {
            upTo[i + 1] = upTo[i] + Math.sqrt(loss(ordered.get(i)));
        }
        int all = ordered.size();
        int best = fewest;
        double most = -1;
        for (int n = fewest; n < all; n++) {
            double apart = (upTo[all] - upTo[n]) / (all - n) - upTo[n] / n;
            double between = apart * apart * n * (all - n);
            if (between > most) {
                most = between;
                best = n;
            }
        }
        return best;
    }

    /** Returns the flows without a fault. */
    static List<Sample> good(List<Sample> samples, List<Optional<FlowResult.Fault>> faults) {
        return IntStream.range(0, samples.size())
                .filter(i -> faults.get(i).isEmpty())
                .mapToObj(samples::get)
                .toList();
    }

    /**
     * Returns how many losses of these flows come together: the mean length of the loss run that a
     * lost probe is in, which three of four flows do not exceed. Flows that stop for a while are
     * the fault that is looked for; what only some have explains none of them.
     */
    static double burst(List<Sample> flows) {
        double[] lengths =
                flows.stream()
                        .mapToDouble(flow -> flow.lost() == 0 ? 1 : flow.runs() / flow.lost())
                        .sorted()
                        .toArray();
        return lengths.length == 0 ? 1 : Math.max(1, lengths[(lengths.length - 1) * 3 / 4]);
    }

    private void findSlow(Predicate<Sample> of) {
        Histogram all = sum();
        Contemporaries together =
                new Contemporaries(
                        good(samples, faults).stream()
                                .filter(flow -> !flow.silent())
                                .map(flow -> flow.stats().orElseThrow())
                                .toList());
        double[] p = new double[samples.size()];
        for (int i = 0; i < p.length; i++) {
            p[i] = 1;
            Histogram flow = samples.get(i).latency().orElseThrow();
            if (faults.get(i).isPresent()
                    || !of.test(samples.get(i))
                    || flow.getTotalCount() == all.getTotalCount()) {
                continue;
            }
            long median = flow.getValueAtPercentile(50);
            if (median < all.getValueAtPercentile(0) + MORE_NS) {
                continue;
            }
            Histogram others = all.copy();
            others.subtract(flow);
            long othersMedian = others.getValueAtPercentile(50);
            if (median >= othersMedian * TIMES_THE_MEDIAN
                    && median >= othersMedian + MORE_NS
                    && together.allowSlow(
                            samples.get(i).stats().orElseThrow(), TIMES_THE_MEDIAN, MORE_NS)) {
                p[i] = chanceOfMedian(flow, all, othersMedian);
            }
        }
        call(p, FlowResult.Fault.SLOW);
    }

    private Histogram sum() {
        Histogram all = FlowStats.newHistogram();
        for (int i = 0; i < samples.size(); i++) {
            if (faults.get(i).isEmpty()) {
                all.add(samples.get(i).latency().orElseThrow());
            }
        }
        return all;
    }

    /** Returns the chance that so many replies of one flow are above a time by chance (Mood). */
    private static double chanceOfMedian(Histogram flow, Histogram all, long ns) {
        return Surplus.chance(
                above(flow, ns), flow.getTotalCount(), above(all, ns), all.getTotalCount(), 1);
    }

    private static long above(Histogram times, long ns) {
        long upTo = times.getCountBetweenValues(0, Math.min(ns, times.getMaxValue()));
        return times.getTotalCount() - upTo;
    }

    private boolean call(double[] p, FlowResult.Fault fault) {
        double[] adjusted = Holm.adjust(p);
        boolean any = false;
        for (int i = 0; i < p.length; i++) {
            if (adjusted[i] < LEVEL && faults.get(i).isEmpty()) {
                faults.set(i, Optional.of(fault));
                any = true;
            }
        }
        return any;
    }
}
