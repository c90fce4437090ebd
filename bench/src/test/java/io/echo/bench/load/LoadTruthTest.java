package io.echo.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.echo.bench.result.Result;
import io.echo.bench.result.ResultJson;
import io.echo.bench.result.SavedResults;
import io.echo.bench.verdict.PassCriteria;
import io.echo.bench.verdict.Verdict;
import io.echo.client.findings.Findings;
import io.echo.client.probe.ProbeSizes;
import io.echo.client.probe.ProbeStats;
import io.echo.client.probe.Rate;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.echo.testing.FreePorts;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The load tester against servers of known behaviour: its counts are exact. */
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
class LoadTruthTest {
    /** Probes that the usual receive buffer holds while the server does not read. */
    private static final int PROBES = 500;

    private static ProbeStats stats(OddServer server) throws IOException, InterruptedException {
        return Loads.run(Loads.of(server.target(), Loads.OPEN, PROBES)).stats();
    }

    private static void assertCounts(ProbeStats stats, long received, long lost) {
        assertThat(stats.sent()).isEqualTo(PROBES);
        assertThat(stats.received()).isEqualTo(received);
        assertThat(stats.lost()).isEqualTo(lost);
        assertThat(stats.latency().getTotalCount()).isEqualTo(received);
        assertThat(stats.service().getTotalCount()).isEqualTo(received);
    }

