package io.echo.bench.flow;

import io.echo.bench.flow.FlowBook.Entry;
import io.echo.client.outage.LossRun;
import io.echo.client.outage.Outages;
import io.echo.client.probe.FlowStats;
import io.echo.client.probe.Schedule;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
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
     * @param open the schedule of an open loop
     * @param measuredFrom number of its first probe
     * @param ownDelayNs the longest time by which the generator was late, or stood still
     */
    public record Phase(
            long startNs,
            long lengthNs,
            InetSocketAddress remote,
            int connections,
            Optional<Schedule> open,
            long measuredFrom,
            long ownDelayNs) {
        long sinceStart(long ns) {
            return Math.min(lengthNs, Math.max(0, ns - startNs));
        }
    }

    private final Phase phase;
    private final List<Entry> entries;
    private final List<FlowBook.Down> downs;
    private final MissedNumbers missed;

    /** The entries of each place, in the order in which they took it. */
    private final List<List<Integer>> places = new ArrayList<>();

    private PathAnalysis(Phase phase, List<FlowBook.Closed> books) {
        this.phase = phase;
        this.entries =
                books.stream()
                        .flatMap(book -> book.entries().stream())
                        .filter(entry -> entry.sent() > 0)
                        .sorted(Comparator.comparingLong(Entry::openedNs))
                        .toList();
        this.downs = books.stream().flatMap(book -> book.downs().stream()).toList();
        this.missed = new MissedNumbers(phase.measuredFrom());
        books.forEach(book -> book.missed().ifPresent(missed::addAll));
        for (int i = 0; i < phase.connections(); i++) {
            places.add(new ArrayList<>());
        }
        for (int i = 0; i < entries.size(); i++) {
            places.get(entries.get(i).place()).add(i);
        }
    }

    /** Analyses a run. */
    public static Paths of(Phase phase, List<FlowBook.Closed> books) {
        PathAnalysis analysis = new PathAnalysis(phase, books);
        return analysis.entries.isEmpty() ? Paths.NONE : analysis.paths();
    }

    private Paths paths() {
        long sent = entries.stream().mapToLong(Entry::sent).sum();
        double distanceNs = (double) phase.lengthNs() / sent;
        boolean[] leftOut = badPlaces(FlowJudge.faults(rawSamples()));
        Outages outages = serviceOutages(leftOut);
        List<FlowLosses> losses = flowLosses(outages);
        List<Optional<FlowResult.Fault>> faults = FlowJudge.faults(samples(losses));
        if (!Arrays.equals(leftOut, badPlaces(faults))) {
            // What lossy flows next to each other lose at once is no outage of the service.
            outages = serviceOutages(badPlaces(faults));
            losses = flowLosses(outages);
            faults = FlowJudge.faults(samples(losses));
        }
        return paths(sent, distanceNs, outages, losses, faults);
    }

    private Paths paths(
            long sent,
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
                sent,
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
                downMs().length,
                Arrays.stream(downMs()).max().orElse(0),
                distanceNs / NANOS_PER_US,
                phase.ownDelayNs() / NANOS_PER_MS,
                Optional.of(strip(listed)));
    }

    /** Returns the flows with all of their losses, wherever these lie. */
    private List<FlowJudge.Sample> rawSamples() {
        return entries.stream()
                .map(
                        entry ->
                                new FlowJudge.Sample(
                                        entry.sent(),
                                        entry.lost(),
                                        entry.lost(),
                                        entry.stats().received(),
                                        Optional.empty()))
                .toList();
    }

    /** Tells which places had no flow but such that lose their own probes; none if all are so. */
    private boolean[] badPlaces(List<Optional<FlowResult.Fault>> faults) {
        boolean[] bad = new boolean[phase.connections()];
        int count = 0;
        for (int i = 0; i < bad.length; i++) {
            bad[i] =
                    !places.get(i).isEmpty()
                            && places.get(i).stream()
                                    .allMatch(
                                            entry ->
                                                    faults.get(entry)
                                                            .filter(FlowResult.Fault::loses)
                                                            .isPresent());
            count += bad[i] ? 1 : 0;
        }
        return count == bad.length ? new boolean[bad.length] : bad;
    }

    /**
     * Finds the outages of the service by the flows that are not bad themselves.
     *
     * @param leftOut whether the flow in a place is bad
     */
    private Outages serviceOutages(boolean[] leftOut) {
        long others =
                entries.stream().filter(e -> !leftOut[e.place()]).mapToLong(Entry::sent).sum();
        double distanceNs = (double) phase.lengthNs() / Math.max(1, others);
        List<List<ServiceLosses.Span>> spans = downSpans();
        if (phase.open().isPresent()) {
            List<ServiceLosses.Span> away = ServiceLosses.together(spans);
            Outages all =
                    ServiceLosses.of(
                            missed, numbered(new boolean[leftOut.length]), List.of(), distanceNs);
            Outages found = ServiceLosses.of(missed, numbered(leftOut), away, distanceNs);
            return new Outages(
                    found.list(), found.count(), found.longestNs(), all.runs(), found.periods());
        }
        List<List<LossRun>> runs = new ArrayList<>();
        for (int i = 0; i < phase.connections(); i++) {
            List<LossRun> ofPlace = new ArrayList<>();
            for (int entry : places.get(i)) {
                ofPlace.addAll(
                        entries.get(entry)
                                .misses()
                                .runs(phase.startNs(), phase.startNs() + phase.lengthNs()));
            }
            spans.get(i)
                    .forEach(
                            down ->
                                    ofPlace.add(
                                            new LossRun(
                                                    down.fromNs(),
                                                    down.fromNs(),
                                                    down.toNs(),
                                                    0,
                                                    0)));
            runs.add(ofPlace);
        }
        return ServiceLosses.of(runs, distanceNs);
    }

    /** Returns the lengths of the times without a connection, within the phase. */
    private double[] downMs() {
        return downSpans().stream()
                .flatMap(List::stream)
                .mapToDouble(down -> (down.toNs() - down.fromNs()) / NANOS_PER_MS)
                .toArray();
    }

    /** Returns the times in which each place had no connection. */
    private List<List<ServiceLosses.Span>> downSpans() {
        List<List<ServiceLosses.Span>> ofPlaces = new ArrayList<>();
        for (int i = 0; i < phase.connections(); i++) {
            ofPlaces.add(new ArrayList<>());
        }
        for (FlowBook.Down down : downs) {
            long fromNs = phase.sinceStart(down.fromNs());
            long toNs = phase.sinceStart(down.toNs());
            if (fromNs < toNs) {
                ofPlaces.get(down.place()).add(new ServiceLosses.Span(fromNs, toNs));
            }
        }
        return ofPlaces;
    }

    private ServiceLosses.Numbered numbered(boolean[] leftOut) {
        return new ServiceLosses.Numbered(
                phase.open().orElseThrow(),
                phase.measuredFrom(),
                phase.startNs(),
                phase.lengthNs(),
                leftOut);
    }

    private List<FlowLosses> flowLosses(Outages outages) {
        List<List<ServiceLosses.Span>> spans = downSpans();
        List<FlowLosses> losses = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            int at = i;
            Entry entry = entries.get(i);
            losses.add(
                    new FlowLosses(
                            outages.list(),
                            spans.get(entry.place()).stream()
                                    .filter(s -> at(places.get(entry.place()), s.fromNs()) == at)
                                    .toList(),
                            (double) phase.lengthNs() / entry.sent()));
        }
        if (phase.open().isPresent()) {
            ServiceLosses.Numbered probes = numbered(new boolean[phase.connections()]);
            missed.forEach(
                    number -> {
                        int connections = phase.connections();
                        long atNs = probes.atNs(number);
                        List<Integer> inPlace = places.get((int) (number % connections));
                        if (!inPlace.isEmpty()) {
                            losses.get(at(inPlace, atNs))
                                    .add(
                                            number / connections,
                                            atNs,
                                            probes.atNs(number + connections));
                        }
                    });
        } else {
            long endNs = phase.startNs() + phase.lengthNs();
            for (int i = 0; i < losses.size(); i++) {
                entries.get(i).misses().forEach(phase.startNs(), endNs, losses.get(i)::add);
            }
        }
        losses.forEach(FlowLosses::end);
        return losses;
    }

    /** Returns the entry that had a place at a time. */
    private int at(List<Integer> inPlace, long atNs) {
        int at = inPlace.size() - 1;
        while (at > 0 && entries.get(inPlace.get(at)).openedNs() - phase.startNs() > atNs) {
            at--;
        }
        return inPlace.get(at);
    }

    private List<FlowJudge.Sample> samples(List<FlowLosses> losses) {
        List<FlowJudge.Sample> samples = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            long within = losses.get(i).within();
            samples.add(
                    new FlowJudge.Sample(
                            Math.max(0, entry.sent() - within),
                            Math.max(0, entry.lost() - within),
                            losses.get(i).squares(),
                            entry.stats().received(),
                            entry.stats().latency()));
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

    private FlowStrip strip(List<Integer> listed) {
        int shift =
                listed.stream().mapToInt(i -> entries.get(i).stats().shift()).max().orElseThrow();
        listed.forEach(i -> entries.get(i).stats().lengthenTo(shift));
        int cells =
                (int) Math.min(FlowStats.CELLS, Math.max(1, (phase.lengthNs() - 1 >> shift) + 1));
        return new FlowStrip(
                (1L << shift) / NANOS,
                listed.stream().map(i -> row(entries.get(i), cells)).toList());
    }

    private static FlowStrip.Row row(Entry entry, int cells) {
        FlowStats stats = entry.stats();
        long[] sent = new long[cells];
        long[] without = new long[cells];
        double[] latencyUs = new double[cells];
        for (int cell = 0; cell < cells; cell++) {
            without[cell] = stats.missed(cell);
            sent[cell] = (long) stats.inTime(cell) + stats.missed(cell);
            latencyUs[cell] = // NaN where none was
                    stats.latencyNs(cell) / NANOS_PER_US / stats.inTime(cell);
        }
        return new FlowStrip.Row(
                NetUtil.toSocketAddressString(entry.local()), sent, without, latencyUs);
    }
}
