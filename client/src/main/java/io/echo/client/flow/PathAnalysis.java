package io.echo.client.flow;

import io.echo.client.flow.FlowBook.Entry;
import io.echo.client.flow.ServiceLosses.Span;
import io.echo.client.outage.Outages;
import io.echo.client.probe.FlowStats;
import io.echo.client.probe.SizeClasses;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/** Makes {@link Paths} of the books of all loops, after the run. */
public final class PathAnalysis {
    private static final double NANOS = 1e9;
    private static final double NANOS_PER_US = 1e3;
    private static final double NANOS_PER_MS = 1e6;

    /**
     * The measured phase.
     *
     * @param startNs on the nanoTime clock
     * @param lengthNs of it
     * @param remote address of the service
     * @param connections of the run
     * @param open of an open loop: when a probe should leave, by its number, on the nanoTime clock
     * @param measuredFrom number of its first probe
     * @param sizes of the probes
     * @param ownDelayNs the longest time by which the generator was late, or stood still
     * @param idleNs part of the phase in which no probe was due, for a reason of the generator
     */
    public record Phase(
            long startNs,
            long lengthNs,
            InetSocketAddress remote,
            int connections,
            Optional<LongUnaryOperator> open,
            long measuredFrom,
            SizeClasses sizes,
            long ownDelayNs,
            long idleNs) {
        long sinceStart(long ns) {
            return Math.min(lengthNs, Math.max(0, ns - startNs));
        }

        /** Returns the time from one of so many probes to the next, on average. */
        double distanceNs(long probes) {
            return (double) (lengthNs - idleNs) / probes;
        }
    }

    private final Phase phase;
    private final List<Entry> entries;
    private final LossSearch search;

    private PathAnalysis(Phase phase, List<FlowBook.Closed> books) {
        this.phase = phase;
        this.entries =
                books.stream()
                        .flatMap(book -> book.entries().stream())
                        .filter(entry -> entry.sent() > 0)
                        .sorted(Comparator.comparingLong(Entry::openedNs))
                        .toList();
        this.search = new LossSearch(phase, entries, books);
    }

    /** Analyses a run. */
    public static Paths of(Phase phase, List<FlowBook.Closed> books) {
        PathAnalysis analysis = new PathAnalysis(phase, books);
        return analysis.entries.isEmpty() ? Paths.NONE : analysis.paths();
    }

    private Paths paths() {
        long sent = entries.stream().mapToLong(Entry::sent).sum();
        double distanceNs = phase.distanceNs(sent);
        List<SizeResult> sizes = sizes();
        boolean[] leftOut = search.badPlaces(FlowJudge.faults(rawSamples()));
        Outages outages = search.serviceOutages(leftOut);
        List<FlowLosses> losses = search.flowLosses(outages);
        List<Optional<FlowResult.Fault>> faults = FlowJudge.faults(samples(losses));
        boolean[] bad = search.badPlaces(faults);
        if (!Arrays.equals(leftOut, bad)) {
            // Lossy flows next to each other lose probes at once without an outage of the service.
            outages = search.serviceOutages(bad);
            losses = search.flowLosses(outages);
            faults = FlowJudge.faults(samples(losses));
        }
        return paths(sizes, distanceNs, outages, losses, faults);
    }

    /** Returns the losses by size, and leaves those of bad sizes out of what is judged next. */
    private List<SizeResult> sizes() {
        SizeClasses classes = phase.sizes();
        SizeLosses losses = new SizeLosses(classes, entries.stream().map(Entry::sizes).toList());
        if (classes.count() == 1) {
            return List.of();
        }
        search.missed(losses);
        List<SizeResult> sizes = losses.results();
        boolean[] bad = new boolean[classes.count()];
        for (int i = 0; i < bad.length; i++) {
            int bytes = classes.fromBytes(i);
            bad[i] = sizes.stream().anyMatch(s -> s.bad() && s.fromBytes() == bytes);
        }
        search.leaveOut(bad);
        return sizes;
    }

