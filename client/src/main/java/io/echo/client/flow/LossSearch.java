package io.echo.client.flow;

import io.echo.client.flow.FlowBook.Entry;
import io.echo.client.flow.ServiceLosses.Span;
import io.echo.client.outage.LossRun;
import io.echo.client.outage.Outages;
import io.echo.client.probe.SizeClasses;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Finds the outages of a service and the losses of each flow in the books of a run.
 *
 * <p>A place is one of the connections of the run; it may have had several flows, one after the
 * other, and times without any.
 */
final class LossSearch {
    private final PathAnalysis.Phase phase;
    private final List<Entry> entries;

    /** The missed probes of an open loop: all, and those of each class of sizes. */
    private final MissedNumbers missed;

    private final List<MissedNumbers> bySize = new ArrayList<>();

    /** The classes of sizes that are lost, whose probes say nothing about flows or the service. */
    private boolean[] lostSizes;

    /** The entries of each place, in the order in which they took it. */
    private final List<List<Integer>> places = new ArrayList<>();

    /** The times in which each place had no connection. */
    private final List<List<Span>> downs = new ArrayList<>();

    /** The time from which on no probe of any flow was answered. */
    private final long answeredUntilNs;

    /**
     * Begins a search.
     *
     * @param entries of all books, in the order in which they took their places
     */
    LossSearch(PathAnalysis.Phase phase, List<Entry> entries, List<FlowBook.Closed> books) {
        this.phase = phase;
        this.entries = entries;
        this.lostSizes = new boolean[phase.sizes().count()];
        for (int size = 0; size < lostSizes.length; size++) {
            bySize.add(missed(phase, books, size));
        }
        this.missed = bySize.size() == 1 ? bySize.get(0) : new MissedNumbers(phase.measuredFrom());
        if (bySize.size() > 1) {
            bySize.forEach(missed::addAll);
        }
        for (int i = 0; i < phase.connections(); i++) {
            places.add(new ArrayList<>());
            downs.add(new ArrayList<>());
        }
        for (int i = 0; i < entries.size(); i++) {
            places.get(entries.get(i).place()).add(i);
        }
        books.stream().flatMap(book -> book.downs().stream()).forEach(this::add);
        this.answeredUntilNs = answeredUntilNs();
    }

    /**
     * Returns the time from which on no probe of any flow was answered: when the service as a whole
     * is away at the end, no flow has stopped.
     */
    private long answeredUntilNs() {
        List<FlowLosses> losses = flowLosses(Outages.NONE, Long.MAX_VALUE);
        long untilNs = 0;
        for (int place = 0; place < places.size(); place++) {
            if (!places.get(place).isEmpty()) {
                int last = places.get(place).get(places.get(place).size() - 1);
                long fromNs = Math.min(phase.lengthNs(), losses.get(last).tail().fromNs());
                for (Span down : downs.get(place)) {
                    fromNs =
                            down.toNs() < phase.lengthNs()
                                    ? fromNs
                                    : Math.min(fromNs, down.fromNs());
                }
                untilNs = Math.max(untilNs, fromNs);
            }
        }
        return untilNs;
    }

    /** Returns the losses at the end of a flow; none that the generator itself may have caused. */
    FlowLosses.Tail tail(FlowLosses losses) {
        FlowLosses.Tail tail = losses.tail();
        return tail.run() > 0 && answeredUntilNs - tail.fromNs() > phase.ownDelayNs()
                ? tail
                : FlowLosses.Tail.NONE;
    }

    /** Returns when the answers of a flow end; its place may have been without a connection. */
    private FlowLosses.Ends ends(int at, List<Span> away, long untilNs) {
        Entry entry = entries.get(at);
        List<Integer> inPlace = places.get(entry.place());
        boolean atEnd = inPlace.get(inPlace.size() - 1) == at && away.isEmpty();
        return new FlowLosses.Ends(
                entry.stats().lastReplyNs(), untilNs, atEnd ? phase.lengthNs() : Long.MAX_VALUE);
    }

