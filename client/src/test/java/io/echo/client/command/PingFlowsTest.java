package io.echo.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.echo.client.TcpPeer;
import io.echo.client.UdpPeer;
import io.echo.net.Target;
import io.echo.testing.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pings from eight ports that do not fare alike. */
@Timeout(60)
class PingFlowsTest {
    private static final int FLOWS = 8;

    private final int first;

    PingFlowsTest() throws IOException {
        first = FreePorts.first(FLOWS);
    }

    private Run ping(Target target, String... flags) {
        String[] always = {
            "ping",
            target.toString(),
            "-i2ms",
            "--timeout=400ms",
            "--source-ports=" + first + "+" + FLOWS
        };
        return Run.with(
                new byte[0], Stream.of(always, flags).flatMap(Stream::of).toArray(String[]::new));
    }

    /** Answers all messages but those whose number, from 0, is one of these. */
    private static UdpPeer without(IntPredicate lost) throws IOException {
        AtomicInteger next = new AtomicInteger();
        return UdpPeer.start(
                (request, reply) -> {
                    if (!lost.test(next.getAndIncrement())) {
                        reply.send(request);
                    }
                });
    }

    private String address(int flow) {
        return "127.0.0.1:" + (first + flow);
    }

    private static JsonObject object(Run run) {
        return JsonParser.parseString(run.out()).getAsJsonObject();
    }

    private static List<String> faults(JsonObject json) {
        return json.getAsJsonArray("flows").asList().stream()
                .map(JsonElement::getAsJsonObject)
                .map(flow -> flow.get("fault"))
                .map(fault -> fault.isJsonNull() ? "" : fault.getAsString())
                .toList();
    }

    /** Two at a time are lost, which is no outage: six of eight are answered. */
    @Test
    void namesNeighboursThatLoseEverythingAndNoOutage() throws Exception {
        try (UdpPeer peer = without(number -> number % FLOWS == 3 || number % FLOWS == 4)) {
            Run run = ping(peer.target(), "-c160", "-q", "--max-outage=1s");
            assertThat(run.exit()).as(run.err()).isZero();
            assertThat(run.out())
                    .contains(
                            "2 of 8 flows lost everything: %s, %s. To go on from here: mtr -u -L %d"
                                    .formatted(address(3), address(4), first + 3))
                    .doesNotContain("outage", "spread", "uneven");
        }
        try (UdpPeer peer = without(number -> number % FLOWS > 2)) {
            JsonObject json = object(ping(peer.target(), "-c160", "--json"));
            assertThat(json.get("flows_dead").getAsInt()).isEqualTo(5);
            assertThat(json.get("flows_bad").getAsInt()).isEqualTo(5);
            assertThat(json.getAsJsonArray("outages")).isEmpty();
            assertThat(json.get("longest_outage_ms").getAsInt()).isZero();
            assertThat(json.getAsJsonObject("loss_runs").keySet()).contains("5");
            assertThat(json.get("others_loss").getAsDouble()).isZero();
            assertThat(faults(json))
                    .containsExactly("", "", "", "dead", "dead", "dead", "dead", "dead");
        }
    }

    @Test
    void namesAPortThatLosesMoreThanTheOthers() throws Exception {
        IntPredicate third = number -> number % FLOWS == 5 && number / FLOWS % 3 == 1;
        try (UdpPeer peer = without(third)) {
            Run run = ping(peer.target(), "-c240", "-q");
            assertThat(run.exit()).as(run.err()).isEqualTo(1);
            assertThat(run.out())
                    .contains(
                            "\n1 of 8 flows loses 33.33 %, the others 0.00 %: " + address(5) + "\n")
                    .doesNotContain("outage");
        }
        try (UdpPeer peer = without(third)) {
            Run run = ping(peer.target(), "-c240", "--json", "--max-flow-loss=20%");
            assertThat(run.exit()).as(run.err()).isEqualTo(3);
            assertThat(run.complaints())
                    .isEqualTo(
                            ("echo-client: loss is 33.3333 %% from %s (10 of 30), of at most"
                                            + " 20 %% (--max-flow-loss)\n")
                                    .formatted(address(5)));
            JsonObject json = object(run);
            assertThat(json.get("flows_dead").getAsInt()).isZero();
            assertThat(json.get("flows_bad").getAsInt()).isEqualTo(1);
            assertThat(json.get("loss_even_p").getAsDouble()).isLessThan(0.01);
            assertThat(faults(json)).containsExactly("", "", "", "", "", "lossy", "", "");
        }
    }

