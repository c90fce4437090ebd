package io.echo.server.command;

import java.util.Iterator;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The {@code completion} command: what a shell needs to complete the server's command line.
 *
 * <p>picocli writes the script. It is for a command of the program's name, which an alias provides.
 */
@Command(
        name = Completion.NAME,
        description = "Print what a shell needs to complete command lines.",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = ServerMain.Version.class)
final class Completion implements Runnable {
    static final String NAME = "completion";

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
            throw new ParameterException(
                    spec.commandLine(), "SHELL must be " + BASH + ", got " + shell);
        }
        CommandSpec program = spec.root();
        spec.commandLine()
                .getOut()
                .print(
                        AutoComplete.bash(program.name(), program.commandLine())
                                + JOINED.formatted(program.name()));
        spec.commandLine().getOut().flush();
    }
}
