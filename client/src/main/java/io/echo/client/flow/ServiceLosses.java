package io.echo.client.flow;

import io.echo.client.outage.LossRun;
import io.echo.client.outage.OutageTally;
import io.echo.client.outage.Outages;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;
import java.util.function.LongUnaryOperator;

/** Finds the outages of a service: times in which no probe of any flow was answered in time. */
final class ServiceLosses {
    /** No connection is opened again sooner; others are answered until then. */
    private static final long SHORTEST_DOWN_NS = 5_000_000;

    private ServiceLosses() {}

    /** A span of time, in nanoseconds since the start of the measured phase. */
    record Span(long fromNs, long toNs) {
        long lengthNs() {
            return toNs - fromNs;
        }

        boolean includes(long ns) {
            return ns >= fromNs && ns < toNs;
        }

        /** Returns a run in which no probe was due. */
        LossRun unanswered(int flows) {
            return new LossRun(fromNs, fromNs, toNs, 0, flows);
        }
    }

    /**
     * The probes of an open loop.
     *
     * @param dueNs when each should leave, by its number, on the nanoTime clock
     * @param measuredFrom number of the first one
     * @param startNs when the measured phase began
     * @param lengthNs of it
     * @param leftOut places whose flow is bad, and tells nothing about the service
     * @param ignored missed probes of a size that is lost, which tell nothing either
     */
    record Numbered(
            LongUnaryOperator dueNs,
            long measuredFrom,
            long startNs,
            long lengthNs,
            boolean[] leftOut,
            LongPredicate ignored) {
        int connections() {
            return leftOut.length;
        }

        boolean isLeftOut(long number) {
            return leftOut[(int) (number % leftOut.length)];
        }

        /** Returns when a probe should have left, after the start; the end of the phase at most. */
        long atNs(long number) {
            return Math.min(lengthNs, dueNs.applyAsLong(number) - startNs);
        }
    }

    /** Finds them by the numbers of the probes that were missed. */
    static Outages of(MissedNumbers missed, Numbered probes, List<Span> away, double distanceNs) {
        OutageTally tally = new OutageTally(distanceNs);
        NumberedRuns runs = new NumberedRuns(probes, tally::add);
        missed.forEach(runs);
        runs.end();
        List<LossRun> found = tally.outages().list();
        for (Span span : away) {
            if (found.stream().noneMatch(run -> overlap(run, span))) {
                tally.addOutage(span.unanswered(probes.connections()));
            }
        }
        return tally.outages();
    }

    private static boolean overlap(LossRun run, Span span) {
        return run.fromNs() < span.toNs() && span.fromNs() < run.toNs();
    }

    /** Makes runs of numbers. */
    private static final class NumberedRuns implements LongConsumer {
        private final Numbered probes;
        private final Consumer<LossRun> found;
        private long begin;
        private long first;
        private long count;
        private long next = Long.MIN_VALUE;

        NumberedRuns(Numbered probes, Consumer<LossRun> found) {
            this.probes = probes;
            this.found = found;
        }

        @Override
        public void accept(long number) {
            if (probes.isLeftOut(number)) {
                return;
            }
            if (number != next) {
                end();
                begin = number;
                count = 0;
            }
            if (!probes.ignored().test(number)) {
                first = count == 0 ? number : first;
                count++;
            }
            next = number + 1;
            while (probes.isLeftOut(next)) {
                next++;
            }
        }

        void end() {
            if (count == 0) {
                return;
            }
            long before = begin - 1;
            while (before > probes.measuredFrom() && probes.isLeftOut(before)) {
                before--;
            }
            before = Math.max(probes.measuredFrom(), before);
            found.accept(
                    new LossRun(
                            probes.atNs(before),
                            probes.atNs(first),
                            probes.atNs(next),
                            count,
                            (int) Math.min(probes.connections(), count)));
        }
    }

