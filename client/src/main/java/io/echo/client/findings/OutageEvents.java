package io.echo.client.findings;

import io.echo.client.flow.Paths;
import io.echo.client.outage.LossRun;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The outages of a service as a person would count them.
 *
 * <p>After a restart connections are opened again one after the other. Each one that is back
 * answers in between the probes of the others, which are lost in many short runs. Each of these is
 * an outage by definition; together with the long one they are one event.
 */
public final class OutageEvents {
    /** Outages that have a period, at least. */
    private static final int PERIODIC = 4;

    /** The part of the longest distance by which the distances of a period differ at most. */
    private static final double PERIOD_DIFFERS = 0.1;

    private static final double NANOS_PER_US = 1e3;

    private OutageEvents() {}

    /**
     * Outages between which not all connections were asked.
     *
     * @param longest of them
     * @param shorter number of the others
     */
    public record Event(LossRun longest, int shorter) {
        Event with(LossRun run) {
            boolean longer = run.lengthNs() > longest.lengthNs();
            return new Event(longer ? run : longest, shorter + 1);
        }
    }

    /** Returns the events among the outages that are listed, in the order of time. */
    public static List<Event> of(Paths paths) {
        List<LossRun> runs = paths.outages().list();
        double roundNs = paths.downs() == 0 ? 0 : roundNs(runs, paths.distanceUs());
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            LossRun run = runs.get(i);
            if (i > 0 && run.fromNs() - runs.get(i - 1).toNs() < roundNs) {
                int last = events.size() - 1;
                events.set(last, events.get(last).with(run));
            } else {
                events.add(new Event(run, 0));
            }
        }
        return events;
    }

    /** Returns the time in which each connection is asked once. */
    private static double roundNs(List<LossRun> runs, double distanceUs) {
        int connections = runs.stream().mapToInt(LossRun::flows).max().orElse(0);
        return connections * distanceUs * NANOS_PER_US;
    }

    /** Returns the number of outages that are only the shorter ones of an event. */
    public static long shorter(Paths paths) {
        return of(paths).stream().mapToLong(Event::shorter).sum();
    }

    /** Says so of as many outages. */
    public static String shorterOnes(long number) {
        return number
                + " shorter "
                + (number == 1 ? "one" : "ones")
                + " before all connections were back";
    }

    /**
     * Returns the time from one outage to the next, on average, in nanoseconds; empty if their
     * distances differ, or are too few to tell.
     */
    static OptionalDouble periodNs(List<LossRun> outages) {
        List<Long> starts = outages.stream().map(LossRun::fromNs).sorted().toList();
        if (starts.size() < PERIODIC) {
            return OptionalDouble.empty();
        }
        long least = Long.MAX_VALUE;
        long most = 0;
        for (int i = 1; i < starts.size(); i++) {
            long distance = starts.get(i) - starts.get(i - 1);
            least = Math.min(least, distance);
            most = Math.max(most, distance);
        }
        int last = starts.size() - 1;
        return most - least < PERIOD_DIFFERS * most
                ? OptionalDouble.of((double) (starts.get(last) - starts.get(0)) / last)
                : OptionalDouble.empty();
    }
}
