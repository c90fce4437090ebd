package io.echo.bench.command;

import io.echo.bench.race.RaceCommand;
import io.echo.cli.CheckedOutput;
import io.echo.cli.CommandLines;
import io.echo.cli.Completion;
import io.echo.cli.OneLine;
import io.echo.cli.QuickStart;
import io.echo.cli.StandardInput;
import io.echo.cli.StopSignals;
import io.echo.cli.UsageMessage;
import io.echo.cli.Utf8Arguments;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs the program: reads the command line, prints errors, sets the exit code. */
@Command(
        name = BenchMain.PROGRAM,
        description = "Measure UDP and TCP echo services.",
        customSynopsis = "echo-bench COMMAND [FLAGS]",
        mixinStandardHelpOptions = true,
        addMethodSubcommands = false,
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "COMMAND --help lists its flags.",
            "Exit codes: 0 done, 1 the service did not answer, refused or hung up, 2 wrong",
            "usage, 3 a limit was missed, 4 the measurement is not valid, 129, 130 or 143",
            "interrupted before the end."
        })
final class BenchMain implements Runnable {
    static final String PROGRAM = "echo-bench";

    private static final int FAILED = 1;
    private static final int USAGE = 2;

    @Spec private CommandSpec spec;

    private BenchMain() {}

    /** Runs the program and ends the process. */
    public static void main(String[] args) {
        QuickStart.prepare();
        System.exit(
                run(
                        Utf8Arguments.utf8(args),
                        CheckedOutput.standard(PROGRAM),
                        CheckedOutput.standardError(),
                        () -> StopSignals.first(System::exit)));
    }

    /**
     * Runs the program on these streams and returns its exit code.
     *
     * @param interrupt called when a run is about to start; its result ends the run early
     */
    static int run(
            String[] args,
            PrintStream out,
            PrintStream err,
            Supplier<CompletableFuture<Integer>> interrupt) {
        List<String> words = Arrays.asList(args);
        if (words.indexOf(JmhCommand.NAME) == 0 && !words.contains("--version")) {
            // JMH reads its own flags; picocli only lists the command.
            List<String> own = words.subList(1, args.length);
            return failing(() -> JmhCommand.run(own, out, err), err);
        }
        InputStream in = StandardInput.open();
        CommandLine line =
                new CommandLine(new BenchMain())
                        .addSubcommand(new LoadCommand(out, err, interrupt))
                        .addSubcommand(new SweepCommand(out, err, interrupt))
                        .addSubcommand(new MergeCommand(in, out, err))
                        .addSubcommand(new CompareCommand(in, out, err, interrupt))
                        .addSubcommand(new SplitsCommand(in, out))
                        .addSubcommand(new RaceCommand(out, err, interrupt))
                        .addSubcommand(new JmhCommand())
                        .addSubcommand(new Completion())
                        .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
                        .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
        CommandLines.complete(line);
        line.setExpandAtFiles(false);
        line.setParameterExceptionHandler(
                (e, ignored) -> {
                    complain(err, UsageMessage.of(e));
                    return USAGE;
                });
        line.setExecutionExceptionHandler(
                (e, command, parsed) -> exitCode(e, UsageMessage.hint(command), err));
        return line.execute(args);
    }

    /** Rejects a command line without a command. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command given");
    }

    /** A program that returns an exit code. */
    private interface Program {
        int run() throws Exception;
    }

    private static int failing(Program program, PrintStream err) {
        try {
            return program.run();
        } catch (Exception e) {
            return exitCode(e, "", err);
        }
    }

    /** Prints an error and returns its exit code; an error of the command line gets the hint. */
    private static int exitCode(Exception thrown, String hint, PrintStream err) {
        if (thrown instanceof IllegalArgumentException) {
            complain(err, OneLine.of(thrown) + hint);
            return USAGE;
        }
        if (thrown instanceof IOException) {
            complain(err, thrown.getMessage());
            return FAILED;
        }
        if (thrown instanceof UncheckedIOException wrapped) {
            complain(err, wrapped.getMessage());
            return FAILED;
        }
        thrown.printStackTrace(err);
        return FAILED;
    }

    private static void complain(PrintStream err, String text) {
        err.println(PROGRAM + ": " + OneLine.of(text, "no reason given"));
    }
}
