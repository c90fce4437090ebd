package io.echo.bench.load;

import io.echo.bench.connection.Handshakes;
import io.echo.bench.pacing.Stalls;
import io.echo.client.flow.Paths;
import io.echo.client.probe.ProbeStats;
import io.echo.net.Protocol;
import io.echo.net.Target;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/**
 * The figures of a load test, without a verdict.
 *
 * @param target with the port that was used
 * @param place of the service
 * @param startedAt start of the measured phase
 * @param plannedNs its length in the plan; up to a stop when that came first
 * @param durationNs true length of the measured phase, which may differ from the flag
 * @param interrupted whether something that was asked for is missing because of a stop
 * @param missed probes that were due and that the generator did not get to
 * @param stalls of the generator
 * @param connectNs times to connect, of every connection that was opened
 * @param connections how they fared in the measured phase
 * @param paths where and when probes were lost
 * @param cost what this process used in the measured phase
 * @param problems failures of connections, a sentence each
 */
public record Measurement(
        LoadConfig config,
        Target target,
        Place place,
        Instant startedAt,
        long plannedNs,
        long durationNs,
        boolean interrupted,
        long missed,
        Stalls stalls,
        ProbeStats stats,
        Histogram connectNs,
        Connections connections,
        Paths paths,
        List<Interval> intervals,
        ProcessCost cost,
        List<String> problems) {
    private static final double NANOS = 1e9;

    /**
     * The place of the service.
     *
     * @param embedded whether it ran in this process
     * @param local whether it shares this machine's cores, as far as its address tells
     * @param ipv6 whether probes went over IPv6
     * @param packetBytes the largest packet that leaves whole: that of loopback, or of Ethernet
     */
    public record Place(boolean embedded, boolean local, boolean ipv6, int packetBytes) {}

    /**
     * The life of the connections in the measured phase.
     *
     * @param reopened number of those that the peer ended and that were opened again
     * @param downNs time without a connection, summed over all that were asked for
     * @param awayNs time in which no connection was open
     * @param handshakes of TLS; empty without
     */
    public record Connections(
            long reopened, long downNs, long awayNs, Optional<Handshakes> handshakes) {}

    /** Returns the length of the measured phase in seconds. */
    public double durationS() {
        return durationNs / NANOS;
    }

    /** Returns the probes that left, per second. */
    public double rateSent() {
        return perSecond(stats.sent() - stats.unsent());
    }

    /** Returns the intact first replies that came within the measured phase, per second of it. */
    public double rateReplied() {
        return perSecond(stats.inPhase());
    }

    /** Returns the rate that a load of this kind sets: sent in open loop, replied in closed. */
    public double rateAchieved() {
        return config.load().asked().isPresent() ? rateSent() : rateReplied();
    }

    /**
     * Returns the part of its plan that an open loop kept, from 0 to 1. Probes that could not leave
     * over TCP do not count against it: their connection had ended, or the peer did not read.
     */
    public double kept() {
        long held = config.protocol() == Protocol.UDP ? stats.unsent() : 0;
        long due = stats.sent() + missed;
        double inTime = durationNs <= 0 ? 1 : Math.min(1, (double) plannedNs / durationNs);
        return due == 0 ? 0 : inTime * (stats.sent() - held) / due;
    }

    /** Returns the mean number of connections that were open in the measured phase. */
    public double meanConnections() {
        return durationNs <= 0
                ? 0
                : Math.max(0, config.connections() - (double) connections.downNs() / durationNs);
    }

    /** Returns the part of the connections' time for which they were down, from 0 to 1. */
    public double downPart() {
        return durationNs <= 0
                ? 0
                : (double) connections.downNs() / durationNs / config.connections();
    }

    /** Returns the fraction of probes that were lost; 0 when none was sent. */
    public double loss() {
        return stats.sent() == 0 ? 0 : (double) stats.lost() / stats.sent();
    }

    private double perSecond(long probes) {
        return durationNs <= 0 ? 0 : probes / durationS();
    }
}
