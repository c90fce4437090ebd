package io.echo.bench.result;

import static java.util.stream.Collectors.toUnmodifiableSet;

import io.echo.bench.load.Interval;
import io.echo.bench.load.LoadConfig;
import io.echo.bench.load.Measurement;
import io.echo.bench.load.ProcessCost;
import io.echo.bench.verdict.Check;
import io.echo.bench.verdict.Verdict;
import io.echo.cli.Build;
import io.echo.client.figures.Figures;
import io.echo.client.flow.Paths;
import io.echo.client.probe.ProbeStats;
import io.echo.client.probe.Rate;
import io.echo.net.Protocol;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.HdrHistogram.Histogram;

/**
 * A result of {@code load} or {@code merge}: all that its JSON object holds. {@link ResultJson}
 * writes it and reads it.
 *
 * @param version of the program that measured
 * @param target with the port that was used
 * @param embedded whether the server shared the generator's process
 * @param startedAt start of the measured phase
 * @param asked what the run was to be; empty in a merged result
 * @param done what it was, beside it
 * @param life of the connections; empty over UDP
 * @param intervals of the measured phase; none in a merged result
 * @param paths where and when probes were lost
 * @param machine that the generator ran on; empty in a merged result
 * @param merged the loads in it; empty in a result of {@code load}
 * @param command line that makes it again
 */
