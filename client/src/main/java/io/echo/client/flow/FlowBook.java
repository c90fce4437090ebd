package io.echo.client.flow;

import io.echo.client.outage.MissLog;
import io.echo.client.probe.Flow;
import io.echo.client.probe.FlowStats;
import io.echo.client.probe.Schedule;
import io.echo.client.probe.SizeClasses;
import io.echo.client.probe.SizeCounts;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The flows of one event loop: which there were, and which of their probes were not answered in
 * time.
 *
 * <p>An open loop numbers its probes by their times, so a bit for each missed one is enough; in a
 * closed loop each flow has a log of its own. Nothing is written here for a probe that is answered
 * in time. Confined to the event loop until {@link #close}.
 */
public final class FlowBook {
    /**
     * A flow that sent measured probes.
     *
     * @param place of the connection among all of the run
     * @param local address from which its probes left
     * @param openedNs when it took its place, on the nanoTime clock
     * @param misses in a closed loop
     * @param sent its measured probes that count
     */
    public record Entry(
            int place,
            InetSocketAddress local,
            long openedNs,
            FlowStats stats,
            MissLog misses,
            long sent) {
        long lost() {
            return sent - stats.received();
        }

        /** Returns its probes by size; empty where all have one. */
        SizeCounts sizes() {
            return stats.sizes(sent < stats.sent());
        }
    }

    /** A time for which a place had no connection, on the nanoTime clock. */
    public record Down(int place, long fromNs, long toNs) {}

    /**
     * The entries of a loop, after the run.
     *
     * @param missed numbers of the probes of an open loop, for each class of their sizes; empty in
     *     a closed one
     */
    public record Closed(List<Entry> entries, List<Down> downs, List<MissedNumbers> missed) {}

    /** Flows whose connection was replaced, and that are kept whole: there may be very many. */
    private static final int WHOLE = 1_000;

    /** A flow whose loop is at work. */
    private record Open(int place, Flow flow, InetSocketAddress local, long sinceNs, MissLog log) {}

    private final int first;
    private final int stride;
    private final Optional<Schedule> schedule;
    private final SizeClasses sizes;
    private final List<MissedNumbers> missed;
    private final Map<Integer, Open> inPlace = new HashMap<>();
    private final Deque<Open> replaced = new ArrayDeque<>();
    private final List<Entry> settled = new ArrayList<>();
    private final Map<Flow, Open> byFlow = new IdentityHashMap<>();
    private final Map<Integer, Long> downSince = new HashMap<>();
    private final List<Down> downs = new ArrayList<>();

    /**
     * Makes an empty book.
     *
     * @param first place of the loop among the connections of all loops
     * @param stride from one of its places to the next
     * @param schedule of the probes in an open loop
     * @param measuredFrom number of the first probe of the measured phase
     * @param sizes in which the probes of each flow are told apart
     */
    public FlowBook(
            int first,
            int stride,
            Optional<Schedule> schedule,
            long measuredFrom,
            SizeClasses sizes) {
        this.first = first;
        this.stride = stride;
        this.schedule = schedule;
        this.sizes = sizes;
        this.missed =
                Stream.generate(() -> new MissedNumbers(measuredFrom))
                        .limit(schedule.isPresent() ? sizes.count() : 0)
                        .toList();
    }

    /**
     * Enters a connection that has taken a place, the first one or a further one.
     *
     * @param index of the place among those of the loop
     */
    public void opened(Flow flow, int index) {
        int place = first + index * stride;
        long nowNs = System.nanoTime();
        Open open = new Open(place, flow, flow.localAddress(), nowNs, new MissLog());
        byFlow.put(flow, open);
        Open before = inPlace.put(place, open);
        if (before != null) {
            replaced.add(before);
            settle();
        }
        Long since = downSince.remove(place);
        if (since != null) {
            downs.add(new Down(place, since, nowNs));
        }
    }

    /** Keeps no more than the figures of the oldest flows whose connections are closed. */
    private void settle() {
        while (replaced.size() > WHOLE && !replaced.peek().flow().open()) {
            Open oldest = replaced.remove();
            byFlow.remove(oldest.flow());
            entry(oldest, 0)
                    .ifPresent(
                            entry -> {
                                entry.stats().settle();
                                settled.add(entry);
                            });
        }
    }

    /** Notes that the connection in a place has ended, and the place is empty. */
    public void down(Flow flow, long nowNs) {
        Open open = byFlow.get(flow);
        if (open != null) {
            downSince.putIfAbsent(open.place(), nowNs);
        }
    }

    /** Enters a probe of the measured phase that was not answered in time. */
    public void missed(Flow flow, long sequence, long intendedNs) {
        if (schedule.isPresent()) {
            Schedule times = schedule.get();
            missed.get(sizes.of(sequence)).add(times.probesIn(intendedNs - times.startNs()));
            return;
        }
        Open open = byFlow.get(flow);
        if (open != null) {
            // A closed loop sends the next probe as soon as it gives one up.
            long afterNs = flow.intendedNs(sequence + 1);
            open.log()
                    .add(
                            sequence,
                            sizes.of(sequence),
                            intendedNs,
                            flow.intendedNs(sequence - 1),
                            afterNs == Flow.UNKNOWN ? System.nanoTime() : afterNs);
        }
    }

    /**
     * Returns what is in it.
     *
     * @param endNs of the measured phase, on the nanoTime clock
     * @param uncounted true if probes in flight do not count as sent
     */
    public Closed close(long endNs, boolean uncounted) {
        downSince.forEach((place, since) -> downs.add(new Down(place, since, endNs)));
        List<Entry> entries = new ArrayList<>(settled);
        for (Open open : byFlow.values()) {
            entry(open, uncounted ? open.flow().measuredInFlight() : 0).ifPresent(entries::add);
        }
        return new Closed(entries, List.copyOf(downs), missed);
    }

    /** Ends the counts of a flow; empty if it sent no measured probe. */
    private static Optional<Entry> entry(Open open, int inFlight) {
        return open.flow()
                .takeStats()
                .map(
                        stats ->
                                new Entry(
                                        open.place(),
                                        open.local(),
                                        open.sinceNs(),
                                        stats,
                                        open.log(),
                                        stats.sent() - inFlight));
    }
}
