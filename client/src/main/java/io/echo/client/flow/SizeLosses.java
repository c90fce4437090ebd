package io.echo.client.flow;

import io.echo.client.chance.Surplus;
import io.echo.client.probe.SizeClasses;
import io.echo.client.probe.SizeCounts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Tells the sizes of probes that are lost for their size from those that chance made look so.
 *
 * <p>The rule is that of flows: by significance, and by at least one percentage point and three
 * times the loss of the others. Asked is for a size from which on all larger ones are lost, and for
 * single sizes. Flows send the same sizes at the same time, so a short outage hits one size: losses
 * in a row count as that many fewer. A row in which every size was lost says nothing about sizes.
 */
final class SizeLosses {
    /** Times that sizes are told apart from those that are left. */
    private static final int ROUNDS = 4;

    private final SizeClasses classes;
    private final long[] sent;
    private final long[] lost;

    /** The missed probes of each class in rows of all classes. */
    private final long[] within;

    private final long[] inRow;
    private long row;
    private long lastNumber = Long.MIN_VALUE;
    private double squares;
    private long outside;

    /** Begins with the counts of all flows. */
    SizeLosses(SizeClasses classes, List<SizeCounts> flows) {
        this.classes = classes;
        this.sent = new long[classes.count()];
        this.lost = new long[classes.count()];
        this.within = new long[classes.count()];
        this.inRow = new long[classes.count()];
        for (SizeCounts counts : flows) {
            for (int i = 0; i < counts.sent().length; i++) {
                sent[i] += counts.sent()[i];
                lost[i] += counts.lost()[i];
            }
        }
    }

    /** Enters a probe that was not answered in time, in the order of all. */
    void miss(long number, int size) {
        if (number != lastNumber + 1) {
            endRow();
        }
        lastNumber = number;
        inRow[size]++;
        row++;
    }

    private void endRow() {
        boolean all = IntStream.range(0, inRow.length).allMatch(i -> inRow[i] > 0 || sent[i] == 0);
        for (int i = 0; i < inRow.length; i++) {
            within[i] += all ? inRow[i] : 0;
            inRow[i] = 0;
        }
        squares += all ? 0 : (double) row * row;
        outside += all ? 0 : row;
        row = 0;
    }

    /**
     * Returns what became of each size that was sent; none where all have one. To be called once.
     */
    List<SizeResult> results() {
        endRow();
        List<Optional<FlowResult.Fault>> faults = faults();
        return IntStream.range(0, sent.length > 1 ? sent.length : 0)
                .filter(i -> sent[i] > 0)
                .mapToObj(
                        i ->
                                new SizeResult(
                                        classes.fromBytes(i),
                                        classes.toBytes(i),
                                        sent[i],
                                        lost[i],
                                        faults.get(i)))
                .toList();
    }

    /** Returns the fault of each class. */
    private List<Optional<FlowResult.Fault>> faults() {
        List<Optional<FlowResult.Fault>> faults = new ArrayList<>();
        List<Integer> left = new ArrayList<>();
        for (int i = 0; i < sent.length; i++) {
            faults.add(Optional.empty());
            if (sent[i] > within[i]) {
                left.add(i);
            }
        }
        for (int round = 0; round < ROUNDS; round++) {
            Optional<Split> worst = worst(left);
            if (worst.isEmpty()) {
                break;
            }
            worst.get().part().forEach(i -> faults.set(i, Optional.of(fault(lost[i] == sent[i]))));
            left.removeAll(worst.get().part());
        }
        return faults;
    }

    private static FlowResult.Fault fault(boolean all) {
        return all ? FlowResult.Fault.DEAD : FlowResult.Fault.LOSSY;
    }

    /** Returns the sizes that are most likely to be lost for their size; empty if chance did it. */
    private Optional<Split> worst(List<Integer> left) {
        List<Split> splits = new ArrayList<>();
        for (int i = 1; i < left.size(); i++) {
            splits.add(split(left.subList(i, left.size()), left));
        }
        for (int size : left.subList(0, Math.max(0, left.size() - 1))) {
            splits.add(split(List.of(size), left));
        }
        double burst = Math.max(1, outside == 0 ? 1 : squares / outside);
        return splits.stream()
                .filter(Split::large)
                .max((a, b) -> Double.compare(a.likelihood(), b.likelihood()))
                .filter(split -> split.chance(burst) * splits.size() < FlowJudge.LEVEL);
    }

    private Split split(List<Integer> part, List<Integer> of) {
        return new Split(
                List.copyOf(part),
                part.stream().mapToLong(i -> sent[i] - within[i]).sum(),
                part.stream().mapToLong(this::lostOutside).sum(),
                of.stream().mapToLong(i -> sent[i] - within[i]).sum(),
                of.stream().mapToLong(this::lostOutside).sum());
    }

    private long lostOutside(int size) {
        return Math.max(0, lost[size] - within[size]);
    }

    /** Some sizes, which may lose more than the rest. */
    private record Split(List<Integer> part, long sent, long lost, long allSent, long allLost) {
        private double loss() {
            return (double) lost / sent;
        }

        private double othersLoss() {
            return (double) (allLost - lost) / (allSent - sent);
        }

        /** Tells whether the difference is large enough to matter. */
        boolean large() {
            return lost == sent ? othersLoss() < 1 : FlowJudge.isMore(loss(), othersLoss());
        }

        /** Returns how well these two losses describe what was seen: a logarithm. */
        double likelihood() {
            return likelihood(lost, sent) + likelihood(allLost - lost, allSent - sent);
        }

        private static double likelihood(long lost, long sent) {
            return times(lost, (double) lost / sent)
                    + times(sent - lost, (double) (sent - lost) / sent);
        }

        private static double times(long count, double part) {
            return count == 0 ? 0 : count * Math.log(part);
        }

        double chance(double burst) {
            return Surplus.chance(lost, sent, allLost, allSent, burst);
        }
    }
}
