package io.echo.bench.race;

import com.google.gson.JsonObject;
import io.echo.bench.result.Invocation;
import io.echo.bench.result.ResultJson;
import io.echo.bench.verdict.Verdict;
import io.echo.cli.FlagValues;
import io.echo.cli.ResultFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
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

/** The {@code race} command: compares our server and generator with others and with plain C. */
@Command(
        name = "race",
        description = {
            "Race echo servers on one core, with the same load from another.",
            "Ratios are to the plainest server in C."
        },
        customSynopsis = "echo-bench race [FLAGS]",
        sortOptions = false,
        footer = {"", FlagValues.TIME_HELP},
        mixinStandardHelpOptions = true,
        addMethodSubcommands = false)
public final class RaceCommand implements Callable<Integer> {
    private final PrintStream out;
    private final PrintStream err;
    private final Supplier<CompletableFuture<Integer>> interrupt;

    @Spec private CommandSpec spec;
    @Mixin private RaceFlags flags;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Write all rounds as one JSON object; - for stdout.")
    private Optional<String> json = Optional.empty();

    @Option(names = "--force", description = "Replace a result file that is there already.")
    private boolean force;

    /**
     * Makes the command.
     *
     * @param interrupt called when a race is about to start; its result ends the race early
     */
    public RaceCommand(
            PrintStream out, PrintStream err, Supplier<CompletableFuture<Integer>> interrupt) {
        this.out = out;
        this.err = err;
        this.interrupt = interrupt;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintStream table = ResultFiles.onStandardOutput(Map.of("--json", json)) ? err : out;
        RacePlan plan = flags.plan();
        JsonObject conditions = RaceJson.conditions(plan, Invocation.of(spec));
        try (ResultFiles files = new ResultFiles(force, out);
                Race race = Race.prepare(plan, err::println, interrupt.get())) {
            Optional<OutputStream> result = files.prepare("--json", json);
            err.println(race.announcement());
            RaceOutcome outcome = race.run();
            RaceTable.text(outcome).forEach(table::println);
            table.println();
            RaceTable.notes(outcome).forEach(table::println);
            if (result.isPresent()) {
                String line = ResultJson.line(RaceJson.of(outcome, conditions)) + "\n";
                result.get().write(line.getBytes(StandardCharsets.UTF_8));
            }
            files.commit();
            return outcome.valid() ? Verdict.OK : Verdict.INVALID;
        }
    }
}
