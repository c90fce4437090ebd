package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.config.ServerConfig;
import io.echo.server.metrics.Counter;
import io.echo.testing.FreePorts;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two of our own servers, aimed at each other by one forged packet. Needs root, for a raw socket.
 *
 * <p>Nothing retransmits, so a loop is one packet that goes round, and the first drop ends it. The
 * law that shows the end: what one echoed the other received, and one of all was dropped.
 */
@Timeout(120)
class EchoLoopTest {
    /** Datagrams a second that a loop of echoes exceeds on any machine. */
    private static final int RATE = 20;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void neverStartsBetweenServersOnTheSamePort(Transport transport) throws IOException {
        ServerConfig config = TestServers.config(transport);
        try (EchoServer one = EchoServer.start(config);
                EchoServer other =
                        EchoServer.start(
                                config.withListen(
                                        config.listen()
                                                .withHosts("127.0.0.2")
                                                .withPort(TestServers.port(one))))) {
            forge(other, one);
            TestServers.await(one, counted -> counted.get(Counter.UDP_RECEIVED) == 1);
            TestServers.assertCounted(
                    one,
                    Map.of(
                            Counter.UDP_RECEIVED, 1L,
                            Counter.UDP_RECEIVED_BYTES, 8L,
                            Counter.UDP_DROPPED_SOURCE_PORT, 1L,
                            Counter.UDP_DROPPED_SOURCE_PORT_BYTES, 8L));
            TestServers.assertCounted(other, Map.of());
        }
    }

