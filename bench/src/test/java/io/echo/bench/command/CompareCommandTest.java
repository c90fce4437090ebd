package io.echo.bench.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.echo.bench.load.OddServer;
import io.echo.bench.result.SampleResults;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Comparisons of results that are made here. */
class CompareCommandTest {
    private static final String RATES = "100 101 102 103 104 105 106 107";
    private static final String HIGHER = "208 201 202 203 204 205 206 207";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private final CompletableFuture<Integer> interrupt = new CompletableFuture<>();

    @TempDir private Path directory;

    /** A run in closed loop, with so many replies a second; each took so long. */
    private static String run(int second, double rate, long us, long lost) {
        return at(rate, second, SampleResults.closed("udp://a:1", us, 1_000 - lost, lost, rate));
    }

    private static String at(double minute, int second, String result) {
        JsonObject json = JsonParser.parseString(result).getAsJsonObject();
        json.addProperty(
                "started_at", "2026-01-31T12:%02d:%02dZ".formatted((int) minute % 60, second));
        return json.toString();
    }

    /** Eight runs in open loop. */
    private String openSide(String name, long us) throws Exception {
        String lines =
                IntStream.range(0, 8)
                        .mapToObj(
                                i ->
                                        at(
                                                us / 10,
                                                i,
                                                SampleResults.open("udp://a:1", us + i, 1_000, 0)))
                        .collect(Collectors.joining("\n"));
        return Files.writeString(directory.resolve(name), lines).toString();
    }

    private String side(String name, String rates, long us, long lost) throws Exception {
        String[] each = rates.split(" ");
        String lines =
                IntStream.range(0, each.length)
                        .mapToObj(i -> run(i, Double.parseDouble(each[i]), us, lost))
                        .collect(Collectors.joining("\n"));
        Path file = directory.resolve(name);
        return Files.writeString(file, lines).toString();
    }

    private int compare(String... args) throws Exception {
        out.reset();
        PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        CompareCommand command =
                new CompareCommand(InputStream.nullInputStream(), print, print, () -> interrupt);
        new CommandLine(command).parseArgs(args);
        return command.call();
    }

    private String line(String figure) {
        return out.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith(figure))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void judgesThreeFiguresAndShowsTheOthers() throws Exception {
        String a = side("a", RATES, 100, 0);
        String b = side("b", HIGHER, 100, 0);
        assertThat(compare(a, b)).isZero();
        // 2 of 12,870 orders, times the three figures that are judged.
        assertThat(line("rate replied"))
                .matches(
                        "rate replied +103\\.5/s +204\\.5/s +1\\.976 +1\\.9\\d+-2\\.0\\d+"
                                + "  above noise \\(p = 0\\.0005\\)");
        assertThat(line("lost")).endsWith("within noise (p = 1)");
        assertThat(line("latency p99 ")).endsWith("1-1  within noise (p = 1)");
        assertThat(Stream.of("latency p50", "latency p90", "latency max", "service p99"))
                .allSatisfy(
                        figure -> assertThat(line(figure)).doesNotContain("noise").endsWith("1"));
    }

