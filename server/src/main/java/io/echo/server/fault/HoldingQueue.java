package io.echo.server.fault;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Replies that wait to leave: for a time, and some for later ones of their flow to leave first.
 *
 * <p>One that nobody overtakes leaves by itself, {@link #PATIENCE} after its time: the later ones
 * may never come. Confined to one thread; the clock is the caller's, and starts at 0 or above.
 *
 * @param <F> a flow, by its {@code equals}
 * @param <T> a reply
 */
public final class HoldingQueue<F, T> {
    /**
     * Time that a reply waits to be overtaken, beyond its own: the shortest timeout after which TCP
     * sends again (RFC 6298 as Linux has it), so that others still call it late, not lost.
     */
    public static final Duration PATIENCE = Duration.ofMillis(200);

    /**
     * A reply that leaves.
     *
     * @param alone whether it was to be overtaken and was not
     */
    public record Leaving<T>(T reply, boolean alone) {}

    /** A place in the order of arrival; two copies of one datagram share its number. */
    private record Place(long number, long serial) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            int byNumber = Long.compare(number, other.number);
            return byNumber != 0 ? byNumber : Long.compare(serial, other.serial);
        }
    }

    private final class Held {
        final T reply;
        final F flow;
        final Place place;
        final long dueNs;

        /** Set while later ones must still leave before it. */
        boolean waits;

        /** Those that have left and came after this one, but not after the next that waits. */
        int overtookThisLast;

        /** The time at which it leaves. */
        long atNs;

        Held(T reply, F flow, long number, boolean waits, long dueNs) {
            this.reply = reply;
            this.flow = flow;
            this.place = new Place(number, serials++);
            this.waits = waits;
            this.dueNs = dueNs;
            this.atNs = waits ? dueNs + PATIENCE.toNanos() : dueNs;
        }
    }

    /**
     * Those of a flow that wait for the same number of later ones. Whatever overtakes one has
     * overtaken all before it, so that the first always is the next to be free: it alone is looked
     * at, and one that leaves costs a search, however many wait.
     */
    private final class Waiting {
        final int behind;
        final TreeMap<Place, Held> byPlace = new TreeMap<>();

        /** Those that have overtaken the first: the sum over all. */
        int overtookFirst;

        Waiting(int behind) {
            this.behind = behind;
        }

        void noteLeft(long number) {
            Map.Entry<Place, Held> last = byPlace.lowerEntry(new Place(number, -1));
            if (last == null) {
                return;
            }
            last.getValue().overtookThisLast++;
            overtookFirst++;
            while (!byPlace.isEmpty() && overtookFirst >= behind) {
                Held first = byPlace.firstEntry().getValue();
                remove(first);
                byTime.remove(first);
                first.atNs = first.dueNs;
                byTime.add(first);
            }
        }

        void remove(Held held) {
            held.waits = false;
            byPlace.remove(held.place);
            Map.Entry<Place, Held> before = byPlace.lowerEntry(held.place);
            if (before == null) {
                overtookFirst -= held.overtookThisLast;
            } else {
                before.getValue().overtookThisLast += held.overtookThisLast;
            }
        }
    }

    private final TreeSet<Held> byTime =
            new TreeSet<>(
                    Comparator.<Held>comparingLong(held -> held.atNs)
                            .thenComparingLong(held -> held.place.serial()));

    private final Map<F, Waiting> overtaken = new HashMap<>();
    private long serials;

    /** Makes an empty queue. */
    public HoldingQueue() {}

    /**
     * Holds a reply.
     *
     * @param number place of its request among all, so that later ones can be told
     * @param behind later ones of its flow that leave before it; the same for all of a flow that
     *     wait for any
     * @param dueNs the earliest time for it to leave
     */
    public void hold(T reply, F flow, long number, int behind, long dueNs) {
        Held held = new Held(reply, flow, number, behind > 0, dueNs);
        byTime.add(held);
        if (behind > 0) {
            Waiting waiting = overtaken.computeIfAbsent(flow, any -> new Waiting(behind));
            if (waiting.behind != behind) {
                throw new IllegalArgumentException(
                        "behind must be " + waiting.behind + " as before, got " + behind);
            }
            waiting.byPlace.put(held.place, held);
        }
    }

    /** Notes that a reply has left without being held. */
    public void noteLeft(F flow, long number) {
        Waiting waiting = overtaken.get(flow);
        if (waiting != null) {
            waiting.noteLeft(number);
            if (waiting.byPlace.isEmpty()) {
                overtaken.remove(flow);
            }
        }
    }

    /** Removes the reply that leaves next, if its time has come. */
    public Optional<Leaving<T>> next(long nowNs) {
        if (nextNs() > nowNs || byTime.isEmpty()) {
            return Optional.empty();
        }
        Held held = byTime.pollFirst();
        boolean alone = held.waits;
        if (alone) {
            overtaken.get(held.flow).remove(held);
        }
        noteLeft(held.flow, held.place.number());
        return Optional.of(new Leaving<>(held.reply, alone));
    }

    /** Returns the time at which the next one leaves; the largest number if none is held. */
    public long nextNs() {
        return byTime.isEmpty() ? Long.MAX_VALUE : byTime.first().atNs;
    }

    /** Returns how many are held. */
    public int size() {
        return byTime.size();
    }
}
