package io.echo.client.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.echo.cli.CheckedOutput;
import io.echo.client.UdpPeer;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.echo.testing.FreePorts;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code mtu} over loopback against echoes that drop, cut and forget by rules of their own. */
@Timeout(60)
@Execution(CONCURRENT)
@EnabledOnOs(OS.LINUX)
class MtuCommandTest {
    private static final int LARGEST = 65_507;

    @Test
    void everythingComesBack() throws Exception {
        try (UdpPeer peer = UdpPeer.echo()) {
            Run run = mtu(peer);

            assertThat(run.out())
                    .contains("  65507 bytes come back whole (65535 bytes of IP packet)\n")
                    .contains("no UDP datagram is larger (none)");
            assertThat(run.err()).isEmpty();
            assertThat(run.exit()).isZero();
            JsonObject json = json(peer);
            assertLargest(json, LARGEST, LARGEST + 28);
            assertThat(json.get("reason").getAsString()).isEqualTo("none");
            assertThat(json.get("by").isJsonNull()).isTrue();
            assertThat(json.get("interrupted").getAsBoolean()).isFalse();
        }
    }

    /** The headers of IPv6 are larger: 65,507 bytes do not fit into the MTU of loopback. */
    @Test
    void loopbackItselfIsTheLimitOverIpv6() throws Exception {
        InetAddress loopback = InetAddress.getByName("::1");
        try (UdpPeer peer =
                UdpPeer.start(
                        new InetSocketAddress(loopback, 0),
                        (datagram, sender) -> sender.send(datagram))) {
            Target target = new Target(Protocol.UDP, "::1", peer.target().port());
            JsonObject json = object(Run.with(new byte[0], "mtu", target.toString(), "--json"));

            assertLargest(json, 65_536 - 48, 65_536);
            assertThat(json.get("reason").getAsString()).isEqualTo("told");
            assertThat(json.get("by").getAsString()).isEqualTo("local");
            assertThat(json.get("path_mtu").getAsInt()).isEqualTo(65_536);
            assertThat(json.get("passes_fragmented").getAsInt()).isEqualTo(LARGEST);
            assertThat(json.get("address").getAsString()).isEqualTo("::1");
            assertThat(json.get("local").getAsString()).startsWith("[::1]:");
            assertThat(json.get("ports").getAsInt()).isEqualTo(1);
            assertThat(Run.with(new byte[0], "mtu", target.toString()).out())
                    .contains("(told, local)")
                    .doesNotContain("raise the MTU");
        }
    }

    /**
     * The first port is dead, as a flow is whose way or member is gone; another one is measured.
     */
    @Test
    void deadFlowIsNoSize() throws Exception {
        assertDeadFlowIsNoSize(LARGEST);
    }

    @Test
    @Tag("long")
    void deadFlowIsNoSizeBesideOne() throws Exception {
        assertDeadFlowIsNoSize(1_272);
    }

    private static void assertDeadFlowIsNoSize(int limit) throws Exception {
        Set<Integer> dead = new ConcurrentSkipListSet<>();
        try (UdpPeer peer =
                UdpPeer.start(
                        (datagram, sender) -> {
                            if (dead.size() < 2) {
                                dead.add(sender.port());
                            }
                            if (!dead.contains(sender.port()) && datagram.length <= limit) {
                                sender.send(datagram);
                            }
                        })) {
            JsonObject json = json(peer, "--timeout=300ms");
            assertLargest(json, limit, limit + 28);
            assertThat(json.get("reason").getAsString())
                    .isEqualTo(limit == LARGEST ? "none" : "silent");
            assertThat(json.get("ports").getAsInt()).isEqualTo(8);
            assertThat(json.get("ports_silent")).hasToString(dead.toString().replace(" ", ""));
            String local = json.get("local").getAsString();
            assertThat(local).startsWith("127.0.0.1:");
            int port = Integer.parseInt(local.substring(local.indexOf(':') + 1));
            assertThat(dead).doesNotContain(port);

            Run text = mtu(peer, "--timeout=300ms", "--source-port=" + port);
            assertThat(text.out())
                    .contains("  " + limit + " bytes come back whole")
                    .doesNotContain("ports answered nothing");
            Run none = mtu(peer, "--timeout=300ms", "--source-port=" + dead.iterator().next());
            assertThat(none.out()).contains("  nothing came back\n");
            assertThat(none.exit()).isEqualTo(1);

            dead.clear();
            assertThat(mtu(peer, "--timeout=300ms").out())
                    .contains(
                            "  2 of 8 ports answered nothing: a flow may be dead (echo-bench load")
                    .contains("; measured from port ");
        }
    }

