package io.echo.server.fault;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    private final class Held {
        final T reply;
        final F flow;
        final long number;
        final long dueNs;
        final long serial = serials++;

        /** Later ones that must still leave before it. */
        int behind;

        /** The time at which it leaves. */
        long atNs;

        Held(T reply, F flow, long number, int behind, long dueNs) {
            this.reply = reply;
            this.flow = flow;
            this.number = number;
            this.behind = behind;
            this.dueNs = dueNs;
            this.atNs = behind > 0 ? dueNs + PATIENCE.toNanos() : dueNs;
        }
    }

    private final TreeSet<Held> byTime =
            new TreeSet<>(
                    Comparator.<Held>comparingLong(held -> held.atNs)
                            .thenComparingLong(held -> held.serial));

    private final Map<F, List<Held>> overtaken = new HashMap<>();
    private long serials;

    /** Makes an empty queue. */
    public HoldingQueue() {}

    /**
     * Holds a reply.
     *
     * @param number place of its request among all, so that later ones can be told
     * @param behind later ones of its flow that leave before it
     * @param dueNs the earliest time for it to leave
     */
    public void hold(T reply, F flow, long number, int behind, long dueNs) {
        Held held = new Held(reply, flow, number, behind, dueNs);
        byTime.add(held);
        if (behind > 0) {
            overtaken.computeIfAbsent(flow, any -> new ArrayList<>(1)).add(held);
        }
    }

    /** Notes that a reply has left without being held. */
    public void noteLeft(F flow, long number) {
        List<Held> waiting = overtaken.get(flow);
        if (waiting == null) {
            return;
        }
        for (Held held : List.copyOf(waiting)) {
            if (held.number < number && --held.behind == 0) {
                byTime.remove(held);
                held.atNs = held.dueNs;
                byTime.add(held);
                forget(held);
            }
        }
    }

    private void forget(Held held) {
        List<Held> waiting = overtaken.get(held.flow);
        if (waiting != null && waiting.remove(held) && waiting.isEmpty()) {
            overtaken.remove(held.flow);
        }
    }

    /** Removes the reply that leaves next, if its time has come. */
    public Optional<Leaving<T>> next(long nowNs) {
        if (nextNs() > nowNs || byTime.isEmpty()) {
            return Optional.empty();
        }
        Held held = byTime.pollFirst();
        forget(held);
        noteLeft(held.flow, held.number);
        return Optional.of(new Leaving<>(held.reply, held.behind > 0));
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
