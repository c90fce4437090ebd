package io.echo.bench.result;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.echo.client.figures.Figures;
import io.echo.client.flow.FlowResult;
import io.echo.client.flow.Paths;
import io.echo.client.flow.SizeResult;
import io.echo.client.outage.LossRun;
import io.echo.client.outage.Outages;
import io.echo.client.outage.OutagesJson;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The members of a result about flows and outages. */
final class PathsJson {
    private static final double NANOS = 1e9;
    private static final double NANOS_PER_MS = 1e6;
    private static final double MILLION = 1e6;

    private PathsJson() {}

    static void write(Paths paths, JsonObject json) {
        json.addProperty("flows_total", paths.total());
        json.addProperty("flows_dead", paths.dead());
        json.addProperty("flows_bad", paths.bad());
        json.add("loss_even_p", ResultJson.number(paths.lossEvenP()));
        json.add("others_loss", ResultJson.number(paths.othersLoss()));
        json.add("others_p50_us", ResultJson.number(paths.othersP50Us()));
        json.add("worst_flow_loss", ResultJson.number(paths.worstLoss()));
        JsonArray flows = new JsonArray();
        paths.flows().forEach(flow -> flows.add(of(flow)));
        json.add("flows", flows);
        Outages outages = paths.outages();
        json.addProperty("outages_total", outages.count());
        OutagesJson.write(outages, json);
        json.add("longest_flow_outage_ms", millis(paths.longestFlowOutageMs()));
        json.addProperty("downs", paths.downs());
        json.add("longest_down_ms", millis(paths.longestDownMs()));
        json.add("probe_distance_us", ResultJson.number(Figures.thousandths(paths.distanceUs())));
        json.add("own_delay_ms", millis(paths.ownDelayMs()));
        json.add("loss_periods", periods(outages.periods()));
        JsonArray sizes = new JsonArray();
        paths.sizes().forEach(size -> sizes.add(of(size)));
        json.add("sizes", sizes);
    }

    private static JsonObject of(FlowResult flow) {
        JsonObject json = new JsonObject();
        json.addProperty("local", flow.local());
        json.addProperty("remote", flow.remote());
        json.addProperty("sent", flow.sent());
        json.addProperty("received", flow.received());
        json.addProperty("late", flow.late());
        json.addProperty("lost", flow.lost());
        json.add("p50_us", ResultJson.number(flow.p50Us()));
        json.add("p99_us", ResultJson.number(flow.p99Us()));
        json.add("first_reply_s", ResultJson.number(flow.firstReplyS().map(PathsJson::micros)));
        json.add("last_reply_s", ResultJson.number(flow.lastReplyS().map(PathsJson::micros)));
        json.add("longest_outage_ms", millis(flow.longestOutageMs()));
        json.addProperty("fault", name(flow.fault()));
        json.addProperty("stopped", flow.stopped());
        return json;
    }

    private static JsonObject of(SizeResult size) {
        JsonObject json = new JsonObject();
        json.addProperty("from_bytes", size.fromBytes());
        json.addProperty("to_bytes", size.toBytes());
        json.addProperty("sent", size.sent());
        json.addProperty("lost", size.lost());
        json.addProperty("fault", name(size.fault()));
        return json;
    }

    private static String name(Optional<FlowResult.Fault> fault) {
        return fault.map(FlowResult.Fault::word).orElse(null);
    }

    /** Writes runs with the time of the last answer, for adding up several generators. */
    private static JsonArray periods(List<LossRun> runs) {
        JsonArray array = OutagesJson.runs(runs);
        for (int i = 0; i < runs.size(); i++) {
            array.get(i)
                    .getAsJsonObject()
                    .addProperty("before_s", OutagesJson.seconds(runs.get(i).beforeNs()));
        }
        return array;
    }

    private static JsonElement millis(double ms) {
        return ResultJson.number(Figures.thousandths(ms));
    }

    private static double micros(double seconds) {
        return Math.round(seconds * MILLION) / MILLION;
    }

    static Paths read(JsonMembers json) throws IOException {
        List<LossRun> outages = json.objects("outages").stream().map(PathsJson::run).toList();
        Paths paths =
                new Paths(
                        json.objects("flows").stream().map(PathsJson::flow).toList(),
                        json.count("sent"),
                        json.count("flows_total"),
                        json.count("flows_dead"),
                        json.count("flows_bad"),
                        json.optional("loss_even_p"),
                        json.number("others_loss"),
                        json.optional("others_p50_us"),
                        json.number("worst_flow_loss"),
                        new Outages(
                                outages,
                                json.count("outages_total"),
                                Math.round(json.number("longest_outage_ms") * NANOS_PER_MS),
                                lengths(json.object("loss_runs")),
                                json.objects("loss_periods").stream().map(PathsJson::run).toList()),
                        json.number("longest_flow_outage_ms"),
                        json.count("downs"),
                        json.number("longest_down_ms"),
                        json.number("probe_distance_us"),
                        json.number("own_delay_ms"),
                        json.objects("sizes").stream().map(PathsJson::size).toList(),
                        List.of(),
                        Optional.empty());
        Claim.most("flows_dead", paths.dead(), paths.bad(), "flows_bad");
        Claim.most("flows_bad", paths.bad(), paths.total(), "flows_total");
        Claim.most("the number of flows", paths.flows().size(), paths.total(), "flows_total");
        for (FlowResult flow : paths.flows()) {
            Claim.most("flows[].received", flow.received(), flow.sent(), "flows[].sent");
        }
        long ofSizes = 0;
        for (SizeResult size : paths.sizes()) {
            Claim.most("sizes[].lost", size.lost(), size.sent(), "sizes[].sent");
            ofSizes += size.sent();
        }
        Claim.most("the sum of sizes[].sent", ofSizes, paths.sent(), "sent");
        return paths;
    }

    private static SizeResult size(JsonMembers json) {
        return new SizeResult(
                (int) json.count("from_bytes"),
                (int) json.count("to_bytes"),
                json.count("sent"),
                json.count("lost"),
                json.text("fault").flatMap(FlowResult.Fault::named));
    }

    private static FlowResult flow(JsonMembers json) {
        return new FlowResult(
                json.text("local").orElse(""),
                json.text("remote").orElse(""),
                json.count("sent"),
                json.count("received"),
                json.count("late"),
                json.optional("p50_us"),
                json.optional("p99_us"),
                json.optional("first_reply_s"),
                json.optional("last_reply_s"),
                json.number("longest_outage_ms"),
                json.is("stopped")
                        ? Optional.of(FlowResult.Fault.STOPPED)
                        : json.text("fault").flatMap(FlowResult.Fault::named));
    }

    private static LossRun run(JsonMembers json) {
        long fromNs = nanos(json, "from_s");
        return new LossRun(
                json.has("before_s") ? nanos(json, "before_s") : fromNs,
                fromNs,
                nanos(json, "to_s"),
                json.count("probes"),
                (int) json.count("flows"));
    }

    private static long nanos(JsonMembers json, String name) {
        return Math.round(json.number(name) * NANOS);
    }

    private static SortedMap<Long, Long> lengths(JsonMembers json) throws IOException {
        TreeMap<Long, Long> lengths = new TreeMap<>();
        for (Map.Entry<String, JsonElement> entry : json.json().entrySet()) {
            try {
                lengths.put(Long.parseLong(entry.getKey()), json.count(entry.getKey()));
            } catch (NumberFormatException e) {
                throw new IOException(
                        "loss_runs must have lengths of runs as names, got " + entry.getKey(), e);
            }
        }
        return lengths;
    }
}