    @Test
    void sourcePortThatIsTakenIsOneLineOfError() throws Exception {
        try (UdpPeer peer = UdpPeer.echo();
                DatagramSocket taken = new DatagramSocket(0)) {
            Run run = mtu(peer, "--source-port=" + taken.getLocalPort());
            assertThat(run.err()).contains("port " + taken.getLocalPort() + " is in use");
            assertThat(run.err()).containsOnlyOnce("\n");
            assertThat(run.exit()).isEqualTo(1);
            assertThat(mtu(peer, "--source-port=0").exit()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 512, 1_400, 20_000})
    void theEchoCuts(int buffer) throws Exception {
        try (UdpPeer peer =
                UdpPeer.start(
                        (datagram, sender) ->
                                sender.send(
                                        datagram.length > buffer
                                                ? Arrays.copyOf(datagram, buffer)
                                                : datagram))) {
            Run run = mtu(peer);
            assertThat(run.out())
                    .contains("  " + buffer + " bytes come back whole")
                    .contains("the echo cuts larger ones to " + buffer + " bytes")
                    .contains("(cut)");
            JsonObject json = json(peer);
            assertLargest(json, buffer, buffer + 28);
            assertThat(json.get("reason").getAsString()).isEqualTo("cut");
            assertThat(json.get("cut_to_bytes").getAsInt()).isEqualTo(buffer);
        }
    }

    @Test
    void largerOnesVanish() throws Exception {
        try (UdpPeer peer = dropping(1_272, 0)) {
            Run run = mtu(peer, "--timeout=300ms");
            assertThat(run.out())
                    .contains("  1272 bytes come back whole (1300 bytes of IP packet)\n")
                    .contains("a black hole on the way (silent)")
                    .contains("cannot tell the way there from the way back");
            assertThat(run.exit()).isZero();
        }
    }

    /** Loss by chance is not taken for size, and does not hide it. */
    @ParameterizedTest
    @ValueSource(ints = {1_272, LARGEST})
    void lossChangesNothing(int limit) throws Exception {
        try (UdpPeer peer = dropping(limit, 0.2)) {
            JsonObject json = json(peer, "--timeout=300ms");

            assertLargest(json, limit, limit + 28);
            assertThat(json.get("reason").getAsString())
                    .isEqualTo(limit == LARGEST ? "none" : "silent");
        }
    }

    /** A bucket of 30,000 bytes that refills within a second: what is too much is dropped. */
    @Test
    void largerOnesDieOfARate() throws Exception {
        double perSecond = 30_000;
        double[] bucket = {perSecond, System.nanoTime()};
        try (UdpPeer peer =
                UdpPeer.start(
                        (datagram, sender) -> {
                            double now = System.nanoTime();
                            double refill = (now - bucket[1]) / 1e9 * perSecond;
                            bucket[0] = Math.min(perSecond, bucket[0] + refill);
                            bucket[1] = now;
                            if (datagram.length <= bucket[0]) {
                                bucket[0] -= datagram.length;
                                sender.send(datagram);
                            }
                        })) {
            Run run = mtu(peer, "--timeout=500ms", "--json");

            assertThat(run.out()).as(run.err()).contains("\"reason\":\"rate\"");
            assertThat(run.exit()).isZero();
            int largest = largest(object(run)).get("payload_bytes").getAsInt();
            assertThat(largest).isBetween(10_000, 30_000);
        }
    }

    @Test
    void nothingComesBack() throws Exception {
        try (UdpPeer peer = UdpPeer.start((datagram, sender) -> {})) {
            Run run = mtu(peer, "--timeout=100ms");

            assertThat(run.out()).contains("nothing came back");
            assertThat(run.err())
                    .isEqualTo(
                            "echo-client: " + peer.target() + ": nothing came back within 100ms\n");
            assertThat(run.exit()).isEqualTo(1);
            Run json = mtu(peer, "--timeout=100ms", "--json");
            assertThat(object(json).get("reason").isJsonNull()).isTrue();
            assertThat(object(json).get("largest").isJsonNull()).isTrue();
            assertThat(json.exit()).isEqualTo(1);
        }
    }

    @Test
    void nobodyListens() throws Exception {
        Target target = new Target(Protocol.UDP, "127.0.0.1", FreePorts.ofNobody());
        Run run = Run.with(new byte[0], "mtu", target.toString(), "--timeout=20s");

        assertThat(run.err())
                .isEqualTo(
                        "echo-client: "
                                + target
                                + ": nothing came back: port unreachable, nobody listens there or a"
                                + " firewall rejects\n");
        assertThat(run.exit()).isEqualTo(1);
    }

    @Test
    void aChangedByteIsCorrupt() throws Exception {
        try (UdpPeer peer = flippingAbove(10_000)) {
            Run run = mtu(peer, "--timeout=200ms");

            assertThat(run.out())
                    .contains("  10000 bytes come back whole")
                    .contains("  larger ones come back corrupt: ")
                    .doesNotContain("black hole", "ICMP", "silent");
            assertThat(run.err())
                    .containsPattern(": \\d+ replies were corrupt\n")
                    .containsOnlyOnce("\n");
            assertThat(run.exit()).isEqualTo(4);
            JsonObject json = json(peer, "--timeout=200ms");
            assertLargest(json, 10_000, 10_028);
            assertThat(json.get("reason").isJsonNull()).isTrue();
            assertThat(json.get("corrupted").getAsInt()).isPositive();
        }
    }

    @Test
    void whereAllIsCorruptNothingComesBackWhole() throws Exception {
        try (UdpPeer peer = flippingAbove(0)) {
            Run run = mtu(peer, "--timeout=200ms");

            assertThat(run.out()).contains("  nothing came back whole to any of ");
            assertThat(run.err()).contains(" replies were corrupt");
            assertThat(run.exit()).isEqualTo(4);
        }
    }

    /** Corrupt replies by chance are as good as lost ones, and explain no black hole. */
    @Test
    void corruptRepliesByChanceDoNotHideABlackHole() throws Exception {
        Random chance = new Random(7);
        try (UdpPeer peer =
                UdpPeer.start(
                        (datagram, sender) -> {
                            if (chance.nextInt(5) == 0) {
                                datagram[datagram.length - 1] ^= 1;
                            }
                            if (datagram.length <= 1_272) {
                                sender.send(datagram);
                            }
                        })) {
            Run run = mtu(peer, "--timeout=300ms", "--json");

            assertThat(object(run).get("reason").getAsString()).isEqualTo("silent");
            assertLargest(object(run), 1_272, 1_300);
            assertThat(run.exit()).isEqualTo(4);
        }
    }

    @Test
    void nioOfAnOldJdkSaysWhatCan() throws Exception {
        try (UdpPeer peer = UdpPeer.echo()) {
            Run run = mtu(peer, "--transport", "nio");

            if (Runtime.version().feature() < 19) {
                assertThat(run.err())
                        .startsWith("echo-client: mtu must forbid fragments, which nio on JDK ")
                        .contains("; use --transport epoll")
                        .containsOnlyOnce("\n");
                assertThat(run.exit()).isEqualTo(1);
            } else {
                assertThat(run.out()).contains("  65507 bytes come back whole");
            }
        }
    }

    @Test
    void ioUringMeasuresToo() throws Exception {
        try (UdpPeer peer = UdpPeer.echo()) {
            Run run = mtu(peer, "--transport", "io_uring");

            if (Transport.IO_URING.unavailabilityCause().isPresent()) {
                assertThat(run.exit()).isEqualTo(1);
            } else {
                assertThat(run.out()).contains("  65507 bytes come back whole");
            }
        }
    }

    /** Stopped within the search, it tells what it knows. */
    @Test
    void whatIsKnownWhenItIsStopped() throws Exception {
        CompletableFuture<Integer> stop = new CompletableFuture<>();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (UdpPeer peer =
                UdpPeer.start(
                        (datagram, sender) -> {
                            if (datagram.length <= 1_000) {
                                sender.send(datagram);
                            } else {
                                stop.complete(130);
                            }
                        })) {
            int exit =
                    ClientMain.run(
                            new String[] {"mtu", peer.target().toString(), "--timeout=60s"},
                            new StandardStreams(
                                    new ByteArrayInputStream(new byte[0]),
                                    CheckedOutput.standard(out),
                                    System.err,
                                    false),
                            () -> stop);
            assertThat(exit).isEqualTo(130);
            assertThat(out.toString(StandardCharsets.UTF_8))
                    .contains("  at least 32 bytes come back whole (60 bytes of IP packet)");
        }
    }

    /** Flips a bit of each datagram that is larger, and answers all. */
    private static UdpPeer flippingAbove(int bytes) throws Exception {
        return UdpPeer.start(
                (datagram, sender) -> {
                    if (datagram.length > bytes) {
                        datagram[datagram.length / 2] ^= 4;
                    }
                    sender.send(datagram);
                });
    }

    private static UdpPeer dropping(int limit, double loss) throws Exception {
        Random chance = new Random(7);
        return UdpPeer.start(
                (datagram, sender) -> {
                    if (datagram.length <= limit && chance.nextDouble() >= loss) {
                        sender.send(datagram);
                    }
                });
    }

    private static Run mtu(UdpPeer peer, String... flags) {
        String[] args = new String[flags.length + 2];
        args[0] = "mtu";
        args[1] = peer.target().toString();
        System.arraycopy(flags, 0, args, 2, flags.length);
        return Run.with(new byte[0], args);
    }

    private static JsonObject json(UdpPeer peer, String... flags) {
        String[] args = Arrays.copyOf(flags, flags.length + 1);
        args[flags.length] = "--json";
        return object(mtu(peer, args));
    }

    private static JsonObject object(Run run) {
        assertThat(run.out()).as(run.err()).containsOnlyOnce("\n");
        return JsonParser.parseString(run.out()).getAsJsonObject();
    }

    private static JsonObject largest(JsonObject json) {
        return json.getAsJsonObject("largest");
    }

    private static void assertLargest(JsonObject json, int payload, int packet) {
        assertThat(largest(json).get("payload_bytes").getAsInt())
                .as(json.toString())
                .isEqualTo(payload);
        assertThat(largest(json).get("packet_bytes").getAsInt()).isEqualTo(packet);
    }
}