    /**
     * Finds them by the runs of each flow: the service does not answer while every place is within
     * a run, or has no connection. A place that waits for an answer that comes in time counts as
     * answered.
     *
     * @param places runs of each place, and the times in which it had no connection as runs of 0
     */
    static Outages of(List<List<LossRun>> places, double distanceNs) {
        List<Span> silent = together(places.stream().map(ServiceLosses::gaps).toList());
        OutageTally tally = new OutageTally(distanceNs);
        Overlaps overlaps = new Overlaps(places.stream().flatMap(List::stream).toList());
        for (Span span : silent) {
            LossRun run = overlaps.within(span);
            if (run.probes() > 0) {
                tally.add(run);
            } else if (run.lengthNs() >= SHORTEST_DOWN_NS) {
                tally.addOutage(run);
            }
        }
        // While others are answered, each lost probe stands alone in the order of all.
        tally.addSingles(overlaps.others());
        return tally.outages();
    }

    /** The runs of all places, which are asked for by ascending spans. */
    private static final class Overlaps {
        private final List<LossRun> runs;
        private final List<LossRun> near = new ArrayList<>();
        private final Set<LossRun> counted = Collections.newSetFromMap(new IdentityHashMap<>());
        private int next;
        private long inSpans;

        Overlaps(List<LossRun> runs) {
            this.runs = new ArrayList<>(runs);
            this.runs.sort(Comparator.comparingLong(LossRun::fromNs));
        }

        /** Returns the run that the probes of all places make in a span. */
        LossRun within(Span span) {
            while (next < runs.size() && runs.get(next).fromNs() < span.toNs()) {
                near.add(runs.get(next));
                next++;
            }
            near.removeIf(run -> run.toNs() <= span.fromNs());
            long fromNs = span.toNs();
            long probes = 0;
            int flows = 0;
            boolean down = false;
            for (LossRun run : near) {
                fromNs = Math.min(fromNs, Math.max(span.fromNs(), run.fromNs()));
                probes += counted.add(run) ? run.probes() : 0;
                flows += run.flows();
                down |= run.probes() == 0;
            }
            inSpans += probes;
            boolean unasked = down && probes < 2;
            return new LossRun(
                    span.fromNs(),
                    fromNs,
                    span.toNs(),
                    unasked ? 0 : probes,
                    unasked ? 0 : (int) Math.min(flows, probes));
        }

        /** Returns the probes that were in no span. */
        long others() {
            return runs.stream().mapToLong(LossRun::probes).sum() - inSpans;
        }
    }

    /** Returns the spans in which a place has no answer, merged where they meet. */
    private static List<Span> gaps(List<LossRun> runs) {
        List<Span> spans =
                runs.stream()
                        .map(run -> new Span(run.beforeNs(), run.toNs()))
                        .sorted(Comparator.comparingLong(Span::fromNs))
                        .toList();
        List<Span> merged = new ArrayList<>();
        for (Span span : spans) {
            Span last = merged.isEmpty() ? null : merged.get(merged.size() - 1);
            if (last != null && span.fromNs() < last.toNs()) {
                merged.set(
                        merged.size() - 1,
                        new Span(last.fromNs(), Math.max(last.toNs(), span.toNs())));
            } else {
                merged.add(span);
            }
        }
        return merged;
    }

    /** Returns the spans in which all of these overlap. */
    static List<Span> together(List<List<Span>> all) {
        List<Span> common = all.isEmpty() ? List.of() : all.get(0);
        for (List<Span> other : all.subList(Math.min(1, all.size()), all.size())) {
            List<Span> both = new ArrayList<>();
            int i = 0;
            int j = 0;
            while (i < common.size() && j < other.size()) {
                long fromNs = Math.max(common.get(i).fromNs(), other.get(j).fromNs());
                long toNs = Math.min(common.get(i).toNs(), other.get(j).toNs());
                if (fromNs < toNs) {
                    both.add(new Span(fromNs, toNs));
                }
                if (common.get(i).toNs() < other.get(j).toNs()) {
                    i++;
                } else {
                    j++;
                }
            }
            common = both;
        }
        return common;
    }
}
