package io.echo.server.proxy;

import static io.echo.server.TestServers.assertCounted;
import static io.echo.server.TestServers.udp;
import static io.echo.server.proxy.Headers.join;
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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Datagrams of a balancer at 127.0.0.1, over real sockets; everybody else is at 127.0.1.1. */
@Timeout(60)
class ProxiedDatagramsTest {
    private static final Access BEHIND_BALANCER =
            Access.DEFAULT.withProxies(Cidr.blocks("", List.of("127.0.0.0/24")));

    private static final byte[] CLIENT = Headers.udp("203.0.113.9", 40_000);
    private static final byte[] OTHER_CLIENT = Headers.udp("2001:db8::5", 40_000);

    /** The first one of a source is granted, the next one hours later. */
    private static final double ONCE = 0.001;

    private static final double ANY = 1e9;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void echoesWhatFollowsTheHeader(Transport transport) throws IOException {
        int[] lengths = {0, 1, 2_048, 65_507 - OTHER_CLIENT.length};
        try (EchoServer server = EchoServer.start(config(transport));
                UdpPeer balancer = UdpPeer.at("127.0.0.1")) {
            byte[][] headers = {
                CLIENT,
                OTHER_CLIENT,
                Headers.tcp("203.0.113.9", 40_000),
                Headers.local(),
                withFields()
            };
            long bytes = 0;
            for (byte[] header : headers) {
                for (int length : lengths) {
                    byte[] payload = new byte[Math.min(length, 65_507 - header.length)];
                    new Random(length).nextBytes(payload);
                    balancer.send(join(header, payload), udp(server));
                    assertThat(balancer.receive()).isEqualTo(payload);
                    bytes += payload.length;
                }
            }
            long datagrams = (long) headers.length * lengths.length;
            assertCounted(
                    server,
                    Map.of(
                            Counter.UDP_RECEIVED, datagrams,
                            Counter.UDP_RECEIVED_BYTES, bytes,
                            Counter.UDP_ECHOED, datagrams,
                            Counter.UDP_ECHOED_BYTES, bytes));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void dropsWhatHasNoRightHeader(Transport transport) throws IOException {
        byte[][] wrong = {
            "hello".getBytes(),
            new byte[0],
            join(Headers.v1("203.0.113.9", 40_000), new byte[10]),
            Arrays.copyOf(CLIENT, CLIENT.length - 1),
            Headers.v2(0x22, 0x12, new byte[12]),
            Headers.v2(0x21, 0x11, new byte[11]),
            join(CLIENT, CLIENT, CLIENT, CLIENT, CLIENT)
        };
        try (EchoServer server = EchoServer.start(config(transport));
                UdpPeer balancer = UdpPeer.at("127.0.0.1")) {
            long bytes = 0;
            for (byte[] datagram : wrong) {
                balancer.send(datagram, udp(server));
                bytes += datagram.length;
            }
            balancer.send(join(CLIENT, new byte[] {9}), udp(server));
            assertThat(balancer.receive()).containsExactly(9);
            assertThat(balancer.receiveAll()).isZero();
            assertDropped(server, UdpDrop.PROXY, wrong.length, bytes, 1, 1);
        }
    }

    /** A header is believed from nobody else. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void takesAHeaderOfOthersForPayload(Transport transport) throws IOException {
        try (EchoServer server = EchoServer.start(config(transport));
                UdpPeer other = UdpPeer.at("127.0.1.1")) {
            other.exchange(join(Headers.udp("203.0.113.9", 7), new byte[3]), udp(server));
            other.exchange("hello".getBytes(), udp(server));
            other.exchange(new byte[0], udp(server));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void judgesTheClientByTheLists(Transport transport) throws IOException {
        Access access =
                BEHIND_BALANCER
                        .withAllow(Cidr.blocks("", List.of("203.0.113.0/24")))
                        .withDeny(Cidr.blocks("", List.of("203.0.113.66")));
        try (EchoServer server = EchoServer.start(config(transport).withAccess(access));
                UdpPeer balancer = UdpPeer.at("127.0.0.1")) {
            balancer.send(join(Headers.udp("203.0.113.66", 40_000), new byte[5]), udp(server));
            balancer.send(join(Headers.udp("192.0.2.1", 40_000), new byte[6]), udp(server));
            balancer.send(join(Headers.local(), new byte[7]), udp(server));
            balancer.send(join(CLIENT, new byte[] {9}), udp(server));
            assertThat(balancer.receive()).containsExactly(9);
            assertThat(balancer.receiveAll()).isZero();
            assertDropped(server, UdpDrop.DENIED, 3, 18, 1, 1);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void limitsEachClientBehindOneBalancer(Transport transport) throws IOException {
        ServerConfig config = config(transport).withUdp(new UdpLimits(ONCE, ANY, 65_527, Set.of()));
        try (EchoServer server = EchoServer.start(config);
                UdpPeer balancer = UdpPeer.at("127.0.0.1")) {
            balancer.send(join(CLIENT, new byte[] {1}), udp(server));
            assertThat(balancer.receive()).containsExactly(1);
            balancer.send(join(CLIENT, new byte[2]), udp(server));
            balancer.send(join(Headers.udp("203.0.113.200", 50_000), new byte[3]), udp(server));
            balancer.send(join(OTHER_CLIENT, new byte[] {4}), udp(server));
            assertThat(balancer.receive()).containsExactly(4);
            assertThat(balancer.receiveAll()).isZero();
            assertDropped(server, UdpDrop.RATE, 2, 5, 2, 2);
        }
    }

    /** It says so, but the kernel does not; the balancer itself has no rate here. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void limitsAClientThatIsNamedAsThisHost(Transport transport) throws IOException {
        UdpLimits limits = new UdpLimits(ANY, ANY, OptionalDouble.of(ONCE), 65_527, Set.of());
        try (EchoServer server = EchoServer.start(config(transport).withUdp(limits));
                UdpPeer balancer = UdpPeer.at("127.0.0.1")) {
            byte[] itself = Headers.udp("127.0.0.1", 40_000);
            balancer.send(join(itself, new byte[] {1}), udp(server));
            assertThat(balancer.receive()).containsExactly(1);
            balancer.send(join(itself, new byte[20]), udp(server));
            for (int i = 0; i < 100; i++) {
                balancer.send(join(CLIENT, new byte[] {2}), udp(server));
                assertThat(balancer.receive()).containsExactly(2);
            }
            assertDropped(server, UdpDrop.RATE, 1, 20, 101, 101);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void limitsTheBalancerAsATrustedSource(Transport transport) throws IOException {
        UdpLimits limits = new UdpLimits(ANY, ANY, OptionalDouble.of(ONCE), 65_527, Set.of());
        Access nobody = BEHIND_BALANCER.withTrusted(List.of());
        ServerConfig config = config(transport).withAccess(nobody).withUdp(limits);
        try (EchoServer server = EchoServer.start(config);
                UdpPeer balancer = UdpPeer.at("127.0.0.1")) {
            balancer.send(join(CLIENT, new byte[] {1}), udp(server));
            assertThat(balancer.receive()).containsExactly(1);
            balancer.send(join(OTHER_CLIENT, new byte[20]), udp(server));
            TestServers.await(server, counted -> counted.get(Counter.UDP_RECEIVED) == 2);
            assertThat(balancer.receiveAll()).isZero();
            assertDropped(server, UdpDrop.RATE, 1, 20, 1, 1);
        }
    }

    /** One from a service's port may be an echo: it stays under the rate of strangers. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void limitsABalancerOnAServicesPort(Transport transport) throws IOException {
        UdpLimits limits = new UdpLimits(ONCE, ANY, OptionalDouble.of(ANY), 65_527, Set.of());
        Access trusting = BEHIND_BALANCER.withTrusted(Cidr.blocks("", List.of("203.0.113.9")));
        ServerConfig config = config(transport).withAccess(trusting).withUdp(limits);
        try (EchoServer server = EchoServer.start(config);
                UdpPeer service = UdpPeer.below(32_768);
                UdpPeer balancer = UdpPeer.at("127.0.0.1")) {
            service.send(join(CLIENT, new byte[] {1}), udp(server));
            assertThat(service.receive()).containsExactly(1);
            service.send(join(CLIENT, new byte[20]), udp(server));
            TestServers.await(server, counted -> counted.get(Counter.UDP_RECEIVED) == 2);
            balancer.send(join(CLIENT, new byte[] {2}), udp(server));
            assertThat(balancer.receive()).containsExactly(2);
            assertThat(service.receiveAll()).isZero();
            assertDropped(server, UdpDrop.RATE, 1, 20, 2, 2);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void refusesThePortsAndAddressesThatNoClientHas(Transport transport) throws IOException {
        try (EchoServer server = EchoServer.start(config(transport));
                UdpPeer echo = UdpPeer.at("127.0.0.2", TestServers.port(server));
                UdpPeer balancer = UdpPeer.at("127.0.0.1")) {
            echo.send(join(CLIENT, new byte[1]), udp(server));
            balancer.send(join(Headers.udp("203.0.113.9", 53), new byte[2]), udp(server));
            balancer.send(join(Headers.udp("203.0.113.9", 0), new byte[3]), udp(server));
            TestServers.await(server, counted -> counted.get(Counter.UDP_RECEIVED) == 3);
            balancer.send(join(CLIENT, new byte[] {9}), udp(server));
            assertThat(balancer.receive()).containsExactly(9);
            assertThat(balancer.receiveAll() + echo.receiveAll()).isZero();
            assertDropped(server, UdpDrop.SOURCE_PORT, 3, 6, 1, 1);
        }
        try (EchoServer server = EchoServer.start(config(transport));
                UdpPeer balancer = UdpPeer.at("127.0.0.1")) {
            for (String address : new String[] {"0.0.0.0", "224.0.0.1", "255.255.255.255", "::"}) {
                balancer.send(join(Headers.udp(address, 40_000), new byte[10]), udp(server));
            }
            balancer.send(join(Headers.udp("ff02::1", 40_000), new byte[10]), udp(server));
            balancer.send(join(CLIENT, new byte[] {9}), udp(server));
            assertThat(balancer.receive()).containsExactly(9);
            assertThat(balancer.receiveAll()).isZero();
            assertDropped(server, UdpDrop.SOURCE_ADDRESS, 5, 50, 1, 1);
        }
    }

    /** The header is no part of it. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void measuresThePayloadAlone(Transport transport) throws IOException {
        UdpLimits limits = new UdpLimits(ANY, ANY, 100, Set.of());
        try (EchoServer server = EchoServer.start(config(transport).withUdp(limits));
                UdpPeer balancer = UdpPeer.at("127.0.0.1")) {
            balancer.send(join(OTHER_CLIENT, new byte[101]), udp(server));
            balancer.send(join(OTHER_CLIENT, new byte[100]), udp(server));
            assertThat(balancer.receive()).hasSize(100);
            assertDropped(server, UdpDrop.SIZE, 1, 101, 1, 100);
        }
    }

    /** Whatever sends back what it gets from a port of clients: each round takes a header off. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void endsWhatGoesRoundBetweenItAndAnEchoAtTheBalancer(Transport transport) throws IOException {
        try (EchoServer server = EchoServer.start(config(transport));
                UdpPeer echo = UdpPeer.at("127.0.0.1")) {
            byte[] nested = join(CLIENT, OTHER_CLIENT, CLIENT, OTHER_CLIENT, new byte[3]);
            echo.send(nested, udp(server));
            for (int round = 1; round <= 4; round++) {
                byte[] back = echo.receive();
                assertThat(back.length).isLessThan(nested.length);
                echo.send(back, udp(server));
            }
            byte[][] many = new byte[65_507 / 16][];
            Arrays.fill(many, Headers.local());
            echo.send(join(many), udp(server));
            TestServers.await(server, counted -> counted.get(Counter.UDP_RECEIVED) == 6);
            assertThat(echo.receiveAll()).isZero();
            Map<Counter, Long> counted = TestServers.counted(server);
            assertThat(counted.get(Counter.UDP_ECHOED)).isEqualTo(4);
            assertThat(counted.get(Counter.UDP_DROPPED_PROXY)).isEqualTo(2);
            TestServers.assertConserved(counted);
        }
    }

    /** Random bytes and broken headers: no more comes back than a header had behind it. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void livesThroughAnyDatagrams(Transport transport) throws IOException {
        long seed = new Random().nextLong();
        System.out.printf("datagrams of a balancer, %s: seed %d%n", transport, seed);
        Random random = new Random(seed);
        try (EchoServer server = EchoServer.start(config(transport));
                UdpPeer balancer = UdpPeer.at("127.0.0.1")) {
            long sent = 0;
            long bytes = 0;
            for (int batch = 0; batch < 100; batch++) {
                for (int i = 0; i < 20; i++) {
                    byte[] datagram = broken(random);
                    balancer.send(datagram, udp(server));
                    bytes += datagram.length;
                    sent++;
                }
                long expected = sent;
                TestServers.await(server, c -> c.get(Counter.UDP_RECEIVED) == expected);
                balancer.receiveAll();
            }
            Map<Counter, Long> counted = TestServers.counted(server);
            TestServers.assertConserved(counted);
            assertThat(counted.get(Counter.UDP_RECEIVED_BYTES)).isLessThan(bytes);
            assertThat(counted.get(Counter.UDP_DROPPED_PROXY)).isBetween(sent / 4, sent - 1);
            assertThat(counted.get(Counter.UDP_ECHOED)).isPositive();
            balancer.send(join(CLIENT, new byte[] {9}), udp(server));
            assertThat(balancer.receive()).containsExactly(9);
        }
    }

    private static byte[] broken(Random random) {
        byte[] payload = new byte[random.nextInt(600)];
        random.nextBytes(payload);
        if (random.nextInt(5) == 0) {
            return payload;
        }
        byte[] bytes = join(random.nextBoolean() ? CLIENT : OTHER_CLIENT, payload);
        for (int i = random.nextInt(3); i > 0; i--) {
            bytes[random.nextInt(20)] = (byte) random.nextInt();
        }
        return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(50)) : bytes;
    }

    private static byte[] withFields() {
        return Headers.v2(
                Headers.PROXY,
                Headers.UDP4,
                Headers.addresses("203.0.113.9", 40_000),
                Headers.field(4, new byte[500]));
    }

    private static ServerConfig config(Transport transport) {
        ServerConfig config = TestServers.config(transport);
        return config.withListen(config.listen().withLoops(1)).withAccess(BEHIND_BALANCER);
    }

    /** Reasons of drops, with both counters. */
    private enum UdpDrop {
        PROXY(Counter.UDP_DROPPED_PROXY, Counter.UDP_DROPPED_PROXY_BYTES),
        DENIED(Counter.UDP_DROPPED_DENIED, Counter.UDP_DROPPED_DENIED_BYTES),
        RATE(Counter.UDP_DROPPED_RATE, Counter.UDP_DROPPED_RATE_BYTES),
        SIZE(Counter.UDP_DROPPED_SIZE, Counter.UDP_DROPPED_SIZE_BYTES),
        SOURCE_PORT(Counter.UDP_DROPPED_SOURCE_PORT, Counter.UDP_DROPPED_SOURCE_PORT_BYTES),
        SOURCE_ADDRESS(
                Counter.UDP_DROPPED_SOURCE_ADDRESS, Counter.UDP_DROPPED_SOURCE_ADDRESS_BYTES);

        private final Counter datagrams;
        private final Counter bytes;

        UdpDrop(Counter datagrams, Counter bytes) {
            this.datagrams = datagrams;
            this.bytes = bytes;
        }
    }

    private static void assertDropped(
            EchoServer server,
            UdpDrop why,
            long dropped,
            long bytes,
            long echoed,
            long echoedBytes) {
        assertCounted(
                server,
                Map.of(
                        Counter.UDP_RECEIVED, dropped + echoed,
                        Counter.UDP_RECEIVED_BYTES, bytes + echoedBytes,
                        Counter.UDP_ECHOED, echoed,
                        Counter.UDP_ECHOED_BYTES, echoedBytes,
                        why.datagrams, dropped,
                        why.bytes, bytes));
    }
}
