package io.echo.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.echo.bench.RoutedPrograms.Running;
import io.echo.bench.RoutedPrograms.Seen;
import io.echo.testing.RoutedNetwork;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;

/**
 * Flows that fare worse than others behind a router are named, in words and in JSON.
 *
 * <p>All tests share the network; each has source ports of its own, to which its rules keep.
 */
@Timeout(120)
@Execution(CONCURRENT)
class FlowPathsIT {
    private static final String UDP = "udp://" + RoutedNetwork.SERVER_4;
    private static final String TCP = "tcp://" + RoutedNetwork.SERVER_4;
    private static final int FLOWS = 64;

    @TempDir private static Path directory;

    private static RoutedPrograms programs;

    @BeforeAll
    static void openNetwork() throws Exception {
        programs = RoutedPrograms.open(directory);
        // Datagrams from the router's own address are the relay's.
        programs.serve("--trusted=10.77.0.0/16");
    }

    @AfterAll
    static void closeNetwork() {
        if (programs != null) {
            programs.close();
        }
    }

    @Test
    void oneFlowOfSixteenIsDroppedOnTheWayThere() throws Exception {
        programs.net().rule("udp sport 40000-40063 udp sport & 15 == 3 drop");
        assertFourAreDead(load(UDP, 40_000, "--max-flow-loss=5%").end(), 40_000, "mtr -u -L ");
    }

    @Test
    @Tag("long")
    void oneFlowOfSixteenIsDroppedOnTheWayBack() throws Exception {
        programs.net().rule("udp dport 41024-41087 udp dport & 15 == 3 drop");
        assertFourAreDead(load(UDP, 41_024, "--max-flow-loss=5%").end(), 41_024, "mtr -u -L ");
    }

    /** Handshakes pass, so all connections open; what they carry does not. */
    @Test
    @Tag("long")
    void oneConnectionOfSixteenCarriesNothing() throws Exception {
        programs.net()
                .rule("tcp sport 42048-42111 tcp sport & 15 == 3 tcp flags & psh == psh drop");
        assertFourAreDead(
                load(TCP, 42_048, "--max-flow-loss=5%").end(), 42_048, "traceroute -T --sport=");
    }

    private static void assertFourAreDead(Seen seen, int first, String trace) {
        List<Integer> dead = IntStream.of(3, 19, 35, 51).map(i -> first + i).boxed().toList();
        String names =
                dead.stream()
                        .map(port -> RoutedNetwork.CLIENT_4 + ":" + port)
                        .collect(Collectors.joining(", "));
        assertThat(seen.text())
                .contains("FOUND: 4 of 64 flows lost everything: " + names + ". To go on")
                .contains(" from here: " + trace + dead.get(0) + " ")
                .contains("LIMIT MISSED: loss is 100.0000 % on 10.77.1.1:" + dead.get(0))
                .contains("; 0.0000 % on the other 60 flows");
        assertThat(seen.exit()).as(seen.text()).isEqualTo(3);
        JsonObject json = seen.json();
        assertThat(json.get("flows_total").getAsInt()).isEqualTo(FLOWS);
        assertThat(json.get("flows_dead").getAsInt()).isEqualTo(4);
        assertThat(json.get("flows_bad").getAsInt()).isEqualTo(4);
        assertThat(json.get("loss_even_p").getAsDouble()).isLessThan(0.001);
        assertThat(json.getAsJsonArray("outages")).isEmpty();
        long lost = json.get("lost").getAsLong();
        for (JsonObject flow : flows(json)) {
            int port = port(flow);
            assertThat(flow.get("remote").getAsString()).isEqualTo("10.77.2.1:2105");
            if (dead.contains(port)) {
                assertThat(flow.get("lost")).isEqualTo(flow.get("sent"));
                assertThat(flow.get("last_reply_s").isJsonNull()).isTrue();
                lost -= flow.get("lost").getAsLong();
            } else {
                assertThat(flow.get("lost").getAsInt()).as("port %d", port).isZero();
            }
        }
        assertThat(lost).isZero();
    }

    /** Connections that worked, and then stop; UDP beside them, by the same rule. */
    @Test
    @Tag("long")
    void flowsThatStopInMidRunAreNamed() throws Exception {
        for (String target : List.of(UDP, TCP)) {
            Running load = load(target, 43_008, "--duration=4s", "--max-flow-loss=5%");
            load.awaitMeasured();
            String protocol = target.substring(0, 3);
            programs.net()
                    .rule(protocol + " sport 43008-43071 " + protocol + " sport & 15 == 3 drop");
            Seen seen = load.end();
            assertThat(seen.found()).as(seen.text()).hasSize(1);
            assertThat(seen.text())
                    .containsPattern(
                            "FOUND: 4 of 64 flows stopped being answered, from [01]\\.\\d s on: ")
                    .contains("10.77.1.1:43011", "43027", "43043", "43059")
                    .contains("(--max-flow-loss)");
            assertThat(seen.exit()).isEqualTo(3);
            for (JsonObject flow : flows(seen.json())) {
                boolean stopped = port(flow) % 16 == 3;
                double silentMs =
                        stopped ? 4_000 - flow.get("last_reply_s").getAsDouble() * 1e3 : 0;
                // A reply in time may have been that of a probe before.
                assertThat(flow.get("longest_outage_ms").getAsDouble())
                        .as("port %d", port(flow))
                        .isCloseTo(
                                silentMs,
                                within(2.5 * FLOWS / 1.6 + seen.largestS("latency_us") * 1e3));
            }
        }
    }

    @Test
    @Tag("long")
    void oneFlowOfSixteenIsSlow() throws Exception {
        Running relay =
                programs.helper(
                        programs.net().router(),
                        DelayingRelay.class,
                        "10.77.1.254",
                        "2105",
                        RoutedNetwork.SERVER_4,
                        "2105",
                        "20",
                        "15",
                        "5");
        relay.awaitText("ready");
        Seen seen =
                programs.load(
                                "udp://10.77.1.254",
                                "--source-ports=44000+16",
                                "--rate=800",
                                "--duration=2s")
                        .end();
        assertThat(seen.exit()).as(seen.text() + seen.err()).isZero();
        assertThat(seen.text())
                .containsPattern("FOUND: 1 of 16 flows is slow, p50 up to \\d+\\.\\d+ ms, of the")
                .contains(" ms: 10.77.1.1:44005");
        assertThat(seen.json().get("flows_bad").getAsInt()).isEqualTo(1);
        JsonObject slow = flows(seen.json()).get(0);
        assertThat(port(slow)).isEqualTo(44_005);
        assertThat(slow.get("p50_us").getAsDouble()).isGreaterThan(20_000);
    }

    private static Running load(String target, int first, String... flags) throws Exception {
        List<String> all =
                new ArrayList<>(
                        List.of(
                                String.format(Locale.ROOT, "--source-ports=%d+%d", first, FLOWS),
                                "--rate=1600",
                                "--duration=2s"));
        for (String flag : flags) {
            all.removeIf(given -> given.startsWith(flag.replaceFirst("=.*", "=")));
            all.add(flag);
        }
        return programs.load(target, all.toArray(String[]::new));
    }

    private static List<JsonObject> flows(JsonObject json) {
        List<JsonObject> flows = new ArrayList<>();
        for (JsonElement flow : json.getAsJsonArray("flows")) {
            flows.add(flow.getAsJsonObject());
        }
        return flows;
    }

    private static int port(JsonObject flow) {
        return Integer.parseInt(flow.get("local").getAsString().replaceFirst(".*:", ""));
    }
}
