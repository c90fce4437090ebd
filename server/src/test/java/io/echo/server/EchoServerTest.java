package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.net.Protocol;
import io.echo.net.Transport;
import io.echo.server.config.Addresses;
import io.echo.server.config.ServerConfig;
import io.echo.server.config.ServerConfig.Admin;
import io.echo.server.metrics.Counter;
import io.echo.testing.FreePorts;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Starting and stopping. */
@Timeout(60)
class EchoServerTest {
    @ParameterizedTest
    @EnumSource(Transport.class)
    void servesEveryListedAddressOnOnePort(Transport transport) throws IOException {
        ServerConfig config = TestServers.config(transport);
        config = config.withListen(config.listen().withHosts());
        try (EchoServer server = EchoServer.start(config)) {
            Addresses bound = server.addresses();
            assertThat(bound.udp()).anyMatch(a -> a.getAddress().isLoopbackAddress());
            assertThat(bound.udp()).noneMatch(a -> a.getAddress().isAnyLocalAddress());
            assertThat(bound.tcp()).hasSize(1);
            assertThat(bound.tcp().get(0).getAddress().isAnyLocalAddress()).isTrue();
            Set<Integer> ports =
                    bound.udp().stream()
                            .map(InetSocketAddress::getPort)
                            .collect(Collectors.toSet());
            assertThat(ports).containsExactly(bound.tcp().get(0).getPort());
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    @SuppressWarnings("try") // Closing twice is the point.
    void restartsOnTheSamePortAtOnce(Transport transport) throws IOException {
        int port = FreePorts.first(1);
        ServerConfig any = TestServers.config(transport);
        ServerConfig config = any.withListen(any.listen().withPort(port));
        try (EchoServer server = EchoServer.start(config);
                Socket peer = new Socket(TestServers.loopback(), port)) {
            peer.getOutputStream().write(1);
            assertThat(peer.getInputStream().read()).isEqualTo(1);
            server.close();
            server.close();
        }
        try (EchoServer again = EchoServer.start(config)) {
            assertThat(TestServers.port(again)).isEqualTo(port);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void refusesAPortThatAnotherServerOfOursHas(Transport transport) throws IOException {
        ServerConfig config = TestServers.config(transport);
        for (Protocol protocol : Protocol.values()) {
            for (int loops : new int[] {1, 2, 3}) {
                var listen = config.listen().withLoops(loops).withProtocols(protocol);
                try (EchoServer first = EchoServer.start(config.withListen(listen))) {
                    Addresses bound = first.addresses();
                    int port =
                            (protocol == Protocol.UDP ? bound.udp() : bound.tcp()).get(0).getPort();
                    assertThatThrownBy(
                                    () ->
                                            EchoServer.start(
                                                    config.withListen(listen.withPort(port))))
                            .isInstanceOf(IOException.class)
                            .hasMessage(
                                    "cannot bind port "
                                            + port
                                            + " ("
                                            + protocol
                                            + " 127.0.0.1): in use; set --port");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void leavesNothingBehindWhenThePortIsInUse(Protocol protocol) throws Exception {
        ServerConfig config = TestServers.config(Transport.NIO);
        try (DatagramSocket udp = new DatagramSocket(0, TestServers.loopback());
                ServerSocket tcp = new ServerSocket(0, 1, TestServers.loopback())) {
            int port = protocol == Protocol.UDP ? udp.getLocalPort() : tcp.getLocalPort();
            assertThatThrownBy(
                            () ->
                                    EchoServer.start(
                                            config.withListen(
                                                    config.listen()
                                                            .withProtocols(protocol)
                                                            .withPort(port))))
                    .hasMessageContaining("cannot bind port " + port + " (" + protocol);
            assertEveryThreadEnds();
        }
    }

    @Test
    void leavesNoThreadAfterClose() throws Exception {
        try (EchoServer server = TestServers.start(Transport.NIO);
                Socket peer = new Socket(TestServers.loopback(), TestServers.port(server))) {
            peer.getOutputStream().write(1);
            assertThat(peer.getInputStream().read()).isEqualTo(1);
            assertThat(echoThreads()).isNotEmpty();
        }
        assertEveryThreadEnds();
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void refusesAnAddressThatIsNotOurs(Transport transport) {
        ServerConfig config = TestServers.config(transport);
        // TEST-NET-3 (RFC 5737): nobody's.
        assertThatThrownBy(
                        () ->
                                EchoServer.start(
                                        config.withListen(
                                                config.listen().withHosts("203.0.113.7"))))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot bind 203.0.113.7: not an address of this machine; set --host");
    }

    @Test
    void refusesANameThatDoesNotResolve() {
        ServerConfig config = TestServers.config(Transport.NIO);
        assertThatThrownBy(
                        () ->
                                EchoServer.start(
                                        config.withListen(
                                                config.listen().withHosts("no.such.invalid"))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("got no.such.invalid");
    }

    @Test
    void bindsEveryAddressOfAName() throws IOException {
        TestServers.requireV6();
        ServerConfig config = TestServers.config(Transport.NIO);
        try (EchoServer server =
                EchoServer.start(
                        config.withListen(config.listen().withHosts("127.0.0.1", "::1")))) {
            assertThat(server.addresses().tcp()).hasSize(2);
            assertThat(server.addresses().udp()).hasSize(2);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void servesOneFamilyOnItsWildcardAndTheOtherWhereItIsAsked(Transport transport)
            throws IOException {
        TestServers.requireV6();
        assertAnswers(transport, true, false, "0.0.0.0");
        assertAnswers(transport, false, true, "::");
        assertAnswers(transport, true, true, "::", "127.0.0.1");
        assertAnswers(transport, true, true, "0.0.0.0", "::1");
        assertAnswers(transport, true, true, "0.0.0.0", "::");
        assertAnswers(transport, true, true);
    }

    private static void assertAnswers(Transport transport, boolean v4, boolean v6, String... hosts)
            throws IOException {
        ServerConfig config = TestServers.config(transport);
        try (EchoServer server =
                EchoServer.start(config.withListen(config.listen().withHosts(hosts)))) {
            int port = TestServers.port(server);
            assertThat(answers("127.0.0.1", port)).as("IPv4 on %s", List.of(hosts)).isEqualTo(v4);
            assertThat(answers("::1", port)).as("IPv6 on %s", List.of(hosts)).isEqualTo(v6);
            TestServers.await(server, c -> c.get(Counter.TCP_ACCEPTED) == (v4 && v6 ? 2 : 1));
        }
    }

    /** Refused, or reset at once where the listener holds the port of both families. */
    private static boolean answers(String host, int port) throws IOException {
        try (Socket peer = new Socket(host, port)) {
            peer.setSoTimeout(20_000);
            peer.getOutputStream().write(7);
            return peer.getInputStream().read() == 7;
        } catch (SocketException e) {
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void servesOneProtocolAlone(Protocol protocol) throws IOException {
        ServerConfig config = TestServers.config(Transport.NIO).withAdmin(Optional.empty());
        try (EchoServer server =
                EchoServer.start(config.withListen(config.listen().withProtocols(protocol)))) {
            assertThat(server.addresses().udp()).hasSize(protocol == Protocol.UDP ? 1 : 0);
            assertThat(server.addresses().tcp()).hasSize(protocol == Protocol.TCP ? 1 : 0);
            assertThat(server.addresses().admin()).isEmpty();
        }
    }

    @Test
    void tellsHealthOverHttp() throws IOException {
        try (EchoServer server = TestServers.start(Transport.NIO)) {
            assertThat(status(server, "/livez", "GET")).isEqualTo(200);
            assertThat(status(server, "/readyz", "GET")).isEqualTo(200);
            assertThat(status(server, "/readyz?verbose", "HEAD")).isEqualTo(200);
            assertThat(status(server, "/nothing", "GET")).isEqualTo(404);
            assertThat(status(server, "/livez", "DELETE")).isEqualTo(405);
        }
    }

    @Test
    void refusesAnAdminPortInUse() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, TestServers.loopback())) {
            ServerConfig config = TestServers.config(Transport.NIO);
            assertThatThrownBy(
                            () ->
                                    EchoServer.start(
                                            config.withAdmin(
                                                    Optional.of(
                                                            new Admin(
                                                                    "127.0.0.1",
                                                                    taken.getLocalPort())))))
                    .hasMessage(
                            "cannot bind port "
                                    + taken.getLocalPort()
                                    + ", the admin port: in use; set --admin-port, or off");
        }
    }

    /** Most likely another echo server stands on the echo port, and nobody gave the admin port. */
    @Test
    void namesTheEchoPortWhenThePortBesideItIsInUse() throws IOException {
        int free = FreePorts.first(2) + 1;
        try (ServerSocket taken = new ServerSocket(free, 1, TestServers.loopback())) {
            int port = taken.getLocalPort();
            ServerConfig config = TestServers.config(Transport.NIO);
            assertThatThrownBy(
                            () ->
                                    EchoServer.start(
                                            config.withListen(config.listen().withPort(port - 1))
                                                    .withAdmin(
                                                            Optional.of(
                                                                    new Admin("127.0.0.1", port)))))
                    .hasMessage(
                            "cannot bind port "
                                    + port
                                    + ", the admin port (--port + 1): in use;"
                                    + " set --port or --admin-port");
        }
    }

    /** Returns the status that readiness answers. */
    static int status(int adminPort) throws IOException {
        return status(adminPort, "/readyz", "GET");
    }

    private static int status(EchoServer server, String path, String method) throws IOException {
        return status(server.addresses().admin().orElseThrow().getPort(), path, method);
    }

    private static int status(int adminPort, String path, String method) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection)
                        URI.create("http://127.0.0.1:" + adminPort + path).toURL().openConnection();
        connection.setRequestMethod(method);
        connection.setReadTimeout(5_000);
        try {
            return connection.getResponseCode();
        } finally {
            connection.disconnect();
        }
    }

    @Test
    void sumsUpWhatWasCounted() {
        assertThat(EchoServer.summary(Map.of(Counter.UDP_ECHOED, 3L, Counter.UDP_RECEIVED, 0L)))
                .isEqualTo("udp_echoed=3");
        assertThat(EchoServer.summary(Map.of(Counter.UDP_RECEIVED, 0L)))
                .isEqualTo("nothing came in");
    }

    private static void assertEveryThreadEnds() throws InterruptedException {
        for (Thread thread : echoThreads()) {
            thread.join(30_000); // Its loop has ended; the thread itself is a moment behind.
            assertThat(thread.isAlive()).as(thread.getName()).isFalse();
        }
    }

    private static List<Thread> echoThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("echo-"))
                .toList();
    }
}