    private static void assertNothingElse(ProbeStats stats) {
        assertThat(
                        stats.late()
                                + stats.duplicated()
                                + stats.reordered()
                                + stats.corrupted()
                                + stats.foreign())
                .isZero();
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void receivesAllThatAPlainServerAnswers(Transport transport) throws Exception {
        OddServer.Stream stream =
                connection -> connection.getInputStream().transferTo(connection.getOutputStream());
        try (OddServer udp = OddServer.udp((n, request, reply) -> reply.send(request));
                OddServer tcp = OddServer.tcp(stream)) {
            for (OddServer server : new OddServer[] {udp, tcp}) {
                for (LoadConfig.Load load :
                        new LoadConfig.Load[] {Loads.OPEN, new LoadConfig.Load.Closed(8)}) {
                    boolean bounded = server == tcp || load != Loads.OPEN;
                    String sizes = bounded ? "32,64,1400,9000" : "32,64";
                    LoadConfig config =
                            Loads.with(
                                    Loads.with(
                                            Loads.of(server.target(), load, PROBES),
                                            3,
                                            ProbeSizes.parse("--size", sizes),
                                            2),
                                    transport);
                    ProbeStats stats = Loads.run(config).stats();
                    assertCounts(stats, PROBES, 0);
                    assertThat(stats.corrupted() + stats.foreign() + stats.duplicated()).isZero();
                }
            }
        }
    }

    @Test
    void countsEveryTwentyFifthThatIsLost() throws Exception {
        OddServer.Datagrams losing =
                (n, request, reply) -> {
                    if (n % 25 != 24) {
                        reply.send(request);
                    }
                };
        try (OddServer server = OddServer.udp(losing)) {
            ProbeStats stats = stats(server);
            assertCounts(stats, PROBES - 20, 20);
            assertNothingElse(stats);
        }
    }

    @Test
    void countsEveryFiftiethThatIsDuplicated() throws Exception {
        OddServer.Datagrams duplicating =
                (n, request, reply) -> {
                    reply.send(request);
                    if (n % 50 == 49) {
                        reply.send(request);
                    }
                };
        try (OddServer server = OddServer.udp(duplicating)) {
            ProbeStats stats = stats(server);
            assertCounts(stats, PROBES, 0);
            assertThat(stats.duplicated()).isEqualTo(10);
            assertThat(stats.reordered()).isZero();
        }
    }

    @Test
    void countsTheNeighboursThatAreSwapped() throws Exception {
        byte[][] held = new byte[1][];
        OddServer.Datagrams swapping =
                (n, request, reply) -> {
                    if (n % 2 == 0) {
                        held[0] = request;
                    } else {
                        reply.send(request);
                        reply.send(held[0]);
                    }
                };
        try (OddServer server = OddServer.udp(swapping)) {
            ProbeStats stats = stats(server);
            assertCounts(stats, PROBES, 0);
            assertThat(stats.reordered()).isEqualTo(PROBES / 2);
            assertThat(stats.duplicated()).isZero();
        }
    }

    @Test
    void findsEveryFlippedByteAndCallsTheMeasurementInvalid() throws Exception {
        OddServer.Datagrams flipping =
                (n, request, reply) -> {
                    if (n % 12 == 0 && n < 40 * 12) {
                        request[(int) (8 + n / 12)] ^= 0x20;
                    }
                    reply.send(request);
                };
        try (OddServer server = OddServer.udp(flipping)) {
            Measurement measurement = Loads.run(Loads.of(server.target(), Loads.OPEN, PROBES));
            ProbeStats stats = measurement.stats();
            assertCounts(stats, PROBES - 40, 40);
            // A changed sequence number may be one that was never sent: foreign, not corrupt.
            assertThat(stats.corrupted() + stats.foreign()).isEqualTo(40);
            assertThat(stats.corrupted()).isGreaterThanOrEqualTo(32);
            Verdict verdict = Verdict.of(measurement, PassCriteria.NONE);
            assertThat(verdict.valid()).isFalse();
            assertThat(verdict.exitCode()).isEqualTo(4);
            assertThat(verdict.failures()).anyMatch(why -> why.contains("corrupted"));
        }
    }

    @Test
    void tellsOfAStartThatWasMissed() throws Exception {
        try (OddServer server = OddServer.udp((n, request, reply) -> reply.send(request))) {
            LoadConfig config = Loads.of(server.target(), Loads.OPEN, PROBES);
            Instant before = Instant.now().minusSeconds(60);
            Measurement late = Loads.run(Loads.startingAt(config, before));
            assertThat(Verdict.of(late, PassCriteria.NONE).warnings())
                    .anyMatch(what -> what.contains("after the time of --start-at"));
            Measurement soon = Loads.run(Loads.startingAt(config, Instant.now().plusSeconds(1)));
            assertThat(Verdict.of(soon, PassCriteria.NONE).warnings())
                    .noneMatch(what -> what.contains("--start-at"));
        }
    }

    /** The warm-up is not in the figures, and so its refusals are not told beside them. */
    @Test
    void tellsOfRefusalsInTheMeasuredPhaseAlone() throws Exception {
        int port = FreePorts.ofNobody();
        Target target = new Target(Protocol.UDP, "127.0.0.1", port);
        LoadConfig.Load slow = new LoadConfig.Load.Open(Rate.perSecond(100));
        LoadConfig config = Loads.of(target, slow, 1);
        Duration warmup = Duration.ofSeconds(1);
        Measurement measured = Loads.run(Loads.with(config, Duration.ofMillis(50), warmup));
        assertThat(measured.stats().sent()).isEqualTo(5);
        assertThat(measured.problems())
                .anyMatch(problem -> problem.matches("[1-5] probes? w.* refused: .*"));
    }

    @Test
    void losesEverythingThatIsRefused() throws Exception {
        int port = FreePorts.ofNobody();
        Target target = new Target(Protocol.UDP, "127.0.0.1", port);
        Measurement measurement = Loads.run(Loads.of(target, Loads.OPEN, PROBES));
        assertCounts(measurement.stats(), 0, PROBES);
        assertNothingElse(measurement.stats());
        assertThat(measurement.problems()).anyMatch(problem -> problem.contains("refused"));
        assertThat(Verdict.of(measurement, PassCriteria.NONE).faults())
                .containsExactly("nothing came back: none of 500 probes was answered");
    }

    @Test
    void doesNotStartWhenTheConnectionIsRefused() throws Exception {
        int port = FreePorts.ofNobody();
        Target target = new Target(Protocol.TCP, "127.0.0.1", port);
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> Loads.run(Loads.of(target, Loads.OPEN, PROBES)))
                .withMessageContaining("cannot connect to tcp://127.0.0.1:" + port);
    }

