package io.echo.server.proxy;

import static io.echo.server.proxy.BalancerPeer.connect;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.Http;
import io.echo.server.Metric;
import io.echo.server.TestServers;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import io.echo.server.metrics.Counter;
import io.netty.channel.Channel;
import io.netty.channel.socket.DatagramChannel;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A server with balancers as its operator sees it, and one without. */
@Timeout(60)
class ProxiedServerTest {
    /** Its own prober asks from addresses that are all balancers', and sends no header. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void isReadyThoughItsOwnAddressIsABalancers(Transport transport) throws IOException {
        ServerConfig config = behind(transport, "0.0.0.0/0");
        try (EchoServer server = EchoServer.start(config)) {
            for (String protocol : List.of("udp", "tcp")) {
                String ok = "echo_probes_total{protocol=\"" + protocol + "\",result=\"ok\"}";
                Http.await(server, "/metrics", a -> Metric.value(a.body(), ok) > 0);
            }
            assertThat(Http.get(server, "/readyz").status()).isEqualTo(200);
            TestServers.assertCounted(server, Map.of());
        }
    }

    @Test
    void showsItsBalancersAmongItsLimits() throws IOException {
        ServerConfig config = behind(Transport.NIO, "192.0.2.0/24", "2001:db8::/32");
        try (EchoServer server = EchoServer.start(config)) {
            JsonObject info =
                    JsonParser.parseString(Http.get(server, "/info").body()).getAsJsonObject();
            assertThat(info.getAsJsonObject("limits").get("proxy-from").getAsString())
                    .isEqualTo("192.0.2.0/24,2001:db8::/32");
        }
    }

    /** A server without balancers has the handlers that it had before there were any. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void hasNoHandlerMoreWithoutBalancers(Transport transport) throws IOException {
        try (EchoServer server = TestServers.start(transport);
                Socket peer = connect(server, "127.0.0.1")) {
            exchange(peer);
            assertThat(tcp(server)).isEqualTo("TcpGuard EchoHandler");
            assertThat(udp(server)).matches("(EmptyDatagrams )?(Train|Udp)Guard EchoHandler");
        }
        try (EchoServer server = EchoServer.start(behind(transport, "127.0.0.1"));
                Socket peer = connect(server, "127.0.0.1");
                Socket other = connect(server, "127.0.1.1")) {
            exchange(other);
            peer.getOutputStream().write(Headers.local());
            exchange(peer);
            assertThat(tcp(server)).as("as any, once admitted").isEqualTo("TcpGuard EchoHandler");
            assertThat(udp(server)).matches("(EmptyDatagrams )?ProxiedGuard EchoHandler");
            TestServers.await(server, counted -> counted.get(Counter.TCP_OPEN) == 2);
        }
    }

    private static void exchange(Socket peer) throws IOException {
        peer.getOutputStream().write(7);
        assertThat(peer.getInputStream().read()).isEqualTo(7);
    }

    /** The handlers of all connections, which are the same. */
    private static String tcp(EchoServer server) {
        return TestServers.loops(server).all().stream()
                .flatMap(loop -> loop.connections().stream())
                .map(ProxiedServerTest::handlers)
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private static String udp(EchoServer server) {
        return TestServers.sockets(server).stream()
                .filter(DatagramChannel.class::isInstance)
                .map(ProxiedServerTest::handlers)
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private static String handlers(Channel channel) {
        return channel.pipeline().toMap().values().stream()
                .map(handler -> handler.getClass().getSimpleName())
                .collect(Collectors.joining(" "));
    }

    private static ServerConfig behind(Transport transport, String... balancers) {
        ServerConfig config = TestServers.config(transport);
        return config.withAccess(config.access().withProxies(Cidr.blocks("", List.of(balancers))));
    }
}
