package io.echo.server.udp;

import static io.echo.server.TestServers.assertCounted;
import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.Forger;
import io.echo.server.TestServers;
import io.echo.server.config.ServerConfig;
import io.echo.server.metrics.Counter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Packets from sources that no client has cause no reply at all. Needs root, for raw sockets. */
@Timeout(60)
class ForgedPacketsTest {
    private static final List<Integer> SERVICES =
            List.of(
                    1, 7, 9, 13, 17, 19, 37, 53, 67, 69, 111, 123, 137, 161, 389, 500, 1_023, 1_900,
                    2_049, 2_105, 3_702, 5_353, 5_355, 11_211);

    @ParameterizedTest
    @EnumSource(Transport.class)
    void answersNoPortOfAService(Transport transport) throws IOException {
        assertSilence(transport, "127.0.0.1", Stream.of("127.0.0.1", "127.9.9.9", "198.51.100.7"));
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void answersNoPortOfAServiceOverIpv6(Transport transport) throws IOException {
        TestServers.requireV6();
        assertSilence(transport, "::1", Stream.of("::1"));
    }

    /** A packet from the server to itself would go round for ever. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void doesNotTalkToItself(Transport transport) throws IOException {
        for (String host : TestServers.loopbacks()) {
            try (EchoServer server = start(transport, host)) {
                InetSocketAddress us = TestServers.udp(server);
                assertThat(Forger.repliesTo(us, List.of(host + "=" + us.getPort()))).isZero();
                assertDropped(server, 1, UdpVerdict.SOURCE_PORT);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void answersNoMulticastAndNoBroadcastSource(Transport transport) throws IOException {
        try (EchoServer server = start(transport, "127.0.0.1")) {
            List<String> sources =
                    List.of(
                            "224.0.0.1=40000",
                            "239.1.2.3=40000",
                            "255.255.255.255=40000",
                            "240.0.0.1=40000");
            assertThat(Forger.repliesTo(TestServers.udp(server), sources)).isZero();
            assertDropped(server, sources.size(), UdpVerdict.SOURCE_ADDRESS);
        }
    }

    /** An interface's own broadcast address: what it looks like only the interface knows. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void answersNoBroadcastAddressOfAnInterface(Transport transport) throws IOException {
        try (EchoServer server = start(transport, "127.0.0.1")) {
            List<String> sources = List.of("127.255.255.255=40000", "127.255.255.255=40001");
            assertThat(Forger.repliesTo(TestServers.udp(server), sources)).isZero();
            assertDropped(server, sources.size(), UdpVerdict.SEND);
        }
    }

    private static void assertSilence(Transport transport, String host, Stream<String> addresses)
            throws IOException {
        List<String> sources =
                addresses.flatMap(a -> SERVICES.stream().map(port -> a + "=" + port)).toList();
        try (EchoServer server = start(transport, host)) {
            assertThat(Forger.repliesTo(TestServers.udp(server), sources)).isZero();
            assertDropped(server, sources.size(), UdpVerdict.SOURCE_PORT);
        }
    }

    /** On io_uring Netty does not hand such a datagram on, and others come before and after it. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void answersNothingToPortZero(Transport transport) throws IOException {
        for (String host : TestServers.loopbacks()) {
            try (EchoServer server = start(transport, host)) {
                List<String> sources = List.of(host + "=0", host + "=7", host + "=0", host + "=0");
                assertThat(Forger.repliesTo(TestServers.udp(server), sources)).isZero();
                assertDropped(server, sources.size(), UdpVerdict.SOURCE_PORT);
            }
        }
    }

    /** One loop, so that the reply to the last is later than one to the first would be. */
    private static EchoServer start(Transport transport, String host) throws IOException {
        ServerConfig config = TestServers.config(transport);
        // Without health, whose background echo the capture would see.
        return EchoServer.start(
                config.withAdmin(Optional.empty())
                        .withListen(
                                config.listen()
                                        .withHosts(InetAddress.getByName(host).getHostAddress())
                                        .withLoops(1)));
    }

    /** All but the honest datagram at the end, of 5 bytes. */
    private static void assertDropped(EchoServer server, int packets, UdpVerdict reason) {
        Map<Counter, Long> expected = new EnumMap<>(Counter.class);
        expected.put(Counter.UDP_RECEIVED, packets + 1L);
        expected.put(Counter.UDP_RECEIVED_BYTES, Forger.bytes(packets) + 5);
        expected.put(Counter.UDP_ECHOED, 1L);
        expected.put(Counter.UDP_ECHOED_BYTES, 5L);
        if (packets > 0) {
            expected.put(Counter.valueOf("UDP_DROPPED_" + reason), (long) packets);
            expected.put(
                    Counter.valueOf("UDP_DROPPED_" + reason + "_BYTES"), Forger.bytes(packets));
        }
        assertCounted(server, expected);
    }
}
