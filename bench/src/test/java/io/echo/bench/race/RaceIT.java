package io.echo.bench.race;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.echo.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A race as a user starts it, over in moments: what it writes, and what it leaves behind. */
@Timeout(120)
class RaceIT {
    private static final Path JAR = Path.of("target", "echo-bench.jar");

    @TempDir private Path directory;

    private Process race(String... flags) throws IOException {
        Programs.require("cc");
        Programs.require("taskset");
        assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "a race needs two cores");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-jar", JAR.toAbsolutePath().toString(), "race"));
        command.addAll(List.of("--restarts=1", "--rounds=1", "--warmup=200ms"));
        command.addAll(List.of(flags));
        return new ProcessBuilder(Programs.interruptible(command))
                .redirectOutput(directory.resolve("out").toFile())
                .redirectError(directory.resolve("err").toFile())
                .start();
    }

    private String read(String file) throws IOException {
        return Files.readString(directory.resolve(file));
    }

    @Test
    void setsOurServerBesideThePlainestInC() throws Exception {
        Path json = directory.resolve("race.json");
        Process race =
                race(
                        "--servers=c,nio",
                        "--cases=udp-16,tcp-1",
                        "--seconds=300ms",
                        "--json=" + json);
        assertThat(race.waitFor(100, TimeUnit.SECONDS)).isTrue();
        assertThat(race.exitValue()).as(read("err")).isZero();
        assertThat(read("out"))
                .contains("udp-16: ", "tcp-1: ", "CPU to C")
                .doesNotContain("\u001b", "\r");
        assertThat(read("out").lines()).allMatch(line -> line.length() <= 80);

        JsonObject result = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
        assertThat(result.get("valid").getAsBoolean()).isTrue();
        List<JsonObject> rows =
                StreamSupport.stream(result.getAsJsonArray("results").spliterator(), false)
                        .map(JsonElement::getAsJsonObject)
                        .toList();
        assertThat(
                        rows.stream()
                                .map(
                                        row ->
                                                row.get("case").getAsString()
                                                        + " "
                                                        + row.get("server").getAsString()))
                .containsExactly("udp-16 c", "udp-16 nio", "tcp-1 c", "tcp-1 nio");
        assertThat(rows)
                .allSatisfy(
                        row -> {
                            assertThat(median(row, "rate")).isPositive();
                            assertThat(median(row, "cpu_us")).isPositive();
                            assertThat(median(row, "p99_us"))
                                    .isGreaterThanOrEqualTo(median(row, "p50_us"));
                        });
        assertThat(median(rows.get(0), "cpu_us_to_c")).isEqualTo(1);
        assertThat(median(rows.get(1), "cpu_us_to_c")).isPositive();
    }

    @Test
    void endsWhatItStartedOnCtrlC() throws Exception {
        Process race = race("--servers=c,nio", "--cases=udp-16", "--seconds=60s");
        Path err = directory.resolve("err");
        while (race.isAlive() && race.descendants().noneMatch(RaceIT::isOurServer)) {
            LockSupport.parkNanos(5_000_000);
        }
        List<ProcessHandle> started = race.descendants().toList();
        new ProcessBuilder("kill", "-INT", String.valueOf(race.pid())).start().waitFor();
        assertThat(race.waitFor(30, TimeUnit.SECONDS)).as(Files.readString(err)).isTrue();
        assertThat(started).isNotEmpty();
        for (ProcessHandle child : started) {
            child.onExit().get(10, TimeUnit.SECONDS);
        }
    }

    private static boolean isOurServer(ProcessHandle process) {
        return process.info()
                .commandLine()
                .filter(command -> command.contains("echo-server.jar"))
                .isPresent();
    }

    private static double median(JsonObject row, String figure) {
        return row.getAsJsonObject(figure).get("median").getAsDouble();
    }
}
