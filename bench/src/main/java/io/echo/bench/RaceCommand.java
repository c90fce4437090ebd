package io.echo.bench;

import com.google.gson.JsonObject;
import io.echo.bench.race.Race;
import io.echo.bench.race.RaceConditions;
import io.echo.bench.race.RaceJson;
import io.echo.bench.race.RaceOutcome;
import io.echo.bench.race.RacePlan;
import io.echo.bench.race.RaceTable;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The {@code race} command: our server beside the others that a user could pick. */
@Command(
        name = "race",
        description = {
            "Race echo servers on one core, with the same load from another.",
            "Ratios are to the plainest server in C."
        },
        customSynopsis = "echo-bench race [FLAGS]",
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class RaceCommand implements Callable<Integer> {
    private final PrintStream out;
    private final PrintStream err;
    private final Supplier<CompletableFuture<Void>> interrupt;

    @Spec private CommandSpec spec;
    @Mixin private RaceFlags flags;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Write all rounds as one JSON object; - for stdout.")
    private Optional<String> json = Optional.empty();

    @Option(names = "--force", description = "Replace a result file that is there already.")
    private boolean force;

    RaceCommand(
            PrintStream out, PrintStream err, Supplier<CompletableFuture<Void>> interrupt) {
        this.out = out;
        this.err = err;
        this.interrupt = interrupt;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        boolean onOut = ResultFiles.onStandardOutput(Map.of("--json", json));
        RacePlan plan = flags.plan();
        Host host = Host.here();
        RaceConditions conditions =
                RaceConditions.of(
                        plan,
                        Invocation.of(spec),
                        List.of(host.system(), host.processor(), host.java()));
        try (ResultFiles files = new ResultFiles(force, out);
                Race race = Race.prepare(plan, err::println, interrupt.get())) {
            Optional<ResultFile> result = files.prepare("--json", json);
            err.println(race.announcement());
            RaceOutcome outcome = race.run();
            PrintStream table = onOut ? err : out;
            RaceTable.text(outcome).forEach(table::println);
            table.println();
            RaceTable.notes(outcome).forEach(table::println);
            write(result, ResultJson.line(toJson(outcome, conditions)) + "\n");
            files.commit();
            return outcome.valid() ? Verdict.OK : Verdict.INVALID;
        }
    }

    private static void write(Optional<ResultFile> file, String text) throws IOException {
        if (file.isPresent()) {
            file.get().out().write(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static JsonObject toJson(RaceOutcome outcome, RaceConditions conditions) {
        JsonObject object = new JsonObject();
        object.addProperty("schema", ResultJson.SCHEMA);
        object.addProperty("version", BenchMain.version());
        RaceJson.add(object, outcome, conditions);
        return object;
    }
}
