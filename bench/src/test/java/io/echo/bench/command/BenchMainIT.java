package io.echo.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.bench.load.OddServer;
import io.echo.testing.Programs;
import io.echo.testing.Readme;
import io.echo.testing.RunnableJar;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The runnable jar as a user starts it. */
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
class BenchMainIT {
    private static final Path JAR = Path.of("target", "echo-bench.jar");

    private static final Pattern ETA = Pattern.compile("ETA (\\d\\d:\\d\\d:\\d\\d)");

    @TempDir private Path directory;

    private record Ended(int exitCode, String out, String err) {}

    private Process start(String... args) throws IOException {
        return startBehind(List.of(), args);
    }

    private Process startToInterrupt(String... args) throws IOException {
        return start(Programs.interruptible(jar(args)));
    }

    private Process startBehind(List<String> prefix, String... args) throws IOException {
        return start(Stream.concat(prefix.stream(), jar(args).stream()).toList());
    }

    private static List<String> jar(String... args) {
        return RunnableJar.brief(JAR.toAbsolutePath(), args);
    }

    private Process start(List<String> command) throws IOException {
        return new ProcessBuilder(command)
                .redirectOutput(directory.resolve("out").toFile())
                .redirectError(directory.resolve("err").toFile())
                .start();
    }

    private Ended end(Process process) throws Exception {
        try {
            assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
            return new Ended(
                    process.exitValue(),
                    Files.readString(directory.resolve("out"), StandardCharsets.UTF_8),
                    Files.readString(directory.resolve("err"), StandardCharsets.UTF_8));
        } finally {
            process.destroyForcibly();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nio", "auto"})
    void saysNothingOnStandardErrorButItsOwnLines(String transport) throws Exception {
        Ended ended =
                end(
                        start(
                                "load",
                                "--count=200",
                                "--warmup=0s",
                                "--timeout=100ms",
                                "--transport=" + transport));
        assertThat(ended.exitCode()).isZero();
        assertThat(ended.err().lines())
                .isNotEmpty()
                .allMatch(line -> line.startsWith("no TARGET:") || line.contains("in flight"));
        assertThat(ended.out()).contains("own server in this process").contains("latency");
    }

    @ParameterizedTest
    @CsvSource({
        "--json-stream -, standard output",
        "--hdr /dev/full, /dev/full",
        "'', standard output",
    })
    @Tag("long")
    void eachOutputThatCannotBeWrittenIsAnErrorAndOne(String flag, String name) throws Exception {
        outputThatCannotBeWrittenIsAnErrorAndOne(flag, name);
    }

    @ParameterizedTest
    @CsvSource({"--json -, standard output", "--html /dev/full, /dev/full"})
    void outputThatCannotBeWrittenIsAnErrorAndOne(String flag, String name) throws Exception {
        if (!Files.exists(Path.of("/dev/full"))) {
            Programs.require("/dev/full");
        }
        List<String> load = new ArrayList<>(List.of("load", "--count=20", "--warmup=0s"));
        load.addAll(List.of(flag.isEmpty() ? new String[0] : flag.split(" ")));
        Ended ended =
                end(
                        startBehind(
                                List.of("sh", "-c", "exec \"$@\" > /dev/full", "sh"),
                                load.toArray(String[]::new)));
        assertThat(ended.err())
                .endsWith("echo-bench: cannot write to " + name + ": No space left on device\n");
        assertThat(ended.exitCode()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"merge", "load --payload-file", "load --count=1 --json"})
    void aPathThatTheJvmCannotNameIsAnErrorThatSaysWhatToSet(String command) throws Exception {
        // The shell makes the argument, since the JVM of this test may be unable to.
        String line =
                "LC_ALL=C exec '%s' %s r/\"$(printf '\\303\\274')\".json"
                        .formatted(String.join("' '", jar()), command);
        Ended ended = end(start(List.of("sh", "-c", line)));
        assertThat(ended.err())
                .endsWith(
                        "echo-bench: r/\u00fc.json cannot be opened in locale C: set"
                                + " LC_ALL=C.UTF-8\n");
        assertThat(ended.exitCode()).isEqualTo(1);
    }

    @Test
    void aReaderThatLeavesEndsARunAtOnce() throws Exception {
        String run =
                "'" + String.join("' '", jar("load", "--duration=1h", "--json-stream=-")) + "'";
        Ended ended =
                end(
                        start(
                                List.of(
                                        "sh",
                                        "-c",
                                        "(" + run + "; echo exit $? >&2) | head -1 >/dev/null")));
        assertThat(ended.err())
                .endsWith("echo-bench: nobody reads standard output any more\nexit 1\n");
    }

    @Test
    void printsTheHelpThatTheReadmeShows() throws Exception {
        Ended ended = end(start("load", "--help"));
        assertThat(ended.exitCode()).isZero();
        assertThat(Readme.block("load-help")).isEqualTo(ended.out());
    }

    @Test
    void mergesWhatComesThroughAPipe() throws Exception {
        Path result = directory.resolve("piped.json");
        String load = "load --count=20 --warmup=0s --timeout=50ms --max-lateness=1m --json=";
        assertThat(end(start((load + result).split(" "))).exitCode()).isZero();
        Process merge = start("merge");
        try (OutputStream in = merge.getOutputStream()) {
            Files.copy(result, in);
        }
        Ended ended = end(merge);
        assertThat(ended.err()).isEmpty();
        assertThat(ended.out()).contains("merged        1 result");
    }

    @Test
    void endsEarlyWithAFullReportOnCtrlC() throws Exception {
        Process process =
                startToInterrupt("load", "--duration=1h", "--warmup=0s", "--timeout=100ms");
        Path err = directory.resolve("err");
        while (process.isAlive() && Files.readString(err).lines().count() < 2) {
            LockSupport.parkNanos(5_000_000); // the first second is over when its line is there
        }
        new ProcessBuilder("kill", "-INT", String.valueOf(process.pid())).start().waitFor();
        Ended ended = end(process);
        assertThat(ended.exitCode()).isEqualTo(130);
        assertThat(ended.out()).contains("INCOMPLETE: interrupted: ").contains("latency");
    }

    @Test
    @Tag("long")
    void leavesNoDraftBehindWhenItIsEndedASecondTime() throws Exception {
        Process process =
                startToInterrupt(
                        "load",
                        "--duration=1h",
                        "--warmup=0s",
                        "--timeout=60s",
                        "--json=" + directory.resolve("result.json"));
        Path err = directory.resolve("err");
        while (process.isAlive() && Files.readString(err).lines().count() < 2) {
            LockSupport.parkNanos(5_000_000); // the first second is over when its line is there
        }
        // Two kinds, since two signals of one kind may merge. It waits for late replies meanwhile.
        String pid = String.valueOf(process.pid());
        new ProcessBuilder("kill", "-INT", pid).start().waitFor();
        new ProcessBuilder("kill", "-TERM", pid).start().waitFor();
        assertThat(end(process).exitCode()).isIn(130, 143); // the JVM may handle either first
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("out", "err");
        }
    }

    @ParameterizedTest
    @CsvSource({"022, rw-r--r--", "077, rw-------"})
    @Tag("long")
    void leavesTheModeToAnyUmask(String umask, String mode) throws Exception {
        leavesTheModeOfItsFilesToTheUmask(umask, mode);
    }

    @ParameterizedTest
    @CsvSource("027, rw-r-----")
    void leavesTheModeOfItsFilesToTheUmask(String umask, String mode) throws Exception {
        List<String> args = new ArrayList<>(List.of("load", "--count=100", "--warmup=0s"));
        List<String> kinds = List.of("json", "json-stream", "hdr", "html");
        kinds.forEach(kind -> args.add("--" + kind + "=" + directory.resolve(kind)));
        List<String> underIt = List.of("sh", "-c", "umask $0 && exec \"$@\"", umask);
        Ended ended = end(startBehind(underIt, args.toArray(String[]::new)));
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        for (String kind : kinds) {
            assertThat(Files.getPosixFilePermissions(directory.resolve(kind)))
                    .as(kind)
                    .isEqualTo(PosixFilePermissions.fromString(mode));
        }
    }

    @Test
    void saysThatAResultDoesNotFitInTheHeap() throws Exception {
        Path large = directory.resolve("large.json");
        Files.writeString(large, "{\"hdr\":[" + "{\"a\":0},".repeat(1 << 20) + "0]}");
        List<String> small = List.of("env", "JDK_JAVA_OPTIONS=-Xmx64m");
        Ended ended = end(startBehind(small, "merge", large.toString()));
        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.err().lines())
                .last()
                .asString()
                .startsWith("echo-bench: input must fit in the heap, which is 6")
                .endsWith(" MiB (java -Xmx sets it), got " + large);
    }

