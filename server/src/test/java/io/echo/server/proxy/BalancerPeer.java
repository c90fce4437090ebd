package io.echo.server.proxy;

import static io.echo.server.proxy.Headers.join;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.TestServers;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import io.echo.server.config.ServerConfig.Access;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;

/** Connections of a balancer at 127.0.0.1, of {@code java.net}; everybody else is at 127.0.1.1. */
final class BalancerPeer {
    static final Access BEHIND_BALANCER =
            Access.DEFAULT.withProxies(Cidr.blocks("", List.of("127.0.0.0/24")));

    static final byte[] CLIENT = Headers.tcp("203.0.113.9", 40_000);
    static final byte[] OTHER_CLIENT = Headers.tcp("2001:db8::5", 40_000);

    private BalancerPeer() {}

    static ServerConfig config(Transport transport) {
        return TestServers.config(transport).withAccess(BEHIND_BALANCER);
    }

    static Socket connect(EchoServer server, String from) throws IOException {
        Socket peer =
                new Socket(
                        TestServers.loopback(),
                        TestServers.port(server),
                        InetAddress.getByName(from),
                        0);
        peer.setSoTimeout(20_000);
        return peer;
    }

    static void exchange(Socket balancer, byte[] header) throws IOException {
        balancer.getOutputStream().write(join(header, new byte[] {7}));
        assertThat(balancer.getInputStream().read()).isEqualTo(7);
    }

    /** Nothing comes back, and no orderly end. */
    static void assertReset(Socket peer, byte[] sent) {
        assertThatThrownBy(
                        () -> {
                            peer.getOutputStream().write(sent);
                            assertThat(peer.getInputStream().read()).isEqualTo(-1);
                            throw new IOException("ended in order");
                        })
                .isInstanceOf(SocketException.class);
    }
}
