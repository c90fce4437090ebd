package io.echo.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.echo.client.UdpPeer;
import io.echo.testing.FreePorts;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Outages in the summary of ping, and its limits. */
@Timeout(60)
class PingOutageTest {
    private static Run ping(UdpPeer peer, String... flags) {
        String[] always = {"ping", peer.target().toString(), "-i50ms", "--timeout=400ms"};
        return Run.with(
                new byte[0], Stream.of(always, flags).flatMap(Stream::of).toArray(String[]::new));
    }

    /** Answers all but these, counted from 0. */
    private static UdpPeer leavingOut(Integer... requests) throws Exception {
        AtomicInteger next = new AtomicInteger();
        Set<Integer> without = Set.of(requests);
        return UdpPeer.start(
                (request, reply) -> {
                    if (!without.contains(next.getAndIncrement())) {
                        reply.send(request);
                    }
                });
    }

    private static JsonObject object(Run run) {
        return JsonParser.parseString(run.out()).getAsJsonObject();
    }

    @Test
    void tellsWhenNothingWasAnsweredAndForHowLong() throws Exception {
        try (UdpPeer peer = leavingOut(4, 5, 6, 7, 8, 12)) {
            Run run = ping(peer, "-c16", "--json");
            assertThat(run.exit()).isEqualTo(1);
            JsonObject json = object(run);
            JsonArray outages = json.getAsJsonArray("outages");
            assertThat(outages).hasSize(1);
            JsonObject outage = outages.get(0).getAsJsonObject();
            assertThat(outage.keySet()).containsExactly("from_s", "to_s", "probes", "flows");
            assertThat(outage.get("probes").getAsInt()).isEqualTo(5);
            assertThat(outage.get("flows").getAsInt()).isEqualTo(1);
            double from = outage.get("from_s").getAsDouble();
            double to = outage.get("to_s").getAsDouble();
            // Five messages and no more, unless this process itself stood still.
            assertThat(from).isGreaterThanOrEqualTo(0.2);
            assertThat(to - from).isGreaterThanOrEqualTo(0.25);
            assertThat(json.get("longest_outage_ms").getAsDouble())
                    .isCloseTo((to - from) * 1e3, Offset.offset(0.001));
            assertThat(json.getAsJsonObject("loss_runs").toString()).isEqualTo("{\"1\":1,\"5\":1}");
        }
        try (UdpPeer peer = leavingOut(4, 5, 6, 7, 8, 12)) {
            assertThat(ping(peer, "-c16", "-q").out())
                    .containsPattern(
                            "(?m)^1 outage, 0\\.\\d{3} s from 0\\.\\d{3} s on \\(5 messages");
        }
    }

    @Test
    void takesTwoLossesInARowForNoOutage() throws Exception {
        try (UdpPeer peer = leavingOut(2, 3, 7)) {
            Run run = ping(peer, "-c10", "--json");
            assertThat(object(run).getAsJsonArray("outages")).isEmpty();
            assertThat(object(run).getAsJsonObject("loss_runs").keySet()).containsExactly("1", "2");
        }
    }

    @Test
    void endsAnOutageWithThePingWhenNothingComesBackAnyMore() throws Exception {
        try (UdpPeer peer = leavingOut(5, 6, 7, 8, 9)) {
            JsonObject json = object(ping(peer, "-c10", "--json"));
            JsonObject outage = json.getAsJsonArray("outages").get(0).getAsJsonObject();
            assertThat(outage.get("probes").getAsInt()).isEqualTo(5);
            assertThat(outage.get("to_s").getAsDouble() - outage.get("from_s").getAsDouble())
                    .isBetween(0.2499, 2.0);
        }
    }

    /** Messages that waited for less than the timeout were in time; the rest came late. */
    @Test
    void countsLateRepliesOfAServerThatStoodStill() throws Exception {
        AtomicInteger next = new AtomicInteger();
        UdpPeer.Behaviour frozen =
                (request, reply) -> {
                    if (next.getAndIncrement() == 4) {
                        LockSupport.parkNanos(1_200_000_000);
                    }
                    reply.send(request);
                };
        try (UdpPeer peer = UdpPeer.start(frozen)) {
            Run run = ping(peer, "-c40", "--json", "--max-outage=500ms");
            assertThat(run.exit()).as(run.err()).isEqualTo(3);
            JsonObject json = object(run);
            assertThat(json.get("late").getAsInt()).isPositive();
            assertThat(json.get("longest_outage_ms").getAsDouble()).isBetween(700.0, 1_600.0);
        }
    }

