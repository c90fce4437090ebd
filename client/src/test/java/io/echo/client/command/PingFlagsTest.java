package io.echo.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.echo.client.TcpPeer;
import io.echo.client.UdpPeer;
import io.echo.testing.FreePorts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Flags of ping about what is sent when, and what is written. */
@Timeout(60)
class PingFlagsTest {
    private static final byte[] NOTHING = {};

    @TempDir private Path directory;

    private static Run ping(Object target, String... flags) {
        return Run.with(
                NOTHING,
                Stream.of(new String[] {"ping", target.toString()}, flags)
                        .flatMap(Stream::of)
                        .toArray(String[]::new));
    }

    private static List<JsonObject> objects(String lines) {
        return lines.lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
    }

    private static List<String> outcomes(List<JsonObject> objects) {
        return objects.stream()
                .map(object -> object.get("seq") + " " + object.get("outcome").getAsString())
                .toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "udp://[::1] -4 | -4 must be given with a name or an IPv4 address, got [::1]",
                "udp://127.0.0.1 -6 | -6 must be given with a name or an IPv6 address, got 127",
                "udp://localhost -4 -6 | give -4 or -6, not both",
                "udp://localhost --ttl 0 | --ttl must be a whole number from 1 to 255, got 0",
                "udp://localhost --ttl 256 | --ttl must be a whole number from 1 to 255, got 256",
                "udp://localhost --dscp 64 | --dscp must be a whole number from 0 to 63, got 64",
                "udp://localhost --source-port 0 | --source-port must be a whole number from 1 to",
                "udp://localhost --source-ports 9 | --source-ports must be FIRST+COUNT such as",
                "udp://localhost --source-port 9 --source-ports 9+1 | give --source-port or",
                "udp://localhost -w 0 | -w must be longer than zero, got 0",
                "udp://localhost -w soon | -w must be a duration",
                "udp://localhost --json --json-stream - | --json-stream must be another file",
                "udp://192.0.2.1 -i 9ms | -i must be at least 10ms for 192.0.2.1, which is outside"
                        + " loopback and private networks, got 9ms",
                "tcp://192.0.2.1 -i 9ms | -i must be at least 10ms for 192.0.2.1, which is",
            })
    void wrongFlagIsOneClearLineAndTwo(String line, String message) {
        Run run = Run.with(NOTHING, ("ping " + line + " -c1").split(" "));
        assertThat(run.complaints()).startsWith("echo-client: " + message).containsOnlyOnce("\n");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void endsAtTheDeadlineWhateverWasSent() throws Exception {
        try (UdpPeer echo = UdpPeer.echo();
                UdpPeer silent = UdpPeer.start((request, reply) -> {})) {
            Instant before = Instant.now();
            Run run = ping(echo.target(), "-w0.3", "-i50ms", "--timeout=20s");
            assertThat(run.exit()).as(run.out()).isZero();
            assertThat(run.out()).containsPattern("(?m)^[1-6] sent, [1-6] received, 0 lost");
            Run counted = ping(echo.target(), "-c100", "-w200ms", "-i50ms", "--timeout=20s");
            assertThat(counted.exit()).isZero();
            assertThat(counted.out()).containsPattern("(?m)^[1-4] sent, ");
            // Far from its timeout: nothing is lost yet, and nothing came back.
            Run nothing = ping(silent.target(), "-w200ms", "--timeout=20s");
            assertThat(nothing.exit()).isEqualTo(1);
            assertThat(nothing.out()).startsWith("1 sent, 0 received, 0 lost, ").contains("1 in f");
            assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(15));
        }
    }

    @Test
    void printsNothingButTheSummaryWhenAskedToBeQuiet() throws Exception {
        try (UdpPeer echo = UdpPeer.echo()) {
            Run run = ping(echo.target(), "-c3", "-i1ms", "-q", "--timeout=20s");
            assertThat(run.exit()).isZero();
            assertThat(run.out().lines()).hasSize(2);
            assertThat(run.out()).startsWith("3 sent, 3 received").contains("min/p50/p99/max ");
        }
    }

    /** Seven replies: one as it was, one twice, two swapped, one lost, one damaged, one late. */
    private static UdpPeer odd() throws Exception {
        List<byte[]> held = new ArrayList<>();
        int[] requests = {0};
        return UdpPeer.start(
                (request, reply) -> {
                    switch (requests[0]++) {
                        case 1 -> {
                            reply.send(request);
                            reply.send(request);
                        }
                        case 2 -> held.add(request);
                        case 3 -> {
                            reply.send(request);
                            reply.send(held.get(0));
                        }
                        case 4 -> {}
                        case 5 -> {
                            byte[] damaged = request.clone();
                            damaged[40] ^= 1;
                            reply.send(damaged);
                        }
                        case 6 -> held.add(request);
                        case 7 -> {
                            reply.send(request);
                            reply.send(held.get(1));
                            reply.send(
                                    "stranger".getBytes(java.nio.charset.StandardCharsets.UTF_8));
                        }
                        default -> reply.send(request);
                    }
                });
    }

    @Test
    void tellsTheFateOfEachMessage() throws Exception {
        Path file = directory.resolve("fates");
        try (UdpPeer peer = odd()) {
            String[] flags = {"-c8", "-i150ms", "--timeout=280ms", "--json-stream=" + file};
            Instant before = Instant.now();
            Run run = ping(peer.target(), flags);
            assertThat(run.exit()).isEqualTo(4);
            assertThat(run.out())
                    .containsPattern("(?m)^seq=1 bytes=64 time=[0-9.]+ ms duplicated$")
                    .containsPattern("(?m)^seq=2 bytes=64 time=[0-9.]+ ms reordered$")
                    .contains("seq=4 no reply within 280ms\n")
                    .contains("seq=5 bytes=64 corrupted\n")
                    .contains("bytes=8 foreign: not the reply to any probe\n");
            List<JsonObject> fates = objects(Files.readString(file));
            assertThat(outcomes(fates))
                    .contains(
                            "0 received",
                            "1 received",
                            "1 duplicated",
                            "2 reordered",
                            "3 received",
                            "4 lost",
                            "5 corrupted",
                            "6 reordered",
                            "7 received",
                            "null foreign");
            JsonObject first = fates.get(0);
            assertThat(first.keySet())
                    .containsExactly("seq", "sent_at", "bytes", "time_us", "outcome");
            assertThat(Instant.parse(first.get("sent_at").getAsString()))
                    .isBetween(before, Instant.now());
            assertThat(first.get("time_us").getAsDouble()).isBetween(1.0, 280_000.0);
            assertThat(first.get("bytes").getAsInt()).isEqualTo(64);
            JsonObject lost =
                    fates.stream()
                            .filter(fate -> fate.get("outcome").getAsString().equals("lost"))
                            .findFirst()
                            .orElseThrow();
            assertThat(lost.get("time_us").isJsonNull()).isTrue();
            assertThat(fates.get(fates.size() - 1).keySet()).contains("sent_at");
        }
    }

    @Test
    void saysWhyAMessageWasRefused() throws Exception {
        int port = FreePorts.ofNobody();
        Run run = ping("udp://127.0.0.1:" + port, "-c1", "--json-stream=-", "--timeout=20s");
        assertThat(run.exit()).isEqualTo(1);
        JsonObject fate = objects(run.out()).get(0);
        assertThat(fate.get("outcome").getAsString()).isEqualTo("refused");
        assertThat(fate.get("reason").getAsString()).startsWith("port unreachable");
        assertThat(run.complaints()).contains("1 sent, 0 received, 1 lost");
    }

    @Test
    void writesTheFatesToStandardOutputAndTheSummaryToError() throws Exception {
        int first = FreePorts.first(2);
        try (UdpPeer echo = UdpPeer.echo()) {
            String ports = "--source-ports=" + first + "+2";
            Run run =
                    ping(echo.target(), "-c4", "-i1ms", "--json-stream=-", ports, "--timeout=20s");
            assertThat(run.exit()).as(run.err()).isZero();
            List<JsonObject> fates = objects(run.out());
            assertThat(fates).hasSize(4);
            Set<Integer> ports2 = new HashSet<>();
            fates.forEach(fate -> ports2.add(fate.get("port").getAsInt()));
            assertThat(ports2).containsExactlyInAnyOrder(first, first + 1);
            assertThat(run.complaints())
                    .startsWith("4 sent, 4 received")
                    .contains("min/p50/p99/max");
        }
    }

    @Test
    void replacesNoFileUnlessForced() throws Exception {
        Path file = Files.writeString(directory.resolve("fates"), "mine");
        String[] flags = {"-c1", "--json-stream=" + file, "--timeout=20s"};
        try (UdpPeer echo = UdpPeer.echo()) {
            Run run = ping(echo.target(), flags);
            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.complaints())
                    .isEqualTo(
                            "echo-client: --json-stream must be a new file, or --force given, got "
                                    + file
                                    + "\n");
            assertThat(file).hasContent("mine");
            Run forced = ping(echo.target(), "-c1", "--force", flags[1], flags[2]);
            assertThat(forced.exit()).as(forced.err()).isZero();
            assertThat(outcomes(objects(Files.readString(file)))).containsExactly("0 received");
            assertThat(directory).isDirectoryNotContaining("glob:**.part");
        }
    }

    @Test
    void endsWhenTheFatesCannotBeWritten() throws Exception {
        try (UdpPeer echo = UdpPeer.echo()) {
            Run run = ping(echo.target(), "-i1ms", "--json-stream=/dev/full", "--timeout=20s");
            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.complaints())
                    .isEqualTo("echo-client: cannot write to /dev/full: No space left on device\n");
        }
    }

    @Test
    void pointsToWhatFindsTheReasonWhenNothingComesBack() throws Exception {
        try (UdpPeer silent = UdpPeer.start((request, reply) -> {})) {
            String target = silent.target().toString();
            assertThat(ping(target, "-c1", "-s1400", "--timeout=50ms").complaints())
                    .isEqualTo(
                            "echo-client: datagrams of 1400 bytes do not come back; echo-client mtu"
                                    + " "
                                    + target
                                    + " finds the size that does\n");
            assertThat(ping(target, "-c1", "-s1200", "--timeout=50ms").complaints()).isEmpty();
            assertThat(ping(target, "-c1", "--ttl=3", "--timeout=50ms").complaints())
                    .isEqualTo(
                            "echo-client: nothing came back with --ttl 3: traceroute tells how many"
                                    + " hops it takes\n");
        }
    }

    /** The peer ends the second connection, and the others go on. */
    @Test
    void goesOnWhenOneOfItsConnectionsEnds() throws Exception {
        int first = FreePorts.first(2);
        TcpPeer.Behaviour partial =
                socket -> {
                    int bytes = socket.getPort() == first ? Integer.MAX_VALUE : 64;
                    for (int i = 0; i < bytes; i += 64) {
                        byte[] probe = socket.getInputStream().readNBytes(64);
                        if (probe.length == 0) {
                            return;
                        }
                        socket.getOutputStream().write(probe);
                    }
                };
        try (TcpPeer peer = TcpPeer.start(partial)) {
            String ports = "--source-ports=" + first + "+2";
            Run run = ping(peer.target(), "-c6", "-i100ms", ports, "--timeout=20s");
            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.out())
                    .contains("seq=4 port=" + first + " bytes=64 ")
                    .contains("seq=5 port=" + (first + 1) + " the connection has ended\n")
                    .contains("6 sent, 4 received, 2 lost");
            assertThat(run.complaints())
                    .containsOnlyOnce("\n")
                    .contains("connection closed by the peer");
        }
    }
}