    private static MissedNumbers missed(
            PathAnalysis.Phase phase, List<FlowBook.Closed> books, int size) {
        List<MissedNumbers> each =
                books.stream()
                        .filter(book -> size < book.missed().size())
                        .map(book -> book.missed().get(size))
                        .toList();
        if (each.size() == 1) {
            return each.get(0); // it may be large
        }
        MissedNumbers all = new MissedNumbers(phase.measuredFrom());
        each.forEach(all::addAll);
        return all;
    }

    private void add(FlowBook.Down down) {
        Span span = new Span(phase.sinceStart(down.fromNs()), phase.sinceStart(down.toNs()));
        if (span.lengthNs() > 0) {
            downs.get(down.place()).add(span);
        }
    }

    /** Leaves out the probes of these classes of sizes from now on. */
    void leaveOut(boolean[] sizes) {
        lostSizes = sizes.clone();
    }

    private int sizeOf(long number) {
        int size = 0;
        while (size < bySize.size() - 1 && !bySize.get(size).contains(number)) {
            size++;
        }
        return size;
    }

    /** Visits the missed probes of the service, in order. */
    void missed(SizeLosses losses) {
        if (phase.open().isPresent()) {
            missed.forEach(number -> losses.miss(number, sizeOf(number)));
            return;
        }
        long[] atAndSize =
                entries.stream()
                        .flatMapToLong(
                                entry -> {
                                    LongStream.Builder all = LongStream.builder();
                                    entry.misses()
                                            .forEach(
                                                    phase.startNs(),
                                                    phase.startNs() + phase.lengthNs(),
                                                    (number, size, atNs, nextNs) ->
                                                            all.add(
                                                                    atNs * SizeClasses.MOST
                                                                            + size));
                                    return all.build();
                                })
                        .sorted()
                        .toArray();
        double distanceNs = phase.distanceNs(entries.stream().mapToLong(Entry::sent).sum());
        long number = 0;
        long beforeNs = 0;
        for (long both : atAndSize) {
            long atNs = Math.floorDiv(both, SizeClasses.MOST);
            number += atNs - beforeNs > LossRun.shortest(distanceNs) ? 2 : 1;
            beforeNs = atNs;
            losses.miss(number, Math.floorMod(both, SizeClasses.MOST));
        }
    }

    /** Returns the probes of a flow that say something about it. */
    long sent(Entry entry) {
        return entry.sent() - leftOut(entry.sizes().sent());
    }

    /** Returns those of them that were lost. */
    long lost(Entry entry) {
        return entry.lost() - leftOut(entry.sizes().lost());
    }

    private long leftOut(long[] bySizes) {
        long sum = 0;
        for (int i = 0; i < bySizes.length; i++) {
            sum += lostSizes[i] ? bySizes[i] : 0;
        }
        return sum;
    }

    /** Returns the times in which a place had no connection, within the phase. */
    Stream<Span> downs() {
        return downs.stream().flatMap(List::stream);
    }

    /** Tells which places had only flows that lose their own probes; none if all are so. */
    boolean[] badPlaces(List<Optional<FlowResult.Fault>> faults) {
        boolean[] bad = new boolean[phase.connections()];
        int count = 0;
        for (int i = 0; i < bad.length; i++) {
            bad[i] =
                    !places.get(i).isEmpty()
                            && places.get(i).stream()
                                    .allMatch(
                                            entry ->
                                                    faults.get(entry)
                                                            .filter(FlowResult.Fault::loses)
                                                            .isPresent());
            count += bad[i] ? 1 : 0;
        }
        return count == bad.length ? new boolean[bad.length] : bad;
    }

    /**
     * Finds the outages of the service by the flows that are not bad themselves.
     *
     * @param leftOut places whose flow is bad
     */
    Outages serviceOutages(boolean[] leftOut) {
        long others = entries.stream().filter(e -> !leftOut[e.place()]).mapToLong(this::sent).sum();
        double distanceNs = phase.distanceNs(Math.max(1, others));
        if (phase.open().isPresent()) {
            List<Span> away = ServiceLosses.together(downs);
            Outages all =
                    ServiceLosses.of(
                            missed,
                            numbered(new boolean[leftOut.length], number -> false),
                            List.of(),
                            distanceNs);
            Outages found =
                    ServiceLosses.of(missed, numbered(leftOut, this::ignored), away, distanceNs);
            return new Outages(
                    found.list(), found.count(), found.longestNs(), all.runs(), found.periods());
        }
        Outages all = ServiceLosses.of(runs(size -> true), distanceNs);
        Outages found = ServiceLosses.of(runs(size -> !lostSizes[size]), distanceNs);
        return new Outages(
                found.list(), found.count(), found.longestNs(), all.runs(), found.periods());
    }

