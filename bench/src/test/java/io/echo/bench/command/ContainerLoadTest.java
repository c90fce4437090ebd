package io.echo.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The loads that {@code docker/} starts: their flags exist. */
class ContainerLoadTest {
    private static final Path DOCKER = Path.of("..", "docker");

    /** The values of the variables, as Kubernetes and Compose insert them. */
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{\\w+:-([^}]*)}|\\$\\(\\w+\\)");

    @Test
    void startsALoadThatFailsOnAMissedLimitWithCompose() throws IOException {
        Matcher command =
                Pattern.compile("command: >-\n((?: {6}.*\n)+)")
                        .matcher(Files.readString(DOCKER.resolve("compose.yaml")));
        assertThat(command.find()).isTrue();
        List<String> arguments = List.of(command.group(1).strip().split("\\s+"));
        assertThat(options(arguments)).contains("--max-loss", "--max-p99", "--rate");
    }

    @Test
    void startsLoadsTogetherWithKubernetesThatPrintOneLine() throws IOException {
        Matcher list =
                Pattern.compile("args:\n((?: {12}- .*\n)+)")
                        .matcher(Files.readString(DOCKER.resolve("kubernetes/load/job.yaml")));
        assertThat(list.find()).isTrue();
        List<String> arguments =
                list.group(1).lines().map(line -> line.replaceFirst(" *- ", "")).toList();
        assertThat(options(arguments)).contains("--start-at", "--json", "--max-loss");
        assertThat(arguments).contains("--json=-", "udp://echo");
    }

    /** The flags that a command line gives, each of which the load command has. */
    private static Stream<String> options(List<String> arguments) {
        assertThat(arguments.subList(0, 2)).containsExactly("echo-bench.jar", "load");
        String[] given =
                arguments.stream()
                        .skip(2)
                        .map(
                                argument ->
                                        VARIABLE.matcher(argument)
                                                .replaceAll(
                                                        variable ->
                                                                variable.group(1) == null
                                                                        ? "2026-01-31T12:00:00Z"
                                                                        : variable.group(1)))
                        .toArray(String[]::new);
        CommandLine load =
                new CommandLine(new LoadCommand(System.out, System.err, CompletableFuture::new));
        return load.parseArgs(given).matchedOptions().stream().map(option -> option.longestName());
    }
}
