package io.echo.bench.race;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The programs of this machine. */
final class Commands {
    /** Where systems keep programs that are not on everybody's path. */
    private static final List<String> BESIDES =
            List.of(
                    "/usr/sbin",
                    "/usr/local/go/bin",
                    System.getProperty("user.home") + "/go/bin",
                    System.getProperty("user.home") + "/.cargo/bin");

    private Commands() {}

    /** Where a program is. */
    static Optional<Path> find(String program) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.concat(
                        Arrays.stream(path.split(File.pathSeparator)), BESIDES.stream())
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Where a program is that a race cannot do without. */
    static Path require(String program, String why) throws IOException {
        return find(program)
                .orElseThrow(
                        () ->
                                new IOException(
                                        program + " must be installed, " + why + ", got none"));
    }

    /** Runs a program to its end, and returns what it printed. */
    static String output(List<String> command, Map<String, String> environment)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            String text =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException(
                        command.get(0) + " must succeed, got "
                                + text.lines().reduce((first, last) -> last).orElse("no word"));
            }
            return text;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(command.get(0) + " was interrupted", e);
        } finally {
            process.destroyForcibly();
        }
    }
}
