package io.echo.bench.race;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.echo.bench.race.RaceOutcome.Figure;
import io.echo.bench.race.RaceOutcome.Sample;
import io.echo.bench.race.RaceOutcome.Spread;
import io.echo.bench.result.Machine;
import io.echo.bench.result.ResultJson;
import io.echo.cli.Build;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes the outcome as one JSON object: every round, and the figures of the table. */
final class RaceJson {
    private static final double NANOS = 1e9;

    private RaceJson() {}

    /** Returns the object, with its members in the fixed order. */
    static JsonObject of(RaceOutcome outcome, JsonObject conditions) {
        JsonObject json = new JsonObject();
        json.addProperty("schema", ResultJson.SCHEMA);
        json.addProperty("version", Build.version());
        json.addProperty("valid", outcome.valid());
        json.addProperty("interrupted", outcome.interrupted());
        json.add("conditions", conditions);
        json.add("plan", plan(outcome.plan()));
        JsonArray results = new JsonArray();
        for (RaceCase race : outcome.cases()) {
            outcome.servers(race).forEach(server -> results.add(result(outcome, race, server)));
        }
        json.add("results", results);
        JsonArray rounds = new JsonArray();
        outcome.samples().forEach(sample -> rounds.add(round(sample)));
        json.add("rounds", rounds);
        JsonArray failures = new JsonArray();
        outcome.failures().forEach(failure -> failures.add(failure(failure)));
        json.add("failures", failures);
        JsonObject absent = new JsonObject();
        outcome.absent().forEach(absent::addProperty);
        json.add("absent", absent);
        return json;
    }

    /**
     * Returns the machine, the builds and the command of a race.
     *
     * @throws IOException when a build of our server does not tell its version
     */
    static JsonObject conditions(RacePlan plan, String command) throws IOException {
        Machine machine = Machine.here();
        JsonObject json = new JsonObject();
        json.addProperty("command", command);
        json.addProperty(
                "machine",
                String.join("; ", machine.system(), machine.processor(), machine.java()));
        json.addProperty("governor", governor(plan.cores().server()));
        json.addProperty("server", version(plan, plan.jar()));
        json.addProperty(
                "before", plan.before().isEmpty() ? null : version(plan, plan.before().get()));
        return json;
    }

    /** Returns the frequency governor of a core; "none" where the kernel has none. */
    private static String governor(int core) {
        Path file = Path.of("/sys/devices/system/cpu/cpu" + core + "/cpufreq/scaling_governor");
        try {
            return Files.readAllLines(file).get(0);
        } catch (IOException e) {
            return "none";
        }
    }

    private static String version(RacePlan plan, ProgramJar jar) throws IOException {
        List<String> command = new ArrayList<>(List.of(plan.java().toString()));
        command.addAll(jar.words());
        command.add("--version");
        return BuildDirectory.output(command, Map.of()).strip();
    }

    private static JsonObject plan(RacePlan plan) {
        JsonObject json = new JsonObject();
        json.addProperty("restarts", plan.restarts());
        json.addProperty("rounds", plan.rounds());
        json.addProperty("warmup_s", plan.warmup().toNanos() / NANOS);
        json.addProperty("round_s", plan.round().toNanos() / NANOS);
        json.addProperty("server_core", plan.cores().server());
        json.addProperty("load_core", plan.cores().load());
        json.addProperty("siblings", plan.cores().siblings());
        json.addProperty("jvm_options", String.join(" ", plan.jvmOptions()));
        return json;
    }

    private static JsonObject result(RaceOutcome outcome, RaceCase race, String server) {
        JsonObject json = new JsonObject();
        json.addProperty("case", race.label());
        json.addProperty("server", server);
        for (Figure figure : race.kind().columns()) {
            json.add(figure.label(), spread(outcome.spread(race, server, figure)));
        }
        for (Figure figure : race.kind().ratios()) {
            add(
                    json,
                    figure.label() + "_to_" + race.kind().yardstick(),
                    outcome.toYardstick(race, server, figure));
        }
        for (Figure figure : race.kind().compared()) {
            for (String other : outcome.others(race, server)) {
                add(
                        json,
                        figure.label()
                                + "_to_"
                                + (other.endsWith(RaceServers.BEFORE) ? "before" : other),
                        outcome.ratio(race, server, other, figure));
            }
        }
        return json;
    }

    private static void add(JsonObject json, String name, Optional<Spread> ratio) {
        ratio.ifPresent(spread -> json.add(name, spread(spread)));
    }

    private static JsonObject spread(Spread spread) {
        JsonObject json = new JsonObject();
        json.addProperty("median", spread.median());
        json.addProperty("min", spread.min());
        json.addProperty("max", spread.max());
        return json;
    }

    private static JsonObject round(Sample sample) {
        JsonObject json = new JsonObject();
        json.addProperty("case", sample.race().label());
        json.addProperty("server", sample.server());
        json.addProperty("restart", sample.restart());
        json.addProperty("round", sample.round());
        sample.figures().forEach((figure, value) -> json.addProperty(figure.label(), value));
        return json;
    }

    private static JsonObject failure(RaceOutcome.Failure failure) {
        JsonObject json = new JsonObject();
        json.addProperty("case", failure.race().label());
        json.addProperty("server", failure.server());
        json.addProperty("reason", failure.reason());
        return json;
    }
}