    @Test
    void saysHowManyRunsAreNeeded() throws Exception {
        String a = side("a", "1 2 3 4", 100, 0);
        String b = side("b", "5 6 7 8", 100, 0);
        assertThat(compare(a, b)).isZero();
        assertThat(line("rate replied")).endsWith("too few runs: 5 a side needed");
        assertThat(line("lost")).endsWith("too few runs: 5 a side needed");
        out.reset();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> compare(a, b, "--fail-on-worse"))
                .withMessage("--fail-on-worse needs at least 5 runs a side, got 4 of A and 4 of B");
        assertThat(out.size()).isZero();
    }

    @Test
    void callsNothingThatHasNoValueADifference() throws Exception {
        String a = side("a", RATES, 100, 0);
        String b = side("b", "0 0 0 0 0 0 0 0", 0, 1_000);
        Path json = directory.resolve("c.json");
        assertThat(compare(a, b, "--json", json.toString(), "--fail-on-worse")).isEqualTo(3);
        assertThat(line("latency p99 "))
                .matches("latency p99 +100\\.\\d us +- +- +-  no value in 8 of 8 runs of B");
        assertThat(line("lost")).contains(" - ").endsWith("above noise (p = 0.0005)");
        assertThat(line("rate replied")).contains(" 0-0 ").endsWith("above noise (p = 0.0005)");
        assertThat(out.toString(StandardCharsets.UTF_8)).doesNotContain("NaN", "∞");
        JsonObject p99 = figure(json, "latency_p99");
        assertThat(p99.get("p_adjusted").isJsonNull()).isTrue();
        assertThat(p99.get("b").isJsonNull()).isTrue();
        assertThat(p99.get("ratio_high").isJsonNull()).isTrue();
        JsonObject lost = figure(json, "lost");
        assertThat(lost.get("p_adjusted").getAsDouble()).isCloseTo(6 / 12_870.0, within(1e-12));
        assertThat(lost.get("worse").getAsBoolean()).isTrue();
    }

    private static JsonObject figure(Path json, String name) throws Exception {
        return JsonParser.parseString(Files.readString(json))
                .getAsJsonObject()
                .getAsJsonArray("figures")
                .asList()
                .stream()
                .map(element -> element.getAsJsonObject())
                .filter(figure -> figure.get("figure").getAsString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void tellsWhatItsRunsSayOfThemselves() throws Exception {
        String a = side("a", RATES, 100, 0);
        String told = Files.readString(Path.of(side("b", HIGHER, 100, 0)));
        String stalled =
                told.replaceFirst("\"warnings\":\\[]", "\"warnings\":[\"it stood still\"]");
        String b = Files.writeString(directory.resolve("b"), stalled).toString();
        assertThat(compare(a, b)).isZero();
        assertThat(line("warning: ")).contains("1 of 8 runs of B failed or warned; the first: ");
    }

    @Test
    void failsOnWhatIsWorseAlone() throws Exception {
        String slow = side("slow", RATES, 100, 0);
        String fast = side("fast", HIGHER, 100, 0);
        assertThat(compare(slow, fast, "--fail-on-worse")).isZero();
        assertThat(compare(fast, slow, "--fail-on-worse")).isEqualTo(3);
        Path same = directory.resolve("same");
        Files.writeString(same, Files.readString(Path.of(slow)).replace("T12:", "T13:"));
        assertThat(compare(slow, same.toString(), "--fail-on-worse")).isZero();
    }

    /** Writes the runs of a side again, none of them valid. */
    private String invalid(String side) throws Exception {
        String bad =
                Files.readString(Path.of(side))
                        .replace("T12:", "T14:")
                        .replace("\"valid\":true", "\"valid\":false")
                        .replace("\"failures\":[]", "\"failures\":[\"the generator was late\"]");
        return Files.writeString(Path.of(side + "-invalid"), bad).toString();
    }

    @Test
    void callsNoRunThatIsNotValidAlikeOrDifferent() throws Exception {
        String slow = side("slow", RATES, 100, 0);
        String invalid = invalid(side("fast", HIGHER, 100, 0));
        Path json = directory.resolve("c.json");
        assertThat(compare(slow, invalid, "--json", json.toString())).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("NOT VALID: 8 of the runs of B, see their failures")
                .doesNotContain("noise");
        for (String figure : new String[] {"rate replied", "lost", "latency p99 "}) {
            assertThat(line(figure)).endsWith("cannot be told: 8 runs are not valid");
        }
        assertThat(figure(json, "lost").get("p_adjusted").isJsonNull()).isTrue();
        assertThat(compare(slow, invalid, "--fail-on-worse")).isEqualTo(4);
        assertThat(compare(invalid, slow, "--fail-on-worse")).isEqualTo(4);
    }

    @Test
    void comparesNoOpenLoopWithAClosedOne() throws Exception {
        String closed = side("closed", RATES, 100, 0);
        String open = openSide("open", 100);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> compare(closed, open))
                .withMessageContaining("all in open loop or all in closed loop");
        assertThat(compare(open, openSide("other", 200))).isZero();
        assertThat(line("latency p50")).endsWith("above noise (p = 0.0005)");
        assertThat(line("rate replied")).doesNotContain("noise");
    }

    @Test
    void tellsOfAnotherTransport() throws Exception {
        String one = side("one", RATES, 100, 0);
        Path changed = Path.of(side("changed", RATES, 200, 0));
        String lines = Files.readString(changed).replace("\"nio\"", "\"epoll\"");
        Path other = Files.writeString(directory.resolve("other"), lines);
        assertThat(lines).contains("\"transport\":\"epoll\"");
        compare(one, other.toString());
        // The report breaks its lines.
        assertThat(out.toString(StandardCharsets.UTF_8).replaceAll("\\s+", " "))
                .contains("A and B were measured with another transport (nio, epoll)");
    }

    private int measure(OddServer a, OddServer b, String... flags) throws Exception {
        Stream<String> always =
                Stream.of(
                        a.target().toString(),
                        b.target().toString(),
                        "--count=40",
                        "--warmup=0s",
                        "--timeout=50ms",
                        "--pacing=timer");
        return compare(Stream.concat(always, Stream.of(flags)).toArray(String[]::new));
    }

    /** A server that is slower by 3 ms for each probe. */
    private static OddServer slow() throws Exception {
        return OddServer.udp(
                (n, request, reply) -> {
                    LockSupport.parkNanos(3_000_000);
                    reply.send(request);
                });
    }

    private static OddServer fast() throws Exception {
        return OddServer.udp((n, request, reply) -> reply.send(request));
    }

    @Test
    void measuresTwoTargetsInPairs() throws Exception {
        Path json = directory.resolve("c.json");
        try (OddServer fast = fast();
                OddServer slow = slow()) {
            int code = measure(fast, slow, "--json=" + json, "--fail-on-worse");
            assertThat(line("round  8")).contains("  A ", "  B ");
            assertThat(line("median")).contains("difference, in pairs");
            // All of 256 signs alike, times the three figures that are judged.
            assertThat(line("rate replied")).endsWith("above noise (p = 0.023)");
            assertThat(code).isEqualTo(3);
            JsonObject rate = figure(json, "rate_replied");
            assertThat(rate.get("p_adjusted").getAsDouble()).isEqualTo(6 / 256.0);
            assertThat(rate.get("ratio_high").getAsDouble()).isLessThan(0.5);
        }
    }

    @Test
    void comparesAServerWithItself() throws Exception {
        try (OddServer server = fast()) {
            assertThat(measure(server, server, "--rounds=7")).isZero();
            assertThat(line("lost")).contains("within noise (p = ");
            assertThat(measure(server, server, "--rounds=2")).isZero();
            assertThat(line("rate replied")).endsWith("too few runs: 7 a side needed");
        }
    }

    @Test
    void keepsTheRoundsThatAreCompleteWhenInterrupted() throws Exception {
        try (OddServer server = fast();
                OddServer signal =
                        OddServer.udp(
                                (n, request, reply) -> {
                                    reply.send(request);
                                    if (n == 60) {
                                        interrupt.complete(143); // in the second of 40 probes
                                    }
                                })) {
            assertThat(measure(server, signal)).isEqualTo(143);
            assertThat(line("interrupted")).isEqualTo("interrupted after 1 of 8 complete rounds");
            assertThat(line("lost")).endsWith("too few runs: 7 a side needed");
        }
    }

    /** Too few rounds because of a stop are no fault of the runs. */
    @Test
    void endsByTheSignalWhenItLeftTooFewRoundsForAGate() throws Exception {
        try (OddServer server = fast();
                OddServer signal =
                        OddServer.udp(
                                (n, request, reply) -> {
                                    reply.send(request);
                                    if (n == 60) {
                                        interrupt.complete(130);
                                    }
                                })) {
            assertThat(measure(server, signal, "--fail-on-worse")).isEqualTo(130);
            assertThat(line("lost")).endsWith("too few runs: 7 a side needed");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "udp://a:1 b.json|A and B must be two files or two targets",
                "b.json localhost:7|A and B must be two files or two targets",
                "a.json b.json --rate 5|--rate goes with two targets to measure, not with files",
                "udp://a:1 udp://b:1 --rounds 6 --fail-on-worse|--rounds must be at least 7",
                "udp://a:1 udp://b:1 --rounds 0|--rounds must be a whole number from 1 to 200",
            })
    void refusesWhatDoesNotGoTogether(String args, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> compare(args.split(" ")))
                .withMessageStartingWith(message);
    }
}
