package io.echo.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.echo.bench.load.OddServer;
import io.echo.client.probe.ProbeStats;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class LoadCommandTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final CompletableFuture<Integer> interrupt = new CompletableFuture<>();

    private static final String MEMBERS =
            """
            schema version target protocol transport embedded started_at size_bytes \
            connections warmup_s duration_s rate_requested rate_achieved rate_sent \
            rate_replied asked done interrupted sent unsent received lost late \
            duplicated reordered corrupted foreign connections_reopened down_s \
            service_away_s latency_us service_us send_lateness_us connect_us intervals \
            hdr valid failures\
            """;

    @TempDir private Path directory;

    private OddServer server;

    @BeforeEach
    void start() throws Exception {
        server = OddServer.udp((n, request, reply) -> reply.send(request));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private int run(String... args) {
        return BenchMain.run(
                args,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                () -> interrupt);
    }

    /** Runs a load of 500 probes in half a second; clears earlier output. */
    private int load(String... flags) {
        out.reset();
        err.reset();
        String[] always = {
            "load",
            server.target().toString(),
            "--rate=1k",
            "--count=500",
            "--warmup=0s",
            "--timeout=1s",
            "--max-lateness=1s"
        };
        return run(
                Stream.concat(Arrays.stream(always), Arrays.stream(flags)).toArray(String[]::new));
    }

    /** Returns the exit code, or 4 when the run says that this machine did not keep its rate. */
    private int unlessTooSlow(int code) {
        return (out() + err()).contains("NOT VALID: the generator ") ? 4 : code;
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private JsonObject read(Path file) throws Exception {
        return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    }

    @Test
    void printsATableAndKeepsItOffStandardError() {
        assertThat(load()).isEqualTo(unlessTooSlow(0));
        assertThat(out())
                .contains("load          open loop, 1,000/s, ")
                .contains("run           asked 500 probes, 1,000/s, 1 connection; done 500 probes")
                .contains("latency")
                .contains("service")
                .contains("send lateness")
                .contains("0 (0.0000 %)");
        assertThat(err()).doesNotContain("latency");
    }

    @Test
    void writesTheResultAsOneObjectWithEveryMember() throws Exception {
        Path file = directory.resolve("result.json");
        assertThat(load("--json", file.toString())).isEqualTo(unlessTooSlow(0));
        JsonObject json = read(file);
        assertThat(json.keySet()).startsWith(MEMBERS.split("\\s+"));
        assertThat(json.get("schema").getAsInt()).isEqualTo(1);
        assertThat(json.get("sent").getAsLong()).isEqualTo(500);
        assertThat(json.get("rate_requested").getAsString()).isEqualTo("1000");
        assertThat(json.get("connect_us").isJsonNull()).isTrue();
        boolean kept = json.get("rate_achieved").getAsDouble() >= 990;
        assertThat(json.get("valid").getAsBoolean()).isEqualTo(kept);
        assertThat(json.getAsJsonArray("failures")).hasSize(kept ? 0 : 1);
        assertThat(json.getAsJsonObject("latency_us").keySet())
                .containsExactly("min", "mean", "p50", "p90", "p99", "p99_9", "p99_99", "max");
        long sent = 0;
        for (JsonElement interval : json.getAsJsonArray("intervals")) {
            sent += interval.getAsJsonObject().get("sent").getAsLong();
        }
        assertThat(sent).isEqualTo(500);
        byte[] hdr =
                Base64.getDecoder()
                        .decode(json.getAsJsonObject("hdr").get("latency").getAsString());
        Histogram latency =
                Histogram.decodeFromCompressedByteBuffer(
                        ByteBuffer.wrap(hdr), ProbeStats.LONGEST_NS);
        assertThat(latency.getTotalCount()).isEqualTo(500);
        assertThat(latency.getValueAtPercentile(99) / 1_000.0)
                .isEqualTo(json.getAsJsonObject("latency_us").get("p99").getAsDouble());
        assertThat(Files.list(directory)).hasSize(1);
    }

    @Test
    void saysNullForWhatAClosedLoopDoesNotMeasure() throws Exception {
        Path file = directory.resolve("result.json");
        assertThat(
                        run(
                                "load",
                                server.target().toString(),
                                "--count=100",
                                "--warmup=0s",
                                "--timeout=100ms",
                                "--json=" + file))
                .isZero();
        JsonObject json = read(file);
        assertThat(json.get("rate_requested").isJsonNull()).isTrue();
        assertThat(json.get("send_lateness_us").isJsonNull()).isTrue();
        assertThat(json.getAsJsonObject("hdr").get("send_lateness").isJsonNull()).isTrue();
        assertThat(json.get("sent").getAsLong()).isEqualTo(100);
    }

    @Test
    void leavesStandardOutputToTheJsonThatAsksForIt() {
        assertThat(load("--json", "-")).isEqualTo(unlessTooSlow(0));
        assertThat(out().lines()).hasSize(1);
        assertThat(JsonParser.parseString(out()).getAsJsonObject().get("sent").getAsLong())
                .isEqualTo(500);
        assertThat(err()).contains("send lateness");
    }

    @Test
    void streamsIntervalsAndThenTheResult() throws Exception {
        Path file = directory.resolve("stream.jsonl");
        assertThat(load("--json-stream", file.toString())).isEqualTo(unlessTooSlow(0));
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSizeGreaterThanOrEqualTo(3);
        JsonObject last = JsonParser.parseString(lines.get(lines.size() - 1)).getAsJsonObject();
        assertThat(last.get("schema").getAsInt()).isEqualTo(1);
        assertThat(JsonParser.parseString(lines.get(0)).getAsJsonObject().keySet())
                .contains("from_s", "to_s", "sent", "received", "latency_us", "send_lateness_us");
    }

    @Test
    void writesALogThatHistogramToolsRead() throws Exception {
        Path file = directory.resolve("log.hdr");
        assertThat(load("--hdr", file.toString())).isEqualTo(unlessTooSlow(0));
        long latencies = 0;
        long services = 0;
        try (HistogramLogReader reader = new HistogramLogReader(file.toFile())) {
            for (EncodableHistogram next = reader.nextIntervalHistogram();
                    next != null;
                    next = reader.nextIntervalHistogram()) {
                long count = ((Histogram) next).getTotalCount();
                latencies += next.getTag() == null ? count : 0;
                services += "service".equals(next.getTag()) ? count : 0;
            }
        }
        assertThat(latencies).isEqualTo(500);
        assertThat(services).isEqualTo(500);
    }

    @Test
    void replacesNoResultWithoutForce() throws Exception {
        Path file = Files.writeString(directory.resolve("result.json"), "precious");
        assertThat(load("--json", file.toString())).isEqualTo(1);
        assertThat(err())
                .isEqualTo(
                        "echo-bench: --json must be a new file, or --force given, got "
                                + file
                                + System.lineSeparator());
        assertThat(Files.readString(file)).isEqualTo("precious");
        assertThat(load("--json", file.toString(), "--force")).isEqualTo(unlessTooSlow(0));
        assertThat(read(file).get("sent").getAsLong()).isEqualTo(500);
        assertThat(Files.list(directory)).hasSize(1);
    }

    @Test
    void leavesNoFileBehindWhenTheTargetIsUnknown() throws Exception {
        String file = directory.resolve("result.json").toString();
        assertThat(run("load", "udp://no-such-host.invalid", "--json", file)).isEqualTo(1);
        assertThat(Files.list(directory)).isEmpty();
        assertThat(err()).startsWith("echo-bench: unknown host: no-such-host.invalid");
    }

    @Test
    void endsWithThreeWhenALimitIsMissed() {
        assertThat(load("--max-p99", "1ns")).isEqualTo(unlessTooSlow(3));
        assertThat(out())
                .contains("LIMIT MISSED: p99 of what was sent is ")
                .contains(", of at most 1ns (--max-p99), ")
                .containsPattern("--max-p99\\), [0-9,]{3,} times as much\n");
        assertThat(load("--max-p99.9", "1ns", "--max-loss", "1%", "--min-rate", "1"))
                .isEqualTo(unlessTooSlow(3));
        assertThat(out()).contains("(--max-p99.9)").contains("0 %, at most 1 % (--max-loss): met");
        assertThat(load("--min-rate", "1M")).isEqualTo(unlessTooSlow(3));
        assertThat(out()).contains("/s, of at least 1000000/s (--min-rate)");
    }

    @Test
    void tellsEachCheckWithItsBoundAndFigure() throws Exception {
        Path file = directory.resolve("result.json");
        assertThat(load("--max-p99=1ns", "--max-loss=1%", "--json=" + file))
                .isEqualTo(unlessTooSlow(3));
        JsonObject json = read(file);
        List<JsonObject> checks =
                json.getAsJsonArray("checks").asList().stream()
                        .map(JsonElement::getAsJsonObject)
                        .toList();
        assertThat(checks)
                .extracting(check -> check.get("figure").getAsString())
                .containsExactly(
                        "probes sent",
                        "rate kept",
                        "p99 of send lateness",
                        "corrupted replies",
                        "probes answered",
                        "p99 of what was sent",
                        "loss");
        JsonObject p99 = checks.get(5);
        assertThat(p99.get("flag").getAsString()).isEqualTo("--max-p99");
        assertThat(p99.get("at_most").getAsDouble()).isEqualTo(0.001);
        assertThat(p99.get("measured").getAsDouble())
                .isEqualTo(json.getAsJsonObject("latency_us").get("p99").getAsDouble());
        assertThat(p99.get("met").getAsBoolean()).isFalse();
        assertThat(checks.get(6).get("met").getAsBoolean()).isTrue();
        assertThat(json.getAsJsonObject("machine").get("cores").getAsInt()).isPositive();
    }

    @Test
    void endsWithFourWhenItCannotBeBelievedEvenIfALimitIsMissed() {
        assertThat(
                        run(
                                "load",
                                server.target().toString(),
                                "--rate=5k",
                                "--count=1000",
                                "--warmup=0s",
                                "--timeout=100ms",
                                "--max-lateness=1ns",
                                "--max-p99=1ns"))
                .isEqualTo(4);
        assertThat(out())
                .startsWith("NOT VALID: ")
                .contains("p99 of send lateness is ")
                .contains(", of at most 1ns (--max-lateness)");
    }

    @Test
    void endsEarlyWithAFullReport() throws Exception {
        Path file = directory.resolve("result.json");
        server.close();
        server =
                OddServer.udp(
                        (n, request, reply) -> {
                            reply.send(request);
                            if (n == 300) {
                                interrupt.complete(130);
                            }
                        });
        assertThat(
                        run(
                                "load",
                                server.target().toString(),
                                "--rate=1k",
                                "--duration=1h",
                                "--warmup=0s",
                                "--timeout=1s",
                                "--max-lateness=1s",
                                "--json=" + file))
                .isEqualTo(unlessTooSlow(130));
        JsonObject json = read(file);
        assertThat(json.get("interrupted").getAsBoolean()).isTrue();
        assertThat(json.get("sent").getAsLong()).isBetween(300L, 5_000L);
        assertThat(json.get("lost").getAsLong()).isZero();
        assertThat(json.get("duration_s").getAsDouble()).isBetween(0.29, 20.0);
        assertThat(out()).contains("INCOMPLETE: interrupted: ");
    }

    @Test
    void measuresItsOwnServerWithoutATarget() {
        assertThat(run("load", "--count=500", "--warmup=0s", "--timeout=100ms")).isZero();
        assertThat(err()).contains("the two share the cores");
        assertThat(out()).contains("own server in this process: the two share the cores");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--rate 0|--rate must be from 0.001/s to 100M/s, got 0",
                "--rate 5 --window 5|give --rate or --window, not both",
                "--window 0|--window must be a whole number from 1 to 65536, got 0",
                "--size 31|--size must be a whole number from 32 to 65507, got 31",
                "--size 65508|--size must be a whole number from 32 to 65507, got 65508",
                "--duration 1s --count 5|give --duration or --count, not both",
                "--transport tcp|--transport must be nio, epoll, io_uring or auto, got tcp",
                "--connections 0|--connections must be a whole number from 1 to 1000000, got 0",
                "--dscp 64|--dscp must be a whole number from 0 to 63, got 64",
                "--pacing never|--pacing must be auto, spin or timer, got never",
                "--train 0|--train must be a whole number from 1 to 128, got 0",
                "--train 2|--train must be at most --window, 1, got 2",
                "--window 2 --train 2 --transport nio|--train works with --transport epoll, not"
                        + " with nio",
                "--rate 5 --train 2|--train works with --window, not with --rate",
                "--start-at 1|--start-at must be in the future, got 1",
                "--json - --hdr -|--json must be another file than that of --hdr, got -",
                "--json r --html ./r|--json must be another file than that of --html, got r"
            })
    void rejectsWhatCannotBeMeant(String flags, String message) {
        String[] args =
                Stream.concat(Stream.of("load"), Arrays.stream(flags.split(" ")))
                        .toArray(String[]::new);
        assertThat(run(args)).isEqualTo(2);
        assertThat(err())
                .isEqualTo(
                        "echo-bench: "
                                + message
                                + " (see echo-bench load --help)"
                                + System.lineSeparator());
        assertThat(out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "|no command given (see echo-bench --help)",
                "laod|unknown command laod; did you mean load? (see echo-bench --help)",
                "load --dration 1s|unknown flag --dration; did you mean --duration?"
                        + " (see echo-bench load --help)",
                "load a b|one argument too many: b (see echo-bench load --help)",
                "--count 1 localhost|--count is a flag of load, sweep and compare: the command"
                        + " comes first, as in echo-bench load --count (see echo-bench --help)",
                "load udp://::1:2105|IPv6 address must stand in brackets",
                "load sctp://localhost|target must begin with udp://, tcp:// or tls://"
            })
    void endsWithTwoAndOneLineForACommandLineThatIsWrong(String line, String message) {
        assertThat(run(line == null ? new String[0] : line.split(" "))).isEqualTo(2);
        assertThat(err()).startsWith("echo-bench: " + message).hasLineCount(1);
    }

    @Test
    void startsNothingAgainstThePublicWithoutARate() {
        assertThat(run("load", "udp://192.0.2.1:9", "--window", "4")).isEqualTo(2);
        assertThat(err())
                .isEqualTo(
                        "echo-bench: 192.0.2.1 is outside loopback and private networks: give a"
                                + " rate for it, as in --rate 1k (see echo-bench load --help)"
                                + System.lineSeparator());
    }

    @Test
    void saysWhenItsLoopsLeaveTheServiceNoCore() {
        String loops = "--loops=" + Runtime.getRuntime().availableProcessors();
        assertThat(load("--connections=8", loops)).isEqualTo(unlessTooSlow(0));
        assertThat(out() + err()).doesNotContain("the service is on this machine");
        String more = "--loops=" + (Runtime.getRuntime().availableProcessors() + 1);
        assertThat(load("--connections=64", more)).isEqualTo(unlessTooSlow(0));
        assertThat(out() + err()).contains("the service is on this machine");
    }

    @Test
    void anInterruptBeforeTheFirstProbeLeavesNoValidResult() throws Exception {
        interrupt.complete(130);
        Path json = directory.resolve("cut.json");
        assertThat(load("--json=" + json)).isEqualTo(130);
        assertThat(read(json).get("valid").getAsBoolean()).isFalse();
        assertThat(read(json).getAsJsonArray("failures")).isNotEmpty();
    }
}
