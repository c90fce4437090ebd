package io.echo.bench.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.echo.bench.load.Endpoint;
import io.echo.bench.load.LoadConfig;
import io.echo.bench.load.LoadRun;
import io.echo.bench.load.Loads;
import io.echo.bench.load.Measurement;
import io.echo.bench.load.OddServer;
import io.echo.bench.verdict.PassCriteria;
import io.echo.bench.verdict.Verdict;
import io.echo.client.probe.ProbeSizes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Results whose members contradict each other are refused, and no real one is. */
@Timeout(60)
class ConsistencyTest {
    private static final LoadConfig.Load CLOSED = new LoadConfig.Load.Closed(2);

    private static List<Result> read(String line) throws IOException {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        return new SavedResults(new ByteArrayInputStream(bytes)).read("-");
    }

    private static JsonObject edited(JsonObject whole, String path, JsonElement value) {
        JsonObject json = whole.deepCopy();
        JsonElement parent = json;
        String[] names = path.split("[.]");
        for (int i = 0; i < names.length - 1; i++) {
            parent =
                    parent.isJsonArray()
                            ? parent.getAsJsonArray().get(Integer.parseInt(names[i]))
                            : parent.getAsJsonObject().get(names[i]);
        }
        parent.getAsJsonObject().add(names[names.length - 1], value);
        return json;
    }

