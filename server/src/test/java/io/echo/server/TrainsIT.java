package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.server.metrics.Counter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Trains where the way back is not the way they came, and where they do not work at all: the
 * runnable jar in a network namespace. Needs root and iproute2.
 */
@Timeout(60)
class TrainsIT {
    /** Sends trains of 4,000-byte datagrams in turn with small ones, and compares what returns. */
    private static final String ROUNDS =
            """
            import random, socket, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.settimeout(20)
            s.connect(('10.1.0.1', int(sys.argv[1])))
            for n in range(50):
                for segment in 4000, 1000:
                    sent = [random.randbytes(segment) for i in range(9)] + [b'short']
                    s.setsockopt(17, 103, segment)
                    s.send(b''.join(sent))
                    got = [s.recv(65536) for datagram in sent]
                    assert sorted(sent) == sorted(got), [len(datagram) for datagram in got]
            print('equal')
            """;

    @TempDir private Path dir;

    /** The route back has a smaller MTU, so the kernel refuses the train and takes its parts. */
    @Test
    void resendsATrainOverTheMtuDatagramByDatagram() throws Exception {
        try (Namespaces net = Namespaces.open();
                ServerProcess server = start(net, "mtu 1500")) {
            assertEqualRounds(net, server);
            assertThat(server.log()).doesNotContain("UDP_GRO");
        }
    }

    /** Without a loopback device the check at the start cannot pass. */
    @Test
    void echoesTrainsSinglyWhereTheyDoNotWork() throws Exception {
        try (Namespaces net = Namespaces.open()) {
            net.onServer("link set lo down");
            try (ServerProcess server = start(net, "mtu 9000")) {
                server.awaitLog("UDP_GRO and UDP_SEGMENT are not used");
                assertEqualRounds(net, server);
            }
        }
    }

    private ServerProcess start(Namespaces net, String route) throws IOException {
        net.onServer("address add 10.1.0.1/24 dev s0");
        net.onServer("link set s0 mtu 9000");
        net.onClient("address add 10.1.0.9/24 dev c0");
        net.onClient("link set c0 mtu 9000");
        net.onServer("route add 10.1.0.9/32 dev s0 " + route);
        return ServerProcess.start(
                dir.resolve("log"),
                net,
                "--host",
                "10.1.0.1",
                "--port",
                "0",
                "--loops",
                "1",
                "--drain-timeout",
                "0",
                "--admin-port",
                "off",
                "--transport",
                "epoll");
    }

    private static void assertEqualRounds(Namespaces net, ServerProcess server) throws Exception {
        assertThat(net.python(ROUNDS, String.valueOf(server.port("udp"))))
                .as(server.log())
                .isEqualTo("equal");
        assertThat(server.stop())
                .isEqualTo(
                        Map.of(
                                Counter.UDP_RECEIVED,
                                1_000L,
                                Counter.UDP_RECEIVED_BYTES,
                                2_250_500L,
                                Counter.UDP_ECHOED,
                                1_000L,
                                Counter.UDP_ECHOED_BYTES,
                                2_250_500L));
    }
}
