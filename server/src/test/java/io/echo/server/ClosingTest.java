package io.echo.server;

import static io.echo.server.TcpPeers.connect;
import static io.echo.server.TcpPeers.exchange;
import static io.echo.server.TcpTimeoutsTest.timeouts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.net.Transport;
import io.echo.server.config.ServerConfig;
import io.echo.server.config.ServerConfig.TcpLimits;
import io.echo.server.metrics.Counter;
import io.echo.testing.Await;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections that are finished, and whose peers have not acknowledged the last byte. */
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
class ClosingTest {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration MEDIUM = Duration.ofSeconds(2);

    /** So much fits into the kernel's send buffer, and not into the peer's receive buffer. */
    private static final int ECHO = 200_000;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void keepsItsPlaceUntilThePeerHasTakenAll(Transport transport) throws Exception {
        TcpLimits one =
                new TcpLimits(
                        OptionalInt.of(1),
                        OptionalInt.empty(),
                        100,
                        LONG,
                        Duration.ofDays(1),
                        LONG);
        try (EchoServer server = EchoServer.start(TestServers.config(transport).withTcp(one));
                Socket peer = takesNothing(server)) {
            peer.shutdownOutput();
            Await.until("it is closing", () -> sum(server, Counter.TCP_CLOSING) == 1);
            assertThat(sum(server, Counter.TCP_OPEN)).isEqualTo(1);
            try (Socket second = connect(server)) {
                assertThatThrownBy(() -> exchange(second)).isInstanceOf(IOException.class);
            }
            assertThat(peer.getInputStream().readAllBytes()).hasSize(ECHO);
            TestServers.assertCounted(
                    server,
                    Map.of(
                            Counter.TCP_ACCEPTED, 1L,
                            Counter.TCP_CLOSED_PEER, 1L,
                            Counter.TCP_REJECTED_LIMIT, 1L,
                            Counter.TCP_RECEIVED_BYTES, (long) ECHO,
                            Counter.TCP_ECHOED_BYTES, (long) ECHO));
            Await.until("the place is free", () -> answers(server));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void endsAConnectionThatWaitsForAPlaceWhenTheServerStops(Transport transport) throws Exception {
        TcpLimits one =
                new TcpLimits(OptionalInt.of(1), OptionalInt.empty(), 100, LONG, LONG, LONG);
        EchoServer server = EchoServer.start(TestServers.config(transport).withTcp(one));
        try (Socket first = takesNothing(server)) {
            first.shutdownOutput();
            Await.until("it is closing", () -> sum(server, Counter.TCP_CLOSING) == 1);
            try (Socket second = connect(server)) {
                server.close();
                assertThatThrownBy(() -> second.getInputStream().read())
                        .isInstanceOf(IOException.class)
                        .hasMessageStartingWith("Connection reset");
            }
        } finally {
            server.close();
        }
    }

    /** One after the other, and faster than the kernel's tables are read. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void hasPlacesForPeersThatComeAndGo(Transport transport) throws Exception {
        TcpLimits few =
                new TcpLimits(OptionalInt.of(16), OptionalInt.empty(), 100, LONG, LONG, LONG);
        try (EchoServer server = EchoServer.start(TestServers.config(transport).withTcp(few))) {
            for (int i = 0; i < 300; i++) {
                try (Socket peer = connect(server)) {
                    exchange(peer);
                }
            }
            assertThat(sum(server, Counter.TCP_REJECTED_LIMIT)).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void leavesNothingOfAPeerThatAcknowledgesNothing(Transport transport) throws Exception {
        ServerConfig config = TestServers.config(transport).withTcp(timeouts(LONG, SHORT, LONG));
        try (EchoServer server = EchoServer.start(config);
                Socket peer = takesNothing(server)) {
            peer.shutdownOutput();
            Await.until("it is closed", () -> sum(server, Counter.TCP_CLOSED_PEER) == 1);
            assertNothingLeft(server, peer);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void leavesNothingOfAnIdleOneThatAcknowledgesNothing(Transport transport) throws Exception {
        ServerConfig config = TestServers.config(transport).withTcp(timeouts(SHORT, LONG, SHORT));
        try (EchoServer server = EchoServer.start(config);
                Socket peer = takesNothing(server)) {
            Await.until("it is closed", () -> sum(server, Counter.TCP_CLOSED_IDLE) == 1);
            assertNothingLeft(server, peer);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void leavesNothingWhenTheServerStops(Transport transport) throws Exception {
        ServerConfig config =
                TestServers.config(transport)
                        .withDrain(new ServerConfig.Drain(Duration.ZERO, SHORT));
        EchoServer server = EchoServer.start(config);
        try (Socket finished = takesNothing(server);
                Socket open = takesNothing(server);
                Socket reader = takesNothing(server)) {
            finished.shutdownOutput();
            Await.until("it is closing", () -> sum(server, Counter.TCP_CLOSING) == 1);
            Thread taking = new Thread(() -> takeAll(reader));
            taking.start();
            server.close();
            taking.join();
            assertNothingLeft(server, finished);
            assertNothingLeft(server, open);
        } finally {
            server.close();
        }
        TestServers.assertConservedAtEnd(server);
    }

    /** Slower than the kernel says so by taking more, faster than the timeout. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void keepsAPeerWhoseAcknowledgementsAdvance(Transport transport) throws Exception {
        ServerConfig config = TestServers.config(transport).withTcp(timeouts(LONG, MEDIUM, MEDIUM));
        try (EchoServer server = EchoServer.start(config);
                Socket peer = takesNothing(server)) {
            peer.shutdownOutput();
            Await.until("it is closing", () -> sum(server, Counter.TCP_CLOSING) == 1);
            long back = 0;
            long everyNs = MEDIUM.toNanos() / 20;
            for (int bite = ECHO / 50; back < ECHO; Drain.pause(everyNs)) {
                back += peer.getInputStream().readNBytes(bite).length;
            }
            assertThat(peer.getInputStream().read()).as("an orderly end").isEqualTo(-1);
            TestServers.await(server, c -> c.get(Counter.TCP_CLOSED_PEER) == 1);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void freesPlacesOfPeersThatHaveTakenAll(Transport transport) throws Exception {
        int count = 200;
        try (EchoServer server = TestServers.start(transport)) {
            for (int i = 0; i < count; i++) {
                try (Socket peer = connect(server)) {
                    exchange(peer);
                    if (i % 2 == 0) {
                        peer.shutdownOutput();
                        assertThat(peer.getInputStream().read()).isEqualTo(-1);
                    }
                }
            }
            TestServers.await(server, c -> c.get(Counter.TCP_CLOSED_PEER) == count);
            TestServers.assertCounted(
                    server,
                    Map.of(
                            Counter.TCP_ACCEPTED, (long) count,
                            Counter.TCP_CLOSED_PEER, (long) count,
                            Counter.TCP_RECEIVED_BYTES, (long) count,
                            Counter.TCP_ECHOED_BYTES, (long) count));
        }
    }

    /** Returns a peer whose whole echo is in the server's kernel, and that reads nothing of it. */
    private static Socket takesNothing(EchoServer server) throws Exception {
        long before = sum(server, Counter.TCP_ECHOED_BYTES);
        Socket peer = new Socket();
        peer.setReceiveBufferSize(4096);
        peer.setSoTimeout(20_000);
        peer.connect(new InetSocketAddress(TestServers.loopback(), TestServers.port(server)));
        peer.getOutputStream().write(new byte[ECHO]);
        Await.until("all is echoed", () -> sum(server, Counter.TCP_ECHOED_BYTES) == before + ECHO);
        return peer;
    }

    /** Asserts that the kernel has no socket of the server's side of this connection. */
    private static void assertNothingLeft(EchoServer server, Socket peer) throws IOException {
        assertThat(TcpTable.of(ProcessHandle.current().pid()))
                .noneMatch(
                        left ->
                                left.localPort() == peer.getPort()
                                        && left.remotePort() == peer.getLocalPort());
        assertThatThrownBy(() -> peer.getInputStream().readAllBytes())
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("Connection reset");
        assertThat(server.metrics().sum(Counter.TCP_CLOSING)).isZero();
    }

    private static void takeAll(Socket peer) {
        try {
            assertThat(peer.getInputStream().readAllBytes()).hasSize(ECHO);
        } catch (IOException e) {
            throw new AssertionError("a peer that reads loses nothing", e);
        }
    }

    private static boolean answers(EchoServer server) {
        try (Socket peer = connect(server)) {
            exchange(peer);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static long sum(EchoServer server, Counter counter) {
        return server.metrics().sum(counter);
    }
}