    private static JsonObject sample(String name) {
        return SampleResults.real(name.equals("open") ? Loads.OPEN : CLOSED);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "received | 100 | lost must be sent - received, which is 100, got 0",
                "lost | 7 | lost must be sent - received, which is 0, got 7",
                "sent | 5000 | lost must be sent - received, which is 4800, got 0",
                "sent | 100 | received must be at most sent, which is 100, got 200",
                "late | 201 | late must be at most received, which is 200, got 201",
                "late | 1 | the sum of intervals[].late must be late, which is 1, got 0",
                "reordered | 1000 | reordered must be at most received, which is 200, got 1000",
                "unsent | 3 | unsent must be at most lost, which is 0, got 3",
                "foreign | 2 | the sum of intervals[].foreign must be foreign, which is 2, got 0",
                "sent | 1e17 | sent must be at most 9007199254740992, got 100000000000000000",
                "corrupted | 1 | valid must be false with corrupted replies, got true and 1",
                "duration_s | -1 | duration_s must be at least 0, got -1",
                "duration_s | null | duration_s must be at least 0, got null",
                "duration_s | 0 | received must be as duration_s is 0, which is 0, got 200",
                "duration_s | 3600 | rate_sent must be (sent - unsent) / duration_s, which is",
                "rate_sent | 9e9 | rate_sent must be (sent - unsent) / duration_s, which is",
                "rate_sent | null | rate_sent must be at least 0, got null",
                "rate_replied | 9e9 | rate_replied must be at most received / duration_s, which is",
                "rate_replied | -1 | rate_replied must be at least 0, got -1",
                "rate_achieved | 9e9 | rate_achieved must be rate_",
                "size_bytes | 31 | size_bytes must be from 32 to 65507, got 31",
                "connections | 0 | connections must be at least 1, got 0",
                "connections | 2 | asked.connections must be connections, which is 2, got 1",
                "warmup_s | -1 | warmup_s must be at least 0, got -1",
                "warmup_s | 3 | asked.warmup_s must be warmup_s, which is 3, got 0",
                "protocol | \"tcp\" | target must be of protocol tcp, got udp://",
                "target | \"tcp://a:1\" | target must be of protocol udp, got tcp://a:1",
                "down_s | 1 | -",
                "connections_reopened | 1 | connections_reopened must be null over UDP",
                "interrupted | true | failures must say what was interrupted, got none",
                "valid | false | failures must say why valid is false, got none",
                "done.count | 199 | done.count must be sent, which is 200, got 199",
                "done.rate | 1 | done.rate must be rate_sent, which is",
                "done.duration_s | 77 | done.duration_s must be duration_s, which is",
                "done.connections | 2 | done.connections must be from 0 to 1, got 2",
                "asked.count | 300 | done.count must be asked.count, without a failure, which is",
                "asked.count | null | one of asked.count and asked.duration_s must be null",
                "generator.timeout_s | 0 | generator.timeout_s must be at least 0, got 0",
                "latency_us.p99 | 0.001 | latency_us in ascending order must be at least",
                "latency_us.max | 9e9 | latency_us.max must be that of hdr, which is",
                "latency_us.min | 0.0001 | latency_us.min must be that of hdr, which is",
                "service_us.mean | 9e9 | service_us.mean must be at most",
                "latency_us | null | hdr.latency and latency_us must both be there or both be null",
                "hdr.service | null | hdr.service and service_us must both be there or both be",
                "intervals.0.sent | 3 | the sum of intervals[].sent must be sent, which is 200",
                "intervals.0.lost | -1 | the sum of intervals[].lost must be lost, which is 0",
                "intervals.0.to_s | -1 | intervals[0].to_s must be at least from_s, which is 0, got"
                        + " -1",
                "intervals.0.from_s | 7 | intervals[0].from_s must be the end of the one before",
            })
    void namesTheTwoFiguresThatContradictEachOther(String path, String value, String message) {
        for (String name : List.of("open", "closed")) {
            String line =
                    ResultJson.line(edited(sample(name), path, JsonParser.parseString(value)));
            if (message.equals("-")) { // a member that UDP does not have is not read
                assertThat(line).contains("\"" + path + "\":" + value);
                continue;
            }
            assertThatIOException()
                    .as(name)
                    .isThrownBy(() -> read("\n" + line))
                    .withMessageStartingWith("line 2 of stdin: " + message);
        }
    }

    @Test
    void refusesARateOfAClosedLoopAndAWindowOfAnOpenOne() {
        String open =
                ResultJson.line(edited(sample("open"), "generator.window", new JsonPrimitive(4)));
        JsonObject rate = edited(sample("closed"), "rate_requested", new JsonPrimitive(9));
        for (String line : List.of(open, ResultJson.line(rate))) {
            assertThatIOException()
                    .isThrownBy(() -> read(line))
                    .withMessageContaining("one of rate_requested and generator.window");
        }
    }

    /** The verdict follows from the checks, and they are of the figures that the result tells. */
    @Test
    void refusesAVerdictThatItsChecksDoNotGive() throws Exception {
        JsonObject lossy = SampleResults.lossy();
        assertThat(read(ResultJson.line(lossy))).hasSize(1);
        JsonObject whitewashed = lossy.deepCopy();
        whitewashed.getAsJsonArray("failures").remove(0);
        assertThatIOException()
                .isThrownBy(() -> read(ResultJson.line(whitewashed)))
                .withMessageContaining("the number of failures must be at least checks");
        int loss = lossy.getAsJsonArray("checks").size() - 1;
        JsonObject met = edited(lossy, "checks." + loss + ".met", new JsonPrimitive(true));
        assertThatIOException()
                .isThrownBy(() -> read(ResultJson.line(met)))
                .withMessageContaining("the check of loss must be missed, with 50 of at most 1");
        JsonObject less = edited(lossy, "checks." + loss + ".measured", new JsonPrimitive(0));
        assertThatIOException()
                .isThrownBy(() -> read(ResultJson.line(less)))
                .withMessageContaining(
                        "the check of loss must be 100 * lost / sent, which is 50, got 0");
        JsonObject valid = edited(lossy, "checks.0.met", new JsonPrimitive(false));
        assertThatIOException()
                .isThrownBy(() -> read(ResultJson.line(valid)))
                .withMessageContaining("line 1 of stdin: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "Infinity", "1e999"})
    void refusesWhatIsNoNumber(String value) {
        String line =
                ResultJson.line(sample("open"))
                        .replaceFirst("\"rate_sent\":[0-9.]+", "\"rate_sent\":" + value);
        assertThat(line).contains("\"rate_sent\":" + value);
        assertThatIOException()
                .isThrownBy(() -> read(line))
                .withMessageStartingWith("line 1 of stdin");
    }

    /** Servers that answer all, none, half, twice, or end connections; runs to the end or not. */
    @Tag("long")
    @Test
    void refusesNoResultOfRunsDrawnAtRandom() throws Exception {
        Random random = new Random(4);
        List<Result> all = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            String line = ResultJson.line(ResultJson.of(drawn(random)));
            all.addAll(read(line));
        }
        for (boolean open : new boolean[] {true, false}) {
            List<Result> alike =
                    all.stream()
                            .filter(r -> r.phase().rateRequested().isPresent() == open)
                            .toList();
            int last = alike.size() - 1;
            Result sum = MergedResult.of(alike.subList(0, last));
            List<Result> again = read(ResultJson.line(ResultJson.of(sum)));
            Result both = MergedResult.of(List.of(again.get(0), alike.get(last)));
            assertThat(read(ResultJson.line(ResultJson.of(both)))).hasSize(1);
        }
    }

    private static Result drawn(Random random) throws Exception {
        CompletableFuture<Integer> stop = new CompletableFuture<>();
        int behaviour = random.nextInt(5);
        long stopAt = random.nextBoolean() ? random.nextInt(150) : Long.MAX_VALUE;
        OddServer.Datagrams datagrams =
                (n, request, reply) -> {
                    if (n == stopAt) {
                        stop.complete(130);
                    }
                    boolean answers = behaviour == 1 ? n % 2 == 0 : behaviour != 0;
                    for (int i = 0; answers && i < (behaviour == 2 ? 2 : 1); i++) {
                        reply.send(request);
                    }
                };
        OddServer.Stream stream = connection -> serve(connection, behaviour, stopAt, stop);
        boolean udp = random.nextBoolean();
        try (OddServer server = udp ? OddServer.udp(datagrams) : OddServer.tcp(stream)) {
            LoadConfig.Load load = random.nextBoolean() ? Loads.OPEN : CLOSED;
            LoadConfig config =
                    Loads.with(
                            Loads.of(server.target(), load, 1 + random.nextInt(200)),
                            1 + random.nextInt(3),
                            ProbeSizes.fixed(32 + random.nextInt(200)),
                            1 + random.nextInt(2));
            config =
                    random.nextBoolean()
                            ? config
                            : Loads.with(
                                    config,
                                    Duration.ofMillis(1 + random.nextInt(100)),
                                    Duration.ofMillis(random.nextInt(40)));
            stop.completeOnTimeout(130, 300, java.util.concurrent.TimeUnit.MILLISECONDS);
            try (Endpoint endpoint = Endpoint.of(server.target(), config.timeout())) {
                Measurement measurement =
                        LoadRun.run(config, endpoint, LoadRun.Listener.NONE, stop);
                PassCriteria limits =
                        random.nextBoolean() ? PassCriteria.NONE : PassCriteria.NONE.orLoss(0.01);
                return Result.of(measurement, Verdict.of(measurement, limits));
            }
        }
    }

    /** Echoes a connection, which ends after some bytes; with behaviour 0 nothing comes back. */
    private static void serve(
            Socket connection, int behaviour, long stopAt, CompletableFuture<Integer> stop)
            throws IOException {
        byte[] buffer = new byte[1_024];
        long read = 0;
        int length = connection.getInputStream().read(buffer);
        while (length >= 0 && (behaviour != 1 || read < 3_000)) {
            read += length;
            if (read > stopAt * 64) {
                stop.complete(130);
            }
            if (behaviour != 0) {
                connection.getOutputStream().write(buffer, 0, length);
            }
            length = connection.getInputStream().read(buffer);
        }
    }
}