    /** The first connection is cut in its 201st reply; those after it are served. */
    @Test
    void losesWhatIsInFlightWhenAConnectionIsCutAndOpensItAgain() throws Exception {
        AtomicInteger served = new AtomicInteger();
        OddServer.Stream cutting =
                connection -> {
                    InputStream in = connection.getInputStream();
                    OutputStream out = connection.getOutputStream();
                    if (served.getAndIncrement() > 0) {
                        in.transferTo(out);
                        return;
                    }
                    out.write(in.readNBytes(200 * 64 + 20));
                    connection.shutdownOutput();
                };
        try (OddServer server = OddServer.tcp(cutting)) {
            LoadConfig.Load slow = new LoadConfig.Load.Open(Rate.perSecond(500));
            Measurement measurement = Loads.run(Loads.of(server.target(), slow, PROBES));
            ProbeStats stats = measurement.stats();
            assertThat(stats.sent()).isEqualTo(PROBES);
            assertThat(stats.received()).isBetween(201L, PROBES - 1L);
            assertNothingElse(stats);
            assertThat(measurement.connections().reopened()).isEqualTo(1);
            assertThat(measurement.connections().downNs()).isPositive();
            assertThat(measurement.problems())
                    .anyMatch(problem -> problem.startsWith("1 connection was ended"));
            assertThat(measurement.missed()).as("by the generator").isZero();
            assertThat(Verdict.of(measurement, PassCriteria.NONE).faults())
                    .hasSize(measurement.downPart() > 0.01 ? 1 : 0);
        }
    }

    @Test
    void sendsAllOfACountOverConnectionsThatAreEndedAgainAndAgain() throws Exception {
        OddServer.Stream closing =
                connection -> {
                    for (int i = 0; i < 10; i++) {
                        connection
                                .getOutputStream()
                                .write(connection.getInputStream().readNBytes(64));
                    }
                };
        try (OddServer server = OddServer.tcp(closing)) {
            LoadConfig config = Loads.of(server.target(), new LoadConfig.Load.Closed(1), 55);
            Measurement measurement = Loads.run(config);
            ProbeStats stats = measurement.stats();
            assertThat(stats.sent()).isEqualTo(55);
            assertThat(stats.received()).isBetween(50L, 55L);
            assertThat(measurement.connections().reopened()).isGreaterThanOrEqualTo(4);
            assertThat(measurement.connections().awayNs())
                    .isEqualTo(measurement.connections().downNs());
            assertThat(Verdict.of(measurement, PassCriteria.NONE).exitCode()).isEqualTo(1);
            PassCriteria limited = PassCriteria.NONE.orLoss(1);
            assertThat(Verdict.of(measurement, limited).exitCode()).isEqualTo(3);
        }
    }

    @Test
    void takesGarbageForForeignOverUdpAndForCorruptInAStream() throws Exception {
        OddServer.Datagrams garbage = (n, request, reply) -> reply.send(new byte[64]);
        OddServer.Stream stream =
                connection -> {
                    while (connection.getInputStream().readNBytes(64).length == 64) {
                        connection.getOutputStream().write(new byte[64]);
                    }
                };
        try (OddServer udp = OddServer.udp(garbage);
                OddServer tcp = OddServer.tcp(stream)) {
            ProbeStats datagrams = stats(udp);
            assertCounts(datagrams, 0, PROBES);
            assertThat(datagrams.foreign()).isEqualTo(PROBES);
            assertThat(datagrams.corrupted()).isZero();
            ProbeStats bytes = stats(tcp);
            assertCounts(bytes, 0, PROBES);
            assertThat(bytes.corrupted()).isEqualTo(PROBES);
        }
    }

