package io.echo.bench.report;

import io.echo.bench.load.LoadConfig;
import io.echo.bench.load.Measurement;
import io.echo.bench.load.ProcessCost;
import io.echo.bench.pacing.Pacing;
import io.echo.bench.result.Result;
import io.echo.bench.verdict.Check;
import io.echo.bench.verdict.Verdict;
import io.echo.cli.Terminal;
import io.echo.client.figures.Figures;
import io.echo.client.figures.Unit;
import io.echo.client.findings.Findings;
import io.echo.client.flow.Paths;
import io.echo.client.probe.ProbeStats;
import io.echo.net.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** A measurement as a table for people; reasons not to believe it come first. */
public final class TextReport {
    private static final int UDP_HEADER = 8;
    private static final int TCP_HEADER = 32;
    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;
    private static final int ETHERNET = 18;
    private static final int INDENT = 4;

    /** Characters before the value of a row. */
    private static final int WIDTH = 14;

    private static final double PERCENT = 100;
    private static final double BITS_PER_MBIT = 1e6 / Byte.SIZE;
    private static final double NANOS = 1e9;

    private TextReport() {}

    /** Returns the lines of the table, in the width and colours of a terminal. */
    public static List<String> of(Measurement measurement, Verdict verdict, Terminal terminal) {
        List<String> lines = findings(verdict, terminal);
        Findings.of(measurement.paths(), measurement.target().protocol().toString())
                .forEach(what -> lines.add(found(what, terminal)));
        if (!lines.isEmpty()) {
            lines.add("");
        }
        String bad = bad(measurement.paths(), terminal);
        lines.add(row("verdict", word(verdict, terminal) + bad));
        lines.addAll(limits(verdict, terminal));
        lines.addAll(setting(measurement, terminal));
        lines.addAll(counts(measurement, terminal));
        lines.add("");
        lines.addAll(times(measurement));
        lines.add("");
        lines.addAll(generator(measurement));
        return lines;
    }

    /** Returns every sentence of a verdict as a line. */
    private static List<String> findings(Verdict verdict, Terminal terminal) {
        List<String> lines = new ArrayList<>();
        verdict.invalidities().forEach(why -> lines.add(notValid(why, terminal)));
        verdict.faults().forEach(why -> lines.add(headed("FAILED:", why, terminal, terminal::bad)));
        verdict.misses()
                .forEach(why -> lines.add(headed("LIMIT MISSED:", why, terminal, terminal::bad)));
        verdict.gaps()
                .forEach(why -> lines.add(headed("INCOMPLETE:", why, terminal, terminal::bad)));
        verdict.differences()
                .forEach(why -> lines.add(headed("NOT AS ASKED:", why, terminal, terminal::bad)));
        verdict.warnings().forEach(what -> lines.add(warning(what, terminal)));
        return lines;
    }

    /** Returns the line with a reason why a measurement is not valid. */
    public static String notValid(String why, Terminal terminal) {
        return headed("NOT VALID:", why, terminal, terminal::bad);
    }

    /** Returns the line of a warning. */
    public static String warning(String what, Terminal terminal) {
        return headed("warning:", what, terminal, terminal::warning);
    }

    /** Returns the line of what stands out in the flows and the outages. */
    public static String found(String what, Terminal terminal) {
        return headed("FOUND:", what, terminal, terminal::bad);
    }

    /** Returns a sentence behind a coloured head. */
    public static String headed(
            String head, String sentence, Terminal terminal, UnaryOperator<String> colour) {
        String lines = terminal.wrap(head + " " + sentence, INDENT);
        return colour.apply(head) + lines.substring(head.length());
    }

    /**
     * Returns how many flows and sizes are bad, behind the word of the verdict; perhaps nothing.
     */
    static String bad(Paths paths, Terminal terminal) {
        String flows =
                paths.dead() == paths.total()
                        ? ""
                        : bad(paths.bad(), paths.total(), "flow", terminal);
        return flows + bad(paths.badSizes().size(), paths.sizes().size(), "size", terminal);
    }

    private static String bad(long bad, long of, String noun, Terminal terminal) {
        return bad == 0
                ? ""
                : ", " + terminal.bad(say("%,d of %s bad", bad, Figures.count(of, noun)));
    }

    /** Returns a verdict in a word or two. */
    public static String word(Verdict verdict, Terminal terminal) {
        if (!verdict.valid()) {
            return terminal.bad("NOT VALID");
        }
        if (!verdict.faults().isEmpty()) {
            return terminal.bad("FAILED");
        }
        if (!verdict.misses().isEmpty()) {
            return terminal.bad("LIMIT MISSED");
        }
        if (!verdict.gaps().isEmpty()) {
            return terminal.bad("INCOMPLETE");
        }
        boolean limits =
                verdict.checks().stream().anyMatch(check -> check.purpose() == Check.Purpose.LIMIT);
        String good = terminal.good(limits ? "valid, limits met" : "valid");
        return verdict.differences().isEmpty() ? good : good + ", not as asked";
    }

