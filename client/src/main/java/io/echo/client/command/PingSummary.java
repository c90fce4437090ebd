package io.echo.client.command;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.echo.cli.Terminal;
import io.echo.client.probe.LatencyUs;
import io.echo.client.probe.ProbeStats;
import io.echo.net.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The end of a ping as lines, as JSON and as advice. */
final class PingSummary {
    private static final int SCHEMA = 1;

    /** Bytes that every path takes in one piece, headers included: IPv6 promises 1,280. */
    private static final int SAFE_BYTES = 1_200;

    private PingSummary() {}

    /** Returns the counts and, when there is any, the latency. */
    static List<String> lines(PingResult result, Terminal terminal) {
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
        List<String> lines = new ArrayList<>();
        lines.add(String.join(", ", counts));
        LatencyUs.of(stats.service())
                .ifPresent(
                        us ->
                                lines.add(
                                        String.format(
                                                Locale.ROOT,
                                                "min/p50/p99/max %.3f/%.3f/%.3f/%.3f ms",
                                                us.min() / 1_000,
                                                us.p50() / 1_000,
                                                us.p99() / 1_000,
                                                us.max() / 1_000)));
        return lines;
    }

    /** Returns the object of {@code --json}. */
    static JsonObject json(PingResult result) {
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
        Optional<LatencyUs> latency = LatencyUs.of(stats.service());
        object.add("latency_us", latency.isPresent() ? latency.get().toJson() : JsonNull.INSTANCE);
        return object;
    }

    /** Returns what to try when probes were lost for a reason that their form suggests. */
    static Optional<String> advice(PingResult result) {
        PingConfig config = result.config();
        boolean silent =
                result.stats().received() == 0 && result.lost() > 0 && result.problem().isEmpty();
        if (silent && config.origin().options().ttl().isPresent()) {
            return Optional.of(
                    "nothing came back with --ttl "
                            + config.origin().options().ttl().getAsInt()
                            + ": traceroute tells how many hops it takes");
        }
        boolean large = config.target().protocol() == Protocol.UDP && config.bytes() > SAFE_BYTES;
        if (result.tooLong() || silent && large) {
            return Optional.of(
                    "datagrams of "
                            + config.bytes()
                            + " bytes do not come back; echo-client mtu "
                            + config.target()
                            + " finds the size that does");
        }
        return Optional.empty();
    }
}
