package io.echo.server;

import static io.echo.server.TcpPeers.exchange;
import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.admin.AdminServer;
import io.echo.server.metrics.Counter;
import io.echo.testing.Await;
import io.echo.testing.Programs;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Limits of descriptors: what they allow, and a process that runs out of them nevertheless. */
@Timeout(120)
class DescriptorsIT {
    private static final int LIMIT = 100;

    /** More than fit, of which half fit. */
    private static final int PEERS = 120;

    /** Fills the table with connections; prints how many echo, the limit, and the readiness. */
    private static final String FILL =
            """
            import socket, sys, urllib.request
            host, port, admin = sys.argv[1], int(sys.argv[2]), sys.argv[3]
            def page(path):
                return urllib.request.urlopen('http://%s:%s%s' % (host, admin, path)).read().decode()
            peers, echoes = [], 0
            for n in range(384):
                try:
                    peer = socket.create_connection((host, port), 20)
                    peer.send(b'x')
                    peers.append(peer)
                    echoes += peer.recv(1) == b'x'
                except OSError:
                    pass
            limit = page('/metrics').split('\\necho_tcp_connections_limit ')[1].split('.')[0]
            print(echoes, limit, page('/readyz').strip())
            """;

    @TempDir private Path dir;

    @Test
    void refusesMoreConnectionsThanDescriptorsAllow() throws Exception {
        try (ServerProcess server = start(256, "--port", "0", "--max-connections", "240")) {
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(server.logLines())
                    .singleElement()
                    .asString()
                    .matches(
                            "echo-server: --max-connections must be at most \\d+ with a descriptor"
                                    + " limit of 256, got 240");
        }
        for (Transport transport : Transport.values()) {
            TestServers.config(transport);
            try (ServerProcess server = start(transport, 20, "16")) {
                assertThat(server.exitCode()).isEqualTo(1);
                assertThat(server.logLines())
                        .containsExactly(
                                "echo-server: no descriptors are left: raise the limit"
                                        + " (ulimit -n)");
            }
        }
        try (ServerProcess server = start(64, "--port", "0")) {
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(server.logLines())
                    .singleElement()
                    .asString()
                    .matches(
                            "echo-server: a descriptor limit of 64 is too low, as \\d+ are needed"
                                    + " beside connections: raise it \\(ulimit -n\\)");
        }
    }

    /** Many loops leave few connections; the admin port is full as well. */
    @Tag("long")
    @ParameterizedTest
    @EnumSource(Transport.class)
    void resetsWhatDescriptorsDoNotCarryAndAnswersTheRest(Transport transport) throws Exception {
        List<SocketChannel> peers = new ArrayList<>();
        List<Socket> scrapers = new ArrayList<>();
        try (ServerProcess server = start(transport, 320, "16")) {
            for (int i = 0; i < AdminServer.MAX_CONNECTIONS; i++) {
                scrapers.add(new Socket("127.0.0.1", server.port("admin")));
            }
            for (int i = 0; i < 300; i++) { // At once, so that they wait together.
                SocketChannel peer = SocketChannel.open();
                peers.add(peer);
                peer.configureBlocking(false);
                peer.connect(new InetSocketAddress("127.0.0.1", server.port("tcp")));
            }
            int echoed = 0;
            for (SocketChannel peer : peers) {
                echoed += echoes(peer) ? 1 : 0;
            }
            assertThat(echoed)
                    .isEqualTo(
                            (int)
                                    Metric.value(
                                            get(server, "/metrics"), "echo_tcp_connections_limit"))
                    .isGreaterThan(50);
            for (int probes = 0; probes < 3; probes++) {
                exchangeDatagram(server);
                assertThat(get(server, "/readyz")).isEqualTo("ok\n");
            }
            assertThat(server.log()).doesNotContain("cannot", "WARN  tcp");
            Map<Counter, Long> totals = server.stop();
            assertThat(totals).containsEntry(Counter.TCP_REJECTED_LIMIT, 300L - echoed);
            TestServers.assertConserved(totals);
        } finally {
            for (SocketChannel peer : peers) {
                peer.close();
            }
            for (Socket scraper : scrapers) {
                scraper.close();
            }
        }
    }

    /** Addresses that come later take descriptors from connections, and never from health. */
    @Test
    void letsFewerConnectionsInAsAddressesCome() throws Exception {
        try (Namespaces net = Namespaces.open()) {
            net.onServer("address add 10.1.0.1/16 dev s0");
            net.onClient("address add 10.1.1.1/16 dev c0");
            try (ServerProcess server =
                    ServerProcess.start(
                            dir.resolve("log"),
                            Map.of(),
                            ServerProcess.behind(
                                    net.server(),
                                    ServerProcess.withDescriptors(
                                            384,
                                            ServerProcess.brief(
                                                    "--port",
                                                    "0",
                                                    "--loops",
                                                    "2",
                                                    "--admin-host",
                                                    "10.1.0.1"))))) {
                for (int i = 0; i < 60; i++) {
                    net.onServer("address add 10.1.2." + i + "/16 dev s0");
                }
                server.awaitLog("udp 10.1.2.59 is new: served");
                server.awaitLine("max-connections is \\d+ now, as 1[23]\\d datagram sockets need");
                String[] seen =
                        net.python(
                                        FILL,
                                        "10.1.0.1",
                                        String.valueOf(server.port("tcp")),
                                        String.valueOf(server.port("admin")))
                                .split(" ");
                assertThat(seen[0]).as(server.log()).isEqualTo(seen[1]);
                assertThat(seen[2]).isEqualTo("ok");
                assertThat(server.descriptors()).isLessThan(384 - AdminServer.MAX_CONNECTIONS);
                server.stop();
            }
        }
    }

