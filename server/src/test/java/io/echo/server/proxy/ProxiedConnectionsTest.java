package io.echo.server.proxy;

import static io.echo.server.TestServers.assertCounted;
import static io.echo.server.proxy.BalancerPeer.CLIENT;
import static io.echo.server.proxy.BalancerPeer.OTHER_CLIENT;
import static io.echo.server.proxy.BalancerPeer.assertReset;
import static io.echo.server.proxy.BalancerPeer.config;
import static io.echo.server.proxy.BalancerPeer.connect;
import static io.echo.server.proxy.BalancerPeer.exchange;
import static io.echo.server.proxy.Headers.join;
import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.TestServers;
import io.echo.server.config.ServerConfig;
import io.echo.server.metrics.Counter;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections of a balancer at 127.0.0.1, over real sockets; everybody else is at 127.0.1.1. */
@Timeout(60)
class ProxiedConnectionsTest {
    private static final byte[] FIELDS =
            Headers.v2(
                    Headers.PROXY,
                    Headers.TCP4,
                    Headers.addresses("203.0.113.9", 40_000),
                    Headers.field(0xE0, new byte[3_000]));

    private static final List<byte[]> RIGHT =
            List.of(
                    CLIENT,
                    OTHER_CLIENT,
                    Headers.udp("203.0.113.9", 40_000),
                    Headers.local(),
                    Headers.v2(Headers.LOCAL, Headers.TCP4, new byte[12]),
                    Headers.v2(Headers.PROXY, 0, new byte[7]),
                    Headers.v2(Headers.PROXY, 0x31, new byte[216]),
                    FIELDS,
                    Headers.v1("203.0.113.9", 40_000),
                    Headers.v1("2001:db8::5", 1),
                    "PROXY UNKNOWN\r\n".getBytes(),
                    "PROXY UNKNOWN ffff::1 ffff::1 65535 65535\r\n".getBytes());

    private static final List<byte[]> WRONG =
            List.of(
                    "hello".getBytes(),
                    "GET / HTTP/1.1\r\nHost: echo\r\n\r\n".getBytes(),
                    new byte[4_000],
                    "PROXY TCP4 203.0.113.9 192.0.2.9 40000\r\n".getBytes(),
                    "PROXY TCP4 2001:db8::5 192.0.2.9 40000 2105\r\n".getBytes(),
                    "PROXY TCP4 203.0.113.9 192.0.2.9 40000 2105\n\n more \r\n".getBytes(),
                    "PROXY TCP4 203.0.113.256 192.0.2.9 40000 2105\r\n".getBytes(),
                    "PROXY TCP4 203.0.113.9 192.0.2.9 70000 2105\r\n".getBytes(),
                    "PROXY UDP4 203.0.113.9 192.0.2.9 40000 2105\r\n".getBytes(),
                    "PROXY X\r\n".getBytes(),
                    ("PROXY UNKNOWN " + "x".repeat(100) + "\r\n").getBytes(),
                    Headers.v2(0x22, Headers.TCP4, new byte[12]),
                    Headers.v2(0x11, Headers.TCP4, new byte[12]),
                    Headers.v2(0xFF, Headers.TCP4, new byte[12]),
                    Headers.v2(Headers.PROXY, 0x41, new byte[12]),
                    Headers.v2(Headers.PROXY, Headers.TCP6, new byte[35]),
                    Headers.v2(Headers.PROXY, 0x31, new byte[215]),
                    Headers.v2(Headers.LOCAL, 0, new byte[HeaderBytes.MOST - 15]),
                    Headers.v2(Headers.PROXY, 0, new byte[65_535]));

