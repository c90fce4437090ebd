package io.echo.client.ping;

import io.echo.client.flow.FlowBook;
import io.echo.client.flow.FlowResult;
import io.echo.client.flow.Paths;
import io.echo.client.outage.MissLog;
import io.netty.util.NetUtil;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The flows of a ping after its end, and what they show.
 *
 * @param paths judged, without the probes in flight; a flow that had no others is not there
 * @param total of all flows
 * @param inFlight probes whose time had not passed: neither received nor lost
 * @param listed in the order of their ports: all but those that {@link Paths#flows} leaves out
 */
record PingFlows(Paths paths, int total, int inFlight, List<End> listed) {
    /**
     * The end of one flow.
     *
     * @param known counts and judgement, without the probes in flight
     * @param inFlight how many those are
     */
    record End(FlowResult known, int inFlight) {
        long sent() {
            return known.sent() + inFlight;
        }
    }

    /**
     * Ends the counts of all sockets and judges them, on their event loop.
     *
     * @param stalledNs for which this process stood still
     */
    static PingFlows of(List<PingSocket> sockets, PingLosses losses, long stalledNs) {
        sockets.forEach(socket -> losses.keep(socket.waiting));
        losses.end();
        List<FlowBook.Entry> entries =
                sockets.stream().map(PingFlows::entry).flatMap(Optional::stream).toList();
        Paths paths = losses.paths(entries, sockets, stalledNs);
        Map<String, FlowResult> results = new HashMap<>();
        sockets.forEach(socket -> results.put(text(socket), ofNothing(socket)));
        entries.forEach(entry -> results.remove(NetUtil.toSocketAddressString(entry.local())));
        paths.flows().forEach(flow -> results.put(flow.local(), flow));
        List<End> listed = new ArrayList<>();
        for (PingSocket socket : sockets) {
            FlowResult result = results.get(text(socket));
            if (result != null) {
                listed.add(new End(result, socket.waiting.size()));
            }
        }
        return new PingFlows(
                paths,
                sockets.size(),
                sockets.stream().mapToInt(socket -> socket.waiting.size()).sum(),
                listed);
    }

    /** Returns the counts of a flow; empty if nothing is known of it. */
    private static Optional<FlowBook.Entry> entry(PingSocket socket) {
        return socket.flow
                .takeStats()
                .map(
                        stats ->
                                new FlowBook.Entry(
                                        socket.number,
                                        socket.local,
                                        0,
                                        stats,
                                        new MissLog(),
                                        stats.sent() - socket.waiting.size()))
                .filter(entry -> entry.sent() > 0);
    }

    private static String text(PingSocket socket) {
        return NetUtil.toSocketAddressString(socket.local);
    }

    private static FlowResult ofNothing(PingSocket socket) {
        return new FlowResult(
                text(socket),
                NetUtil.toSocketAddressString(socket.remote),
                0,
                0,
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.empty());
    }
}