    private Paths paths(
            List<SizeResult> sizes,
            double distanceNs,
            Outages outages,
            List<FlowLosses> losses,
            List<Optional<FlowResult.Fault>> faults) {
        List<FlowJudge.Sample> samples = samples(losses);
        List<FlowResult> all =
                IntStream.range(0, entries.size())
                        .mapToObj(i -> result(entries.get(i), losses.get(i), faults.get(i)))
                        .toList();
        List<Integer> listed = FlowSample.of(all);
        List<Integer> good =
                IntStream.range(0, all.size())
                        .filter(i -> faults.get(i).isEmpty())
                        .boxed()
                        .toList();
        long othersSent = good.stream().mapToLong(i -> all.get(i).sent()).sum();
        long othersLost = good.stream().mapToLong(i -> all.get(i).lost()).sum();
        return new Paths(
                listed.stream().map(all::get).toList(),
                entries.stream().mapToLong(Entry::sent).sum(),
                all.size(),
                faults.stream()
                        .filter(f -> f.filter(FlowResult.Fault.DEAD::equals).isPresent())
                        .count(),
                all.size() - good.size(),
                LossSpread.chance(samples, faults),
                othersSent == 0 ? 0 : (double) othersLost / othersSent,
                medianUs(good),
                all.stream().mapToDouble(FlowResult::loss).max().orElse(0),
                outages,
                all.stream()
                        .filter(flow -> flow.received() > 0)
                        .mapToDouble(FlowResult::longestOutageMs)
                        .max()
                        .orElse(0),
                search.downs().count(),
                search.downs().mapToLong(Span::lengthNs).max().orElse(0) / NANOS_PER_MS,
                distanceNs / NANOS_PER_US,
                phase.ownDelayNs() / NANOS_PER_MS,
                sizes,
                List.of(),
                Optional.of(
                        FlowStrip.of(
                                listed.stream().map(entries::get).toList(), phase.lengthNs())));
    }

    /** Returns the flows with all of their losses, wherever these lie. */
    private List<FlowJudge.Sample> rawSamples() {
        List<FlowLosses> losses = search.flowLosses(Outages.NONE);
        return IntStream.range(0, entries.size())
                .mapToObj(
                        i ->
                                new FlowJudge.Sample(
                                        search.sent(entries.get(i)),
                                        search.lost(entries.get(i)),
                                        search.lost(entries.get(i)),
                                        entries.get(i).stats().received(),
                                        Optional.empty(),
                                        search.tail(losses.get(i))))
                .toList();
    }

    private List<FlowJudge.Sample> samples(List<FlowLosses> losses) {
        List<FlowJudge.Sample> samples = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            long within = losses.get(i).within();
            samples.add(
                    new FlowJudge.Sample(
                            Math.max(0, search.sent(entry) - within),
                            Math.max(0, search.lost(entry) - within),
                            losses.get(i).squares(),
                            entry.stats().received(),
                            Optional.of(entry.stats()),
                            search.tail(losses.get(i))));
        }
        return samples;
    }

    private FlowResult result(Entry entry, FlowLosses losses, Optional<FlowResult.Fault> fault) {
        FlowStats stats = entry.stats();
        boolean answered = stats.received() > 0;
        return new FlowResult(
                NetUtil.toSocketAddressString(entry.local()),
                NetUtil.toSocketAddressString(phase.remote()),
                entry.sent(),
                stats.received(),
                stats.late(),
                answered ? Optional.of(stats.p50Ns() / NANOS_PER_US) : Optional.empty(),
                answered ? Optional.of(stats.p99Ns() / NANOS_PER_US) : Optional.empty(),
                answered ? Optional.of(stats.firstReplyNs() / NANOS) : Optional.empty(),
                answered ? Optional.of(stats.lastReplyNs() / NANOS) : Optional.empty(),
                losses.longestNs() / NANOS_PER_MS,
                fault);
    }

    /** Returns the median latency of flows, of all of their replies as far as these are known. */
    private Optional<Double> medianUs(List<Integer> of) {
        Histogram sum = FlowStats.newHistogram();
        of.forEach(i -> entries.get(i).stats().latency().ifPresent(sum::add));
        return sum.getTotalCount() == 0
                ? Optional.empty()
                : Optional.of(sum.getValueAtPercentile(50) / NANOS_PER_US);
    }
}
