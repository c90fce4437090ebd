package io.echo.cli;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The {@code completion} command of any program: what a shell needs to complete its command line.
 *
 * <p>picocli writes the script. It is for a command of the program's name, which an alias provides.
 */
@Command(
        name = "completion",
        description = "Print what a shell needs to complete command lines.",
        sortOptions = false,
        mixinStandardHelpOptions = true)
public final class Completion implements Runnable {
    private static final String BASH = "bash";

    /** Readline cuts --flag=value in three words; picocli's functions know --flag value. */
    private static final String JOINED =
            """

            function _complete_%1$s_joined() {
              if [[ ${COMP_WORDS[COMP_CWORD]} == = ]]; then
                COMP_WORDS[COMP_CWORD]=
              elif [[ ${COMP_WORDS[COMP_CWORD-1]} == = ]]; then
                COMP_WORDS=("${COMP_WORDS[@]:0:COMP_CWORD-1}" "${COMP_WORDS[@]:COMP_CWORD}")
                COMP_CWORD=$((COMP_CWORD - 1))
              fi
              _complete_%1$s
            }
            complete -o default -F _complete_%1$s_joined %1$s
            """;

    /** The shells that are known. */
    static final class Shells implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return List.of(BASH).iterator();
        }
    }

    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "SHELL",
            completionCandidates = Shells.class,
            description = "bash. To use it: source <(COMMAND completion bash)")
    private String shell;

    @Override
    public void run() {
        if (!shell.equals(BASH)) {
            throw FlagValues.mustBe("SHELL", BASH, shell);
        }
        CommandSpec program = spec.root();
        spec.commandLine()
                .getOut()
                .print(
                        AutoComplete.bash(program.name(), new CommandLine(outline(program)))
                                + JOINED.formatted(program.name()));
        spec.commandLine().getOut().flush();
    }

    /** What completion depends on, with the type of a file where the label says so. */
    private static CommandSpec outline(CommandSpec whole) {
        CommandSpec outline = CommandSpec.create().name(whole.name());
        for (OptionSpec option : whole.options()) {
            if (!option.hidden()) {
                outline.addOption(
                        OptionSpec.builder(option.names())
                                // The script has a variable of this name for each list of values.
                                .paramLabel(option.longestName())
                                .type(type(option))
                                .completionCandidates(option.completionCandidates())
                                .build());
            }
        }
        for (PositionalParamSpec parameter : whole.positionalParameters()) {
            outline.addPositional(
                    PositionalParamSpec.builder()
                            .index(parameter.index())
                            .paramLabel(parameter.paramLabel())
                            .type(type(parameter))
                            .completionCandidates(parameter.completionCandidates())
                            .build());
        }
        whole.subcommands()
                .forEach(
                        (name, command) ->
                                outline.addSubcommand(name, outline(command.getCommandSpec())));
        return outline;
    }

    private static Class<?> type(ArgSpec argument) {
        if (argument.arity().max() == 0) {
            return boolean.class;
        }
        return argument.paramLabel().contains("FILE") ? Path.class : String.class;
    }
}