    @Test
    void isNotValidWhereAStreamBringsMoreThanWasSent() throws Exception {
        OddServer.Stream twice =
                connection -> {
                    byte[] probe = connection.getInputStream().readNBytes(64);
                    while (probe.length == 64) {
                        connection.getOutputStream().write(probe);
                        connection.getOutputStream().write(probe);
                        probe = connection.getInputStream().readNBytes(64);
                    }
                };
        try (OddServer server = OddServer.tcp(twice)) {
            LoadConfig.Load slow = new LoadConfig.Load.Open(Rate.perSecond(50));
            Measurement measurement = Loads.run(Loads.of(server.target(), slow, 5));
            assertThat(measurement.stats().foreign() + measurement.stats().corrupted())
                    .isPositive();
            Verdict verdict = Verdict.of(measurement, PassCriteria.NONE);
            assertThat(verdict.exitCode()).isEqualTo(4);
            Result result = Result.of(measurement, verdict);
            String line = ResultJson.line(ResultJson.of(result));
            InputStream in = new ByteArrayInputStream(line.getBytes(StandardCharsets.UTF_8));
            assertThat(new SavedResults(in).read("-")).hasSize(1);
        }
    }

    @Test
    void tellsOfSecondsInWhichNothingCameBack() throws Exception {
        AtomicLong startNs = new AtomicLong();
        OddServer.Datagrams dying =
                (n, request, reply) -> {
                    startNs.compareAndSet(0, System.nanoTime());
                    if (System.nanoTime() - startNs.get() < 1_500_000_000) {
                        reply.send(request);
                    }
                };
        try (OddServer server = OddServer.udp(dying)) {
            LoadConfig config = Loads.of(server.target(), new LoadConfig.Load.Closed(1), 1);
            Measurement measurement =
                    Loads.run(Loads.with(config, Duration.ofSeconds(4), Duration.ZERO));
            assertThat(Verdict.of(measurement, PassCriteria.NONE).warnings())
                    .anyMatch(
                            warning ->
                                    warning.startsWith("nothing came back for ")
                                            && warning.contains(" of 4 s: a closed loop"));
        }
    }

    @Test
    void losesEverythingThatIsNeverAnswered() throws Exception {
        OddServer.Stream silent = connection -> connection.getInputStream().skipNBytes(1L << 40);
        try (OddServer udp = OddServer.udp((n, request, reply) -> {});
                OddServer tcp = OddServer.tcp(silent)) {
            assertCounts(stats(udp), 0, PROBES);
            assertCounts(stats(tcp), 0, PROBES);
        }
    }

    @Test
    void freesAPlaceOfTheWindowWhenATimeoutPasses() throws Exception {
        OddServer.Datagrams losing =
                (n, request, reply) -> {
                    if (n != 3) {
                        reply.send(request);
                    }
                };
        try (OddServer server = OddServer.udp(losing)) {
            LoadConfig config = Loads.of(server.target(), new LoadConfig.Load.Closed(1), 50);
            assertThat(Loads.run(config).stats().received()).isEqualTo(49);
        }
    }

    @Test
    void comparesAStreamInOrderHoweverItIsCut() throws Exception {
        try (FaultyEcho server = FaultyEcho.start("split=1..977,seed=3")) {
            LoadConfig config =
                    Loads.with(
                            Loads.of(server.target(Protocol.TCP), Loads.OPEN, PROBES),
                            2,
                            ProbeSizes.parse("--size", "64:70%,1400:30%"),
                            1);
            ProbeStats stats = Loads.run(config).stats();
            assertCounts(stats, PROBES, 0);
            assertNothingElse(stats);
        }
    }

    @Test
    void namesConnectionsThatAreNeverAnsweredWhateverTheLoss() throws Exception {
        AtomicInteger accepted = new AtomicInteger();
        OddServer.Stream every =
                connection -> {
                    boolean mute = accepted.getAndIncrement() == 1;
                    InputStream in = connection.getInputStream();
                    in.transferTo(
                            mute ? OutputStream.nullOutputStream() : connection.getOutputStream());
                };
        try (OddServer server = OddServer.tcp(every)) {
            LoadConfig config = Loads.of(server.target(), new LoadConfig.Load.Closed(1), PROBES);
            Measurement measured = Loads.run(Loads.with(config, 2, ProbeSizes.fixed(64), 1));
            assertThat(Findings.of(measured.paths(), "tcp"))
                    .anyMatch(found -> found.startsWith("1 of 2 flows lost everything: "));
        }
    }
}
