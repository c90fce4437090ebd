package io.echo.server.udp;

import static io.echo.server.TestServers.assertCounted;
import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.TestServers;
import io.echo.server.UdpPeer;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import io.echo.server.config.ServerConfig.Access;
import io.echo.server.config.ServerConfig.UdpLimits;
import io.echo.server.metrics.Counter;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Limits of one source, over real sockets; each moves its own counter and no other. */
@Timeout(60)
class UdpLimitsTest {
    /** Its first datagram is granted, the next one hours later: so a count is exact. */
    private static final double ONCE = 0.001;

    private static final double ANY = 1e9;

    /** The flood comes from 127.0.0.0/24, its neighbour from 127.0.1.0/24. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void takesNothingFromANeighbourWhileOnePrefixFloods(Transport transport) throws IOException {
        int rounds = 200;
        int flooded = 50;
        long startNs = System.nanoTime();
        try (EchoServer server = EchoServer.start(TestServers.untrusting(transport));
                UdpPeer flood = UdpPeer.at("127.0.0.1");
                UdpPeer neighbour = UdpPeer.at("127.0.1.1")) {
            long echoed = 0;
            for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < flooded; i++) {
                    flood.send(new byte[10], TestServers.udp(server));
                }
                byte[] asked = {(byte) round};
                neighbour.send(asked, TestServers.udp(server));
                assertThat(neighbour.receive()).as("round %d", round).isEqualTo(asked);
                // The kernel spreads flows over loops: the neighbour's reply is no fence for the
                // flood, whose loop may be behind, and its buffer overflow.
                long received = (round + 1L) * (flooded + 1);
                TestServers.await(server, c -> c.get(Counter.UDP_RECEIVED) == received);
                echoed += flood.receiveAll();
            }
            long sent = (long) rounds * flooded;
            Map<Counter, Long> counted = TestServers.counted(server);
            echoed += flood.receiveAll();
            double seconds = (System.nanoTime() - startNs) / 1e9;
            assertThat(echoed).isBetween(1_000L, (long) (1_000 * (seconds + 1)) + 1);
            assertThat(counted.get(Counter.UDP_ECHOED)).isEqualTo(echoed + rounds);
            assertCounted(
                    server,
                    Map.of(
                            Counter.UDP_RECEIVED, sent + rounds,
                            Counter.UDP_RECEIVED_BYTES, 10 * sent + rounds,
                            Counter.UDP_ECHOED, echoed + rounds,
                            Counter.UDP_ECHOED_BYTES, 10 * echoed + rounds,
                            Counter.UDP_DROPPED_RATE, sent - echoed,
                            Counter.UDP_DROPPED_RATE_BYTES, 10 * (sent - echoed)));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void dropsDatagramsOverTheRate(Transport transport) throws IOException {
        ServerConfig config = withUdp(transport, new UdpLimits(ONCE, ANY, 65_527, Set.of()));
        try (EchoServer server = EchoServer.start(config);
                UdpPeer peer = UdpPeer.at("127.0.0.1");
                UdpPeer sibling = UdpPeer.at("127.0.0.200");
                UdpPeer fence = UdpPeer.at("127.0.1.1")) {
            peer.exchange(new byte[100], TestServers.udp(server));
            peer.send(new byte[30], TestServers.udp(server));
            sibling.send(new byte[4], TestServers.udp(server));
            fence.exchange(new byte[1], TestServers.udp(server));
            assertThat(peer.receiveAll() + sibling.receiveAll()).isZero();
            assertDropped(server, 2, 34, 2, 101, UdpVerdict.RATE);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void dropsBytesOverTheRate(Transport transport) throws IOException {
        ServerConfig config = withUdp(transport, new UdpLimits(ANY, ONCE, 65_527, Set.of()));
        try (EchoServer server = EchoServer.start(config);
                UdpPeer peer = UdpPeer.at("127.0.0.1");
                UdpPeer fence = UdpPeer.at("127.0.1.1")) {
            peer.exchange(new byte[65_507], TestServers.udp(server));
            peer.send(new byte[0], TestServers.udp(server));
            peer.send(new byte[7], TestServers.udp(server));
            fence.exchange(new byte[1], TestServers.udp(server));
            assertThat(peer.receiveAll()).isZero();
            assertDropped(server, 2, 7, 2, 65_508, UdpVerdict.BYTES_RATE);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void dropsWhatIsOverTheLargestDatagramAndCutsNothing(Transport transport) throws IOException {
        UdpLimits limits = new UdpLimits(1_000, 1 << 20, 1_400, Set.of());
        try (EchoServer server = EchoServer.start(oneLoop(transport).withUdp(limits));
                UdpPeer peer = UdpPeer.at("127.0.0.1")) {
            peer.exchange(new byte[1_400], TestServers.udp(server));
            peer.send(new byte[1_401], TestServers.udp(server));
            peer.send(new byte[65_507], TestServers.udp(server));
            peer.exchange(new byte[1], TestServers.udp(server));
            assertThat(peer.receiveAll()).isZero();
            assertDropped(server, 2, 66_908, 2, 1_401, UdpVerdict.SIZE);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void answersOnlyWhomTheListsLetIn(Transport transport) throws IOException {
        Access access =
                Access.DEFAULT
                        .withAllow(Cidr.blocks("--allow", List.of("127.0.0.0/16", "127.0.1.9")))
                        .withDeny(Cidr.blocks("--deny", List.of("127.0.1.0/24")));
        try (EchoServer server = EchoServer.start(oneLoop(transport).withAccess(access));
                UdpPeer stranger = UdpPeer.at("127.1.0.1");
                UdpPeer denied = UdpPeer.at("127.0.1.8");
                UdpPeer excepted = UdpPeer.at("127.0.1.9");
                UdpPeer allowed = UdpPeer.at("127.0.0.1")) {
            stranger.send(new byte[5], TestServers.udp(server));
            denied.send(new byte[6], TestServers.udp(server));
            excepted.exchange(new byte[7], TestServers.udp(server));
            allowed.exchange(new byte[8], TestServers.udp(server));
            assertThat(stranger.receiveAll() + denied.receiveAll()).isZero();
            assertDropped(server, 2, 11, 2, 15, UdpVerdict.DENIED);
        }
    }

    /** A service's port under a trusted address: its datagrams are limited, its bytes are not. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void limitsTrustedSourcesOnlyWhereTheirPortIsAServices(Transport transport) throws IOException {
        UdpLimits limits = new UdpLimits(ONCE, ONCE, 65_527, Set.of());
        try (EchoServer server = EchoServer.start(oneLoop(transport).withUdp(limits));
                UdpPeer service = UdpPeer.below(32_768);
                UdpPeer client = UdpPeer.at("127.0.0.1")) {
            service.exchange(new byte[60_000], TestServers.udp(server));
            service.send(new byte[3], TestServers.udp(server));
            for (int i = 0; i < 20; i++) {
                client.exchange(new byte[10_000], TestServers.udp(server));
            }
            assertThat(service.receiveAll()).isZero();
            assertDropped(server, 1, 3, 21, 260_000, UdpVerdict.RATE);
        }
    }

    private static ServerConfig withUdp(Transport transport, UdpLimits limits) {
        ServerConfig config = TestServers.untrusting(transport).withUdp(limits);
        return config.withListen(config.listen().withLoops(1));
    }

    private static ServerConfig oneLoop(Transport transport) {
        ServerConfig config = TestServers.config(transport);
        return config.withListen(config.listen().withLoops(1)); // So that a reply is a fence.
    }

    private static void assertDropped(
            EchoServer server,
            long dropped,
            long bytes,
            long echoed,
            long echoedBytes,
            UdpVerdict reason) {
        assertCounted(
                server,
                Map.of(
                        Counter.UDP_RECEIVED,
                        dropped + echoed,
                        Counter.UDP_RECEIVED_BYTES,
                        bytes + echoedBytes,
                        Counter.UDP_ECHOED,
                        echoed,
                        Counter.UDP_ECHOED_BYTES,
                        echoedBytes,
                        Counter.valueOf("UDP_DROPPED_" + reason),
                        dropped,
                        Counter.valueOf("UDP_DROPPED_" + reason + "_BYTES"),
                        bytes));
    }
}
