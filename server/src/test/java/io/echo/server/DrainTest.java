package io.echo.server;

import static io.echo.server.TcpPeers.connect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.net.Transport;
import io.echo.server.config.ServerConfig;
import io.echo.server.loop.CounterTotals;
import io.echo.server.loop.Loop;
import io.echo.server.loop.Loops;
import io.echo.server.metrics.Counter;
import io.echo.testing.Await;
import io.echo.testing.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A stop loses nothing that is in flight, and ends in time whatever the peers do. */
@Timeout(120)
@SuppressWarnings("try") // Closing in the middle is the point.
@Execution(ExecutionMode.CONCURRENT)
class DrainTest {
    private static final int STREAMS = 200;
    private static final long STREAM_BYTES = 256 << 10;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void losesNoByteOfTwoHundredStreamsInFlight(Transport transport) throws Exception {
        EchoServer server = start(transport, Duration.ZERO, Duration.ofSeconds(60));
        try (server;
                Streams streams = new Streams(TestServers.tcp(server), STREAMS, STREAM_BYTES)) {
            CompletableFuture<Void> closed =
                    CompletableFuture.runAsync(
                            () -> {
                                awaitQuietly(() -> streams.received() > 1 << 20);
                                server.close();
                            });
            streams.run();
            closed.get(10, TimeUnit.SECONDS);
        }
        TestServers.assertCountedAtEnd(
                server,
                Map.of(
                        Counter.TCP_ACCEPTED,
                        (long) STREAMS,
                        Counter.TCP_CLOSED_PEER,
                        (long) STREAMS,
                        Counter.TCP_RECEIVED_BYTES,
                        STREAMS * STREAM_BYTES,
                        Counter.TCP_ECHOED_BYTES,
                        STREAMS * STREAM_BYTES));
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void servesWhoWaitsInTheBacklog(Transport transport) throws Exception {
        int peers = 100;
        EchoServer server = start(transport, Duration.ZERO, Duration.ofSeconds(10));
        List<Socket> waiting = new ArrayList<>();
        try (server) {
            CountDownLatch away = TestServers.keepLoopsAway(server);
            for (int i = 0; i < peers; i++) {
                Socket peer = connect(server);
                peer.getOutputStream().write(i);
                waiting.add(peer);
            }
            CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
            // The loops stay away for longer than a close that only watches the clock would wait.
            assertThat(closed).isNotDone();
            Drain.pause(TimeUnit.MILLISECONDS.toNanos(200));
            away.countDown();
            for (int i = 0; i < peers; i++) {
                Socket peer = waiting.get(i);
                peer.shutdownOutput();
                assertThat(peer.getInputStream().readAllBytes()).containsExactly(i);
            }
            closed.get(10, TimeUnit.SECONDS);
        } finally {
            for (Socket peer : waiting) {
                peer.close();
            }
        }
        CounterTotals counted = server.metrics();
        assertThat(counted.sum(Counter.TCP_ACCEPTED)).isEqualTo(peers);
        assertThat(counted.sum(Counter.TCP_ECHOED_BYTES)).isEqualTo(peers);
        // Whose turn comes after 250 ms of quiet is ended by us, with nothing lost.
        assertThat(counted.sum(Counter.TCP_CLOSED_PEER) + counted.sum(Counter.TCP_CLOSED_DRAINED))
                .isEqualTo(peers);
        TestServers.assertConservedAtEnd(server);
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void losesNoDatagramOfALoadThatEndsInTime(Transport transport) throws Exception {
        EchoServer server = start(transport, Duration.ZERO, Duration.ofSeconds(60));
        NumberedDatagrams load = new NumberedDatagrams(TestServers.udp(server));
        try (server;
                load) {
            load.exchange(1_000);
            CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
            load.exchange(10_000);
            closed.get(10, TimeUnit.SECONDS);
        }
        long answered = load.answered();
        TestServers.assertCountedAtEnd(
                server,
                Map.of(
                        Counter.UDP_RECEIVED,
                        answered,
                        Counter.UDP_ECHOED,
                        answered,
                        Counter.UDP_RECEIVED_BYTES,
                        4 * answered,
                        Counter.UDP_ECHOED_BYTES,
                        4 * answered));
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void endsAnIdleNetcatWithoutWaitingForTheDeadline(Transport transport) throws Exception {
        try (EchoServer server = start(transport, Duration.ZERO, Duration.ofHours(1))) {
            Process nc =
                    new ProcessBuilder(
                                    Programs.require("nc"),
                                    "127.0.0.1",
                                    String.valueOf(TestServers.port(server)))
                            .start();
            try {
                nc.getOutputStream().write(new byte[] {'h', 'i', '\n'});
                nc.getOutputStream().flush();
                assertThat(nc.getInputStream().readNBytes(3)).asString().isEqualTo("hi\n");
                server.close();
                nc.getOutputStream().close(); // Until then it waits for its user.
                assertThat(nc.getInputStream().read()).isEqualTo(-1);
            } finally {
                nc.destroyForcibly();
            }
            assertThat(server.metrics().sum(Counter.TCP_CLOSED_DRAINED)).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void endsEndlessAndStuckStreamsAtTheDeadline(Transport transport) throws Exception {
        EchoServer server = start(transport, Duration.ZERO, Duration.ofMillis(600));
        AtomicBoolean stop = new AtomicBoolean();
        CompletableFuture<Void> endless;
        try (server;
                SocketChannel stuck = SocketChannel.open(TestServers.tcp(server));
                Socket peer = connect(server)) {
            Streams.fill(stuck, server);
            long echoed = server.metrics().sum(Counter.TCP_ECHOED_BYTES);
            endless = CompletableFuture.runAsync(() -> pingPong(peer, stop));
            Await.until(
                    "more echoes", () -> server.metrics().sum(Counter.TCP_ECHOED_BYTES) > echoed);
            long startNs = System.nanoTime();
            server.close();
            assertThat(System.nanoTime() - startNs).isGreaterThanOrEqualTo(600_000_000L);
        } finally {
            stop.set(true);
        }
        endless.get(10, TimeUnit.SECONDS);
        assertThat(server.metrics().sum(Counter.TCP_CLOSED_DRAINED)).isEqualTo(2);
        assertThat(server.metrics().sum(Counter.TCP_DROPPED_CLOSED)).isPositive();
        TestServers.assertConservedAtEnd(server);
    }

    /** New connections during the drain take no time from streams that are in flight. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void leavesStreamsTheirTimeWhileOthersKeepConnecting(Transport transport) throws Exception {
        EchoServer server = start(transport, Duration.ZERO, Duration.ofSeconds(20));
        InetSocketAddress address = TestServers.tcp(server);
        AtomicBoolean stop = new AtomicBoolean();
        // Threads of their own: JDK 25's common pool has one for two cores, and this needs two.
        Executor threads = task -> new Thread(task).start();
        CompletableFuture<Void> knocking =
                CompletableFuture.runAsync(() -> knock(address, stop), threads);
        try (server;
                SocketChannel peer = SocketChannel.open(address)) {
            long sent = Streams.fill(peer, server);
            CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close, threads);
            knocking.get(30, TimeUnit.SECONDS); // Refused, with half of the time left at least.
            peer.shutdownOutput();
            assertThat(Streams.rest(peer)).isEqualTo(sent);
            closed.get(10, TimeUnit.SECONDS);
        } finally {
            stop.set(true);
        }
        TestServers.assertConservedAtEnd(server);
    }

    @Test
    void servesOnButIsNotReadyDuringTheDelay() throws Exception {
        Duration delay = Duration.ofSeconds(5); // Far more than what is done in it takes.
        EchoServer server = start(Transport.NIO, delay, Duration.ofSeconds(5));
        try (server;
                Socket early = connect(server)) {
            long startNs = System.nanoTime();
            CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
            int admin = server.addresses().admin().orElseThrow().getPort();
            Await.until("readiness is off", () -> EchoServerTest.status(admin) == 503);
            // A second caller waits for the first instead of cutting the delay short.
            CompletableFuture<Void> also = CompletableFuture.runAsync(server::close);
            for (Socket peer : List.of(early, connect(server))) {
                peer.getOutputStream().write(7);
                assertThat(peer.getInputStream().read()).isEqualTo(7);
                peer.close();
            }
            try (DatagramSocket peer = new DatagramSocket()) {
                peer.connect(TestServers.udp(server));
                peer.setSoTimeout(20_000);
                peer.send(new DatagramPacket(new byte[3], 3));
                peer.receive(new DatagramPacket(new byte[9], 9));
            }
            CompletableFuture.allOf(closed, also).get(30, TimeUnit.SECONDS);
            assertThat(System.nanoTime() - startNs).isGreaterThan(delay.toNanos());
        }
        assertThat(server.metrics().sum(Counter.TCP_ACCEPTED)).isEqualTo(2);
        assertThat(server.metrics().sum(Counter.UDP_ECHOED)).isEqualTo(1);
        TestServers.assertConservedAtEnd(server);
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void losesNothingWhenTheClosingThreadIsInterrupted(Transport transport) throws Exception {
        EchoServer server = start(transport, Duration.ZERO, Duration.ofSeconds(60));
        try (server;
                Streams streams = new Streams(TestServers.tcp(server), 20, STREAM_BYTES)) {
            CompletableFuture<Boolean> closed =
                    CompletableFuture.supplyAsync(
                            () -> {
                                awaitQuietly(() -> streams.received() > 1 << 18);
                                Thread.currentThread().interrupt();
                                server.close();
                                return Thread.interrupted();
                            });
            streams.run();
            assertThat(closed.get(10, TimeUnit.SECONDS)).as("still interrupted").isTrue();
        }
        TestServers.assertConservedAtEnd(server);
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void holdsNoFailedStartUp(Transport transport) throws IOException {
        Duration hour = Duration.ofHours(1);
        ServerConfig config =
                TestServers.config(transport).withDrain(new ServerConfig.Drain(hour, hour));
        ServerConfig.Listen listen = config.listen();
        try (ServerSocket taken = new ServerSocket(0, 1, TestServers.loopback())) {
            for (ServerConfig.Listen wrong :
                    List.of(
                            listen.withHosts("203.0.113.7"),
                            listen.withHosts("no.such.invalid"),
                            listen.withPort(taken.getLocalPort()))) {
                assertThatThrownBy(() -> EchoServer.start(config.withListen(wrong)))
                        .isInstanceOf(IOException.class);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void endsLoopsThatHaveNeverRun(Transport transport) {
        Loops loops = new Loops(transport, 2);
        for (Loop loop : loops.all()) {
            assertThat(loop.afterPass(() -> {}).awaitUninterruptibly(30_000)).isTrue();
        }
        loops.close();
    }

    private static EchoServer start(Transport transport, Duration delay, Duration timeout)
            throws IOException {
        return EchoServer.start(
                TestServers.config(transport).withDrain(new ServerConfig.Drain(delay, timeout)));
    }

    private static void pingPong(Socket peer, AtomicBoolean stop) {
        try {
            while (!stop.get()) {
                peer.getOutputStream().write(new byte[1_000]);
                if (peer.getInputStream().readNBytes(1_000).length < 1_000) {
                    return;
                }
            }
        } catch (SocketException e) {
            // The reset at the end is what this peer is here for.
            assertThat(e).isNotNull();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Connects all the time, until refused. */
    private static void knock(InetSocketAddress address, AtomicBoolean stop) {
        while (!stop.get()) {
            try (Socket peer = new Socket(address.getAddress(), address.getPort())) {
                Drain.pause(2_000_000);
            } catch (IOException e) {
                return;
            }
        }
    }

    private static void awaitQuietly(Callable<Boolean> condition) {
        try {
            Await.until("the moment", condition);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
