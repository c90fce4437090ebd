package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Datagrams that claim to come from hosts of the server's own network which are not there, so that
 * nobody answers ARP and replies to them fill the send buffer. Needs root and iproute2.
 */
@Tag("long")
@Timeout(180)
@Execution(ExecutionMode.CONCURRENT)
class NeighboursIT {
    /**
     * Forges for 12 s; asks from beyond the gateway meanwhile. Prints the answers of the last 3 s
     * and the questions.
     */
    private static final String FORGE =
            """
            import socket, struct, sys, threading, time
            port = int(sys.argv[1])
            end = time.monotonic() + 12
            def forge():
                raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
                n = 0
                while time.monotonic() < end:
                    for _ in range(50):
                        n += 1
                        network = ('203.0.113', '10.9.0')[n % 2]  # Both on the same wire.
                        source = socket.inet_aton('%s.%d' % (network, 50 + n % 200))
                        udp = struct.pack('!HHHH', 40000, port, 1008, 0) + bytes(1000)
                        ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 0, 0, 0, 64, 17, 0, source,
                                         socket.inet_aton('203.0.113.1'))
                        raw.sendto(ip + udp, ('203.0.113.1', 0))
                    time.sleep(0.01)
            forger = threading.Thread(target=forge)
            forger.start()
            asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            asker.bind(('198.51.100.2', 0))
            asker.settimeout(0.2)
            asked = answered = 0
            while time.monotonic() < end:
                late = time.monotonic() > end - 3
                asked += late
                question = b'%d' % time.monotonic_ns()
                asker.sendto(question, ('203.0.113.1', port))
                try:
                    while asker.recv(100) != question:
                        pass
                    answered += late
                except OSError:
                    pass
                time.sleep(0.02)
            forger.join()
            print(answered, asked)
            """;

    @TempDir private Path dir;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void servesOthersWhileNeighboursAreNotThere(Transport transport) throws Exception {
        try (Namespaces net = open();
                ServerProcess server =
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
            String[] counts = net.python(FORGE, String.valueOf(server.port("udp"))).split(" ");
            int answered = Integer.parseInt(counts[0]);
            int asked = Integer.parseInt(counts[1]);
            server.stop();
            assertThat(server.log()).containsOnlyOnce("replies from 203.0.113.1 were stuck for ");
            assertThat(asked).isPositive();
            assertThat(answered).as("of %d", asked).isGreaterThan(asked * 9 / 10);
        }
    }

    private static Namespaces open() throws IOException {
        Namespaces net = Namespaces.open();
        try {
            net.setOnServer("net/ipv4/conf/all/rp_filter=0");
            net.setOnServer("net/ipv4/conf/s0/rp_filter=0");
            net.onServer("address add 203.0.113.1/24 dev s0");
            net.onServer("address add 10.9.0.1/24 dev s0");
            net.onServer("route add default via 203.0.113.2");
            net.onClient("address add 203.0.113.2/24 dev c0");
            net.onClient("address add 198.51.100.2/32 dev lo");
            return net;
        } catch (IOException | RuntimeException | AssertionError e) {
            net.close();
            throw e;
        }
    }
}
