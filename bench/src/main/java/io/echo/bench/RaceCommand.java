package io.echo.bench;

import com.google.gson.JsonObject;
import io.echo.bench.race.Conditions;
import io.echo.bench.race.Markdown;
import io.echo.bench.race.Outcome;
import io.echo.bench.race.Plan;
import io.echo.bench.race.Race;
import io.echo.bench.race.RaceJson;
import io.echo.bench.race.Table;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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

    @Option(
            names = "--markdown",
            paramLabel = "FILE",
            description = "Write the tables as Markdown; - for stdout.")
    private Optional<String> markdown = Optional.empty();

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
        boolean jsonOut = json.filter(ResultFile::isStandardOutput).isPresent();
        boolean markdownOut = markdown.filter(ResultFile::isStandardOutput).isPresent();
        if (jsonOut && markdownOut) {
            throw new ParameterException(
                    spec.commandLine(), "only one of --json and --markdown may be -, got both");
        }
        Plan plan = flags.plan();
        Host host = Host.here();
        Conditions conditions =
                Conditions.of(
                        plan,
                        command(),
                        List.of(host.system(), host.processor(), host.java()));
        try (ResultFile jsonFile = prepare("--json", json);
                ResultFile markdownFile = prepare("--markdown", markdown);
                Race race = Race.prepare(plan, err::println, interrupt.get())) {
            err.println(race.announcement());
            Outcome outcome = race.run();
            PrintStream table = jsonOut || markdownOut ? err : out;
            Table.text(outcome).forEach(table::println);
            table.println();
            Markdown.notes(outcome).forEach(table::println);
            write(markdownFile, Markdown.text(outcome, conditions));
            write(jsonFile, ResultJson.line(toJson(outcome, conditions)) + "\n");
            return outcome.valid() ? Verdict.OK : Verdict.INVALID;
        }
    }

    /** A file that is not asked for is none, which try leaves alone. */
    private ResultFile prepare(String flag, Optional<String> name) throws IOException {
        return name.isPresent() ? ResultFile.prepare(flag, name.get(), force, out) : null;
    }

    private static void write(ResultFile file, String text) throws IOException {
        if (file != null) {
            file.out().write(text.getBytes(StandardCharsets.UTF_8));
            file.commit();
        }
    }

    private static JsonObject toJson(Outcome outcome, Conditions conditions) {
        JsonObject object = new JsonObject();
        object.addProperty("schema", ResultJson.SCHEMA);
        object.addProperty("version", BenchMain.version());
        RaceJson.add(object, outcome, conditions);
        return object;
    }

    private String command() {
        return "java -jar bench/target/echo-bench.jar "
                + String.join(" ", spec.commandLine().getParseResult().originalArgs());
    }
}
