package io.echo.bench.race;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.echo.testing.Programs;
import io.echo.testing.RunnableJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A short race as a user starts it: its output, and that it leaves nothing behind. */
@Timeout(120)
class RaceIT {
    private static final Path JAR = Path.of("target", "echo-bench.jar");
    private static final Path SERVER = Path.of("..", "server", "target", "echo-server.jar");

    @TempDir private Path directory;

    private Process race(String... flags) throws IOException {
        Programs.require("cc");
        Programs.require("taskset");
        assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "a race needs two cores");
        List<String> command = RunnableJar.brief(JAR.toAbsolutePath(), "race");
        command.addAll(List.of("--restarts=1", "--rounds=1", "--warmup=100ms"));
        command.addAll(List.of(flags));
        return new ProcessBuilder(Programs.interruptible(command))
                .redirectOutput(directory.resolve("out").toFile())
                .redirectError(directory.resolve("err").toFile())
                .start();
    }

    private String read(String file) throws IOException {
        return Files.readString(directory.resolve(file));
    }

    /** Each kind of yardstick once: plain C, the C loader, one loop, and an idle control. */
    @Test
    @Tag("long")
    void setsOurServerAndGeneratorBesideTheirYardsticks() throws Exception {
        Path json = directory.resolve("race.json");
        Process race =
                race(
                        "--servers=c,nio",
                        "--cases=udp-16,udp-loops,tcp-scraped,generator-tcp-16",
                        "--seconds=200ms",
                        "--json=" + json);
        assertThat(race.waitFor(100, TimeUnit.SECONDS)).isTrue();
        assertThat(race.exitValue()).as(read("err") + read("out")).isZero();
        assertThat(read("out"))
                .contains("udp-16: ", "generator-tcp-16: ", "CPU to C", "msg/s to control");
        assertThat(read("out") + read("err")).doesNotContain("\u001b", "\r");
        assertThat((read("out") + read("err")).lines()).allMatch(line -> line.length() <= 80);

        JsonObject result = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
        assertThat(result.get("valid").getAsBoolean()).isTrue();
        Map<String, JsonObject> rows =
                StreamSupport.stream(result.getAsJsonArray("results").spliterator(), false)
                        .map(JsonElement::getAsJsonObject)
                        .collect(
                                Collectors.toMap(
                                        row ->
                                                row.get("case").getAsString()
                                                        + " "
                                                        + row.get("server").getAsString(),
                                        row -> row));
        assertThat(rows)
                .containsOnlyKeys(
                        "udp-16 c",
                        "udp-16 nio",
                        "udp-loops nio",
                        "tcp-scraped nio",
                        "generator-tcp-16 c",
                        "generator-tcp-16 nio");
        assertThat(rows.values())
                .allSatisfy(
                        row -> {
                            assertThat(median(row, "rate")).isPositive();
                            assertThat(median(row, "p99_us")).isPositive();
                        });
        assertThat(median(rows.get("udp-16 c"), "cpu_us_to_c")).isEqualTo(1);
        assertThat(median(rows.get("udp-16 nio"), "cpu_us_to_c")).isPositive();
        assertThat(median(rows.get("udp-loops nio"), "rate_to_control")).isPositive();
        assertThat(median(rows.get("tcp-scraped nio"), "p99_us_to_control")).isPositive();
        assertThat(median(rows.get("generator-tcp-16 nio"), "load_cpu_us_to_c")).isPositive();
    }

    /** Our generator is left out: beside other tests it may be late, and then it says so. */
    @Tag("long")
    @Test
    void setsTheSleepingLoaderBesideItself() throws Exception {
        Path json = directory.resolve("race.json");
        Process race =
                race("--servers=c", "--cases=latency-tcp-100", "--seconds=200ms", "--json=" + json);
        assertThat(race.waitFor(100, TimeUnit.SECONDS)).isTrue();
        assertThat(race.exitValue()).as(read("err") + read("out")).isZero();
        JsonObject result = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
        assertThat(result.getAsJsonArray("results")).hasSize(1);
        JsonObject row = result.getAsJsonArray("results").get(0).getAsJsonObject();
        assertThat(median(row, "p99_us")).isPositive();
        assertThat(median(row, "p90_us_to_c")).isPositive();
    }

    /** It has another build of our server beside this one by then. */
    @Test
    @Tag("long")
    void endsWhatItStartedOnCtrlC() throws Exception {
        Path before = Files.copy(SERVER, directory.resolve("before.jar"));
        Process race =
                race(
                        "--servers=c,nio,nio-before",
                        "--before=" + before,
                        "--cases=udp-16",
                        "--seconds=60s");
        while (race.isAlive() && race.descendants().noneMatch(child -> runs(child, before))) {
            LockSupport.parkNanos(20_000_000);
        }
        List<ProcessHandle> started = race.descendants().toList();
        assertThat(started)
                .as(read("err"))
                .anyMatch(child -> runs(child, SERVER))
                .anyMatch(child -> runs(child, before));
        new ProcessBuilder("kill", "-INT", String.valueOf(race.pid())).start().waitFor();
        assertThat(race.waitFor(30, TimeUnit.SECONDS)).as(read("err")).isTrue();
        for (ProcessHandle child : started) {
            child.onExit().get(10, TimeUnit.SECONDS);
        }
    }

    private static boolean runs(ProcessHandle process, Path jar) {
        return process.info()
                .commandLine()
                .filter(command -> command.contains("/" + jar.getFileName() + " --host"))
                .isPresent();
    }

    private static double median(JsonObject row, String figure) {
        return row.getAsJsonObject(figure).get("median").getAsDouble();
    }
}
