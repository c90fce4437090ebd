package io.echo.bench.race;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Where and how a race was run: figures without it say little.
 *
 * @param command as it was typed
 * @param machine system, processor and JVM, each in words
 * @param governor what sets the clock of the server's core
 * @param server the version and commit of our server
 * @param before the same of the other build, if there is one
 */
public record Conditions(
        String command,
        List<String> machine,
        String governor,
        String server,
        Optional<String> before) {
    private static final double NANOS = 1e9;

    /** Of this machine and these jars. */
    public static Conditions of(Plan plan, String command, List<String> machine)
            throws IOException {
        return new Conditions(
                command,
                machine,
                governor(plan.cores().server()),
                version(plan, plan.jar()),
                plan.before().isPresent()
                        ? Optional.of(version(plan, plan.before().get()))
                        : Optional.empty());
    }

    private static String governor(int core) {
        Path file =
                Path.of("/sys/devices/system/cpu/cpu" + core + "/cpufreq/scaling_governor");
        try {
            return Files.readAllLines(file).get(0);
        } catch (IOException e) {
            return "none";
        }
    }

    private static String version(Plan plan, Path jar) throws IOException {
        return Commands.output(
                        List.of(plan.java().toString(), "-jar", jar.toString(), "--version"),
                        Map.of())
                .strip();
    }

    /** Sentences that stand above the figures. */
    List<String> sentences(Plan plan) {
        int each = plan.restarts() * plan.rounds();
        return List.of(
                "`" + command + "`",
                String.format(
                        Locale.ROOT,
                        "Medians of %d round%s of %s s in turn, %d after each of %d start%s; of"
                                + " ratios, which are to the same turn, the lowest and the highest"
                                + " beside them.",
                        each,
                        each == 1 ? "" : "s",
                        Table.number(plan.round().toNanos() / NANOS),
                        plan.rounds(),
                        plan.restarts(),
                        plan.restarts() == 1 ? "" : "s"),
                String.format(
                        Locale.ROOT,
                        "Servers on core %d, loader on core %d%s; %s; CPU governor %s; %s%s.",
                        plan.cores().server(),
                        plan.cores().load(),
                        plan.cores().siblings() ? ", THREADS OF ONE PHYSICAL CORE" : "",
                        String.join("; ", machine),
                        governor,
                        server,
                        before.map(other -> "; before: " + other).orElse("")));
    }

    JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("command", command);
        json.addProperty("machine", String.join("; ", machine));
        json.addProperty("governor", governor);
        json.addProperty("server", server);
        json.addProperty("before", before.orElse(null));
        return json;
    }
}