    /** Descriptors can still end when others lower the limit of a process that runs: prlimit(1). */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void restsOutOfDescriptorsAndComesBack(Transport transport) throws Exception {
        List<Socket> held = new ArrayList<>();
        try (ServerProcess server = start(transport, 1_024, "2");
                Socket early = connect(server)) {
            exchange(early);
            Peers.Result lowered =
                    Peers.run(
                            new byte[0],
                            Programs.require("prlimit"),
                            "--pid=" + server.pid(),
                            "--nofile=" + LIMIT);
            assertThat(lowered.exitCode()).as(lowered.err()).isZero();
            for (int i = 0; i < PEERS; i++) {
                held.add(connect(server)); // The kernel connects whom the server cannot accept.
            }
            Await.until("no descriptor is left", () -> server.descriptors() >= LIMIT - 1);
            assertThat(waits(held.get(PEERS - 1))).as("the last one is not accepted").isTrue();
            int lines = server.logLines().size();
            long startNs = System.nanoTime();
            long leastMillis = Long.MAX_VALUE;
            for (int i = 0; i < 20; i++) {
                long cpuMillis = server.cpu().toMillis();
                exchange(early);
                exchangeDatagram(server);
                Drain.pause(100_000_000);
                leastMillis = Math.min(leastMillis, server.cpu().toMillis() - cpuMillis);
            }
            System.out.printf(
                    "%s out of descriptors: %d ms of processor time in 100 ms%n",
                    transport, leastMillis);
            // A loop that spins does so all the time; compilers and collectors work now and then.
            assertThat(leastMillis).as("no spin").isLessThan(50);
            long minutes = 1 + TimeUnit.NANOSECONDS.toMinutes(System.nanoTime() - startNs);
            for (String seldom :
                    List.of("cannot accept connections", "cannot list the interfaces")) {
                assertThat(server.logLines())
                        .filteredOn(line -> line.contains(seldom))
                        .hasSizeLessThanOrEqualTo((int) minutes);
            }
            assertThat(server.logLines().size() - lines)
                    .as("log lines")
                    .isLessThanOrEqualTo(2 * (int) minutes);
            for (Socket peer : held.subList(0, PEERS / 2)) {
                peer.close();
            }
            exchange(held.get(PEERS - 1)); // Back again.
            TestServers.assertConserved(server.stop());
        } finally {
            for (Socket peer : held) {
                peer.close();
            }
        }
    }

    private ServerProcess start(Transport transport, int descriptors, String loops)
            throws IOException {
        TestServers.config(transport);
        return start(
                descriptors,
                "--port",
                "0",
                "--host",
                "127.0.0.1",
                "--loops",
                loops,
                "--transport",
                transport.toString());
    }

    private ServerProcess start(int descriptors, String... arguments) throws IOException {
        return ServerProcess.start(
                dir.resolve("log"),
                Map.of(),
                ServerProcess.withDescriptors(descriptors, ServerProcess.brief(arguments)));
    }

    private static Socket connect(ServerProcess server) throws IOException {
        Socket peer = new Socket("127.0.0.1", server.port("tcp"));
        peer.setSoTimeout(20_000);
        return peer;
    }

    /** Finishes to connect and exchanges a byte; false if it was reset. */
    private static boolean echoes(SocketChannel peer) {
        try {
            peer.configureBlocking(true);
            peer.finishConnect();
            peer.write(ByteBuffer.allocate(1));
            return peer.read(ByteBuffer.allocate(1)) == 1;
        } catch (IOException e) {
            return false;
        }
    }

    private static String get(ServerProcess server, String path) throws IOException {
        URI uri = URI.create("http://127.0.0.1:" + server.port("admin") + path);
        try (InputStream page = uri.toURL().openStream()) {
            return new String(page.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static boolean waits(Socket peer) throws IOException {
        peer.setSoTimeout(300);
        peer.getOutputStream().write(7);
        try {
            return peer.getInputStream().read() < -1;
        } catch (SocketTimeoutException e) {
            return true;
        } finally {
            peer.setSoTimeout(20_000);
        }
    }

    private static void exchangeDatagram(ServerProcess server) throws IOException {
        try (DatagramSocket peer = new DatagramSocket()) {
            peer.connect(InetAddress.getByName("127.0.0.1"), server.port("udp"));
            peer.setSoTimeout(20_000);
            peer.send(new DatagramPacket(new byte[3], 3));
            peer.receive(new DatagramPacket(new byte[9], 9));
        }
    }
}