    private static List<String> setting(Measurement measurement, Terminal terminal) {
        LoadConfig config = measurement.config();
        String load =
                config.load() instanceof LoadConfig.Load.Open open
                        ? say("open loop, %s/s", Figures.grouped(open.rate().perSecond()))
                        : say(
                                "closed loop, %,d in flight each%s",
                                ((LoadConfig.Load.Closed) config.load()).window(),
                                config.train() > 1
                                        ? say(" in segmented sends of %d", config.train())
                                        : "");
        List<String> rows = new ArrayList<>();
        rows.add(row("target", measurement.target().toString()));
        if (measurement.place().embedded()) {
            rows.add(row("", "own server in this process: the two share the cores"));
        }
        String warmup = seconds(config.warmup().toNanos()) + " of warm-up";
        String transport = config.generator().transport().toString();
        rows.add(terminal.wrap(row("load", load + ", " + transport + ", after " + warmup), WIDTH));
        String asked = "asked " + asked(config) + "; done " + done(measurement);
        rows.add(terminal.wrap(row("run", asked), WIDTH));
        return rows;
    }

    private static String asked(LoadConfig config) {
        String extent =
                config.span()
                        .count()
                        .map(count -> say("%,d probes", count))
                        .orElseGet(() -> seconds(config.span().duration().toNanos()));
        String rate =
                config.load()
                        .asked()
                        .map(asked -> ", " + Figures.grouped(asked.perSecond()) + "/s")
                        .orElse("");
        return extent + rate + ", " + Figures.count(config.connections(), "connection");
    }

    /** Returns what was done, in the words and the order of {@link #asked}. */
    private static String done(Measurement measurement) {
        String counted =
                measurement
                        .config()
                        .span()
                        .count()
                        .map(count -> say("%,d probes in ", measurement.stats().sent()))
                        .orElse("");
        return counted
                + say("%.3f s, %,.1f/s, ", measurement.durationS(), measurement.rateSent())
                + connections(measurement.meanConnections());
    }

    private static String connections(double mean) {
        return mean == 1 ? "1 connection" : Figures.number(mean) + " connections";
    }

    private static String seconds(long ns) {
        return Figures.plain(ns / NANOS) + " s";
    }

    private static List<String> counts(Measurement measurement, Terminal terminal) {
        ProbeStats stats = measurement.stats();
        // Not the mean of the sizes: each connection begins with the first of them.
        double payload =
                stats.sent() == 0
                        ? measurement.config().sizes().mean()
                        : (double) stats.sentBytes() / stats.sent();
        // A service may answer some sizes more than others.
        double back =
                stats.received() == 0 ? payload : (double) stats.receivedBytes() / stats.received();
        int headers = overhead(measurement);
        boolean udp = measurement.target().protocol() == Protocol.UDP;
        List<String> rows = new ArrayList<>();
        rows.add(
                row(
                        "sent",
                        say(
                                "%,d%s",
                                stats.sent(),
                                stats.unsent() > 0
                                        ? say(", %,d of them never left", stats.unsent())
                                        : "")));
        rows.add(row("received", say("%,d, %,d of them late", stats.received(), stats.late())));
        String lost = say("%,d (%.4f %%)", stats.lost(), measurement.loss() * PERCENT);
        String spread = Findings.spread(measurement.paths());
        String where = spread.isEmpty() || stats.lost() == 0 ? "" : "; " + spread;
        rows.add(row("lost", terminal.alarm(stats.lost(), lost) + where));
        rows.addAll(PathRows.of(measurement.paths(), measurement.config().connections()));
        rows.add(
                besides(
                        stats.duplicated(),
                        stats.reordered(),
                        stats.corrupted(),
                        stats.foreign(),
                        terminal));
        handshakes(measurement).ifPresent(rows::add);
        rows.add(row("out", traffic(measurement.rateSent(), payload, headers)));
        rows.add(row("back", traffic(measurement.rateReplied(), back, headers)));
        rows.add(
                row(
                        "",
                        say(
                                "(payload %s; on the wire %s: %s, IP, Ethernet headers)",
                                bytes(payload, back, 0),
                                bytes(payload, back, headers),
                                udp ? "UDP" : "TCP")));
        if (!udp) {
            rows.add(row("", "(if each message has a segment of its own)"));
        } else if (isFragmented(measurement, headers)) {
            rows.add(
                    row(
                            "",
                            "(a datagram counts as one packet, though large ones go in"
                                    + " fragments)"));
        }
        return rows;
    }

    private static Optional<String> handshakes(Measurement measurement) {
        return measurement
                .connections()
                .handshakes()
                .map(Result.Handshakes::of)
                .map(
                        all ->
                                row(
                                        "handshakes",
                                        say(
                                                "%,d of TLS, each a full one, %,d failed; in the"
                                                        + " measured phase %,d, %,.1f/s",
                                                all.ns().getTotalCount(),
                                                all.failed(),
                                                all.measured(),
                                                all.perSecond(measurement.durationS()))));
    }

