package io.echo.bench.result;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.echo.bench.load.LoadConfig;
import io.echo.bench.load.Loads;
import io.echo.bench.load.Measurement;
import io.echo.bench.load.OddServer;
import io.echo.bench.verdict.PassCriteria;
import io.echo.bench.verdict.Verdict;
import io.echo.client.probe.LatencyUs;
import io.echo.client.probe.ProbeStats;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.HdrHistogram.Histogram;

/** Results of real loads, and the same with other figures. */
public final class SampleResults {
    private static final Map<LoadConfig.Load, JsonObject> REAL = new ConcurrentHashMap<>();

    private SampleResults() {}

    /** A result of 200 probes, valid: one that this machine disturbed is made again. */
    static JsonObject real(LoadConfig.Load load) {
        return REAL.computeIfAbsent(load, SampleResults::measure);
    }

    /** A result of 100 probes, of which every second one was lost, and 1 % may be. */
    static JsonObject lossy() throws Exception {
        OddServer.Datagrams half =
                (n, request, reply) -> {
                    if (n % 2 == 0) {
                        reply.send(request);
                    }
                };
        try (OddServer server = OddServer.udp(half)) {
            LoadConfig config = Loads.of(server.target(), new LoadConfig.Load.Closed(100), 100);
            Measurement measurement = Loads.run(config);
            Verdict verdict = Verdict.of(measurement, PassCriteria.NONE.orLoss(0.01));
            return ResultJson.of(Result.of(measurement, verdict));
        }
    }

    private static JsonObject measure(LoadConfig.Load load) {
        try (OddServer echo = OddServer.udp((n, request, reply) -> reply.send(request))) {
            while (true) {
                Measurement measurement = Loads.run(Loads.of(echo.target(), load, 200));
                Verdict verdict = Verdict.of(measurement, PassCriteria.NONE.orLoss(1));
                if (verdict.valid()) { // else other tests took the core
                    return ResultJson.of(Result.of(measurement, verdict).withCommand("load"));
                }
            }
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** A line in open loop: so many probes in a second, each of which took so long. */
    static String line(String target, long us, long count) {
        JsonObject json = with(real(Loads.OPEN), target, us, count, 0);
        json.addProperty("rate_requested", count);
        json.getAsJsonObject("asked").addProperty("rate", count);
        return ResultJson.line(json);
    }

    /** The same in closed loop. */
    public static String closed(String target, long us, long count) {
        return closed(target, us, count, 0, count);
    }

    /** The same with lost probes besides, and another rate of replies. */
    public static String closed(String target, long us, long received, long lost, double rate) {
        JsonObject json = with(real(new LoadConfig.Load.Closed(1)), target, us, received, lost);
        json.addProperty("rate_replied", rate);
        json.addProperty("rate_achieved", rate);
        return ResultJson.line(json);
    }

    /** The same in open loop at 1,000 probes a second. */
    public static String open(String target, long us, long received, long lost) {
        JsonObject json = with(real(Loads.OPEN), target, us, received, lost);
        json.addProperty("rate_requested", received + lost);
        json.getAsJsonObject("asked").addProperty("rate", received + lost);
        return ResultJson.line(json);
    }

    private static JsonObject with(
            JsonObject real, String target, long us, long received, long lost) {
        Histogram times = ProbeStats.newHistogram();
        if (received > 0) {
            times.recordValueWithCount(us * 1_000, received);
        }
        JsonObject json = real.deepCopy();
        json.addProperty("target", target);
        json.addProperty("started_at", "2026-01-31T12:00:00Z");
        json.addProperty("duration_s", 1);
        List.of("rate_achieved", "rate_sent").forEach(n -> json.addProperty(n, received + lost));
        json.addProperty("rate_replied", received);
        json.addProperty("valid", true);
        List.of("failures", "warnings", "checks").forEach(name -> json.add(name, new JsonArray()));
        JsonObject hdr = json.getAsJsonObject("hdr");
        for (String name : List.of("latency", "service")) {
            hdr.add(name, ResultJson.encoded(times));
            json.add(
                    name + "_us",
                    LatencyUs.of(times)
                            .<JsonElement>map(LatencyUs::toJson)
                            .orElse(JsonNull.INSTANCE));
        }
        hdr.add("send_lateness", JsonNull.INSTANCE);
        json.add("send_lateness_us", JsonNull.INSTANCE);
        JsonObject second = json.getAsJsonArray("intervals").get(0).getAsJsonObject();
        second.addProperty("from_s", 0);
        second.addProperty("to_s", 1);
        second.add("latency_us", json.get("latency_us"));
        for (JsonObject counts : List.of(json, second)) {
            counts.addProperty("sent", received + lost);
            counts.addProperty("received", received);
            counts.addProperty("lost", lost);
            counts.addProperty("late", 0);
        }
        json.add("intervals", new JsonArray());
        json.getAsJsonArray("intervals").add(second);
        json.getAsJsonObject("asked").addProperty("count", received + lost);
        JsonObject done = json.getAsJsonObject("done");
        done.addProperty("duration_s", 1);
        List.of("count", "rate").forEach(name -> done.addProperty(name, received + lost));
        return json;
    }
}
