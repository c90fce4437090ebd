package io.echo.client.ping;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.echo.cli.Terminal;
import io.echo.client.mtu.SizeAdvice;
import io.echo.client.outage.LossRun;
import io.echo.client.outage.OutagesJson;
import io.echo.client.probe.FlowStats;
import io.echo.client.probe.LatencyUs;
import io.echo.client.probe.ProbeStats;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The end of a ping as lines, as JSON and as advice. */
public final class PingSummary {
    private static final int SCHEMA = 1;

    /** Flows that a line names. */
    private static final int NAMED = 8;

    private static final double NANOS = 1e9;
    private static final double NANOS_PER_US = 1e3;

    private PingSummary() {}

    /** Returns the counts, and what there is of latency, dead flows and outages. */
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
        dead(result).ifPresent(line -> lines.add(terminal.bad(line)));
        outages(result).ifPresent(line -> lines.add(terminal.bad(line)));
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
        if (result.unanswered() > 0) {
            counts.add(result.unanswered() + " in flight");
        }
        return String.join(", ", counts);
    }

    private static Optional<String> dead(PingResult result) {
        List<PingResult.FlowEnd> dead = result.dead();
        int flows = result.flows().size();
        if (dead.isEmpty() || dead.size() == flows) {
            return Optional.empty();
        }
        String names =
                dead.stream()
                        .limit(NAMED)
                        .map(PingResult.FlowEnd::local)
                        .collect(Collectors.joining(", "));
        String more = dead.size() > NAMED ? say(" and %d more (--json)", dead.size() - NAMED) : "";
        return Optional.of(
                say("%d of %d flows lost everything: %s%s", dead.size(), flows, names, more));
    }

    /** Returns the outages that chance would rarely make. */
    private static Optional<String> outages(PingResult result) {
        List<LossRun> outages = result.outages().beyondChance(result.stats().sent());
        if (outages.isEmpty()) {
            return Optional.empty();
        }
        LossRun longest = outages.get(0);
        String which = outages.size() == 1 ? "1 outage," : outages.size() + " outages, the longest";
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
        object.addProperty("protocol", result.config().target().protocol().toString());
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

    private static void addPaths(PingResult result, JsonObject object) {
        object.addProperty("flows_total", result.flows().size());
        object.addProperty("flows_dead", result.dead().size());
        // Only a dead flow stands out of so few probes.
        object.addProperty("flows_bad", result.dead().size());
        object.add("loss_even_p", JsonNull.INSTANCE);
        JsonArray flows = new JsonArray();
        result.flows().forEach(flow -> flows.add(json(flow)));
        object.add("flows", flows);
        OutagesJson.write(result.outages(), object);
    }

    private static JsonObject json(PingResult.FlowEnd flow) {
        JsonObject object = new JsonObject();
        object.addProperty("local", flow.local());
        object.addProperty("remote", flow.remote());
        object.addProperty("sent", flow.stats().map(FlowStats::sent).orElse(0L));
        object.addProperty("received", flow.received());
        object.addProperty("late", flow.stats().map(FlowStats::late).orElse(0L));
        object.addProperty("lost", flow.lost());
        Optional<FlowStats> answered = flow.stats().filter(stats -> stats.received() > 0);
        Number none = null;
        object.addProperty(
                "p50_us",
                answered.map(stats -> (Number) (stats.p50Ns() / NANOS_PER_US)).orElse(none));
        object.addProperty(
                "p99_us",
                answered.map(stats -> (Number) (stats.p99Ns() / NANOS_PER_US)).orElse(none));
        object.addProperty(
                "first_reply_s",
                answered.map(stats -> (Number) (stats.firstReplyNs() / NANOS)).orElse(none));
        object.addProperty(
                "last_reply_s",
                answered.map(stats -> (Number) (stats.lastReplyNs() / NANOS)).orElse(none));
        object.addProperty("longest_outage_ms", OutagesJson.millis(flow.longestOutageNs()));
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
