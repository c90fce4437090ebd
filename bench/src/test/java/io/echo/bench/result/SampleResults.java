package io.echo.bench.result;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.echo.bench.load.LoadConfig;
import io.echo.bench.load.Loads;
import io.echo.bench.load.Measurement;
import io.echo.bench.load.OddServer;
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

    /** A result of 200 probes, valid whatever this machine did meanwhile. */
    static JsonObject real(LoadConfig.Load load) {
        return REAL.computeIfAbsent(load, SampleResults::measure);
    }

    private static JsonObject measure(LoadConfig.Load load) {
        try (OddServer echo = OddServer.udp((n, request, reply) -> reply.send(request))) {
            Measurement measurement = Loads.run(Loads.of(echo.target(), load, 200));
            Verdict verdict = Verdict.of(measurement, PassCriteria.NONE.orLoss(1));
            return ResultJson.of(Result.of(measurement, verdict).withCommand("load"));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** A line in open loop: so many probes in a second, each of which took so long. */
    static String line(String target, long us, long count) {
        JsonObject json = with(real(Loads.OPEN), target, us, count);
        json.addProperty("rate_requested", count);
        return ResultJson.line(json);
    }

    /** The same in closed loop. */
    public static String closed(String target, long us, long count) {
        return ResultJson.line(with(real(new LoadConfig.Load.Closed(1)), target, us, count));
    }

    private static JsonObject with(JsonObject real, String target, long us, long count) {
        Histogram times = ProbeStats.newHistogram();
        if (count > 0) {
            times.recordValueWithCount(us * 1_000, count);
        }
        JsonObject json = real.deepCopy();
        json.addProperty("target", target);
        json.addProperty("started_at", "2026-01-31T12:00:00Z");
        json.addProperty("duration_s", 1);
        json.addProperty("rate_achieved", count);
        json.addProperty("valid", true);
        List.of("failures", "warnings").forEach(name -> json.remove(name));
        json.add("failures", new com.google.gson.JsonArray());
        json.add("warnings", new com.google.gson.JsonArray());
        List.of("sent", "received").forEach(name -> json.add(name, new JsonPrimitive(count)));
        List.of("lost", "late").forEach(name -> json.addProperty(name, 0));
        JsonObject hdr = json.getAsJsonObject("hdr");
        for (String name : List.of("latency", "service")) {
            hdr.add(name, ResultJson.encoded(times));
            json.add(
                    name + "_us",
                    LatencyUs.of(times)
                            .<com.google.gson.JsonElement>map(LatencyUs::toJson)
                            .orElse(JsonNull.INSTANCE));
        }
        hdr.add("send_lateness", JsonNull.INSTANCE);
        json.add("send_lateness_us", JsonNull.INSTANCE);
        return json;
    }
}
