package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Datagrams that claim to come from hosts of the server's own network which are not there, so that
 * nobody answers ARP and replies to them fill the send buffer. Needs root and iproute2.
 */
@Tag("long")
@Timeout(180)
@Execution(ExecutionMode.CONCURRENT)
class NeighboursIT {
    /**
     * Forges datagrams of a length for some seconds, from addresses of some networks; asks from
     * beyond the gateway meanwhile. Prints the answers of the last 3 s and the questions.
     */
    private static final String FORGE =
            """
            import socket, struct, sys, threading, time
            server, asker, port, length, seconds = sys.argv[1:6]
            networks = sys.argv[6:]  # All on the same wire.
            v6 = ':' in server
            family = socket.AF_INET6 if v6 else socket.AF_INET
            target = socket.inet_pton(family, server)
            length = int(length)
            end = time.monotonic() + int(seconds)
            def checksum(data):
                total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
                while total >> 16:
                    total = (total >> 16) + (total & 0xffff)
                return ~total & 0xffff or 0xffff
            def packets(source, number):
                udp = struct.pack('!HHHH', 40000, int(port), 8 + length, 0) + bytes(length)
                if v6:
                    size = struct.pack('!II', len(udp), 17)
                    sum = struct.pack('!H', checksum(source + target + size + udp))
                    udp = udp[:6] + sum + udp[8:]
                    yield struct.pack('!IHBB', 6 << 28, len(udp), 17, 64) + source + target + udp
                    return
                for at in range(0, len(udp), 1480):  # Fragments for an MTU of 1,500.
                    part = udp[at:at + 1480]
                    more = 0x2000 if at + 1480 < len(udp) else 0
                    yield struct.pack('!BBHHHBBH4s4s', 0x45, 0, 0, number & 0xffff,
                                      more | at // 8, 64, 17, 0, source, target) + part
            def forge():
                raw = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
                n = 0
                while time.monotonic() < end:
                    for _ in range(50000 // length or 1):
                        n += 1
                        host = networks[n % len(networks)] + str(50 + n % 200)
                        for packet in packets(socket.inet_pton(family, host), n):
                            raw.sendto(packet, (server, 0))
                    time.sleep(0.01)
            forger = threading.Thread(target=forge)
            forger.start()
            client = socket.socket(family, socket.SOCK_DGRAM)
            client.bind((asker, 0))
            client.settimeout(0.2)
            asked = answered = 0
            while time.monotonic() < end:
                late = time.monotonic() > end - 3
                asked += late
                question = b'%d' % time.monotonic_ns()
                client.sendto(question, (server, int(port)))
                try:
                    while client.recv(100) != question:
                        pass
                    answered += late
                except OSError:
                    pass
                time.sleep(0.02)
            forger.join()
            print(answered, asked)
            """;

    private static final List<String> V4 = List.of("203.0.113.1", "198.51.100.2");
    private static final List<String> V4_NETWORKS = List.of("203.0.113.", "10.9.0.");

    @TempDir private Path dir;

    /** Four large ones fill the send buffer that Linux gives by default. */
    @ParameterizedTest
    @CsvSource({
        "NIO, 1000, 12", "EPOLL, 1000, 12", "IO_URING, 1000, 12",
        "NIO, 65000, 18", "EPOLL, 65000, 18", "IO_URING, 65000, 18"
    })
    void servesOthersWhileNeighboursAreNotThere(Transport transport, int length, int seconds)
            throws Exception {
        try (Namespaces net = open()) {
            net.onServer("address add 203.0.113.1/24 dev s0");
            net.onServer("address add 10.9.0.1/24 dev s0");
            net.onServer("route add default via 203.0.113.2");
            assertServesOthers(net, transport, V4, length, seconds, V4_NETWORKS);
        }
    }

    /** As clouds give an address, its network on no interface. */
    @Test
    void servesOthersWhileNeighboursOfARouteAreNotThere() throws Exception {
        try (Namespaces net = open()) {
            net.onServer("address add 203.0.113.1/32 dev s0");
            net.onServer("route add 203.0.113.0/24 dev s0");
            net.onServer("route add 10.9.0.0/24 dev s0");
            net.onServer("route add default via 203.0.113.2");
            assertServesOthers(net, Transport.NIO, V4, 1_000, 12, V4_NETWORKS);
        }
    }

    /** As DHCPv6 gives an address, its network told of by the router. */
    @Test
    void servesOthersWhileIpv6NeighboursOfARouteAreNotThere() throws Exception {
        try (Namespaces net = open()) {
            net.onServer("address add 2001:db8:1::1/128 dev s0 nodad");
            net.onServer("-6 route add 2001:db8:1::/64 dev s0 proto ra");
            net.onServer("-6 route add default via 2001:db8:1::2 proto ra");
            net.onClient("address add 2001:db8:1::2/64 dev c0 nodad");
            net.onClient("address add 2001:db8:99::2/128 dev lo");
            List<String> ends = List.of("2001:db8:1::1", "2001:db8:99::2");
            assertServesOthers(net, Transport.NIO, ends, 1_000, 12, List.of("2001:db8:1::"));
        }
    }

    /**
     * Compares what is asked and answered at the end.
     *
     * @param ends addresses of the server and of the client that asks
     */
    private void assertServesOthers(
            Namespaces net,
            Transport transport,
            List<String> ends,
            int length,
            int seconds,
            List<String> networks)
            throws Exception {
        try (ServerProcess server =
                ServerProcess.start(
                        dir.resolve("log"),
                        net,
                        "--port",
                        "0",
                        "--loops",
                        "1",
                        "--udp-rate",
                        "100000",
                        "--udp-bytes-rate",
                        "1000M",
                        "--drain-timeout",
                        "0",
                        "--transport",
                        transport.toString())) {
            List<String> arguments = new ArrayList<>(ends);
            arguments.add(String.valueOf(server.port("udp")));
            arguments.add(String.valueOf(length));
            arguments.add(String.valueOf(seconds));
            arguments.addAll(networks);
            String[] counts = net.python(FORGE, arguments.toArray(String[]::new)).split(" ");
            int answered = Integer.parseInt(counts[0]);
            int asked = Integer.parseInt(counts[1]);
            server.stop();
            assertThat(server.log())
                    .containsOnlyOnce("replies from " + ends.get(0) + " were stuck for ");
            assertThat(asked).isPositive();
            assertThat(answered).as("of %d", asked).isGreaterThan(asked * 9 / 10);
        }
    }

    private static Namespaces open() throws IOException {
        Namespaces net = Namespaces.open();
        try {
            net.setOnServer("net/ipv4/conf/all/rp_filter=0");
            net.setOnServer("net/ipv4/conf/s0/rp_filter=0");
            net.onClient("address add 203.0.113.2/24 dev c0");
            net.onClient("address add 198.51.100.2/32 dev lo");
            return net;
        } catch (IOException | RuntimeException | AssertionError e) {
            net.close();
            throw e;
        }
    }
}