public record Result(
        Optional<String> version,
        String target,
        Optional<String> protocol,
        Optional<String> transport,
        boolean embedded,
        Instant startedAt,
        Phase phase,
        Optional<Extent> asked,
        Optional<Extent> done,
        Counts counts,
        Optional<Connections> life,
        Times times,
        List<Interval> intervals,
        Paths paths,
        Outcome outcome,
        Generator generator,
        Optional<Machine> machine,
        Optional<Sum> merged,
        Optional<String> command) {
    private static final double NANOS = 1e9;

    /**
     * The measured phase.
     *
     * @param sizeBytes mean size of a probe
     * @param warmupS seconds before it; empty when unknown, or not the same in all that were merged
     * @param durationS as it was, not as it was asked for
     * @param rateRequested probes per second; empty in a closed loop
     * @param rateAchieved what a load of this kind sets: the rate sent in an open loop, replied in
     *     a closed one
     * @param rateSent probes per second that left
     * @param rateReplied intact first replies within the phase, per second of it
     */
    public record Phase(
            double sizeBytes,
            long connections,
            Optional<Double> warmupS,
            double durationS,
            Optional<Double> rateRequested,
            double rateAchieved,
            double rateSent,
            double rateReplied) {}

    /**
     * The extent of a run, as it was asked for or as it was.
     *
     * @param durationS empty where a count was asked for
     * @param count of probes; empty where a duration was asked for
     * @param connections those that were open, on average, where they were not all
     * @param rate sent; empty where a closed loop was asked for
     */
    public record Extent(
            Optional<Double> durationS,
            Optional<Long> count,
            double warmupS,
            double connections,
            Optional<Double> rate) {
        private static Extent asked(LoadConfig config) {
            Optional<Long> count = config.span().count();
            return new Extent(
                    count.isPresent()
                            ? Optional.empty()
                            : Optional.of(config.span().duration().toNanos() / NANOS),
                    count,
                    config.warmup().toNanos() / NANOS,
                    config.connections(),
                    config.load().asked().map(Rate::perSecond));
        }

        private static Extent done(Measurement measurement) {
            boolean begun = measurement.stats().sent() > 0 || !measurement.interrupted();
            return new Extent(
                    Optional.of(measurement.durationS()),
                    Optional.of(measurement.stats().sent()),
                    begun ? measurement.config().warmup().toNanos() / NANOS : 0,
                    Figures.thousandths(measurement.meanConnections()),
                    Optional.of(Figures.thousandths(measurement.rateSent())));
        }
    }

    /**
     * The life of TCP connections in the measured phase.
     *
     * @param reopened times that one was opened again after the peer had ended it
     * @param downS seconds without a connection, summed over all that were asked for
     * @param awayS seconds in which none was open
     * @param handshakes of TLS; empty without
     */
    public record Connections(
            long reopened, double downS, double awayS, Optional<Handshakes> handshakes) {
        private static Optional<Connections> of(Measurement measurement) {
            Measurement.Connections connections = measurement.connections();
            return measurement.config().protocol() == Protocol.UDP
                    ? Optional.empty()
                    : Optional.of(
                            new Connections(
                                    connections.reopened(),
                                    connections.downNs() / NANOS,
                                    connections.awayNs() / NANOS,
                                    connections.handshakes().map(Handshakes::of)));
        }
    }

    /**
     * The handshakes of TLS, each of them a full one.
     *
     * @param failed number of those that failed
     * @param measured number of those that succeeded in the measured phase
     * @param ns how long those took that succeeded, from the first connection on
     */
    public record Handshakes(long failed, long measured, Histogram ns) {
        /** Returns those of the measured phase, per second of it; 0 if it had no length. */
        public double perSecond(double durationS) {
            return durationS > 0 ? measured / durationS : 0;
        }

        /** Returns those that the loops have counted. */
        public static Handshakes of(io.echo.bench.connection.Handshakes handshakes) {
            return new Handshakes(handshakes.failed(), handshakes.measured(), handshakes.ns());
        }
    }

    /**
     * The fates of the probes.
     *
     * @param unsent of those sent, the ones that never left; empty in a file that does not tell
     */
    public record Counts(
            long sent,
            Optional<Long> unsent,
            long received,
            long lost,
            long late,
            long duplicated,
            long reordered,
            long corrupted,
            long foreign) {
        /** Returns the share of the sent probes that was lost, in percent. */
        public double lossPercent() {
            return 100.0 * lost / Math.max(1, sent);
        }
    }

    /**
     * The recorded times, in nanoseconds. A histogram is empty where nothing was recorded.
     *
     * @param latency from the intended time of a probe to its answer
     * @param service from its actual send to its answer
     * @param lateness from its intended time to its actual send; only in an open loop
     * @param connect time to connect; only over TCP
     */
    public record Times(
            Histogram latency, Histogram service, Histogram lateness, Histogram connect) {}

    /**
     * The judgement.
     *
     * @param failures reasons why it is not valid, then the limits that were missed, a sentence
     *     each
     * @param checks figures that were judged; none in a merged result
     * @param warnings facts that a reader should know, a sentence each
     */
    public record Outcome(
            boolean valid, List<String> failures, List<Check> checks, List<String> warnings) {
        /** Returns the bound of a check, if there is such a check. */
        public Optional<Check.Bound> bound(Check.Kind kind) {
            return checks.stream().filter(check -> check.is(kind)).map(Check::bound).findFirst();
        }
    }

    /**
     * The loads that a merged result adds up.
     *
     * @param parts what names each, as {@link Result#parts}
     * @param failed purposes of the checks that failed in any of them
     */
    public record Sum(List<String> parts, Set<Check.Purpose> failed) {}

    /**
     * The generator: its settings, and its cost during the measured phase.
     *
     * @param loops event loops
     * @param window probes in flight on each connection; empty in an open loop
     * @param train datagrams in one segmented send
     * @param cpuS processor time of the process
     * @param receiveDrops datagrams that found the receive buffers of its sockets full
     * @param machineReceiveDrops the same for all sockets of its machine
     * @param interrupted whether something that was asked for is missing because of a stop
     * @param troubles faults of the peer's connections, a sentence each
     */
    public record Generator(
            Optional<Long> loops,
            Optional<Long> window,
            Optional<Long> train,
            Optional<Double> timeoutS,
            Optional<Double> cpuS,
            Optional<Long> gcPauses,
            Optional<Long> gcMs,
            Optional<Long> receiveDrops,
            Optional<Long> machineReceiveDrops,
            boolean interrupted,
            List<String> troubles) {
        private static Generator of(Measurement measurement) {
            LoadConfig config = measurement.config();
            ProcessCost cost = measurement.cost();
            return new Generator(
                    Optional.of((long) config.generator().loops()),
                    config.load() instanceof LoadConfig.Load.Closed closed
                            ? Optional.of((long) closed.window())
                            : Optional.empty(),
                    Optional.of((long) config.train()),
                    Optional.of(config.timeout().toNanos() / NANOS),
                    Optional.of(Figures.thousandths(cost.cpuNs() / NANOS)),
                    Optional.of(cost.gcPauses()),
                    Optional.of(cost.gcMs()),
                    boxed(cost.socketDrops()),
                    boxed(cost.machineDrops()),
                    measurement.interrupted(),
                    measurement.problems());
        }

        private static Optional<Long> boxed(OptionalLong value) {
            return value.isPresent() ? Optional.of(value.getAsLong()) : Optional.empty();
        }
    }

    /** Makes the result of a load that this process has just run. */
    public static Result of(Measurement measurement, Verdict verdict) {
        LoadConfig config = measurement.config();
        Optional<Rate> asked = config.load().asked();
        ProbeStats stats = measurement.stats();
        return new Result(
                Optional.of(Build.version()),
                measurement.target().toString(),
                Optional.of(config.protocol().toString()),
                Optional.of(config.generator().transport().toString()),
                measurement.place().embedded(),
                measurement.startedAt(),
                new Phase(
                        config.sizes().mean(),
                        config.connections(),
                        Optional.of(config.warmup().toNanos() / NANOS),
                        measurement.durationS(),
                        asked.map(Rate::perSecond),
                        Figures.thousandths(measurement.rateAchieved()),
                        Figures.thousandths(measurement.rateSent()),
                        Figures.thousandths(measurement.rateReplied())),
                Optional.of(Extent.asked(config)),
                Optional.of(Extent.done(measurement)),
                new Counts(
                        stats.sent(),
                        Optional.of(stats.unsent()),
                        stats.received(),
                        stats.lost(),
                        stats.late(),
                        stats.duplicated(),
                        stats.reordered(),
                        stats.corrupted(),
                        stats.foreign()),
                Connections.of(measurement),
                new Times(
                        stats.latency(),
                        stats.service(),
                        asked.isPresent() ? stats.lateness() : ProbeStats.newHistogram(),
                        config.protocol() == Protocol.TCP
                                ? measurement.connectNs()
                                : ProbeStats.newHistogram()),
                measurement.intervals(),
                measurement.paths(),
                new Outcome(
                        verdict.valid() && stats.sent() > 0,
                        verdict.failures(),
                        verdict.checks(),
                        verdict.warnings()),
                Generator.of(measurement),
                Optional.of(Machine.here()),
                Optional.empty(),
                Optional.empty());
    }

    /** Returns this result with the command that makes it again. */
    public Result withCommand(String line) {
        return new Result(
                version,
                target,
                protocol,
                transport,
                embedded,
                startedAt,
                phase,
                asked,
                done,
                counts,
                life,
                times,
                intervals,
                paths,
                outcome,
                generator,
                machine,
                merged,
                Optional.of(line));
    }

    /** Returns the number of loads in it: more than one in a merged result. */
    public long results() {
        return parts().size();
    }

    /**
     * Returns what names each load in it among all others: start, target, and a number made of its
     * times, which tells generators apart that began at once.
     */
    List<String> parts() {
        return merged.map(Sum::parts)
                .orElseGet(
                        () ->
                                List.of(
                                        startedAt
                                                + " "
                                                + target
                                                + " "
                                                + Integer.toHexString(times.hashCode())));
    }

    /** Returns the purposes of the checks that failed. */
    public Set<Check.Purpose> failed() {
        return merged.map(Sum::failed)
                .orElseGet(
                        () ->
                                outcome.checks().stream()
                                        .filter(check -> !check.met())
                                        .map(Check::purpose)
                                        .collect(toUnmodifiableSet()));
    }

    /** Returns the end of its measured phase. */
    Instant endedAt() {
        return startedAt.plusNanos(Math.round(phase.durationS() * NANOS));
    }

    /** Returns the target and the size, which must be equal in results that are added. */
    public String subject() {
        return target + ", " + Figures.plain(phase.sizeBytes()) + " bytes";
    }
}
