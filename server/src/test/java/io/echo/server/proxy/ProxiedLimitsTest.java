package io.echo.server.proxy;

import static io.echo.server.TestServers.assertCounted;
import static io.echo.server.proxy.BalancerPeer.CLIENT;
import static io.echo.server.proxy.BalancerPeer.OTHER_CLIENT;
import static io.echo.server.proxy.BalancerPeer.assertReset;
import static io.echo.server.proxy.BalancerPeer.config;
import static io.echo.server.proxy.BalancerPeer.connect;
import static io.echo.server.proxy.BalancerPeer.exchange;
import static io.echo.server.proxy.Headers.join;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.TestServers;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import io.echo.server.config.ServerConfig.Access;
import io.echo.server.config.ServerConfig.TcpLimits;
import io.echo.server.metrics.Counter;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Lists and limits of the clients of a balancer, over TCP; each moves its own counter. */
@Timeout(60)
class ProxiedLimitsTest {
    /** The balancer itself is let in by no list, which is why LOCAL is not. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void judgesTheClientByTheLists(Transport transport) throws IOException {
        Access access =
                BalancerPeer.BEHIND_BALANCER
                        .withAllow(Cidr.blocks("", List.of("203.0.113.0/24")))
                        .withDeny(Cidr.blocks("", List.of("203.0.113.66")));
        try (EchoServer server = EchoServer.start(config(transport).withAccess(access));
                Socket allowed = connect(server, "127.0.0.1")) {
            exchange(allowed, CLIENT);
            byte[][] refused = {
                Headers.tcp("203.0.113.66", 1),
                Headers.v1("203.0.113.66", 1),
                OTHER_CLIENT,
                Headers.local(),
                "PROXY UNKNOWN\r\n".getBytes()
            };
            for (byte[] header : refused) {
                try (Socket balancer = connect(server, "127.0.0.1")) {
                    assertReset(balancer, join(header, new byte[10]));
                }
            }
            try (Socket other = connect(server, "127.0.1.1")) {
                assertReset(other, new byte[0]);
            }
            assertCounted(server, opened(1, Counter.TCP_REJECTED_DENIED, 6));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void limitsTheConnectionsOfEachClient(Transport transport) throws IOException {
        ServerConfig config = config(transport).withTcp(limits(10, 1, 100));
        try (EchoServer server = EchoServer.start(config);
                Socket first = connect(server, "127.0.0.1");
                Socket second = connect(server, "127.0.0.1");
                Socket third = connect(server, "127.0.0.1")) {
            exchange(first, CLIENT);
            assertReset(second, join(Headers.v1("203.0.113.200", 7), new byte[10]));
            exchange(third, OTHER_CLIENT);
            assertCounted(server, opened(2, Counter.TCP_REJECTED_SOURCE, 1));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void limitsTheNewConnectionsOfEachClient(Transport transport) throws IOException {
        ServerConfig config = config(transport).withTcp(limits(10, 10, 0.001));
        try (EchoServer server = EchoServer.start(config);
                Socket first = connect(server, "127.0.0.1");
                Socket second = connect(server, "127.0.0.1");
                Socket third = connect(server, "127.0.0.1")) {
            exchange(first, CLIENT);
            assertReset(second, join(CLIENT, new byte[10]));
            exchange(third, OTHER_CLIENT);
            assertCounted(server, opened(2, Counter.TCP_REJECTED_RATE, 1));
        }
    }

    /** One that waits for its header has a place, and gives it back. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void countsThoseThatWaitUnderTheLimitOfAll(Transport transport) throws IOException {
        ServerConfig config = config(transport).withTcp(limits(1, 1, 100));
        try (EchoServer server = EchoServer.start(config)) {
            try (Socket waiting = connect(server, "127.0.0.1");
                    Socket second = connect(server, "127.0.0.1")) {
                assertReset(second, new byte[0]);
                exchange(waiting, CLIENT);
                assertCounted(server, opened(1, Counter.TCP_REJECTED_LIMIT, 1));
            }
            TestServers.await(server, c -> c.get(Counter.TCP_CLOSED_PEER) == 1);
            try (Socket wrong = connect(server, "127.0.0.1")) {
                assertReset(wrong, new byte[100]);
            }
            try (Socket third = connect(server, "127.0.0.1")) {
                exchange(third, CLIENT);
            }
        }
    }

    private static Map<Counter, Long> opened(long connections, Counter rejected, long times) {
        Map<Counter, Long> counted = new LinkedHashMap<>();
        for (Counter counter :
                List.of(
                        Counter.TCP_ACCEPTED,
                        Counter.TCP_OPEN,
                        Counter.TCP_RECEIVED_BYTES,
                        Counter.TCP_ECHOED_BYTES)) {
            counted.put(counter, connections);
        }
        counted.put(rejected, times);
        return counted;
    }

    private static TcpLimits limits(int connections, int perSource, double accepts) {
        Duration timeout = Duration.ofMinutes(5);
        return new TcpLimits(
                OptionalInt.of(connections),
                OptionalInt.of(perSource),
                accepts,
                timeout,
                timeout,
                timeout);
    }
}
