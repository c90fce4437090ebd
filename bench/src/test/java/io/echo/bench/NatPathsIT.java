package io.echo.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.echo.bench.RoutedPrograms.Running;
import io.echo.bench.RoutedPrograms.Seen;
import io.echo.testing.Namespace;
import io.echo.testing.RoutedNetwork;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A NAT that forgets a flow after 3 s without traffic: what an echo can tell of it.
 *
 * <p>A reply that comes sooner than that tells nothing, however seldom a flow is used: the next
 * datagram out makes a new mapping, and the server sees another source port. What is lost is a
 * reply that takes longer than the lifetime, which names the flows that wait for one.
 */
@Tag("long")
@Timeout(120)
class NatPathsIT {
    private static final int LIFETIME_S = 3;

    @TempDir private Path directory;

    /** The server sees a new port for each message, and the client none of that. */
    @Test
    void aFlowThatRestsLongerGoesOnFromAnotherPort() throws Exception {
        try (RoutedPrograms programs = RoutedPrograms.open(directory)) {
            programs.serve();
            programs.net().masquerade(LIFETIME_S);
            programs.net().router().nft("insert rule inet nat out oifname r1 masquerade random");
            Namespace server = programs.net().server();
            server.nft("add table inet seen");
            server.nft("add set inet seen ports { type inet_service ; flags dynamic ; }");
            server.nft("add chain inet seen in { type filter hook input priority 0 ; }");
            server.nft("add rule inet seen in udp dport 2105 add @ports { udp sport }");
            Seen seen =
                    programs.ping(
                                    "udp://" + RoutedNetwork.SERVER_4,
                                    "-c=3",
                                    "-i=4s",
                                    "--source-port=40000")
                            .end();
            assertThat(seen.exit()).as(seen.err()).isZero();
            assertThat(seen.text()).contains("3 sent, 3 received, 0 lost, 0 late");
            String ports = server.run("nft", "list", "set", "inet", "seen", "ports");
            assertThat(ports.replaceAll("(?s).*elements = \\{(.*?)\\}.*", "$1").split(","))
                    .as(ports)
                    .hasSize(3);
        }
    }

    /** 16 flows have a probe each 4 s; those with an odd port wait for 3.6 s, or for 2 s. */
    @Test
    void repliesThatTakeLongerThanItsLifetimeAreLost() throws Exception {
        try (RoutedPrograms programs = RoutedPrograms.open(directory)) {
            programs.serve("--trusted=10.77.0.0/16");
            programs.net().masquerade(LIFETIME_S);
            // Like most: what it has no mapping for makes none.
            Namespace router = programs.net().router();
            router.nft("add chain inet nat in { type filter hook input priority 0 ; }");
            router.nft("add rule inet nat in iifname r1 meta l4proto udp drop");
            Seen slow = load(programs, "2106", 3_600);
            assertThat(slow.text())
                    .contains("FOUND: 8 of 16 flows lost everything: 10.77.1.1:40001, ")
                    .contains("10.77.1.1:40015", "; 0.0000 % on the other 8 flows");
            for (JsonElement each : slow.json().getAsJsonArray("flows")) {
                JsonObject flow = each.getAsJsonObject();
                boolean odd = flow.get("local").getAsString().matches(".*[13579]");
                assertThat(flow.get("received").getAsInt()).isEqualTo(odd ? 0 : 3);
            }
            Seen soon = load(programs, "2107", 2_000);
            assertThat(soon.number("lost")).as(soon.text()).isZero();
            assertThat(soon.largestS("latency_us")).isBetween(2.0, 3.0);
        }
    }

    /** Asks by way of a relay beside the server, which delays flows with an odd port. */
    private static Seen load(RoutedPrograms programs, String port, int delayMs) throws Exception {
        Running relay =
                programs.helper(
                        programs.net().server(),
                        DelayingRelay.class,
                        RoutedNetwork.SERVER_4,
                        port,
                        RoutedNetwork.SERVER_4,
                        "2105",
                        "" + delayMs,
                        "1",
                        "1");
        relay.awaitText("ready");
        return programs.load(
                        "udp://" + RoutedNetwork.SERVER_4 + ":" + port,
                        "--source-ports=40000+16",
                        "--rate=4",
                        "--duration=12s",
                        "--warmup=0s",
                        "--timeout=5s")
                .end();
    }
}
