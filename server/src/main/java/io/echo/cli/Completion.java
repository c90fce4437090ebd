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
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The {@code completion} command of each program: prints what a shell needs to complete its command
 * line.
 *
 * <p>picocli writes the script, for a command or alias of the program's name.
 */
@Command(
        name = Completion.NAME,
        description = "Print what a shell needs to complete command lines.",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        addMethodSubcommands = false,
        footer = {
            "",
            "For every new shell, where ${ROOT-COMMAND-NAME} is a command or an alias:",
            "  ${ROOT-COMMAND-NAME} completion bash > ~/.${ROOT-COMMAND-NAME}.bash",
            "  echo '. ~/.${ROOT-COMMAND-NAME}.bash' >> ~/.bashrc"
        })
public final class Completion implements Runnable {
    /** Name of the command. */
    public static final String NAME = "completion";

    private static final String BASH = "bash";

    /** Readline cuts --flag=value in three words; picocli's functions expect --flag value. */
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

    @Parameters(paramLabel = "SHELL", completionCandidates = Shells.class, description = "bash.")
    private String shell;

    @Override
    public void run() {
        if (!shell.equals(BASH)) {
            throw new ParameterException(
                    spec.commandLine(), FlagValues.mustBe("SHELL", BASH, shell).getMessage());
        }
        CommandSpec program = spec.root();
        spec.commandLine()
                .getOut()
                .print(
                        AutoComplete.bash(program.name(), new CommandLine(outline(program)))
                                + JOINED.formatted(program.name()));
        spec.commandLine().getOut().flush();
    }

    /** Copies what completion depends on; a value is a file where its label says so. */
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