    /** Returns the runs of each place in a closed loop, and its times without a connection. */
    private List<List<LossRun>> runs(IntPredicate sizes) {
        List<List<LossRun>> runs = new ArrayList<>();
        for (int i = 0; i < phase.connections(); i++) {
            List<LossRun> ofPlace = new ArrayList<>();
            for (int entry : places.get(i)) {
                ofPlace.addAll(
                        entries.get(entry)
                                .misses()
                                .runs(phase.startNs(), phase.startNs() + phase.lengthNs(), sizes));
            }
            downs.get(i).forEach(down -> ofPlace.add(down.unanswered(0)));
            runs.add(ofPlace);
        }
        return runs;
    }

    private boolean ignored(long number) {
        return lostSizes[sizeOf(number)];
    }

    private ServiceLosses.Numbered numbered(boolean[] leftOut, LongPredicate ignored) {
        return new ServiceLosses.Numbered(
                phase.open().orElseThrow(),
                phase.measuredFrom(),
                phase.startNs(),
                phase.lengthNs(),
                leftOut,
                ignored);
    }

    /**
     * Adds up what each flow lost, in the order of the entries.
     *
     * @param outages of the service, which say nothing about a flow
     */
    List<FlowLosses> flowLosses(Outages outages) {
        return flowLosses(outages, answeredUntilNs);
    }

    private List<FlowLosses> flowLosses(Outages outages, long untilNs) {
        List<FlowLosses> losses = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            int at = i;
            Entry entry = entries.get(i);
            List<Span> away =
                    downs.get(entry.place()).stream()
                            .filter(s -> at(places.get(entry.place()), s.fromNs()) == at)
                            .toList();
            losses.add(
                    new FlowLosses(
                            outages.list(), away, distanceNs(entry), ends(at, away, untilNs)));
        }
        if (phase.open().isPresent()) {
            ServiceLosses.Numbered probes =
                    numbered(new boolean[phase.connections()], this::ignored);
            missed.forEach(
                    number -> {
                        int connections = phase.connections();
                        long atNs = probes.atNs(number);
                        List<Integer> inPlace = places.get((int) (number % connections));
                        if (!inPlace.isEmpty()) {
                            enter(
                                    losses.get(at(inPlace, atNs)),
                                    number / connections,
                                    sizeOf(number),
                                    atNs,
                                    probes.atNs(number + connections));
                        }
                    });
        } else {
            long endNs = phase.startNs() + phase.lengthNs();
            for (int i = 0; i < losses.size(); i++) {
                FlowLosses of = losses.get(i);
                entries.get(i)
                        .misses()
                        .forEach(
                                phase.startNs(),
                                endNs,
                                (number, size, atNs, nextNs) ->
                                        enter(of, number, size, atNs, nextNs));
            }
        }
        losses.forEach(FlowLosses::end);
        return losses;
    }

    /**
     * Returns the time from one probe of a flow to the next. In an open loop all take turns: with
     * the mean of a few probes, one that had a turn more than the others would look denser.
     */
    private double distanceNs(Entry entry) {
        return phase.open().isPresent()
                ? phase.distanceNs(entries.stream().mapToLong(this::sent).sum())
                        * phase.connections()
                : phase.distanceNs(Math.max(1, sent(entry)));
    }

    private void enter(FlowLosses losses, long sequence, int size, long atNs, long nextNs) {
        if (lostSizes[size]) {
            losses.skip(sequence, nextNs);
        } else {
            losses.add(sequence, atNs, nextNs);
        }
    }

    /** Returns the entry that had a place at a time. */
    private int at(List<Integer> inPlace, long atNs) {
        int at = inPlace.size() - 1;
        while (at > 0 && entries.get(inPlace.get(at)).openedNs() - phase.startNs() > atNs) {
            at--;
        }
        return inPlace.get(at);
    }
}