    /** Far more than 5 ms, for a busy machine may delay the others. */
    @Test
    void namesAPortWhoseAnswersTakeLonger() throws Exception {
        ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();
        AtomicInteger next = new AtomicInteger();
        UdpPeer.Behaviour slow =
                (request, reply) -> {
                    if (next.getAndIncrement() % FLOWS == 2) {
                        later.schedule(() -> send(reply, request), 25, TimeUnit.MILLISECONDS);
                    } else {
                        reply.send(request);
                    }
                };
        try (UdpPeer peer = UdpPeer.start(slow)) {
            Run run = ping(peer.target(), "-c240", "-q");
            assertThat(run.exit()).as(run.err()).isZero();
            assertThat(run.out())
                    .containsPattern(
                            "\n1 of 8 flows is slow, p50 up to \\d+\\.\\d{3} ms, of the others"
                                    + " \\d+\\.\\d{3} ms: "
                                    + address(2)
                                    + "\n");
            next.set(0);
            JsonObject json = object(ping(peer.target(), "-c240", "--json"));
            assertThat(faults(json)).containsExactly("", "", "slow", "", "", "", "", "");
            assertThat(json.get("others_p50_us").getAsDouble()).isPositive();
        } finally {
            later.shutdownNow();
        }
    }

    private static void send(UdpPeer.Sender reply, byte[] request) {
        try {
            reply.send(request);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The losses of all at once say nothing about one. */
    @Test
    void callsNoPortBadForAnOutageOfAll() throws Exception {
        try (UdpPeer peer = without(number -> number >= 150 && number < 300)) {
            Run run = ping(peer.target(), "-c480", "-q", "--max-outage=250ms");
            assertThat(run.exit()).as(run.err()).isEqualTo(3);
            assertThat(run.out())
                    .containsPattern(
                            "\n1 outage, 0\\.\\d{3} s from 0\\.\\d{3} s on \\(150 messages\\)\n")
                    .doesNotContain("of 8 flows", "spread", "uneven");
        }
        try (UdpPeer peer = without(number -> number >= 150 && number < 300)) {
            JsonObject json = object(ping(peer.target(), "-c480", "--json"));
            assertThat(json.get("flows_bad").getAsInt()).isZero();
            assertThat(json.get("outages_total").getAsInt()).isEqualTo(1);
            JsonObject outage = json.getAsJsonArray("outages").get(0).getAsJsonObject();
            assertThat(outage.get("flows").getAsInt()).isEqualTo(FLOWS);
            assertThat(outage.get("to_s").getAsDouble() - outage.get("from_s").getAsDouble())
                    .isGreaterThanOrEqualTo(0.3);
            assertThat(json.get("longest_outage_ms").getAsDouble()).isGreaterThanOrEqualTo(300);
        }
    }

    @Test
    void namesNothingThatChanceDoes() throws Exception {
        SplittableRandom random = new SplittableRandom(5);
        boolean[] lost = new boolean[800];
        for (int i = 0; i < lost.length; i++) {
            lost[i] = random.nextDouble() < 0.01;
        }
        long losses = IntStream.range(0, lost.length).filter(i -> lost[i]).count();
        assertThat(losses).isBetween((long) FLOWS, 20L);
        try (UdpPeer peer = without(number -> lost[number])) {
            Run run = ping(peer.target(), "-c800", "-q");
            assertThat(run.out())
                    .contains(losses + " lost")
                    .containsPattern("\nlosses are spread evenly over 8 flows \\(p = [0-9.]+\\)\n")
                    .doesNotContain("of 8 flows", "outage");
        }
    }

    @Test
    void judgesConnectionsInTheSameWay() throws Exception {
        TcpPeer.Behaviour uneven =
                socket -> {
                    int flow = socket.getPort() - first;
                    int answered = flow == 2 || flow == 3 ? 0 : flow == 6 ? 10 : Integer.MAX_VALUE;
                    for (int i = 0; ; i++) {
                        byte[] message = socket.getInputStream().readNBytes(64);
                        if (message.length == 0) {
                            return;
                        }
                        if (i < answered) {
                            socket.getOutputStream().write(message);
                        }
                    }
                };
        try (TcpPeer peer = TcpPeer.start(uneven)) {
            Run run = ping(peer.target(), "-c240", "-q");
            assertThat(run.exit()).as(run.err()).isEqualTo(1);
            assertThat(run.out())
                    .contains(
                            ("\n2 of 8 flows lost everything: %s, %s. To go on from"
                                            + " here: traceroute -T --sport=%d")
                                    .formatted(address(2), address(3), first + 2))
                    .containsPattern(
                            ("\n1 of 8 flows stopped being answered, from \\d\\.\\d s on: %s. To go"
                                            + " on from here: traceroute -T --sport=%d")
                                    .formatted(address(6), first + 6))
                    .doesNotContain("outage");
        }
    }
}
