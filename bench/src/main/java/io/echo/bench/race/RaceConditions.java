package io.echo.bench.race;

import com.google.gson.JsonObject;
import io.echo.bench.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The machine, the builds and the command of a race: figures without them say little.
 *
 * @param command as it was typed
 * @param machine system, processor and JVM, in words
 * @param governor the rule for the clock of the server's core
 * @param server the version and commit of our server
 * @param before the same of the other build, if there is one
 */
record RaceConditions(
        String command, String machine, String governor, String server, Optional<String> before) {
    /** Reads them from this machine and the jars of the plan. */
    static RaceConditions of(RacePlan plan, String command) throws IOException {
        Host host = Host.here();
        return new RaceConditions(
                command,
                String.join("; ", host.system(), host.processor(), host.java()),
                governor(plan.cores().server()),
                version(plan, plan.jar()),
                plan.before().isPresent()
                        ? Optional.of(version(plan, plan.before().get()))
                        : Optional.empty());
    }

    private static String governor(int core) {
        Path file = Path.of("/sys/devices/system/cpu/cpu" + core + "/cpufreq/scaling_governor");
        try {
            return Files.readAllLines(file).get(0);
        } catch (IOException e) {
            return "none";
        }
    }

    private static String version(RacePlan plan, Path jar) throws IOException {
        return BuildDirectory.output(
                        List.of(plan.java().toString(), "-jar", jar.toString(), "--version"),
                        Map.of())
                .strip();
    }

    JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("command", command);
        json.addProperty("machine", machine);
        json.addProperty("governor", governor);
        json.addProperty("server", server);
        json.addProperty("before", before.orElse(null));
        return json;
    }
}