    /** Tells whether the largest datagrams leave in fragments. */
    private static boolean isFragmented(Measurement measurement, int headers) {
        int largest = measurement.config().sizes().largest() + headers - ETHERNET;
        return largest > measurement.place().packetBytes()
                && !measurement.config().sockets().dontFragment();
    }

    private static String traffic(double perSecond, double payload, int headers) {
        return say(
                "%,.1f packets/s, %,.2f Mbit/s of payload, %,.2f on the wire",
                perSecond,
                perSecond * payload / BITS_PER_MBIT,
                perSecond * (payload + headers) / BITS_PER_MBIT);
    }

    /** Returns the mean bytes of a packet, of each way where they differ. */
    private static String bytes(double out, double back, int headers) {
        String sent = Figures.number(out + headers) + " B";
        String received = Figures.number(back + headers) + " B";
        return sent.equals(received) ? sent : sent + " out, " + received + " back";
    }

    /** Returns a row for each limit of the user, beside its figure. */
    private static List<String> limits(Verdict verdict, Terminal terminal) {
        List<String> rows = new ArrayList<>();
        for (Check check : verdict.checks()) {
            if (check.purpose() != Check.Purpose.LIMIT) {
                continue;
            }
            Check.Bound bound = check.bound();
            String text =
                    say(
                            "%s: %s, %s %s%s: %s",
                            check.figure(),
                            check.measured().map(value -> beside(value, check)).orElse("lost"),
                            bound.most() ? "at most" : "at least",
                            plain(bound.value(), bound.unit()),
                            check.flag().map(flag -> " (" + flag + ")").orElse(""),
                            check.met() ? "met" : terminal.bad("missed"));
            rows.add(terminal.wrap(row(rows.isEmpty() ? "limits" : "", text), WIDTH));
        }
        return rows;
    }

    private static String beside(double value, Check check) {
        return Figures.beside(value, check.bound().value(), check.bound().unit())
                .replace('\u00a0', ' ');
    }

    private static String plain(double value, Unit unit) {
        return Figures.figure(value, unit).replace('\u00a0', ' ');
    }

    /** Returns the line of the packets that came back beyond one answer for each probe. */
    public static String besides(
            long duplicated, long reordered, long corrupted, long foreign, Terminal terminal) {
        return row(
                "besides",
                say(
                        "%,d duplicated, %,d reordered, %s, %,d foreign",
                        duplicated,
                        reordered,
                        terminal.alarm(corrupted, say("%,d corrupted", corrupted)),
                        foreign));
    }

    private static List<String> times(Measurement measurement) {
        ProbeStats stats = measurement.stats();
        boolean open = measurement.config().load().asked().isPresent();
        List<String> lines = new ArrayList<>();
        lines.add(Figures.heading());
        lines.add(Figures.line("latency", stats.latency()));
        if (open) {
            lines.add(Figures.line("service", stats.service()));
            lines.add(Figures.line("send lateness", stats.lateness()));
        }
        if (measurement.target().protocol() == Protocol.TCP) {
            lines.add(Figures.line("connect", measurement.connectNs()));
        }
        measurement
                .connections()
                .handshakes()
                .ifPresent(all -> lines.add(Figures.line("handshake", all.ns())));
        if (open) {
            lines.add("(latency: from the intended time; service: from the actual send)");
        }
        return lines;
    }

    private static List<String> generator(Measurement measurement) {
        ProcessCost cost = measurement.cost();
        LoadConfig.Generator generator = measurement.config().generator();
        boolean spins =
                generator.pacing() == Pacing.SPIN
                        && measurement.config().load().asked().isPresent();
        return List.of(
                row(
                        "generator",
                        Figures.count(generator.loops(), "loop")
                                + (spins ? ", spinning on a core to be on time" : "")),
                row(
                        "process CPU",
                        say(
                                "%.2f s%s%s; %s, %,d ms",
                                cost.cpuNs() / NANOS,
                                measurement.place().embedded() ? " with the server" : "",
                                // Of a phase that hardly began, a part says nothing.
                                measurement.stats().sent() == 0 || cost.atNs() == 0
                                        ? ""
                                        : say(
                                                " (%.0f %% of a core)",
                                                PERCENT * cost.cpuNs() / cost.atNs()),
                                Figures.count(cost.gcPauses(), "GC pause"),
                                cost.gcMs())),
                row(
                        "receive drops",
                        cost.socketDrops().isPresent()
                                ? say("%,d", cost.socketDrops().getAsLong())
                                : "not known"));
    }

    private static int overhead(Measurement measurement) {
        boolean udp = measurement.target().protocol() == Protocol.UDP;
        boolean ipv6 = measurement.place().ipv6();
        return (udp ? UDP_HEADER : TCP_HEADER) + (ipv6 ? IPV6_HEADER : IPV4_HEADER) + ETHERNET;
    }

    /** Returns a line: a name and its value. */
    public static String row(String name, String value) {
        return say("%-14s%s", name, value);
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
