package io.echo.server;

import static io.echo.server.TcpPeers.connect;
import static io.echo.server.TcpPeers.exchange;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.net.Transport;
import io.echo.server.config.ServerConfig;
import io.echo.server.config.ServerConfig.TcpLimits;
import io.echo.server.loop.ListenerOptions;
import io.echo.server.metrics.Counter;
import io.echo.testing.Await;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The timeouts of connections; each ends one and counts it as its own. */
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
class TcpTimeoutsTest {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration SHORT = Duration.ofMillis(300);

    /** For who must not be ended meanwhile: no machine is away for so long. */
    private static final Duration MEDIUM = Duration.ofSeconds(2);

    @ParameterizedTest
    @EnumSource(Transport.class)
    void closesWhoIsIdleAndNobodyElse(Transport transport) throws Exception {
        ServerConfig config = TestServers.config(transport).withTcp(timeouts(MEDIUM, LONG, LONG));
        try (EchoServer server = EchoServer.start(config);
                Socket idle = connect(server);
                Socket busy = connect(server)) {
            exchange(idle);
            long exchanges = 1;
            while (idle.getInputStream().available() == 0
                    && sum(server, Counter.TCP_CLOSED_IDLE) == 0) {
                exchange(busy);
                exchanges++;
                Drain.pause(1_000_000);
            }
            assertThat(idle.getInputStream().read()).as("an orderly end").isEqualTo(-1);
            exchange(busy);
            TestServers.assertCounted(
                    server,
                    Map.of(
                            Counter.TCP_ACCEPTED, 2L,
                            Counter.TCP_OPEN, 1L,
                            Counter.TCP_CLOSED_IDLE, 1L,
                            Counter.TCP_RECEIVED_BYTES, exchanges + 1,
                            Counter.TCP_ECHOED_BYTES, exchanges + 1));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void makesRoomWhenTheTableIsFull(Transport transport) throws Exception {
        TcpLimits limits =
                new TcpLimits(OptionalInt.of(2), OptionalInt.empty(), 100, LONG, LONG, LONG);
        try (EchoServer server = EchoServer.start(TestServers.config(transport).withTcp(limits));
                Socket first = connect(server);
                Socket second = connect(server)) {
            // Full: a second of silence is enough, instead of five minutes.
            Await.until("there is room", () -> sum(server, Counter.TCP_CLOSED_IDLE) > 0);
            try (Socket third = connect(server)) {
                exchange(third);
            }
            Map<Counter, Long> counted =
                    TestServers.await(server, c -> c.get(Counter.TCP_CLOSED_PEER) == 1);
            // One had to go; whether the other did too is a matter of when each was looked at.
            counted.keySet()
                    .removeAll(
                            Set.of(Counter.TCP_CLOSED_IDLE, Counter.TCP_OPEN, Counter.TCP_CLOSING));
            counted.values().removeIf(value -> value == 0);
            assertThat(counted)
                    .isEqualTo(
                            Map.of(
                                    Counter.TCP_ACCEPTED, 3L,
                                    Counter.TCP_CLOSED_PEER, 1L,
                                    Counter.TCP_RECEIVED_BYTES, 1L,
                                    Counter.TCP_ECHOED_BYTES, 1L));
            TestServers.assertConserved(server);
            assertThat(first.isConnected() && second.isConnected()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void resetsWhoTakesNothing(Transport transport) throws Exception {
        ServerConfig config = TestServers.config(transport).withTcp(timeouts(LONG, LONG, SHORT));
        assertEndsWithReset(config, Counter.TCP_CLOSED_STALLED, false);
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void resetsWhoHasFinishedSendingAndTakesNothing(Transport transport) throws Exception {
        ServerConfig config = TestServers.config(transport).withTcp(timeouts(LONG, SHORT, LONG));
        assertEndsWithReset(config, Counter.TCP_CLOSED_HALF_CLOSED, true);
    }

    /** Our kernel has room for all of it: that is no byte taken, nor is one that the peer sends. */
    @ParameterizedTest
    @EnabledOnOs(OS.LINUX)
    @CsvSource({
        "NIO, false",
        "NIO, true",
        "EPOLL, false",
        "EPOLL, true",
        "IO_URING, false",
        "IO_URING, true"
    })
    void resetsWhoAcknowledgesNothing(Transport transport, boolean sendsOn) throws Exception {
        ServerConfig config = TestServers.config(transport).withTcp(timeouts(LONG, LONG, SHORT));
        try (EchoServer server = EchoServer.start(config);
                Socket takes = connect(server);
                SocketChannel peer = SocketChannel.open()) {
            exchange(takes);
            peer.setOption(StandardSocketOptions.SO_RCVBUF, 4_096);
            peer.connect(TestServers.tcp(server));
            peer.write(ByteBuffer.allocateDirect(100_000));
            TestServers.await(server, c -> c.get(Counter.TCP_ECHOED_BYTES) >= 100_001);
            Await.until(
                    "it is reset",
                    () -> {
                        if (sendsOn && peer.isOpen()) {
                            sendOne(peer);
                        }
                        return sum(server, Counter.TCP_CLOSED_STALLED) == 1;
                    });
            exchange(takes);
        }
    }

    private static void sendOne(SocketChannel peer) throws IOException {
        try {
            peer.write(ByteBuffer.allocateDirect(1));
        } catch (IOException e) {
            peer.close(); // It has been reset.
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void keepsALongWriteThatMovesSlowly(Transport transport) throws Exception {
        ServerConfig config = TestServers.config(transport).withTcp(timeouts(LONG, MEDIUM, MEDIUM));
        try (EchoServer server = EchoServer.start(config);
                SocketChannel peer = SocketChannel.open(TestServers.tcp(server))) {
            long sent = Streams.fill(peer, server);
            peer.shutdownOutput();
            peer.configureBlocking(true);
            ByteBuffer bite = ByteBuffer.allocateDirect(16 << 10);
            // Slow enough to take longer than the timeout, and never still for as long.
            long pauseNs = 3 * MEDIUM.toNanos() / 2 * bite.capacity() / sent;
            assertThat(pauseNs).isLessThan(MEDIUM.toNanos() / 10);
            long back = 0;
            for (int read = 0; read >= 0; back += Math.max(0, read)) {
                Drain.pause(pauseNs);
                read = peer.read(bite.clear());
            }
            assertThat(back).isEqualTo(sent);
            TestServers.assertCounted(
                    server,
                    Map.of(
                            Counter.TCP_ACCEPTED,
                            1L,
                            Counter.TCP_CLOSED_PEER,
                            1L,
                            Counter.TCP_RECEIVED_BYTES,
                            sent,
                            Counter.TCP_ECHOED_BYTES,
                            sent));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void asksTheKernelWhetherASilentPeerIsThere(Transport transport) throws Exception {
        try (EchoServer server = TestServers.start(transport);
                Socket peer = connect(server)) {
            exchange(peer);
            ChannelConfig config = TestServers.connections(server).findAny().orElseThrow().config();
            assertThat(config.getOption(ChannelOption.SO_KEEPALIVE)).isTrue();
            assertThat(ListenerOptions.keepAlive(transport))
                    .hasSize(3)
                    .allSatisfy(
                            (option, value) ->
                                    assertThat(config.getOption(option)).isEqualTo(value));
        }
    }

    private static void assertEndsWithReset(ServerConfig config, Counter reason, boolean halfClosed)
            throws Exception {
        try (EchoServer server = EchoServer.start(config);
                SocketChannel peer = SocketChannel.open(TestServers.tcp(server));
                Socket idle = connect(server)) {
            if (halfClosed) {
                Streams.fill(peer, server);
                peer.shutdownOutput();
            } else {
                peer.configureBlocking(false);
            }
            ByteBuffer chunk = ByteBuffer.allocateDirect(64 << 10);
            assertThatThrownBy(
                            () -> { // The reset is told once, to a write or to a read.
                                Await.until(
                                        "it has ended",
                                        () -> {
                                            if (!halfClosed) {
                                                peer.write(chunk.clear());
                                            }
                                            return sum(server, reason) == 1;
                                        });
                                Streams.rest(peer);
                            })
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("Connection reset");
            Await.until("it is counted", () -> sum(server, reason) == 1);
            exchange(idle);
            Map<Counter, Long> counted = TestServers.counted(server);
            TestServers.assertCounted(
                    server,
                    Map.of(
                            Counter.TCP_ACCEPTED,
                            2L,
                            Counter.TCP_OPEN,
                            1L,
                            reason,
                            1L,
                            Counter.TCP_RECEIVED_BYTES,
                            counted.get(Counter.TCP_RECEIVED_BYTES),
                            Counter.TCP_ECHOED_BYTES,
                            counted.get(Counter.TCP_ECHOED_BYTES),
                            Counter.TCP_DROPPED_CLOSED,
                            counted.get(Counter.TCP_DROPPED_CLOSED)));
            assertThat(counted.get(Counter.TCP_DROPPED_CLOSED)).isPositive();
        }
    }

    private static long sum(EchoServer server, Counter counter) {
        return server.metrics().sum(counter);
    }

    static TcpLimits timeouts(Duration idle, Duration halfClosed, Duration stall) {
        return new TcpLimits(
                OptionalInt.empty(), OptionalInt.empty(), 100, idle, halfClosed, stall);
    }
}