    @ParameterizedTest
    @ValueSource(strings = {"merge", "merge -", "compare - a.json"})
    void takesAClosedInputForAnEmptyOne(String command) throws Exception {
        List<String> closed = List.of(Programs.require("sh"), "-c", "exec \"$@\" <&-", "sh");
        Ended ended = end(startBehind(closed, command.split(" ")));
        assertThat(ended.err())
                .isEqualTo("echo-bench: input must hold a result of load, got none in -\n");
        assertThat(ended.exitCode()).isEqualTo(1);
    }

    @ResourceLock("jmh")
    @Test
    void leavesItsFlagsToJmh() throws Exception {
        Ended help = end(start("jmh", "-h"));
        assertThat(help.out()).contains("[regexp*]");
        Ended list = end(start("jmh", "-l"));
        assertThat(list.out())
                .contains("io.echo.bench.jmh.RoundTrip.echo", "io.echo.bench.jmh.OneProbe.whole");
        assertThat(list.err()).isEmpty();
        assertThat(list.exitCode()).isZero();
    }

    @ResourceLock("jmh")
    @Test
    @Tag("long")
    void runsASubsetOfFiveMinutesWithoutArguments() throws Exception {
        Process process = start("jmh");
        Path out = directory.resolve("out");
        Matcher eta = ETA.matcher("");
        while (process.isAlive() && !eta.reset(Files.readString(out)).find()) {
            LockSupport.parkNanos(5_000_000); // JMH first says how long all of them take
        }
        List<ProcessHandle> children = process.descendants().toList();
        process.destroy();
        Ended ended = end(process);
        assertThat(ended.err())
                .startsWith("no arguments: a subset of about five minutes")
                .hasLineCount(1);
        // Beside these there is the start of each JVM and the end of each server: half a minute.
        assertThat(Duration.between(LocalTime.MIN, LocalTime.parse(eta.group(1))))
                .isBetween(Duration.ofMinutes(4), Duration.ofSeconds(280));
        for (ProcessHandle child : children) {
            child.onExit().get(10, TimeUnit.SECONDS);
        }
    }

