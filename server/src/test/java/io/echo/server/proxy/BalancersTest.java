package io.echo.server.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.Peers;
import io.echo.server.TestServers;
import io.echo.server.UdpPeer;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import io.echo.server.config.ServerConfig.Access;
import io.echo.server.config.ServerConfig.TcpLimits;
import io.echo.server.config.ServerConfig.UdpLimits;
import io.echo.server.metrics.Counter;
import io.echo.testing.Await;
import io.echo.testing.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * HAProxy, nginx and dnsdist at 127.0.0.1, as the README configures them, with clients at addresses
 * of their own. Each client's network may have one connection or datagram, and 127.0.1.66 none; the
 * balancers themselves and 127.0.9.1 have no limit.
 */
@Timeout(120)
class BalancersTest {
    /** The first one of a source is granted, the next one hours later. */
    private static final double ONCE = 0.001;

    private static final String FREE = "127.0.9.1";

    /** A query for the name echo.example, as a resolver's client sends it. */
    private static final byte[] QUERY =
            HexFormat.of().parseHex("123401000001000000000000046563686f076578616d706c650000010001");

    @TempDir private Path directory;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void knowsClientsBehindHaproxy(Transport transport) throws Exception {
        for (String sends : List.of("send-proxy-v2", "send-proxy")) {
            int port = FreePorts.first(1);
            try (EchoServer server = EchoServer.start(config(transport));
                    Balancer haproxy =
                            Balancer.haproxy(directory, port, TestServers.port(server), sends)) {
                Map<Counter, Long> counted = assertClientsAreKnown(server, haproxy, port);
                // HAProxy resets its checks.
                TestServers.await(server, c -> c.get(Counter.TCP_CLOSED_RESET) > 2);
                assertThat(haproxy.log()).doesNotContain("is DOWN");
                assertThat(counted.get(Counter.TCP_REJECTED_PROXY)).isZero();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void knowsClientsBehindNginx(Transport transport) throws Exception {
        int port = FreePorts.first(1);
        try (EchoServer server = EchoServer.start(config(transport));
                Balancer nginx = Balancer.nginx(directory, port, TestServers.port(server))) {
            Map<Counter, Long> counted = assertClientsAreKnown(server, nginx, port);
            assertThat(counted.get(Counter.TCP_REJECTED_PROXY)).isZero();
        }
    }

    /** It sends no answers on that are not a name server's, so the counters have to tell. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void knowsClientsBehindDnsdist(Transport transport) throws Exception {
        int port = FreePorts.first(1);
        InetSocketAddress at = new InetSocketAddress(TestServers.loopback(), port);
        try (EchoServer server = EchoServer.start(config(transport));
                Balancer dnsdist = Balancer.dnsdist(directory, port, TestServers.port(server));
                UdpPeer free = UdpPeer.at(FREE);
                UdpPeer denied = UdpPeer.at("127.0.1.66");
                UdpPeer client = UdpPeer.at("127.0.1.1");
                UdpPeer other = UdpPeer.at("127.0.2.1")) {
            Await.until(
                    "dnsdist forwards",
                    () -> {
                        free.send(QUERY, at);
                        return TestServers.counted(server).get(Counter.UDP_ECHOED) > 0;
                    });
            long before = TestServers.counted(server).get(Counter.UDP_ECHOED);
            for (UdpPeer peer : List.of(denied, client, client, other)) {
                peer.send(QUERY, at);
            }
            Map<Counter, Long> counted =
                    TestServers.await(server, c -> c.get(Counter.UDP_RECEIVED) >= before + 4);
            assertThat(counted.get(Counter.UDP_DROPPED_DENIED)).isEqualTo(1);
            assertThat(counted.get(Counter.UDP_DROPPED_RATE)).isEqualTo(1);
            assertThat(counted.get(Counter.UDP_DROPPED_PROXY)).as(dnsdist.log()).isZero();
            assertThat(counted.get(Counter.UDP_ECHOED)).isGreaterThanOrEqualTo(before + 2);
            assertThat(counted.get(Counter.UDP_RECEIVED_BYTES))
                    .as("without headers")
                    .isEqualTo(counted.get(Counter.UDP_RECEIVED) * QUERY.length);
            TestServers.assertConserved(counted);
        }
    }

    private static Map<Counter, Long> assertClientsAreKnown(
            EchoServer server, Balancer balancer, int port) throws Exception {
        Await.until(
                "the balancer forwards",
                () -> {
                    assertThat(balancer.isAlive()).as(balancer.log()).isTrue();
                    return echoes(port);
                });
        long bytes = TestServers.counted(server).get(Counter.TCP_RECEIVED_BYTES);
        assertThat(netcat("127.0.1.66", port)).isEmpty();
        assertThat(netcat("127.0.1.1", port)).isEqualTo("hello\n");
        assertThat(netcat("127.0.1.1", port)).isEmpty();
        assertThat(netcat("127.0.2.1", port)).isEqualTo("hello\n");
        Map<Counter, Long> counted = TestServers.counted(server);
        assertThat(counted.get(Counter.TCP_REJECTED_DENIED)).isEqualTo(1);
        assertThat(counted.get(Counter.TCP_REJECTED_RATE)).isEqualTo(1);
        assertThat(counted.get(Counter.TCP_RECEIVED_BYTES)).isEqualTo(bytes + 12);
        TestServers.assertConserved(counted);
        return counted;
    }

    private static boolean echoes(int port) {
        try (Socket peer =
                new Socket(TestServers.loopback(), port, InetAddress.getByName(FREE), 0)) {
            peer.setSoTimeout(20_000);
            peer.getOutputStream().write(7);
            return peer.getInputStream().read() == 7;
        } catch (IOException e) {
            return false;
        }
    }

    private static String netcat(String from, int port) throws IOException {
        byte[] hello = "hello\n".getBytes(UTF_8);
        return new String(
                Peers.run(hello, "nc", "-N", "-s", from, "127.0.0.1", "" + port).out(), UTF_8);
    }

    private static ServerConfig config(Transport transport) {
        TcpLimits tcp = TcpLimits.DEFAULT;
        return TestServers.config(transport)
                .withAccess(
                        new Access(
                                Optional.of(Cidr.blocks("", List.of("127.0.0.1", FREE))),
                                List.of(),
                                Cidr.blocks("", List.of("127.0.1.66")),
                                Cidr.blocks("", List.of("127.0.0.1"))))
                .withTcp(
                        new TcpLimits(
                                OptionalInt.empty(),
                                OptionalInt.empty(),
                                ONCE,
                                tcp.idleTimeout(),
                                tcp.halfClosedTimeout(),
                                tcp.stallTimeout()))
                .withUdp(new UdpLimits(ONCE, 1e9, OptionalDouble.of(1e6), 65_527, Set.of()));
    }
}