    /** The ports of services by hand: both trust each other, but no client has such a port. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void endsBetweenTrustedServersOnPortsBelow32768(Transport transport) throws IOException {
        assertEnds(TestServers.config(transport), FreePorts.first(1), FreePorts.first(1));
    }

    /** As over a way so long that no rate is exceeded: the packet itself is recognized. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void endsBetweenServersOnPortsBelow32768AlsoUnderEveryRate(Transport transport)
            throws IOException {
        ServerConfig config = limited(TestServers.config(transport), 1e9);
        try (EchoServer one = startOnPortBelow32768(config);
                EchoServer other = startOnPortBelow32768(config)) {
            forge(other, one);
            TestServers.await(
                    one, counted -> droppedAsRepeated(one) + droppedAsRepeated(other) == 1);
            Map<Counter, Long> first = TestServers.counted(one);
            Map<Counter, Long> second = TestServers.counted(other);
            System.out.printf(
                    "a loop of one packet between ports below 32768, %s: %d answers%n",
                    transport, first.get(Counter.UDP_ECHOED) + second.get(Counter.UDP_ECHOED));
            assertThat(first.get(Counter.UDP_RECEIVED))
                    .isEqualTo(second.get(Counter.UDP_ECHOED) + 1)
                    .isGreaterThanOrEqualTo(256);
            assertThat(second.get(Counter.UDP_RECEIVED)).isEqualTo(first.get(Counter.UDP_ECHOED));
            TestServers.assertConserved(one);
            TestServers.assertConserved(other);
        }
    }

    /** Also where some of them share a place in the table, and where they come as a train. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void endsEachOfManyLoopsWithAPortBelow32768(Transport transport) throws IOException {
        ServerConfig config = limited(TestServers.config(transport), 1e9);
        int loops = 100;
        try (EchoServer server = EchoServer.start(config);
                UdpPeer echo = UdpPeer.below(32_768)) {
            for (int loop = 0; loop < loops; loop++) {
                echo.send(numbered(loop), TestServers.udp(server));
            }
            while (droppedAsRepeated(server) < loops) {
                echo.sendBackAll(TestServers.udp(server));
            }
            System.out.printf(
                    "%d loops with a port below 32768, %s: %d answers%n",
                    loops, transport, TestServers.counted(server).get(Counter.UDP_ECHOED));
            assertThat(echo.receiveAll()).isZero();
            assertThat(droppedAsRepeated(server)).isEqualTo(loops);
            TestServers.assertConserved(server);
        }
    }

    /** A client behind a translator that gives such ports, for one. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void takesNothingFromAClientOnSuchAPortWhoseDatagramsDiffer(Transport transport)
            throws IOException {
        ServerConfig config = limited(TestServers.config(transport), 1e9);
        try (EchoServer server = EchoServer.start(config);
                UdpPeer client = UdpPeer.below(32_768)) {
            for (int number = 0; number < 2_000; number++) {
                client.exchange(numbered(number), TestServers.udp(server));
            }
            assertThat(droppedAsRepeated(server)).isZero();
        }
    }

    /** Such a port looks like a client's, so only the limit of the rate ends the loop. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void endsBetweenStrangersOnEphemeralPorts(Transport transport) throws IOException {
        assertEnds(TestServers.untrusting(transport), 0, 0);
    }

    /** The limit of what can be done: the README says so, and to run on a port below 32768. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void goesOnBetweenTrustedServersOnEphemeralPortsUntilOneOfThemStops(Transport transport)
            throws IOException {
        ServerConfig config = limited(TestServers.config(transport));
        long bounces = 2_000; // In less than a minute and a half more than the rate allows.
        try (EchoServer one = EchoServer.start(config)) {
            try (EchoServer other = EchoServer.start(config)) {
                assertThat(TestServers.udp(one).getPort()).isGreaterThanOrEqualTo(32_768);
                assertThat(TestServers.udp(other).getPort()).isGreaterThanOrEqualTo(32_768);
                long startNs = System.nanoTime();
                forge(other, one);
                TestServers.await(one, counted -> counted.get(Counter.UDP_RECEIVED) > bounces);
                long ns = System.nanoTime() - startNs;
                System.out.printf(
                        "a loop of one packet between two trusted servers, %s: %d a second%n",
                        transport, 2 * bounces * TimeUnit.SECONDS.toNanos(1) / ns);
            }
            // The last one leaves for a port that nobody has any more.
            TestServers.assertConserved(one);
            assertThat(TestServers.counted(one).get(Counter.UDP_PENDING)).isZero();
        }
    }

    private static ServerConfig limited(ServerConfig config) {
        return limited(config, RATE);
    }

    private static ServerConfig limited(ServerConfig config, double rate) {
        return config.withUdp(
                new ServerConfig.UdpLimits(rate, Math.max(1 << 20, rate), 65_527, Set.of()));
    }

    private static EchoServer startOnPortBelow32768(ServerConfig config) throws IOException {
        return EchoServer.start(config.withListen(config.listen().withPort(FreePorts.first(1))));
    }

    private static byte[] numbered(int number) {
        return ByteBuffer.allocate(64).putInt(60, number).array();
    }

    private static long droppedAsRepeated(EchoServer server) {
        return TestServers.counted(server).get(Counter.UDP_DROPPED_SOURCE_PORT);
    }

    private static void assertEnds(ServerConfig unlimited, int onePort, int otherPort)
            throws IOException {
        ServerConfig config = limited(unlimited);
        try (EchoServer one =
                        EchoServer.start(config.withListen(config.listen().withPort(onePort)));
                EchoServer other =
                        EchoServer.start(
                                config.withListen(
                                        config.listen()
                                                .withPort(otherPort)
                                                .withHosts("127.0.0.2")))) {
            long startNs = System.nanoTime();
            forge(other, one);
            TestServers.await(one, counted -> dropped(one) + dropped(other) == 1);
            double seconds = (System.nanoTime() - startNs) / 1e9;
            Map<Counter, Long> first = TestServers.counted(one);
            Map<Counter, Long> second = TestServers.counted(other);
            assertThat(first.get(Counter.UDP_RECEIVED))
                    .isEqualTo(second.get(Counter.UDP_ECHOED) + 1)
                    .isBetween((long) RATE, (long) (RATE * (seconds + 1)) + 2);
            assertThat(second.get(Counter.UDP_RECEIVED)).isEqualTo(first.get(Counter.UDP_ECHOED));
            TestServers.assertConserved(one);
            TestServers.assertConserved(other);
        }
    }

    private static long dropped(EchoServer server) {
        return TestServers.counted(server).get(Counter.UDP_DROPPED_RATE);
    }

    /** Sends one packet to a server that claims to come from the other. */
    private static void forge(EchoServer from, EchoServer to) throws IOException {
        InetSocketAddress source = TestServers.udp(from);
        String forged = source.getAddress().getHostAddress() + "=" + source.getPort();
        Forger.send(TestServers.udp(to), List.of(forged));
    }
}