    @ResourceLock("jmh")
    @Tag("long")
    @Test
    void failsRatherThanWaitForWhatWasLost() throws Exception {
        try (OddServer deaf = OddServer.udp((n, request, reply) -> {})) {
            Ended ended =
                    end(
                            start(
                                    "jmh",
                                    "Window",
                                    "-f",
                                    "1",
                                    "-wi",
                                    "0",
                                    "-i",
                                    "1",
                                    "-r",
                                    "1",
                                    "-foe",
                                    "true",
                                    "-p",
                                    "target=" + deaf.target(),
                                    "-p",
                                    "protocol=udp",
                                    "-p",
                                    "transport=nio",
                                    "-p",
                                    "payloadBytes=64"));
            assertThat(ended.exitCode()).isNotZero();
            assertThat(ended.out() + ended.err())
                    .contains("no packet came back within 5000 ms, with 16 in flight");
        }
    }

    @ResourceLock("jmh")
    @Test
    @Tag("long")
    void runsTheGuardsBenchmarksWithoutAWord() throws Exception {
        Ended ended = end(start("jmh", "Cost", "-f", "1", "-wi", "0", "-i", "1", "-r", "1ms"));
        assertThat(ended.exitCode()).isZero();
        assertThat(ended.err()).isEmpty();
        assertThat(ended.out())
                .contains("EchoHandlerCost.echo ", "UdpGuardCost.underItsRate")
                .contains("TcpGuardCost.guarded")
                .doesNotContain("WARNING");
    }

    @Test
    void listsItsCommands() throws Exception {
        Ended ended = end(start("--help"));
        assertThat(ended.exitCode()).isZero();
        assertThat(ended.out()).contains("load", "sweep", "merge", "compare", "jmh");
        assertThat(end(start("load", "--help")).out()).contains("--max-p99", "--rate", "10ms.");
    }
}
