package io.echo.bench.load;

import io.echo.client.flow.FlowBook;
import io.echo.client.flow.PathAnalysis;
import io.echo.client.flow.Paths;
import io.echo.client.probe.Schedule;
import io.echo.client.probe.SizeClasses;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The flow books of all loops of a run. Confined to the run's thread. */
final class FlowBooks {
    private final LoadPlan plan;
    private final int connections;
    private final int loops;
    private final SizeClasses sizes;
    private final List<FlowBook.Closed> closed = new ArrayList<>();

    FlowBooks(LoadPlan plan, int connections, int loops, SizeClasses sizes) {
        this.plan = plan;
        this.connections = connections;
        this.loops = loops;
        this.sizes = sizes;
    }

    /** Makes the book of a loop, whose first connection is this one. */
    FlowBook of(int first) {
        return new FlowBook(first, loops, schedule(), measuredFrom(), sizes);
    }

    /** Adds the book of a loop, after the run. */
    void add(FlowBook.Closed book) {
        closed.add(book);
    }

    /**
     * Finds where and when probes were lost.
     *
     * @param lengthNs of the measured phase
     * @param ownDelayNs by which the generator was late at most
     */
    Paths paths(InetSocketAddress remote, long lengthNs, long ownDelayNs) {
        return PathAnalysis.of(
                new PathAnalysis.Phase(
                        plan.measuredNs(),
                        Math.max(1, lengthNs),
                        remote,
                        connections,
                        schedule().map(times -> times::intendedNs),
                        measuredFrom(),
                        sizes,
                        ownDelayNs,
                        0),
                closed);
    }

    private Optional<Schedule> schedule() {
        return plan.open().map(OpenLoop.Plan::schedule);
    }

    private long measuredFrom() {
        return plan.open().map(OpenLoop.Plan::measuredFrom).orElse(0L);
    }
}
