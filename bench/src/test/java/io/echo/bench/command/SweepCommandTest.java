package io.echo.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.echo.bench.load.OddServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SweepCommandTest {
    private static final int SIGNALLED = 130;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final CompletableFuture<Integer> interrupt = new CompletableFuture<>();

    @TempDir private Path directory;

    private int sweep(OddServer server, String... flags) {
        PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        List<String> always =
                List.of(
                        "sweep",
                        server.target().toString(),
                        "--from=100",
                        "--warmup=0s",
                        "--timeout=100ms",
                        "--max-lateness=1s");
        return BenchMain.run(
                Stream.concat(always.stream(), Stream.of(flags)).toArray(String[]::new),
                print,
                print,
                () -> interrupt);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void givesWhatItKnowsWhenInterrupted() throws Exception {
        Path json = directory.resolve("sweep.json");
        try (OddServer server =
                OddServer.udp(
                        (n, request, reply) -> {
                            reply.send(request);
                            if (n == 150) {
                                interrupt.complete(SIGNALLED); // in the second step, of 400
                            }
                        })) {
            int code = sweep(server, "--to=100k", "--duration=2s", "--json=" + json);
            assertThat(out()).doesNotContain("meets the limits");
            JsonObject result = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
            assertThat(result.get("interrupted").getAsBoolean()).isTrue();
            assertThat(result.get("at_least").getAsBoolean()).isTrue();
            assertThat(code).isEqualTo(SIGNALLED);
        }
    }

    @Test
    void startsTheFirstRateWhenItIsTold() throws Exception {
        Instant start = Instant.now().plusSeconds(3);
        CompletableFuture<Instant> first = new CompletableFuture<>();
        try (OddServer server =
                OddServer.udp(
                        (n, request, reply) -> {
                            first.complete(Instant.now());
                            reply.send(request);
                        })) {
            sweep(server, "--to=200", "--duration=200ms", "--start-at=" + start);
        }
        assertThat(first).isCompleted();
        assertThat(Duration.between(start, first.join())).isPositive();
        assertThat(out()).contains("200/s or more");
    }

    @Test
    void losesNothingUnlessALimitOfLossIsGiven() throws Exception {
        try (OddServer server =
                OddServer.udp(
                        (n, request, reply) -> {
                            if (n % 2 == 0) {
                                reply.send(request);
                            }
                        })) {
            sweep(server, "--to=100", "--duration=300ms", "--max-p99=5s");
            assertThat(out())
                    .contains(", of at most 0.1 % (--max-loss)")
                    .doesNotContain("100/s or more");
        }
    }

    @Test
    void saysThatItsProbesCannotShowTheLimitAtTheKnee() throws Exception {
        Path json = directory.resolve("sweep.json");
        String warning = "40 probes cannot show a loss of 0.1 %: 1,000 or more could";
        try (OddServer server = OddServer.udp((n, request, reply) -> reply.send(request))) {
            int code = sweep(server, "--to=100", "--count=40", "--json=" + json);
            assertThat(code).as(out()).isZero();
            assertThat(out()).containsOnlyOnce("warning: " + warning);
            JsonObject result = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
            assertThat(result.getAsJsonArray("warnings").toString()).contains(warning);
            JsonObject step = result.getAsJsonArray("steps").get(0).getAsJsonObject();
            assertThat(step.getAsJsonArray("warnings").toString()).contains(warning);

            out.reset();
            code = sweep(server, "--to=100", "--count=40", "--max-loss=10%");
            assertThat(code).as(out()).isZero();
            assertThat(out()).contains("100/s or more").doesNotContain("cannot show");
        }
    }

    @Test
    void refusesAPrecisionWithoutAPercentBeforeItPrints() throws Exception {
        try (OddServer server = OddServer.udp((n, request, reply) -> reply.send(request))) {
            assertThat(sweep(server, "--precision=5")).isEqualTo(2);
            assertThat(out().lines().toList())
                    .hasSize(1)
                    .first()
                    .asString()
                    .startsWith("echo-bench: --precision must be a percentage");
        }
    }

    @Test
    void writesWhatItMeasuredOfAServiceThatThenRefuses() throws Exception {
        Path json = directory.resolve("sweep.json");
        Path html = directory.resolve("sweep.html");
        CompletableFuture<OddServer> started = new CompletableFuture<>();
        OddServer.Stream last =
                connection -> {
                    started.join().close();
                    connection.getInputStream().transferTo(connection.getOutputStream());
                };
        try (OddServer server = OddServer.tcp(last)) {
            started.complete(server);
            int code =
                    sweep(
                            server,
                            "--to=400",
                            "--count=40",
                            "--json=" + json,
                            "--html=" + html,
                            "--max-loss=10%");
            assertThat(code).as(out()).isEqualTo(1);
            assertThat(out()).contains("none: the service does not answer").contains("at 200/s: ");
            JsonObject result = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
            assertThat(result.get("knee").isJsonNull()).isTrue();
            assertThat(result.getAsJsonArray("steps")).hasSize(1);
            assertThat(result.getAsJsonArray("warnings").toString()).contains("at 200/s: ");
            assertThat(Files.readString(html)).contains("The service does not answer");
        }
    }
}
