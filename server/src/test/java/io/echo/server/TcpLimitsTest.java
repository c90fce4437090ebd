package io.echo.server;

import static io.echo.server.TcpPeers.connect;
import static io.echo.server.TcpPeers.exchange;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.net.Transport;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import io.echo.server.config.ServerConfig.TcpLimits;
import io.echo.server.metrics.Counter;
import io.echo.testing.Await;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Limits of connections; each moves its own counter and no other. */
@Timeout(120)
class TcpLimitsTest {
    private static final Duration LONG = Duration.ofMinutes(5);

    @ParameterizedTest
    @EnumSource(Transport.class)
    void resetsWhoIsOverTheLimitAndFreesAPlaceWithEachClose(Transport transport) throws Exception {
        ServerConfig config = TestServers.config(transport).withTcp(limits(2, 256, 100));
        try (EchoServer server = EchoServer.start(config);
                Socket first = connect(server)) {
            try (Socket second = connect(server)) {
                exchange(first);
                exchange(second);
                assertReset(server);
                assertReset(server);
                exchange(first);
            }
            Await.until("a place is free", () -> sum(server, Counter.TCP_CLOSED_PEER) == 1);
            try (Socket third = connect(server)) {
                exchange(third);
                assertReset(server);
                TestServers.assertCounted(
                        server,
                        Map.of(
                                Counter.TCP_ACCEPTED, 3L,
                                Counter.TCP_OPEN, 2L,
                                Counter.TCP_CLOSED_PEER, 1L,
                                Counter.TCP_REJECTED_LIMIT, 3L,
                                Counter.TCP_RECEIVED_BYTES, 4L,
                                Counter.TCP_ECHOED_BYTES, 4L));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void resetsWhoIsOverTheLimitOfItsSource(Transport transport) throws Exception {
        ServerConfig config = TestServers.untrusting(transport).withTcp(limits(100, 2, 1_000));
        try (EchoServer server = EchoServer.start(config)) {
            try (Socket first = connect(server);
                    Socket second = connect(server)) {
                exchange(first);
                exchange(second);
                assertReset(server);
            }
            Await.until("places are free", () -> sum(server, Counter.TCP_CLOSED_PEER) == 2);
            try (Socket third = connect(server)) {
                exchange(third);
                TestServers.assertCounted(
                        server,
                        Map.of(
                                Counter.TCP_ACCEPTED, 3L,
                                Counter.TCP_OPEN, 1L,
                                Counter.TCP_CLOSED_PEER, 2L,
                                Counter.TCP_REJECTED_SOURCE, 1L,
                                Counter.TCP_RECEIVED_BYTES, 3L,
                                Counter.TCP_ECHOED_BYTES, 3L));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void leavesMostOfATableToOtherSources(Transport transport) throws Exception {
        TcpLimits share =
                new TcpLimits(OptionalInt.of(8), OptionalInt.empty(), 1_000, LONG, LONG, LONG);
        ServerConfig config = TestServers.untrusting(transport).withTcp(share);
        try (EchoServer server = EchoServer.start(config);
                Socket first = connect(server);
                Socket second = connect(server)) {
            exchange(first);
            exchange(second);
            assertReset(server);
            try (Socket other = new Socket()) {
                other.bind(new InetSocketAddress("127.0.1.1", 0));
                other.connect(
                        new InetSocketAddress(TestServers.loopback(), TestServers.port(server)));
                exchange(other);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void resetsWhoConnectsTooOften(Transport transport) throws Exception {
        // One in a thousand seconds, with a burst of one.
        ServerConfig config = TestServers.untrusting(transport).withTcp(limits(100, 100, 0.001));
        try (EchoServer server = EchoServer.start(config);
                Socket first = connect(server)) {
            exchange(first);
            assertReset(server);
            assertReset(server);
            exchange(first);
            TestServers.assertCounted(
                    server,
                    Map.of(
                            Counter.TCP_ACCEPTED, 1L,
                            Counter.TCP_OPEN, 1L,
                            Counter.TCP_REJECTED_RATE, 2L,
                            Counter.TCP_RECEIVED_BYTES, 2L,
                            Counter.TCP_ECHOED_BYTES, 2L));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void holdsNoTrustedSourceToTheLimitsPerSource(Transport transport) throws Exception {
        ServerConfig config = TestServers.config(transport).withTcp(limits(100, 1, 0.001));
        try (EchoServer server = EchoServer.start(config)) {
            List<Socket> peers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                peers.add(connect(server));
                exchange(peers.get(i));
            }
            TestServers.assertCounted(
                    server,
                    Map.of(
                            Counter.TCP_ACCEPTED, 20L,
                            Counter.TCP_OPEN, 20L,
                            Counter.TCP_RECEIVED_BYTES, 20L,
                            Counter.TCP_ECHOED_BYTES, 20L));
            for (Socket peer : peers) {
                peer.close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void resetsWhoIsDeniedAndTheMostSpecificBlockDecides(Transport transport) throws Exception {
        for (String allowed : List.of("192.0.2.0/24", "127.0.0.0/8")) {
            ServerConfig.Access access =
                    ServerConfig.Access.WITHOUT_TRUST
                            .withAllow(blocks(allowed))
                            .withDeny(blocks("127.0.0.0/24"));
            try (EchoServer server =
                    EchoServer.start(TestServers.config(transport).withAccess(access))) {
                assertReset(server);
                TestServers.assertCounted(server, Map.of(Counter.TCP_REJECTED_DENIED, 1L));
            }
        }
        ServerConfig.Access access =
                ServerConfig.Access.WITHOUT_TRUST
                        .withAllow(blocks("127.0.0.1"))
                        .withDeny(blocks("127.0.0.0/8"));
        try (EchoServer server =
                        EchoServer.start(TestServers.config(transport).withAccess(access));
                Socket peer = connect(server)) {
            exchange(peer);
            TestServers.assertCounted(
                    server,
                    Map.of(
                            Counter.TCP_ACCEPTED, 1L,
                            Counter.TCP_OPEN, 1L,
                            Counter.TCP_RECEIVED_BYTES, 1L,
                            Counter.TCP_ECHOED_BYTES, 1L));
        }
    }

    /** CVE-2026-42577: such a connection stayed, and its loop spun. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void freesAHalfClosedConnectionThatIsReset(Transport transport) throws Exception {
        int peers = 8;
        try (EchoServer server = TestServers.start(transport)) {
            for (int i = 0; i < peers; i++) {
                try (SocketChannel peer = SocketChannel.open(TestServers.tcp(server))) {
                    long accepted = i + 1;
                    long sent = i % 2 == 0 ? Streams.fill(peer, server) : 0;
                    if (sent == 0) {
                        Await.until(
                                "accepted", () -> sum(server, Counter.TCP_ACCEPTED) == accepted);
                    }
                    peer.shutdownOutput();
                    peer.setOption(StandardSocketOptions.SO_LINGER, 0);
                } // A reset.
            }
            Await.until("all are gone", () -> sum(server, Counter.TCP_OPEN) == 0);
            Await.until("and forgotten", () -> TestServers.connections(server).findAny().isEmpty());
            Await.until(
                    "no loop spins",
                    () -> {
                        long cpuNs = Cpu.ofThreads("echo-io");
                        Drain.pause(300_000_000);
                        return Cpu.ofThreads("echo-io") - cpuNs < 60_000_000L;
                    });
            TestServers.assertConserved(server);
            assertThat(sum(server, Counter.TCP_ACCEPTED)).isEqualTo(peers);
            assertThat(sum(server, Counter.TCP_CLOSED_RESET))
                    .as("with bytes unsent")
                    .isGreaterThanOrEqualTo(peers / 2);
        }
    }

    /** The reset may come while connecting, writing or reading. */
    private static void assertReset(EchoServer server) throws IOException {
        assertThatThrownBy(
                        () -> {
                            try (Socket peer = connect(server)) {
                                exchange(peer);
                            }
                        })
                .isInstanceOf(SocketException.class);
    }

    private static List<Cidr> blocks(String block) {
        return List.of(Cidr.parse("--test", block));
    }

    private static long sum(EchoServer server, Counter counter) {
        return server.metrics().sum(counter);
    }

    private static TcpLimits limits(int max, int perSource, double rate) {
        return new TcpLimits(
                OptionalInt.of(max), OptionalInt.of(perSource), rate, LONG, LONG, LONG);
    }
}
