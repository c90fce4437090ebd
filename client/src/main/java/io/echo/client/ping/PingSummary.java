package io.echo.client.ping;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.echo.cli.Terminal;
import io.echo.client.findings.Findings;
import io.echo.client.findings.OutageFindings;
import io.echo.client.flow.FlowResult;
import io.echo.client.flow.Paths;
import io.echo.client.mtu.SizeAdvice;
import io.echo.client.outage.LossRun;
import io.echo.client.outage.OutagesJson;
import io.echo.client.probe.LatencyUs;
import io.echo.client.probe.ProbeStats;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The end of a ping as lines, as JSON and as advice. */
public final class PingSummary {
    private static final int SCHEMA = 1;

    private static final double NANOS = 1e9;
    private static final double NANOS_PER_MS = 1e6;

    private PingSummary() {}

    /** Returns the counts, and what there is of latency, bad flows and outages. */
    public static List<String> lines(PingResult result, Terminal terminal) {
        List<String> lines = new ArrayList<>();
        lines.add(counts(result, terminal));
        LatencyUs.of(result.stats().service())
                .ifPresent(
                        us ->
                                lines.add(
                                        say(
                                                "min/p50/p99/max %.3f/%.3f/%.3f/%.3f ms",
                                                us.min() / 1_000,
                                                us.p50() / 1_000,
                                                us.p99() / 1_000,
                                                us.max() / 1_000)));
        Paths paths = result.paths();
        Findings.ofFlows(paths, protocol(result)).forEach(line -> lines.add(terminal.bad(line)));
        Findings.onlySpread(paths).ifPresent(how -> lines.add("losses are " + how));
        outages(paths).ifPresent(line -> lines.add(terminal.bad(line)));
        return lines;
    }

    private static String counts(PingResult result, Terminal terminal) {
        ProbeStats stats = result.stats();
        List<String> counts =
                new ArrayList<>(
                        List.of(
                                stats.sent() + " sent",
                                stats.received() + " received",
                                terminal.alarm(result.lost(), result.lost() + " lost"),
                                terminal.alarm(stats.late(), stats.late() + " late"),
                                terminal.alarm(
                                        stats.duplicated(), stats.duplicated() + " duplicated"),
                                terminal.alarm(
                                        stats.corrupted(), stats.corrupted() + " corrupted")));
        // Rare ones, without which the line fits a terminal.
        if (stats.reordered() > 0) {
            counts.add(terminal.alarm(stats.reordered(), stats.reordered() + " reordered"));
        }
        if (stats.foreign() > 0) {
            counts.add(terminal.alarm(stats.foreign(), stats.foreign() + " foreign"));
        }
        if (result.flows().inFlight() > 0) {
            counts.add(result.flows().inFlight() + " in flight");
        }
        return String.join(", ", counts);
    }

    /** Returns the outages that chance would rarely make. */
    private static Optional<String> outages(Paths paths) {
        List<LossRun> outages = Findings.named(paths);
        if (outages.isEmpty()) {
            return Optional.empty();
        }
        LossRun longest = outages.get(0);
        String which =
                outages.size() == 1
                        ? "1 outage,"
                        : outages.size()
                                + " outages"
                                + OutageFindings.period(outages)
                                + ", the longest";
        return Optional.of(
                say(
                        "%s %.3f s from %.3f s on (%d messages)",
                        which,
                        longest.lengthNs() / NANOS,
                        longest.fromNs() / NANOS,
                        longest.probes()));
    }

    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    /** Returns the object of {@code --json}. */
    public static JsonObject json(PingResult result) {
        ProbeStats stats = result.stats();
        JsonObject object = new JsonObject();
        object.addProperty("schema", SCHEMA);
        object.addProperty("target", result.config().target().toString());
        object.addProperty("protocol", protocol(result));
        object.addProperty("size_bytes", result.config().bytes());
        object.addProperty("sent", stats.sent());
        object.addProperty("received", stats.received());
        object.addProperty("lost", result.lost());
        object.addProperty("late", stats.late());
        object.addProperty("duplicated", stats.duplicated());
        object.addProperty("reordered", stats.reordered());
        object.addProperty("corrupted", stats.corrupted());
        object.addProperty("foreign", stats.foreign());
        object.addProperty("interrupted", result.incomplete());
        addPaths(result, object);
        Optional<LatencyUs> latency = LatencyUs.of(stats.service());
        object.add("latency_us", latency.isPresent() ? latency.get().toJson() : JsonNull.INSTANCE);
        return object;
    }

    private static String protocol(PingResult result) {
        return result.config().target().protocol().toString();
    }

    private static void addPaths(PingResult result, JsonObject object) {
        Paths paths = result.paths();
        object.addProperty("in_flight", result.flows().inFlight());
        object.addProperty("flows_total", result.flows().total());
        object.addProperty("flows_dead", paths.dead());
        object.addProperty("flows_bad", paths.bad());
        object.addProperty("loss_even_p", paths.lossEvenP().orElse(null));
        object.addProperty("others_loss", paths.othersLoss());
        object.addProperty("others_p50_us", paths.othersP50Us().orElse(null));
        JsonArray flows = new JsonArray();
        result.flows().listed().forEach(flow -> flows.add(json(flow)));
        object.add("flows", flows);
        object.addProperty("outages_total", paths.outages().count());
        OutagesJson.write(paths.outages(), object);
    }

    private static JsonObject json(PingFlows.End end) {
        FlowResult flow = end.known();
        JsonObject object = new JsonObject();
        object.addProperty("local", flow.local());
        object.addProperty("remote", flow.remote());
        object.addProperty("sent", end.sent());
        object.addProperty("received", flow.received());
        object.addProperty("late", flow.late());
        object.addProperty("lost", flow.lost());
        object.addProperty("p50_us", flow.p50Us().orElse(null));
        object.addProperty("p99_us", flow.p99Us().orElse(null));
        object.addProperty("first_reply_s", flow.firstReplyS().orElse(null));
        object.addProperty("last_reply_s", flow.lastReplyS().orElse(null));
        object.addProperty(
                "longest_outage_ms", OutagesJson.millis(flow.longestOutageMs() * NANOS_PER_MS));
        object.addProperty("fault", flow.fault().map(FlowResult.Fault::word).orElse(null));
        object.addProperty("stopped", flow.stopped());
        return object;
    }

    /** Returns what to try when probes were lost for a reason that their form suggests. */
    public static Optional<String> advice(PingResult result) {
        PingConfig config = result.config();
        boolean silent =
                result.stats().received() == 0 && result.lost() > 0 && result.problem().isEmpty();
        if (silent && config.origin().options().ttl().isPresent()) {
            return Optional.of(
                    "nothing came back with --ttl "
                            + config.origin().options().ttl().getAsInt()
                            + ": traceroute tells how many hops it takes");
        }
        boolean large = SizeAdvice.isSuspect(config.target(), config.bytes());
        if (result.tooLong() || silent && large) {
            return Optional.of(SizeAdvice.sentence(config.target(), config.bytes()));
        }
        return Optional.empty();
    }
}