    /** With a limit, losses within it are no failure. */
    @ParameterizedTest
    @CsvSource({
        "--max-outage=100ms, 3",
        "--max-outage=10s, 0",
        "--max-flow-loss=20%, 3",
        "--max-flow-loss=60%, 0"
    })
    void judgesLossesByTheLimitThatIsGiven(String limit, int exit) throws Exception {
        try (UdpPeer peer = leavingOut(2, 3, 4, 5)) {
            Run run = ping(peer, "-c10", "-q", limit);
            assertThat(run.exit()).as(run.err()).isEqualTo(exit);
            if (exit == 0) {
                assertThat(run.complaints()).isEmpty();
            } else if (limit.contains("outage")) {
                assertThat(run.complaints())
                        .matches(
                                "echo-client: the longest outage is [0-9.]+ ms, from 0\\.\\d+ s on,"
                                        + " of at most 100ms \\(--max-outage\\)\n");
            } else {
                assertThat(run.complaints())
                        .matches(
                                "echo-client: loss is 40\\.0000 % from 127\\.0\\.0\\.1:\\d+ \\(4 of"
                                        + " 10\\), of at most 20 % \\(--max-flow-loss\\)\n");
            }
        }
    }

    @Test
    void failsWhenNothingCameBackWhateverTheLimit() throws Exception {
        try (UdpPeer silent = UdpPeer.start((request, reply) -> {})) {
            assertThat(ping(silent, "-c2", "--max-outage=1h").exit()).isEqualTo(1);
        }
    }

    @Test
    void namesAFlowThatLosesEverything() throws Exception {
        int first = FreePorts.first(4);
        String ports = "--source-ports=" + first + "+4";
        AtomicInteger next = new AtomicInteger();
        try (UdpPeer peer =
                UdpPeer.start(
                        (request, reply) -> {
                            if (next.getAndIncrement() % 4 != 2) {
                                reply.send(request);
                            }
                        })) {
            Run run = ping(peer, "-c24", ports, "-q", "--max-outage=10s");
            assertThat(run.exit()).as(run.err()).isZero();
            assertThat(run.out())
                    .contains(
                            "1 of 4 flows lost everything: 127.0.0.1:"
                                    + (first + 2)
                                    + ". To go on from here: mtr -u -L "
                                    + (first + 2)
                                    + " -P "
                                    + peer.target().port()
                                    + " 127.0.0.1\n")
                    .doesNotContain("outage");
            next.set(0);
            JsonObject json = object(ping(peer, "-c24", ports, "--json"));
            assertThat(json.get("flows_total").getAsInt()).isEqualTo(4);
            assertThat(json.get("flows_dead").getAsInt()).isEqualTo(1);
            JsonObject dead = json.getAsJsonArray("flows").get(2).getAsJsonObject();
            assertThat(dead.keySet())
                    .containsExactly(
                            "local",
                            "remote",
                            "sent",
                            "received",
                            "late",
                            "lost",
                            "p50_us",
                            "p99_us",
                            "first_reply_s",
                            "last_reply_s",
                            "longest_outage_ms",
                            "fault",
                            "stopped");
            assertThat(dead.get("local").getAsString()).isEqualTo("127.0.0.1:" + (first + 2));
            assertThat(dead.get("sent").getAsInt()).isEqualTo(6);
            assertThat(dead.get("lost").getAsInt()).isEqualTo(6);
            assertThat(dead.get("p50_us").isJsonNull()).isTrue();
            JsonObject good = json.getAsJsonArray("flows").get(0).getAsJsonObject();
            assertThat(good.get("received").getAsInt()).isEqualTo(6);
            assertThat(good.get("p50_us").getAsDouble()).isPositive();
            assertThat(good.get("longest_outage_ms").getAsDouble()).isZero();
        }
    }

    @Test
    void wantsAUnitAndSaysWhatCannotBeSeen() throws Exception {
        try (UdpPeer echo = UdpPeer.echo()) {
            Run unitless = ping(echo, "-c1", "--max-outage=5");
            assertThat(unitless.exit()).isEqualTo(2);
            assertThat(unitless.complaints())
                    .contains("--max-outage must be a duration with its unit");
            Run blind = ping(echo, "-c2", "--max-outage=60ms", "-q");
            assertThat(blind.exit()).isZero();
            assertThat(blind.complaints())
                    .isEqualTo(
                            "echo-client: at -i 50ms outages of up to 100ms are not seen:"
                                    + " --max-outage 60ms needs -i 30ms or less\n");
        }
    }
}
