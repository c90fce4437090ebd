package io.echo.client.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.echo.client.TcpPeer;
import io.echo.client.UdpPeer;
import io.echo.net.Target;
import io.echo.testing.FreePorts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

@Timeout(60)
class PingCommandTest {
    private static final String PATIENT = "--timeout=20s";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final CompletableFuture<Integer> interrupt = new CompletableFuture<>();

    private int ping(Target target, String... flags) throws IOException, InterruptedException {
        return ping(
                Stream.concat(Stream.of(target.toString()), Arrays.stream(flags))
                        .toArray(String[]::new));
    }

    private int ping(String... arguments) throws IOException, InterruptedException {
        PingCommand command =
                new PingCommand(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        () -> interrupt);
        new CommandLine(command).parseArgs(arguments);
        return command.call();
    }

    private List<String> lines() {
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"nio", "epoll", "io_uring"})
    void tellsEachReplyAndSumsUp(String transport) throws Exception {
        try (UdpPeer udp = UdpPeer.echo();
                TcpPeer tcp = TcpPeer.echo()) {
            for (Target target : List.of(udp.target(), tcp.target())) {
                out.reset();
                String by = "--transport=" + transport;
                assertThat(ping(target, "-c5", "-i2ms", PATIENT, by)).isZero();
                assertThat(lines()).hasSize(7);
                for (int i = 0; i < 5; i++) {
                    assertThat(lines().get(i))
                            .matches("seq=" + i + " bytes=64 time=\\d+\\.\\d{3} ms");
                }
                assertThat(lines().get(5))
                        .isEqualTo("5 sent, 5 received, 0 lost, 0 late, 0 duplicated, 0 corrupted");
                assertThat(lines().get(6)).matches("min/p50/p99/max ([\\d.]+/){3}[\\d.]+ ms");
                assertThat(Run.withoutStalls(err.toString(StandardCharsets.UTF_8))).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"32", "33", "1400", "65507"})
    void sendsEverySize(String bytes) throws Exception {
        try (UdpPeer udp = UdpPeer.echo();
                TcpPeer tcp = TcpPeer.echo()) {
            assertThat(ping(udp.target(), "-c2", "-i1ms", PATIENT, "-s", bytes)).isZero();
            assertThat(ping(tcp.target(), "-c2", "-i1ms", PATIENT, "-s", bytes)).isZero();
        }
    }

    @Test
    void printsOneObjectAndNoLinesAsJson() throws Exception {
        try (UdpPeer server = UdpPeer.echo()) {
            assertThat(ping(server.target(), "-c", "3", "-i", "1ms", PATIENT, "--json")).isZero();
            assertThat(lines()).hasSize(1);
            JsonObject json = JsonParser.parseString(lines().get(0)).getAsJsonObject();
            assertThat(json.keySet())
                    .containsExactly(
                            "schema",
                            "target",
                            "protocol",
                            "size_bytes",
                            "sent",
                            "received",
                            "lost",
                            "late",
                            "duplicated",
                            "reordered",
                            "corrupted",
                            "foreign",
                            "interrupted",
                            "in_flight",
                            "flows_total",
                            "flows_dead",
                            "flows_bad",
                            "loss_even_p",
                            "others_loss",
                            "others_p50_us",
                            "flows",
                            "outages_total",
                            "outages",
                            "longest_outage_ms",
                            "loss_runs",
                            "latency_us");
            assertThat(json.get("target").getAsString()).isEqualTo(server.target().toString());
            assertThat(json.get("received").getAsLong()).isEqualTo(3);
            JsonObject latency = json.getAsJsonObject("latency_us");
            assertThat(latency.get("min").getAsDouble())
                    .isPositive()
                    .isLessThanOrEqualTo(latency.get("p50").getAsDouble());
        }
    }

    @Test
    void saysNullForALatencyThatNothingMeasured() throws Exception {
        try (UdpPeer server = UdpPeer.start((request, reply) -> {})) {
            assertThat(ping(server.target(), "-c1", "--timeout", "50ms", "--json")).isEqualTo(1);
            assertThat(lines().get(0)).endsWith("\"latency_us\":null}");
        }
    }

    @Test
    void reportsWhatIsNeverAnswered() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        UdpPeer.Behaviour everySecond =
                (request, reply) -> {
                    if (requests.getAndIncrement() % 2 == 1) {
                        reply.send(request);
                    }
                };
        try (UdpPeer server = UdpPeer.start(everySecond)) {
            assertThat(ping(server.target(), "-c4", "-i1ms", "--timeout", "2s")).isEqualTo(1);
            assertThat(lines())
                    .contains("seq=0 no reply within 2s", "seq=2 no reply within 2s")
                    .contains("4 sent, 2 received, 2 lost, 0 late, 0 duplicated, 0 corrupted");
        }
    }

    @Test
    void takesALateReplyForLateAndNotForTheNextOne() throws Exception {
        List<byte[]> held = new ArrayList<>();
        UdpPeer.Behaviour firstWithTheSecond =
                (request, reply) -> {
                    held.add(request);
                    if (held.size() == 2) {
                        reply.send(held.get(0));
                        reply.send(held.get(1));
                    }
                };
        try (UdpPeer server = UdpPeer.start(firstWithTheSecond)) {
            assertThat(ping(server.target(), "-c2", "-i2s", "--timeout", "1s")).isZero();
            assertThat(lines().get(0)).isEqualTo("seq=0 no reply within 1s");
            assertThat(lines().get(1)).matches("seq=0 bytes=64 time=[0-9]{4,}\\.[0-9]{3} ms late");
            assertThat(lines())
                    .contains("2 sent, 2 received, 0 lost, 1 late, 0 duplicated, 0 corrupted");
        }
    }

    @Test
    void countsDuplicatesAndForeignReplies() throws Exception {
        UdpPeer.Behaviour twice =
                (request, reply) -> {
                    reply.send("not an echo".getBytes(StandardCharsets.US_ASCII));
                    reply.send(request);
                    reply.send(request);
                };
        try (UdpPeer server = UdpPeer.start(twice)) {
            // The second probe fences the first: what came before it was counted.
            assertThat(ping(server.target(), "-c2", "-i50ms", PATIENT)).isZero();
            assertThat(lines())
                    .contains("bytes=11 foreign: not the reply to any probe")
                    .anyMatch(line -> line.endsWith(", 2 foreign"))
                    .anyMatch(line -> line.matches("seq=0 bytes=64 time=.* ms duplicated"));
        }
    }

    @Test
    void endsWithFourForACorruptReplyEvenWhenOneIsLost() throws Exception {
        UdpPeer.Behaviour flip =
                (request, reply) -> {
                    request[40] ^= 1;
                    reply.send(request);
                };
        try (UdpPeer server = UdpPeer.start(flip)) {
            assertThat(ping(server.target(), "-c1", "--timeout", "2s")).isEqualTo(4);
            assertThat(lines())
                    .contains("seq=0 bytes=64 corrupted")
                    .contains("1 sent, 0 received, 1 lost, 0 late, 0 duplicated, 1 corrupted");
        }
    }

    @Test
    void comparesAStreamByteByByteHoweverItIsCut() throws Exception {
        TcpPeer.Behaviour crumbs =
                connection -> {
                    for (int next = connection.getInputStream().read();
                            next >= 0;
                            next = connection.getInputStream().read()) {
                        connection.getOutputStream().write(next);
                    }
                };
        TcpPeer.Behaviour flip =
                connection -> {
                    byte[] bytes = connection.getInputStream().readNBytes(128);
                    bytes[63] ^= 1;
                    connection.getOutputStream().write(bytes);
                    connection.getInputStream().transferTo(connection.getOutputStream());
                };
        try (TcpPeer good = TcpPeer.start(crumbs);
                TcpPeer bad = TcpPeer.start(flip)) {
            assertThat(ping(good.target(), "-c4", "-i1ms", "-s100", PATIENT)).isZero();
            assertThat(ping(bad.target(), "-c4", "-i1ms", "--timeout", "2s")).isEqualTo(4);
            assertThat(lines())
                    .contains("seq=0 bytes=64 corrupted")
                    .doesNotContain("seq=0 no reply within 2s")
                    .contains("4 sent, 3 received, 1 lost, 0 late, 0 duplicated, 1 corrupted");
        }
    }

    @Test
    void endsWithFourWhenAStreamBringsWhatWasNotSent() throws Exception {
        TcpPeer.Behaviour twice =
                connection -> {
                    byte[] bytes = connection.getInputStream().readNBytes(64);
                    connection.getOutputStream().write(bytes);
                    connection.getOutputStream().write(bytes);
                    connection.getInputStream().transferTo(connection.getOutputStream());
                };
        try (TcpPeer server = TcpPeer.start(twice)) {
            assertThat(ping(server.target(), "-c2", "-i50ms", PATIENT)).isEqualTo(4);
            assertThat(lines())
                    .anyMatch(line -> line.startsWith("2 sent, 2 received, 0 lost, "))
                    .anyMatch(line -> line.endsWith(", 1 foreign"));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void endsWithFourWhenAPartOfAReplyIsWrong(boolean ends) throws Exception {
        TcpPeer.Behaviour part =
                connection -> {
                    byte[] bytes = connection.getInputStream().readNBytes(64);
                    bytes[50] ^= 1;
                    connection.getOutputStream().write(bytes, 0, 60);
                    if (!ends) {
                        connection.getInputStream().read();
                    }
                };
        try (TcpPeer server = TcpPeer.start(part)) {
            assertThat(ping(server.target(), "-c1", "--timeout", "500ms")).isEqualTo(4);
            assertThat(lines())
                    .anyMatch(line -> line.startsWith("1 sent, 0 received, 1 lost"))
                    .anyMatch(line -> line.endsWith(" 1 corrupted"));
        }
    }

    @Test
    void takesAPartOfAReplyThatIsRightForNone() throws Exception {
        TcpPeer.Behaviour part =
                connection -> {
                    byte[] bytes = connection.getInputStream().readNBytes(64);
                    connection.getOutputStream().write(bytes, 0, 60);
                };
        try (TcpPeer server = TcpPeer.start(part)) {
            assertThat(ping(server.target(), "-c1", "--timeout", "500ms")).isEqualTo(1);
            assertThat(lines()).anyMatch(line -> line.endsWith(" 0 corrupted"));
        }
    }

    @Test
    void saysOfAProbeWhoseConnectionEndedThatNobodyWaited() throws Exception {
        TcpPeer.Behaviour half =
                connection -> {
                    byte[] bytes = connection.getInputStream().readNBytes(64);
                    connection.getOutputStream().write(bytes);
                    connection.getInputStream().readNBytes(64);
                };
        try (TcpPeer server = TcpPeer.start(half)) {
            assertThat(ping(server.target(), "-c5", "-i10ms", "--timeout", "1m")).isEqualTo(1);
            assertThat(lines())
                    .contains("seq=1 no reply before the connection ended")
                    .noneMatch(line -> line.contains("no reply within"));
        }
    }

    @Test
    void saysThatTheServerClosedAfterOneReply() throws Exception {
        TcpPeer.Behaviour once =
                connection -> {
                    byte[] bytes = connection.getInputStream().readNBytes(64);
                    connection.getOutputStream().write(bytes);
                };
        try (TcpPeer server = TcpPeer.start(once)) {
            assertThat(ping(server.target(), "-c1", PATIENT)).isZero();
            assertThat(ping(server.target(), "-c5", "-i10s")).isEqualTo(1);
            assertThat(err.toString(StandardCharsets.UTF_8).lines())
                    .containsExactly(
                            "echo-client: "
                                    + server.target()
                                    + ": connection closed by the peer"
                                    + " after message 1 of 5");
            assertThat(lines())
                    .contains("1 sent, 1 received, 0 lost, 0 late, 0 duplicated, 0 corrupted");
        }
    }

    @Test
    void endsWithOneWhenNobodyListens() throws Exception {
        int port = FreePorts.ofNobody();
        assertThat(ping("udp://127.0.0.1:" + port, "-c2", "-i100ms", PATIENT)).isEqualTo(1);
        assertThat(lines())
                .contains("seq=1 port unreachable, nobody listens there or a firewall rejects")
                .noneMatch(line -> line.contains("no reply"))
                .contains("2 sent, 0 received, 2 lost, 0 late, 0 duplicated, 0 corrupted");
        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .containsExactly(
                        "echo-client: udp://127.0.0.1:"
                                + port
                                + ": port unreachable, nobody listens there or a firewall rejects");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> ping("tcp://127.0.0.1:" + port, "-c1"))
                .withMessage(
                        "cannot connect to tcp://127.0.0.1:"
                                + port
                                + ": connection refused, nobody listens there or a firewall"
                                + " rejects");
    }

    @Test
    void sumsUpAfterCtrlC() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        UdpPeer.Behaviour interruptAtThird =
                (request, reply) -> {
                    reply.send(request);
                    if (requests.incrementAndGet() == 3) {
                        interrupt.complete(130);
                    }
                };
        try (UdpPeer server = UdpPeer.start(interruptAtThird)) {
            assertThat(ping(server.target(), "-i100ms", PATIENT)).isZero();
            // Three, and more where the interrupt takes longer than the interval.
            assertThat(lines().get(lines().size() - 2))
                    .matches(
                            "([3-9]|\\d\\d+) sent, \\1 received, 0 lost, 0 late, 0 duplicated,"
                                    + " 0 corrupted(, 1 in flight)?");
        }
    }

    @Test
    void endsAtOnceWithTheCodeOfASignalWhenSomethingIsMissing() throws Exception {
        UdpPeer.Behaviour interrupt130 = (request, reply) -> interrupt.complete(130);
        try (UdpPeer server = UdpPeer.start(interrupt130)) {
            // The only probe is in flight: neither received nor lost.
            assertThat(ping(server.target(), "-c1", PATIENT, "--json")).isEqualTo(130);
            JsonObject json = JsonParser.parseString(lines().get(0)).getAsJsonObject();
            assertThat(json.get("interrupted").getAsBoolean()).isTrue();
            assertThat(json.get("sent").getAsLong()).isEqualTo(1);
            assertThat(json.get("lost").getAsLong()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-c0", "-i0", "-s31", "-s65508", "--timeout=0", "--transport=tcp"})
    void rejectsWhatCannotBeMeant(String flag) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ping("udp://127.0.0.1", flag))
                .withMessageContaining(" must be ")
                .withMessageContaining(", got ");
    }
}