    @ParameterizedTest
    @EnumSource(Transport.class)
    void echoesWhatFollowsTheHeader(Transport transport) throws IOException {
        byte[] payload = new byte[100_000];
        new Random(1).nextBytes(payload);
        try (EchoServer server = EchoServer.start(config(transport))) {
            for (byte[] header : RIGHT) {
                try (Socket balancer = connect(server, "127.0.0.1")) {
                    balancer.getOutputStream().write(join(header, payload));
                    assertThat(balancer.getInputStream().readNBytes(payload.length))
                            .isEqualTo(payload);
                    balancer.getOutputStream().write(header); // It is payload here.
                    assertThat(balancer.getInputStream().readNBytes(header.length))
                            .isEqualTo(header);
                }
            }
            long connections = RIGHT.size();
            long bytes =
                    connections * payload.length + RIGHT.stream().mapToInt(h -> h.length).sum();
            TestServers.await(server, c -> c.get(Counter.TCP_CLOSED_PEER) == connections);
            assertCounted(
                    server,
                    Map.of(
                            Counter.TCP_ACCEPTED, connections,
                            Counter.TCP_CLOSED_PEER, connections,
                            Counter.TCP_RECEIVED_BYTES, bytes,
                            Counter.TCP_ECHOED_BYTES, bytes));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void takesAHeaderInPieces(Transport transport) throws IOException {
        try (EchoServer server = EchoServer.start(config(transport))) {
            for (byte[] header : RIGHT) {
                for (int piece : new int[] {1, 13, header.length / 2 + 1, header.length - 1}) {
                    try (Socket balancer = connect(server, "127.0.0.1")) {
                        balancer.setTcpNoDelay(true);
                        byte[] all = join(header, "hello".getBytes());
                        for (int at = 0; at < all.length; at += piece) {
                            balancer.getOutputStream()
                                    .write(all, at, Math.min(piece, all.length - at));
                            Thread.yield();
                        }
                        assertThat(balancer.getInputStream().readNBytes(5))
                                .asString()
                                .isEqualTo("hello");
                    }
                }
            }
            TestServers.assertConserved(server);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void keepsTheOrderOfAHalfCloseDirectlyBehindTheHeader(Transport transport) throws IOException {
        try (EchoServer server = EchoServer.start(config(transport))) {
            for (byte[] header : RIGHT) {
                for (byte[] payload : new byte[][] {{}, {1, 2, 3}, new byte[50_000]}) {
                    try (Socket balancer = connect(server, "127.0.0.1")) {
                        balancer.getOutputStream().write(join(header, payload));
                        balancer.shutdownOutput();
                        assertThat(balancer.getInputStream().readAllBytes()).isEqualTo(payload);
                    }
                }
            }
            long connections = RIGHT.size() * 3L;
            TestServers.await(server, c -> c.get(Counter.TCP_CLOSED_PEER) == connections);
            TestServers.assertConserved(server);
        }
    }

    /** As HAProxy's checks of health do, which write nothing that an echo would fail to send. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void noticesAResetDirectlyBehindTheHeader(Transport transport) throws IOException {
        try (EchoServer server = EchoServer.start(config(transport))) {
            for (int i = 0; i < 50; i++) {
                try (Socket check = connect(server, "127.0.0.1")) {
                    check.setSoLinger(true, 0);
                    check.getOutputStream().write(Headers.local());
                }
            }
            // Some resets throw away the header that nobody has read yet.
            TestServers.await(
                    server,
                    c -> c.get(Counter.TCP_CLOSED_RESET) + c.get(Counter.TCP_REJECTED_PROXY) == 50);
            TestServers.assertConserved(server);
            assertThat(TestServers.counted(server).get(Counter.TCP_OPEN)).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void resetsWhatHasNoRightHeader(Transport transport) throws IOException {
        try (EchoServer server = EchoServer.start(config(transport))) {
            for (byte[] wrong : WRONG) {
                try (Socket balancer = connect(server, "127.0.0.1")) {
                    assertReset(balancer, wrong);
                }
            }
            for (byte[] right : RIGHT) { // The end of the stream, before the header's.
                try (Socket balancer = connect(server, "127.0.0.1")) {
                    balancer.getOutputStream().write(right, 0, right.length - 1);
                    balancer.shutdownOutput();
                    assertReset(balancer, new byte[0]);
                }
            }
            connect(server, "127.0.0.1").close(); // A check of health that sends none.
            long rejected = WRONG.size() + RIGHT.size() + 1L;
            TestServers.await(server, c -> c.get(Counter.TCP_REJECTED_PROXY) == rejected);
            assertCounted(server, Map.of(Counter.TCP_REJECTED_PROXY, rejected));
        }
    }

    /** Half of a header, and none. */
    @ParameterizedTest
    @EnumSource(names = "NIO")
    void resetsWhatHasNoHeaderInTime(Transport transport) throws IOException {
        assertResetInTime(transport);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NIO")
    @Tag("long")
    void resetsThatOnOtherTransportsToo(Transport transport) throws IOException {
        assertResetInTime(transport);
    }

    private static void assertResetInTime(Transport transport) throws IOException {
        try (EchoServer server = EchoServer.start(config(transport));
                Socket silent = connect(server, "127.0.0.1");
                Socket half = connect(server, "127.0.0.1")) {
            long startNs = System.nanoTime();
            half.getOutputStream().write(CLIENT, 0, 20);
            assertReset(silent, new byte[0]);
            assertReset(half, new byte[0]);
            assertThat(System.nanoTime() - startNs)
                    .isBetween(TimeUnit.SECONDS.toNanos(4), TimeUnit.SECONDS.toNanos(15));
            assertCounted(server, Map.of(Counter.TCP_REJECTED_PROXY, 2L));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void takesAHeaderOfOthersForPayload(Transport transport) throws IOException {
        try (EchoServer server = EchoServer.start(config(transport));
                Socket other = connect(server, "127.0.1.1")) {
            for (byte[] header : RIGHT) {
                other.getOutputStream().write(header);
                assertThat(other.getInputStream().readNBytes(header.length)).isEqualTo(header);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void endsThoseThatWaitWhenItStops(Transport transport) throws IOException {
        ServerConfig.Drain drain = new ServerConfig.Drain(Duration.ZERO, Duration.ofSeconds(30));
        EchoServer server = EchoServer.start(config(transport).withDrain(drain));
        try (Socket silent = connect(server, "127.0.0.1");
                Socket half = connect(server, "127.0.0.1")) {
            half.getOutputStream().write(CLIENT, 0, 20);
            long startNs = System.nanoTime();
            server.close();
            assertThat(System.nanoTime() - startNs).isLessThan(TimeUnit.SECONDS.toNanos(4));
            assertReset(silent, new byte[0]);
            assertReset(half, new byte[0]);
            TestServers.assertCountedAtEnd(server, Map.of(Counter.TCP_REJECTED_PROXY, 2L));
        } finally {
            server.close();
        }
    }

    /** Random bytes and broken headers: what comes back is what stood behind a header. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void livesThroughAnyBytes(Transport transport) throws IOException {
        long seed = new Random().nextLong();
        System.out.printf("connections of a balancer, %s: seed %d%n", transport, seed);
        Random random = new Random(seed);
        int connections = 300;
        long echoed = 0;
        try (EchoServer server = EchoServer.start(config(transport))) {
            for (int i = 0; i < connections; i++) {
                byte[] bytes = broken(random);
                try (Socket balancer = connect(server, "127.0.0.1")) {
                    balancer.getOutputStream().write(bytes);
                    balancer.shutdownOutput();
                    byte[] back = balancer.getInputStream().readAllBytes();
                    assertThat(bytes).endsWith(back);
                    assertThat(back.length).isLessThanOrEqualTo(bytes.length - 15);
                    echoed += back.length;
                } catch (SocketException reset) {
                    continue; // As most of them are.
                }
            }
            long bytes = echoed;
            Map<Counter, Long> counted =
                    TestServers.await(
                            server,
                            c ->
                                    c.get(Counter.TCP_REJECTED_PROXY)
                                                    + c.get(Counter.TCP_CLOSED_PEER)
                                            == connections);
            TestServers.assertConserved(counted);
            assertThat(counted.get(Counter.TCP_ECHOED_BYTES)).isEqualTo(bytes);
            assertThat(counted.get(Counter.TCP_REJECTED_PROXY)).isPositive();
            try (Socket balancer = connect(server, "127.0.0.1")) {
                exchange(balancer, CLIENT);
            }
        }
    }

    private static byte[] broken(Random random) {
        byte[] payload = new byte[random.nextInt(2_000)];
        random.nextBytes(payload);
        if (random.nextInt(5) == 0) {
            return payload;
        }
        byte[] bytes = join(RIGHT.get(random.nextInt(RIGHT.size())), payload);
        for (int i = random.nextInt(3); i > 0; i--) {
            bytes[random.nextInt(Math.min(40, bytes.length))] = (byte) random.nextInt();
        }
        return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(120)) : bytes;
    }
}
