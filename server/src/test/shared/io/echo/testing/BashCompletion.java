package io.echo.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The completion that a program prints for bash, asked as readline does while a line is typed. */
public final class BashCompletion {
    private static final String ASK =
            """
            source "$0"
            compopt() { :; }
            words=$(complete -p "$1"); words=${words##* -F }
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="${COMP_WORDS[*]}"
            ${words%% *}
            echo "${COMPREPLY[@]}"
            """;

    private final Path script;
    private final String program;

    private BashCompletion(Path script, String program) {
        this.script = script;
        this.program = program;
    }

    /**
     * Runs the command that prints the script.
     *
     * @param script takes it
     */
    public static BashCompletion of(String program, List<String> command, Path script)
            throws IOException, InterruptedException {
        run(command, script);
        return new BashCompletion(script, program);
    }

    /** Returns the candidates for the last word; {@code _} is one that is not begun. */
    public String candidates(String line) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Programs.require("bash"), "-c", ASK));
        command.addAll(List.of(script.toString(), program));
        for (String word : line.split(" ")) {
            command.add(word.equals("_") ? "" : word);
        }
        return run(command, Path.of(script + ".candidates")).strip();
    }

    private static String run(List<String> command, Path out)
            throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(out.toFile())
                        .start();
        try {
            process.getOutputStream().close();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("ends: %s", command).isTrue();
            String said = Files.readString(out, StandardCharsets.UTF_8);
            assertThat(process.exitValue()).as(said).isZero();
            return said;
        } finally {
            process.destroyForcibly();
        }
    }
}
