package io.echo.server.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.TestServers;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import io.echo.server.metrics.Counter;
import io.echo.server.proxy.Headers;
import io.echo.testing.Certificates;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The port for TLS behind a balancer, whose PROXY header comes before the handshake. */
@Timeout(60)
class TlsBehindBalancerTest {
    @TempDir private Path folder;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void shakesHandsBehindTheHeader(Transport transport) throws IOException {
        Certificates.Pair pair = new Certificates(folder).selfSigned(Certificates.LOCAL);
        ServerConfig config = TlsPeer.config(transport, pair);
        config =
                config.withAccess(
                        config.access()
                                .withProxies(Cidr.blocks("", List.of("127.0.0.1")))
                                .withDeny(Cidr.blocks("", List.of("203.0.113.66"))));
        SSLSocketFactory sockets =
                TlsPeer.context(pair.certificate(), Optional.empty()).getSocketFactory();
        try (EchoServer server = EchoServer.start(config)) {
            byte[] payload = new byte[100_000];
            for (byte[] header :
                    List.of(
                            Headers.tcp("203.0.113.9", 40_000),
                            Headers.v1("2001:db8::5", 40_000),
                            Headers.local())) {
                try (Socket socket = connect(server);
                        SSLSocket peer = wrap(sockets, socket, header)) {
                    peer.getOutputStream().write(payload);
                    assertThat(peer.getInputStream().readNBytes(payload.length)).isEqualTo(payload);
                }
            }
            byte[] denied = Headers.tcp("203.0.113.66", 40_000);
            try (Socket socket = connect(server)) {
                assertThatThrownBy(() -> wrap(sockets, socket, denied).close())
                        .isInstanceOf(IOException.class);
            }
            Map<Counter, Long> counted =
                    TestServers.await(server, c -> c.get(Counter.TCP_OPEN) == 0);
            assertThat(counted.get(Counter.TCP_ACCEPTED)).isEqualTo(3);
            assertThat(counted.get(Counter.TCP_REJECTED_DENIED)).isEqualTo(1);
            assertThat(counted.get(Counter.TCP_RECEIVED_BYTES)).isEqualTo(3L * payload.length);
            TestServers.assertConserved(counted);
        }
    }

    private static Socket connect(EchoServer server) throws IOException {
        Socket socket = new Socket(TestServers.loopback(), TlsPeer.port(server));
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static SSLSocket wrap(SSLSocketFactory sockets, Socket socket, byte[] header)
            throws IOException {
        socket.getOutputStream().write(header);
        SSLSocket peer =
                (SSLSocket) sockets.createSocket(socket, "localhost", socket.getPort(), false);
        peer.startHandshake();
        return peer;
    }
}
