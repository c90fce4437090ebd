package io.echo.client.flow;

import io.echo.client.outage.MissLog;
import io.echo.client.probe.FlowStats;
import io.echo.client.probe.Rate;
import io.echo.client.probe.Schedule;
import io.echo.client.probe.SizeClasses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The books of an open loop whose probes fared as a test decides. */
final class SimulatedRun {
    /** The fate of a probe. */
    interface Fate {
        /**
         * Returns its latency in nanoseconds; -1 if it is lost.
         *
         * @param number of the probe, from 0
         * @param flow on which it leaves
         */
        long latencyNs(long number, int flow);
    }

    static final long START_NS = 5_000_000_000L;
    static final long TIMEOUT_NS = 1_000_000_000L;
    static final Rate RATE = Rate.parse("--rate", "1000");

    private SimulatedRun() {}

    /** Sends so many probes over so many flows in turn, 1,000 a second. */
    static Paths of(int flows, int probes, Fate fate) {
        Schedule schedule = new Schedule(START_NS, RATE);
        MissedNumbers missed = new MissedNumbers(0);
        List<FlowStats> stats = new ArrayList<>();
        long[] sent = new long[flows];
        for (int i = 0; i < flows; i++) {
            stats.add(new FlowStats());
            stats.get(i).startAt(START_NS);
        }
        for (int number = 0; number < probes; number++) {
            int flow = number % flows;
            sent[flow]++;
            long latencyNs = fate.latencyNs(number, flow);
            long intendedNs = schedule.intendedNs(number);
            if (latencyNs < 0) {
                missed.add(number);
            } else {
                boolean late = latencyNs > TIMEOUT_NS;
                if (late) {
                    missed.add(number);
                }
                stats.get(flow).replied(intendedNs, latencyNs, intendedNs + latencyNs, late);
            }
        }
        List<FlowBook.Entry> entries = new ArrayList<>();
        for (int i = 0; i < flows; i++) {
            entries.add(
                    new FlowBook.Entry(
                            i,
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000 + i),
                            0,
                            stats.get(i),
                            new MissLog(),
                            sent[i]));
        }
        return PathAnalysis.of(
                new PathAnalysis.Phase(
                        START_NS,
                        schedule.intendedNs(probes) - START_NS,
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 2105),
                        flows,
                        Optional.of(schedule::intendedNs),
                        0,
                        SizeClasses.ONE,
                        0,
                        0),
                List.of(new FlowBook.Closed(entries, List.of(), List.of(missed))));
    }

    /** Returns the same with another text for the address of the service, as a file may have it. */
    static Paths withRemote(Paths paths, String remote) {
        List<FlowResult> flows =
                paths.flows().stream()
                        .map(
                                flow ->
                                        new FlowResult(
                                                flow.local(),
                                                remote,
                                                flow.sent(),
                                                flow.received(),
                                                flow.late(),
                                                flow.p50Us(),
                                                flow.p99Us(),
                                                flow.firstReplyS(),
                                                flow.lastReplyS(),
                                                flow.longestOutageMs(),
                                                flow.fault()))
                        .toList();
        return with(paths, flows, paths.downs(), paths.longestDownMs());
    }

    /** Returns the same of connections that were down so many times. */
    static Paths withDowns(Paths paths, long downs) {
        return withDowns(paths, downs, paths.longestDownMs());
    }

    /** The same, where one of these times is known. */
    static Paths withDowns(Paths paths, long downs, double longestMs) {
        return with(paths, paths.flows(), downs, longestMs);
    }

    private static Paths with(
            Paths paths, List<FlowResult> flows, long downs, double longestDownMs) {
        return new Paths(
                flows,
                paths.sent(),
                paths.total(),
                paths.dead(),
                paths.bad(),
                paths.lossEvenP(),
                paths.othersLoss(),
                paths.othersP50Us(),
                paths.worstLoss(),
                paths.outages(),
                paths.longestFlowOutageMs(),
                downs,
                longestDownMs,
                paths.distanceUs(),
                paths.ownDelayMs(),
                paths.sizes(),
                paths.parts(),
                Optional.empty());
    }
}
