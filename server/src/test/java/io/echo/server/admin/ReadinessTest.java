package io.echo.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.Http;
import io.echo.server.Metric;
import io.echo.server.TestServers;
import io.echo.server.UdpPeer;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import io.echo.server.metrics.Counter;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ready is who echoes: through the real ports, once a second, past every guard. */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class ReadinessTest {
    @Test
    void saysThatUdpIsNotEchoedAndWhenItIsAgain() throws Exception {
        try (EchoServer server = TestServers.start(Transport.NIO)) {
            Http.await(server, "/metrics", a -> probes(a, "udp", "ok") > 0);
            DatagramSocket other = TestServers.takeUdpPortFrom(server);
            Http.Answer answer = Http.await(server, "/readyz", a -> a.status() == 503);
            assertThat(answer.body()).startsWith("no echo over udp");
            Http.Answer metrics = Http.get(server, "/metrics");
            assertThat(probes(metrics, "udp", "failed")).isGreaterThanOrEqualTo(Prober.FAILURES);
            assertThat(Metric.value(metrics.body(), "echo_probe_age_seconds"))
                    .as("as long as three failures take, at least")
                    .isGreaterThan(2);
            assertThat(Http.get(server, "/livez").status()).isEqualTo(200);
            other.close();
            Http.await(server, "/readyz", a -> a.status() == 200);
            try (UdpPeer peer = UdpPeer.at("127.0.0.1")) {
                peer.exchange(new byte[] {1}, TestServers.udp(server));
            }
        }
    }

    @Test
    @SuppressWarnings("try") // Closing early is the point.
    void saysThatTcpIsNotEchoedAndWhenItIsAgain() throws Exception {
        try (EchoServer server = TestServers.start(Transport.NIO)) {
            int port = TestServers.port(server);
            TestServers.closeSockets(server, false);
            Http.Answer answer = Http.await(server, "/readyz", a -> a.status() == 503);
            assertThat(answer.body())
                    .isEqualTo(
                            "no echo over tcp through 127.0.0.1:"
                                    + port
                                    + ": Connection refused\n");
            assertThat(Http.get(server, "/livez").status()).isEqualTo(200);
            try (ServerSocket other = new ServerSocket(port, 1, TestServers.loopback())) {
                Thread echo = new Thread(() -> echo(other));
                echo.start();
                Http.await(server, "/readyz", a -> a.status() == 200);
                other.close();
                echo.join();
            }
        }
    }

    /** Whatever keeps the loops, the admin port answers; a scrape waits 200 ms for them. */
    @Test
    void isAliveWhileEveryLoopIsAway() throws Exception {
        try (EchoServer server = TestServers.start(Transport.NIO)) {
            long startNs = System.nanoTime();
            CountDownLatch away = TestServers.keepLoopsAway(server);
            try {
                for (String path : List.of("/livez", "/info", "/metrics", "/livez")) {
                    assertThat(Http.get(server, path).status()).as(path).isEqualTo(200);
                }
                // Still ready, or by now not any more.
                assertThat(Http.get(server, "/readyz").status()).isIn(200, 503);
                assertThat(System.nanoTime() - startNs)
                        .as("until they come back")
                        .isLessThan(TestServers.AWAY_NS);
            } finally {
                away.countDown();
            }
            TestServers.assertConserved(server);
        }
    }

    @Test
    void isNotReadyButServesWhileItDrains() throws Exception {
        ServerConfig config =
                TestServers.config(Transport.NIO)
                        .withDrain(new ServerConfig.Drain(Duration.ofSeconds(5), Duration.ZERO));
        EchoServer server = EchoServer.start(config);
        Thread closing = new Thread(server::close);
        try (DatagramSocket peer = new DatagramSocket()) {
            peer.setSoTimeout(20_000);
            closing.start();
            Http.Answer answer = Http.await(server, "/readyz", a -> a.status() == 503);
            assertThat(answer.body()).isEqualTo("draining\n");
            assertThat(Http.get(server, "/livez").status()).isEqualTo(200);
            peer.send(new DatagramPacket(new byte[] {7}, 1, TestServers.udp(server)));
            peer.receive(new DatagramPacket(new byte[1], 1));
            try (Socket tcp = new Socket(TestServers.loopback(), TestServers.port(server))) {
                tcp.setSoTimeout(20_000);
                tcp.getOutputStream().write(8);
                assertThat(tcp.getInputStream().read()).isEqualTo(8);
            }
            assertThat(closing.isAlive()).isTrue();
        } finally {
            closing.join();
        }
    }

    /** No limit and no list makes the server look ill, and none is opened to others by that. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void probesPastEveryGuardAndCountsThemApart(Transport transport) throws Exception {
        ServerConfig config =
                TestServers.untrusting(transport)
                        .withUdp(new ServerConfig.UdpLimits(1, 1, 1, Set.of()))
                        .withAccess(
                                ServerConfig.Access.WITHOUT_TRUST.withDeny(
                                        List.of(Cidr.parse("--deny", "0.0.0.0/0"))));
        try (EchoServer server = EchoServer.start(config);
                DatagramSocket stranger = new DatagramSocket(0, TestServers.loopback())) {
            for (String protocol : List.of("udp", "tcp")) {
                Http.await(server, "/metrics", a -> probes(a, protocol, "ok") >= 3);
            }
            assertThat(probes(Http.get(server, "/metrics"), "udp", "failed")).isZero();
            assertThat(Http.get(server, "/readyz").status()).isEqualTo(200);
            TestServers.assertCounted(server, Map.of());

            stranger.send(new DatagramPacket(new byte[4], 4, TestServers.udp(server)));
            assertThatThrownBy(
                            () -> {
                                try (Socket tcp =
                                        new Socket(
                                                TestServers.loopback(), TestServers.port(server))) {
                                    tcp.getOutputStream().write(1);
                                    if (tcp.getInputStream().read() < 0) {
                                        throw new IOException("ended");
                                    }
                                }
                            })
                    .isInstanceOf(IOException.class);
            Http.await(
                    server,
                    "/metrics",
                    a ->
                            a.body()
                                    .contains(
                                            "echo_udp_datagrams_dropped_total{reason=\"denied\"}"
                                                    + " 1.0"));
            TestServers.assertCounted(
                    server,
                    Map.of(
                            Counter.UDP_RECEIVED, 1L,
                            Counter.UDP_RECEIVED_BYTES, 4L,
                            Counter.UDP_DROPPED_DENIED, 1L,
                            Counter.UDP_DROPPED_DENIED_BYTES, 4L,
                            Counter.TCP_REJECTED_DENIED, 1L));
        }
    }

    /**
     * They waited in a buffer and in the backlog until they had failed, and are read after that.
     */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void countsNoProbeAsAClientsThatItReadsLate(Transport transport) throws Exception {
        try (EchoServer server = EchoServer.start(TestServers.untrusting(transport))) {
            awaitProbes(server, "ok", 1);
            CountDownLatch away = TestServers.keepLoopsAway(server);
            awaitProbes(server, "failed", 1);
            double before = probes(Http.get(server, "/metrics"), "tcp", "ok");
            away.countDown();
            awaitProbes(server, "ok", before + 1);
            TestServers.assertCounted(server, Map.of());
        }
    }

    /** The drain reads what waits in the buffer and accepts the backlog. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void countsNoProbeAsAClientsThatItReadsInItsDrain(Transport transport) throws Exception {
        EchoServer server =
                EchoServer.start(
                        TestServers.untrusting(transport).withDrain(ServerConfig.Drain.DEFAULT));
        awaitProbes(server, "ok", 1);
        CountDownLatch away = TestServers.keepLoopsAway(server);
        awaitProbes(server, "failed", 1);
        Thread closing = new Thread(server::close);
        closing.start();
        Http.await(server, "/readyz", a -> a.body().startsWith("draining"));
        away.countDown();
        closing.join();
        TestServers.assertCountedAtEnd(server, Map.of());
    }

    private static void awaitProbes(EchoServer server, String result, double number)
            throws IOException {
        for (String protocol : List.of("udp", "tcp")) {
            Http.await(server, "/metrics", a -> probes(a, protocol, result) >= number);
        }
    }

    private static double probes(Http.Answer metrics, String protocol, String result) {
        return Metric.value(
                metrics.body(),
                "echo_probes_total{protocol=\"" + protocol + "\",result=\"" + result + "\"}");
    }

    private static void echo(ServerSocket listener) {
        while (true) {
            try (Socket peer = listener.accept()) {
                peer.getInputStream().transferTo(peer.getOutputStream());
            } catch (IOException e) {
                if (listener.isClosed()) {
                    return;
                }
            }
        }
    }
}
