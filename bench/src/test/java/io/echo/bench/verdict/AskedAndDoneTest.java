package io.echo.bench.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.bench.load.LoadConfig;
import io.echo.bench.load.Loads;
import io.echo.bench.load.Measurement;
import io.echo.bench.load.OddServer;
import io.echo.bench.report.TextReport;
import io.echo.bench.result.Result;
import io.echo.cli.Terminal;
import io.echo.client.probe.ProbeSizes;
import io.echo.client.probe.Rate;
import io.echo.net.Target;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where asked and done differ, a failure says why. */
@Timeout(60)
class AskedAndDoneTest {
    private static Verdict judge(Measurement measurement) {
        return Verdict.of(measurement, PassCriteria.NONE);
    }

    private static LoadConfig.Load open(String rate) {
        return new LoadConfig.Load.Open(Rate.parse("--rate", rate));
    }

    private static boolean agree(Optional<Double> asked, Optional<Double> done) {
        return asked.stream()
                .allMatch(value -> Math.abs(done.orElseThrow() - value) <= 0.01 * value);
    }

    private static void assertExplained(Measurement measurement) {
        Verdict verdict = judge(measurement);
        Result result = Result.of(measurement, verdict);
        Result.Extent asked = result.asked().orElseThrow();
        Result.Extent done = result.done().orElseThrow();
        boolean same =
                agree(asked.durationS(), done.durationS())
                        && agree(asked.rate(), done.rate())
                        && agree(Optional.of(asked.connections()), Optional.of(done.connections()))
                        && asked.warmupS() == done.warmupS()
                        && asked.count().equals(asked.count().flatMap(count -> done.count()));
        assertThat(result.outcome().failures().isEmpty())
                .as("asked %s, done %s: %s", asked, done, result.outcome().failures())
                .isEqualTo(same && verdict.valid());
    }

    @Test
    void saysThatProbesAreWholeWhereARateHasNoWholeNumberOfThem() throws Exception {
        try (OddServer echo = OddServer.udp((n, request, reply) -> reply.send(request))) {
            LoadConfig config =
                    Loads.with(
                            Loads.of(echo.target(), open("1"), 1),
                            Duration.ofMillis(300),
                            Duration.ZERO);
            Measurement measurement = Loads.run(config);
            Verdict verdict = judge(measurement);
            if (!verdict.valid()) {
                assertThat(verdict.failures()).allMatch(why -> why.startsWith("the generator "));
                return; // this machine was too busy to end in time
            }
            assertThat(verdict.differences())
                    .containsExactly(
                            "1/s was asked for and 3.3/s done: probes are whole, and 1 was due in"
                                    + " 0.3 s");
            assertThat(verdict.failures()).isEqualTo(verdict.differences());
            assertThat(verdict.exitCode()).isEqualTo(Verdict.OK);
            assertThat(TextReport.of(measurement, verdict, Terminal.NONE))
                    .anyMatch(line -> line.startsWith("NOT AS ASKED: 1/s was asked for"))
                    .contains("verdict       valid, not as asked");
        }
    }

    @Tag("long")
    @Test
    void explainsEveryDifferenceOfShortRunsDrawnAtRandom() throws Exception {
        Random random = new Random(15);
        try (OddServer echo = OddServer.udp((n, request, reply) -> reply.send(request))) {
            for (int i = 0; i < 12; i++) {
                assertExplained(Loads.run(drawn(random, echo.target())));
            }
        }
    }

    private static LoadConfig drawn(Random random, Target target) {
        LoadConfig.Load load =
                random.nextInt(3) > 0
                        ? open("" + (1 + random.nextInt(200)))
                        : new LoadConfig.Load.Closed(1 + random.nextInt(4));
        int connections = 1 + random.nextInt(3);
        LoadConfig config =
                Loads.with(
                        Loads.of(target, load, 1 + random.nextInt(10)),
                        connections,
                        ProbeSizes.fixed(64),
                        1);
        Duration warmup = Duration.ofMillis(random.nextInt(60));
        Duration duration = Duration.ofMillis(50 + random.nextInt(150));
        return random.nextBoolean() ? config : Loads.with(config, duration, warmup);
    }

    @Test
    void saysThatTheServiceDidNotTakeWhatCouldNotLeave() throws Exception {
        OddServer.Stream unread =
                stream -> {
                    InputStream in = stream.getInputStream();
                    stream.getOutputStream().write(in.readNBytes(65_507));
                    while (!stream.isClosed()) {
                        LockSupport.park();
                    }
                };
        try (OddServer server = OddServer.tcp(unread)) {
            LoadConfig whole =
                    Loads.with(
                            Loads.of(server.target(), open("500"), 1),
                            1,
                            ProbeSizes.fixed(65_507),
                            1);
            Measurement measurement =
                    Loads.run(Loads.with(whole, Duration.ofMillis(800), Duration.ZERO));
            assertThat(measurement.stats().unsent()).isPositive();
            assertThat(judge(measurement).failures())
                    .anyMatch(
                            why ->
                                    why.contains("could not leave, for the peer did not read")
                                            || why.startsWith("the generator did not keep"));
        }
    }
}
