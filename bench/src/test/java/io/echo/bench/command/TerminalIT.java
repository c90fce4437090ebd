package io.echo.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.testing.BashCompletion;
import io.echo.testing.Programs;
import io.echo.testing.RunnableJar;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The runnable jar at a terminal of 80 columns, and its completion in a shell. */
@Timeout(120)
class TerminalIT {
    private static final String COLOUR = "\u001b\\[[0-9;]*m";

    /** A line that is rewritten: from its start to its end, cut at the edge. */
    private static final Pattern LIVE =
            Pattern.compile("\r\u001b\\[K\u001b\\[\\?7l([^\r\n]*) \u001b\\[\\?7h");

    private static final String ERASED = "\r\u001b[K";

    private static BashCompletion completion;

    @TempDir private Path directory;

    @BeforeAll
    static void printCompletion(@TempDir Path shared) throws Exception {
        List<String> command = jar("completion bash");
        completion = BashCompletion.of("echo-bench", command, shared.resolve("completion"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "lo                       | load",
                "load --pacing _          | auto spin timer",
                "sweep --transport = e    | epoll",
                "race --cases tcp-p       | tcp-pipelined",
                "compare --ht             | --html",
                "completion _             | bash",
            })
    void completesInBash(String line, String candidates) throws Exception {
        assertThat(completion.candidates(line)).isEqualTo(candidates);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "load --help"})
    void helpIsBoldWhereItIsWantedAndTheSameWordsElsewhere(String help) throws Exception {
        String piped = run(jar(help));
        assertPlain(piped);
        assertThat(onTerminal("NO_COLOR=1", help)).isEqualTo(piped);
        String bold = onTerminal("--unset=NO_COLOR", help);
        assertThat(bold).containsPattern("\u001b\\[1m--");
        assertThat(bold.replaceAll(COLOUR, "")).isEqualTo(piped);
    }

    @Tag("long")
    @Test
    void loadRewritesOneLineAndLeavesTheReportAlone() throws Exception {
        String load = "load --rate=200 --duration=2s --warmup=100ms --timeout=100ms --max-p99=1ns";
        String coloured = onTerminal("--unset=NO_COLOR", load);
        List<String> live = LIVE.matcher(coloured).results().map(line -> line.group(1)).toList();
        assertThat(live.get(0)).isEqualTo("warms up for 100ms");
        assertThat(live)
                .filteredOn(line -> line.matches(" *[0-9.]+ s +[0-9,]+/s  p50 .*"))
                .isNotEmpty()
                .allMatch(line -> line.replaceAll(COLOUR, "").length() < 80);
        assertThat(live.get(live.size() - 1)).startsWith("waits for late replies");
        String report = withoutLive(coloured);
        assertThat(report).containsPattern(COLOUR).contains("latency");
        assertPlain(report.replaceAll(COLOUR, ""));

        String plain = onTerminal("NO_COLOR=1", load);
        assertThat(LIVE.matcher(plain).find()).as("still rewritten").isTrue();
        assertPlain(withoutLive(plain));
        assertThat(run(jar(load))).doesNotContain("\u001b").doesNotContain("\r");
    }

    @Test
    @Tag("long")
    void sweepFitsWithColoursAndWithout() throws Exception {
        String sweep =
                "sweep --from=200 --to=200 --duration=300ms --warmup=100ms"
                        + " --timeout=100ms --max-p99=1m";
        String coloured = withoutLive(onTerminal("--unset=NO_COLOR", sweep));
        assertThat(coloured).containsPattern(COLOUR);
        assertPlain(coloured.replaceAll(COLOUR, ""));
        assertPlain(withoutLive(onTerminal("NO_COLOR=1", sweep)));
        assertThat(run(jar(sweep))).doesNotContain("\u001b").doesNotContain("\r");
    }

    /** Removes the rewritten lines: what stays on the screen. */
    private static String withoutLive(String screen) {
        return LIVE.matcher(screen).replaceAll("").replace(ERASED, "");
    }

    private static void assertPlain(String text) {
        assertThat(text).doesNotContain("\u001b").doesNotContain("\r");
        assertThat(text.lines()).isNotEmpty().allMatch(line -> line.length() <= 80);
    }

    private String onTerminal(String environment, String arguments) throws Exception {
        Programs.require("script");
        List<String> command = new ArrayList<>(List.of("env", "TERM=xterm", environment));
        command.addAll(List.of("script", "-qec", String.join(" ", jar(arguments)), "/dev/null"));
        return run(command).replace("\r\n", "\n");
    }

    private static List<String> jar(String arguments) {
        return RunnableJar.brief(Path.of("target", "echo-bench.jar"), arguments.split(" "));
    }

    private String run(List<String> command) throws IOException, InterruptedException {
        Path out = directory.resolve("out");
        Process process =
                new ProcessBuilder(command)
                        .redirectInput(new File("/dev/null"))
                        .redirectErrorStream(true)
                        .redirectOutput(out.toFile())
                        .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ends").isTrue();
            return Files.readString(out, StandardCharsets.UTF_8);
        } finally {
            process.destroyForcibly();
        }
    }
}
