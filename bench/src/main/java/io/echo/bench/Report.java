package io.echo.bench;

import io.echo.client.LatencyUs;
import io.echo.client.Tally;
import io.echo.client.Target;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/** A measurement as a table for people: what cannot be believed is said first. */
final class Report {
    private static final int UDP_HEADER = 8;
    private static final int TCP_HEADER = 32;
    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;
    private static final int ETHERNET = 18;
    private static final double PERCENT = 100;
    private static final double BITS_PER_MBIT = 1e6 / Byte.SIZE;
    private static final double NANOS = 1e9;

    private Report() {}

    /** Returns the lines of the table. */
    static List<String> of(Measurement measurement, Verdict verdict) {
        List<String> lines = new ArrayList<>();
        verdict.invalidities().forEach(why -> lines.add("NOT VALID: " + why));
        verdict.misses().forEach(why -> lines.add("LIMIT MISSED: " + why));
        verdict.warnings().forEach(why -> lines.add("warning: " + why));
        if (!lines.isEmpty()) {
            lines.add("");
        }
        lines.addAll(setting(measurement));
        lines.addAll(counts(measurement));
        lines.add("");
        lines.addAll(times(measurement));
        lines.add("");
        lines.add(row("generator", generator(measurement)));
        return lines;
    }

    private static List<String> setting(Measurement measurement) {
        LoadConfig config = measurement.config();
        String load =
                config.load() instanceof LoadConfig.Load.Open open
                        ? say(
                                "open loop, %s asked, %.1f/s achieved",
                                open.rate(), measurement.rateAchieved())
                        : say(
                                "closed loop, %d in flight each%s, %.1f/s",
                                ((LoadConfig.Load.Closed) config.load()).window(),
                                config.train() > 1
                                        ? say(" in segmented sends of %d", config.train())
                                        : "",
                                measurement.rateAchieved());
        return List.of(
                row(
                        "target",
                        measurement.target()
                                + (measurement.embedded()
                                        ? " (own server in this process: the two share the cores)"
                                        : "")),
                row("load", load + ", " + count(config.connections(), "connection")),
                row(
                        "measured",
                        say(
                                "%.3f s after %s s of warm-up, %s",
                                measurement.durationS(),
                                plain(config.warmup().toNanos() / NANOS),
                                config.generator().transport())));
    }

    private static List<String> counts(Measurement measurement) {
        Tally tally = measurement.tally();
        double perSecond = measurement.receivedPerSecond();
        double payload = measurement.config().sizes().mean();
        double onWire = payload + overhead(measurement.target());
        String basis =
                measurement.target().protocol() == Target.Protocol.UDP
                        ? "UDP, IP and Ethernet headers"
                        : "TCP, IP and Ethernet headers, if each has its own segment";
        return List.of(
                row("sent", say("%,d", tally.sent())),
                row("received", say("%,d, %,d of them late", tally.received(), tally.late())),
                row("lost", say("%,d (%.4f %%)", tally.lost(), measurement.loss() * PERCENT)),
                row(
                        "besides",
                        say(
                                "%,d duplicated, %,d reordered, %,d corrupted, %,d foreign",
                                tally.duplicated(),
                                tally.reordered(),
                                tally.corrupted(),
                                tally.foreign())),
                row(
                        "each way",
                        say(
                                "%,.1f packets/s; payload %s B, %,.2f Mbit/s",
                                perSecond,
                                plain(payload),
                                perSecond * payload / BITS_PER_MBIT)),
                row(
                        "",
                        say(
                                "on the wire %s B (with %s), %,.2f Mbit/s",
                                plain(onWire), basis, perSecond * onWire / BITS_PER_MBIT)));
    }

    private static List<String> times(Measurement measurement) {
        Tally tally = measurement.tally();
        boolean open = measurement.config().load().asked().isPresent();
        List<String> lines = new ArrayList<>();
        lines.add(heading());
        lines.add(figures("latency", tally.latency()) + (open ? "  from the intended time" : ""));
        if (open) {
            lines.add(figures("service", tally.service()) + "  from the actual send");
            lines.add(figures("send lateness", tally.lateness()) + "  between the two");
        }
        if (measurement.target().protocol() == Target.Protocol.TCP) {
            lines.add(figures("connect", measurement.connectNs()));
        }
        return lines;
    }

    /** The line above those of {@link #figures}. */
    static String heading() {
        return say(
                "%-14s%10s%10s%10s%10s%10s%10s%10s%10s",
                "microseconds", "min", "mean", "p50", "p90", "p99", "p99.9", "p99.99", "max");
    }

    /** One histogram as a line. */
    static String figures(String name, Histogram ns) {
        Optional<LatencyUs> figures = LatencyUs.of(ns);
        if (figures.isEmpty()) {
            return say("%-14s%10s", name, "-");
        }
        LatencyUs us = figures.get();
        StringBuilder line = new StringBuilder(say("%-14s", name));
        for (double value :
                new double[] {
                    us.min(), us.mean(), us.p50(), us.p90(), us.p99(), us.p999(), us.p9999(),
                    us.max()
                }) {
            line.append(say("%10.1f", value));
        }
        return line.toString();
    }

    private static String generator(Measurement measurement) {
        Machine cost = measurement.cost();
        LoadConfig.Generator generator = measurement.config().generator();
        boolean spins = generator.spin() && measurement.config().load().asked().isPresent();
        return say(
                "%s%s; process CPU %.2f s (%.0f %% of a core%s); %s, %d ms; receive drops %s",
                count(generator.loops(), "loop"),
                spins ? ", each spins on a core to be on time" : "",
                cost.cpuNs() / NANOS,
                cost.atNs() == 0 ? 0 : PERCENT * cost.cpuNs() / cost.atNs(),
                measurement.embedded() ? ", server included" : "",
                count(cost.gcPauses(), "GC pause"),
                cost.gcMs(),
                cost.socketDrops().isPresent() ? cost.socketDrops().getAsLong() : "not known");
    }

    private static int overhead(Target target) {
        boolean udp = target.protocol() == Target.Protocol.UDP;
        boolean ipv6 = target.host().indexOf(':') >= 0;
        try {
            ipv6 |= InetAddress.getByName(target.host()) instanceof Inet6Address;
        } catch (UnknownHostException e) {
            // It was known when the run began; IPv4 is the smaller claim.
        }
        return (udp ? UDP_HEADER : TCP_HEADER) + (ipv6 ? IPV6_HEADER : IPV4_HEADER) + ETHERNET;
    }

    /** A number without an exponent or needless zeros. */
    static String plain(double value) {
        return new BigDecimal(value)
                .setScale(6, RoundingMode.HALF_UP)
                .stripTrailingZeros()
                .toPlainString();
    }

    private static String count(long number, String noun) {
        return say("%,d %s%s", number, noun, number == 1 ? "" : "s");
    }

    private static String row(String name, String value) {
        return say("%-14s%s", name, value);
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
