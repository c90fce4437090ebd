package io.echo.client.flow;

import io.echo.client.flow.FlowBook.Entry;
import io.echo.client.flow.ServiceLosses.Span;
import io.echo.client.outage.LossRun;
import io.echo.client.outage.Outages;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
    private final MissedNumbers missed;

    /** The entries of each place, in the order in which they took it. */
    private final List<List<Integer>> places = new ArrayList<>();

    /** The times in which each place had no connection. */
    private final List<List<Span>> downs = new ArrayList<>();

    /**
     * Begins a search.
     *
     * @param entries of all books, in the order in which they took their places
     */
    LossSearch(PathAnalysis.Phase phase, List<Entry> entries, List<FlowBook.Closed> books) {
        this.phase = phase;
        this.entries = entries;
        this.missed = missed(phase, books);
        for (int i = 0; i < phase.connections(); i++) {
            places.add(new ArrayList<>());
            downs.add(new ArrayList<>());
        }
        for (int i = 0; i < entries.size(); i++) {
            places.get(entries.get(i).place()).add(i);
        }
        books.stream().flatMap(book -> book.downs().stream()).forEach(this::add);
    }

    private static MissedNumbers missed(PathAnalysis.Phase phase, List<FlowBook.Closed> books) {
        if (books.size() == 1 && books.get(0).missed().isPresent()) {
            return books.get(0).missed().get(); // it may be large
        }
        MissedNumbers all = new MissedNumbers(phase.measuredFrom());
        books.forEach(book -> book.missed().ifPresent(all::addAll));
        return all;
    }

    private void add(FlowBook.Down down) {
        Span span = new Span(phase.sinceStart(down.fromNs()), phase.sinceStart(down.toNs()));
        if (span.lengthNs() > 0) {
            downs.get(down.place()).add(span);
        }
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
        long others =
                entries.stream().filter(e -> !leftOut[e.place()]).mapToLong(Entry::sent).sum();
        double distanceNs = phase.distanceNs(Math.max(1, others));
        if (phase.open().isPresent()) {
            List<Span> away = ServiceLosses.together(downs);
            Outages all =
                    ServiceLosses.of(
                            missed, numbered(new boolean[leftOut.length]), List.of(), distanceNs);
            Outages found = ServiceLosses.of(missed, numbered(leftOut), away, distanceNs);
            return new Outages(
                    found.list(), found.count(), found.longestNs(), all.runs(), found.periods());
        }
        List<List<LossRun>> runs = new ArrayList<>();
        for (int i = 0; i < phase.connections(); i++) {
            List<LossRun> ofPlace = new ArrayList<>();
            for (int entry : places.get(i)) {
                ofPlace.addAll(
                        entries.get(entry)
                                .misses()
                                .runs(phase.startNs(), phase.startNs() + phase.lengthNs()));
            }
            downs.get(i)
                    .forEach(
                            down ->
                                    ofPlace.add(
                                            new LossRun(
                                                    down.fromNs(),
                                                    down.fromNs(),
                                                    down.toNs(),
                                                    0,
                                                    0)));
            runs.add(ofPlace);
        }
        return ServiceLosses.of(runs, distanceNs);
    }

    private ServiceLosses.Numbered numbered(boolean[] leftOut) {
        return new ServiceLosses.Numbered(
                phase.open().orElseThrow(),
                phase.measuredFrom(),
                phase.startNs(),
                phase.lengthNs(),
                leftOut);
    }

    /**
     * Adds up what each flow lost, in the order of the entries.
     *
     * @param outages of the service, which say nothing about a flow
     */
    List<FlowLosses> flowLosses(Outages outages) {
        List<FlowLosses> losses = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            int at = i;
            Entry entry = entries.get(i);
            losses.add(
                    new FlowLosses(
                            outages.list(),
                            downs.get(entry.place()).stream()
                                    .filter(s -> at(places.get(entry.place()), s.fromNs()) == at)
                                    .toList(),
                            distanceNs(entry)));
        }
        if (phase.open().isPresent()) {
            ServiceLosses.Numbered probes = numbered(new boolean[phase.connections()]);
            missed.forEach(
                    number -> {
                        int connections = phase.connections();
                        long atNs = probes.atNs(number);
                        List<Integer> inPlace = places.get((int) (number % connections));
                        if (!inPlace.isEmpty()) {
                            losses.get(at(inPlace, atNs))
                                    .add(
                                            number / connections,
                                            atNs,
                                            probes.atNs(number + connections));
                        }
                    });
        } else {
            long endNs = phase.startNs() + phase.lengthNs();
            for (int i = 0; i < losses.size(); i++) {
                entries.get(i).misses().forEach(phase.startNs(), endNs, losses.get(i)::add);
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
                ? phase.distanceNs(entries.stream().mapToLong(Entry::sent).sum())
                        * phase.connections()
                : phase.distanceNs(entry.sent());
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
