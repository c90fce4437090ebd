package io.echo.server.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.TestServers;
import io.echo.server.config.ServerConfig;
import io.echo.server.fault.fate.ConnectionFates;
import io.echo.server.fault.fate.ConnectionFault;
import io.echo.server.metrics.Counter;
import io.echo.testing.Await;
import io.echo.testing.LeakCheck;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Faults of connections, over real sockets. */
@Timeout(60)
@ExtendWith(LeakCheck.class)
class FaultStreamsTest {
    private static Socket connect(EchoServer server) throws IOException {
        Socket socket = new Socket();
        socket.connect(FaultServers.at(server));
        socket.setSoTimeout(20_000);
        socket.setTcpNoDelay(true);
        return socket;
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(length).nextBytes(bytes);
        return bytes;
    }

    /**
     * Sends on a thread of its own, and then finishes.
     *
     * @return whether it could not, for the connection was reset
     */
    private static CompletableFuture<Boolean> sendAll(Socket socket, byte[] bytes) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        socket.getOutputStream().write(bytes);
                        socket.shutdownOutput();
                        return false;
                    } catch (IOException e) {
                        return true;
                    }
                });
    }

    private static FaultSnapshot awaitEnd(EchoServer server) throws Exception {
        FaultyPort port = TestServers.faults(server).get(0);
        Await.until("every connection ended", () -> port.snapshot().of(Counter.TCP_OPEN) == 0);
        FaultSnapshot counted = port.snapshot();
        assertThat(counted.pendingBytes()).isZero();
        TestServers.assertCounted(server, Map.of());
        return counted;
    }

    private static long bytes(FaultSnapshot counted, FaultCounters.Own of) {
        return counted.own().get(of);
    }

    private static void assertHappened(FaultSnapshot counted, Map<ConnectionFault, Long> expected) {
        Map<ConnectionFault, Long> happened = new EnumMap<>(counted.connections());
        happened.values().removeIf(n -> n == 0);
        assertThat(happened).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void echoesEveryByteInOrderThroughAllThatKeepsThem(Transport transport) throws Exception {
        String profile =
                "delay=10ms,jitter=10ms,rate=20M,stall=50ms/200ms,slow-read=20M,split=1..5000";
        byte[] sent = bytes(3_000_000);
        try (EchoServer server = FaultServers.start(transport, profile);
                Socket socket = connect(server)) {
            sendAll(socket, sent);
            assertThat(socket.getInputStream().readAllBytes()).isEqualTo(sent);
            FaultSnapshot counted = awaitEnd(server);
            assertThat(bytes(counted, FaultCounters.Own.STREAM_SENT_BYTES)).isEqualTo(sent.length);
            assertThat(counted.of(Counter.TCP_CLOSED_PEER)).isEqualTo(1);
            assertThat(counted.connections().get(ConnectionFault.STALL)).isPositive();
            assertThat(counted.connections())
                    .containsEntry(ConnectionFault.DELAY, 1L)
                    .containsEntry(ConnectionFault.RATE, 1L)
                    .containsEntry(ConnectionFault.SLOW_READ, 1L)
                    .containsEntry(ConnectionFault.SPLIT, 1L);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void resetsAfterExactlySoManyBytes(Transport transport) throws Exception {
        for (int after : new int[] {0, 1, 1_000, 200_000}) {
            try (EchoServer server = FaultServers.start(transport, "reset-after=" + after);
                    Socket socket = connect(server)) {
                CompletableFuture<Boolean> sending = sendAll(socket, bytes(after + 5_000));
                int received = 0;
                boolean reset = false;
                byte[] buffer = new byte[10_000];
                try {
                    for (int n; (n = socket.getInputStream().read(buffer)) >= 0; ) {
                        received += n;
                    }
                } catch (SocketException e) {
                    reset = true;
                }
                assertThat(received).isEqualTo(after);
                // The kernel tells of it once, whoever calls first.
                assertThat(reset || sending.join()).as("reset").isTrue();
                FaultSnapshot counted = awaitEnd(server);
                assertHappened(counted, Map.of(ConnectionFault.RESET, 1L));
                assertThat(bytes(counted, FaultCounters.Own.STREAM_SENT_BYTES)).isEqualTo(after);
                assertThat(counted.of(Counter.TCP_CLOSED_RESET)).isEqualTo(1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void finishesEarlyAndReadsOn(Transport transport) throws Exception {
        byte[] sent = bytes(ConnectionFates.LATEST_HALF_CLOSE);
        byte[] more = bytes(5_000_000);
        try (EchoServer server = FaultServers.start(transport, "half-close,seed=4");
                Socket socket = connect(server)) {
            socket.getOutputStream().write(sent);
            byte[] received = socket.getInputStream().readAllBytes();
            assertThat(received).isEqualTo(Arrays.copyOf(sent, received.length));
            socket.getOutputStream().write(more); // More than all buffers hold.
            socket.shutdownOutput();
            FaultSnapshot counted = awaitEnd(server);
            assertHappened(counted, Map.of(ConnectionFault.HALF_CLOSE, 1L));
            assertThat(bytes(counted, FaultCounters.Own.STREAM_RECEIVED_BYTES))
                    .isEqualTo(sent.length + more.length);
            assertThat(bytes(counted, FaultCounters.Own.STREAM_DROPPED_BYTES))
                    .isEqualTo(sent.length + more.length - received.length);
            assertThat(counted.of(Counter.TCP_CLOSED_PEER)).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void stallsForItsTimeInEachPeriod(Transport transport) throws Exception {
        try (EchoServer server = FaultServers.start(transport, "stall=300ms/400ms,seed=2");
                Socket socket = connect(server)) {
            socket.getOutputStream().write(1); // The first one loads classes.
            assertThat(socket.getInputStream().read()).isEqualTo(1);
            long startNs = System.nanoTime();
            List<Long> slow = new ArrayList<>();
            while (slow.size() < 2) {
                long sentNs = System.nanoTime();
                socket.getOutputStream().write(1);
                assertThat(socket.getInputStream().read()).isEqualTo(1);
                long tookNs = System.nanoTime() - sentNs;
                if (tookNs > Duration.ofMillis(150).toNanos()) {
                    slow.add(tookNs);
                }
                assertThat(System.nanoTime() - startNs)
                        .isLessThan(Duration.ofSeconds(20).toNanos());
            }
            socket.shutdownOutput();
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            assertThat(awaitEnd(server).connections().get(ConnectionFault.STALL))
                    .isGreaterThanOrEqualTo(2);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void readsSlowlySoThatThePeersWindowFills(Transport transport) throws Exception {
        try (EchoServer server = FaultServers.start(transport, "slow-read=100000/s");
                Socket socket = connect(server)) {
            socket.setSendBufferSize(64 << 10);
            sendAll(socket, bytes(20_000_000));
            long startNs = System.nanoTime();
            InputStream in = socket.getInputStream();
            assertThat(in.readNBytes(100_000)).hasSize(100_000);
            double seconds = (System.nanoTime() - startNs) / 1e9;
            assertThat(seconds).isGreaterThan(0.8);
            FaultSnapshot counted = TestServers.faults(server).get(0).snapshot();
            assertThat(bytes(counted, FaultCounters.Own.STREAM_RECEIVED_BYTES))
                    .isLessThan((long) (100_000 * ((System.nanoTime() - startNs) / 1e9 + 1)));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void sendsAtTheRateOfTheLine(Transport transport) throws Exception {
        byte[] sent = bytes(200_000);
        try (EchoServer server = FaultServers.start(transport, "rate=200000/s,delay=300ms");
                Socket socket = connect(server)) {
            long startNs = System.nanoTime();
            sendAll(socket, sent);
            assertThat(socket.getInputStream().readAllBytes()).isEqualTo(sent);
            assertThat((System.nanoTime() - startNs) / 1e9).isBetween(1.25, 5.0);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void delaysBytesAndTheEndBehindThem(Transport transport) throws Exception {
        try (EchoServer server = FaultServers.start(transport, "delay=200ms");
                Socket socket = connect(server)) {
            long startNs = System.nanoTime();
            socket.getOutputStream().write(new byte[] {1, 2, 3});
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes()).containsExactly(1, 2, 3);
            assertThat(System.nanoTime() - startNs)
                    .isGreaterThanOrEqualTo(Duration.ofMillis(200).toNanos());
            assertHappened(awaitEnd(server), Map.of(ConnectionFault.DELAY, 1L));
        }
    }

    /** A peer that never reads stops being read; what is held is bounded. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void holdsABoundedNumberOfBytes(Transport transport) throws Exception {
        try (EchoServer server = FaultServers.start(transport, "delay=1h");
                Socket socket = connect(server)) {
            sendAll(socket, bytes(20_000_000));
            FaultyPort port = TestServers.faults(server).get(0);
            Await.until("it is full", () -> port.snapshot().pendingBytes() >= 256 << 10);
            assertThat(port.snapshot().pendingBytes()).isLessThan(1 << 20);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void resetsSourcesThatAreNotTrusted(Transport transport) throws Exception {
        ServerConfig config =
                FaultServers.config(transport, "delay=1ms")
                        .withAccess(ServerConfig.Access.WITHOUT_TRUST);
        try (EchoServer server = EchoServer.start(config)) {
            FaultyPort port = TestServers.faults(server).get(0);
            try (Socket socket = connect(server)) {
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            } catch (SocketException e) {
                // Reset.
            }
            Await.until(
                    "counted",
                    () -> port.snapshot().own().get(FaultCounters.Own.UNTRUSTED_CONNECTIONS) == 1);
            assertThat(port.snapshot().of(Counter.TCP_ACCEPTED)).isZero();
        }
        ServerConfig.Faults anybody = new ServerConfig.Faults(config.faults().ports(), true);
        try (EchoServer server = EchoServer.start(config.withFaults(anybody));
                Socket socket = connect(server)) {
            socket.getOutputStream().write(7);
            assertThat(socket.getInputStream().read()).isEqualTo(7);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void endsAConnectionThatIsSilent(Transport transport) throws Exception {
        ServerConfig config = FaultServers.config(transport, "delay=1ms");
        ServerConfig.TcpLimits limits =
                new ServerConfig.TcpLimits(
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        100,
                        Duration.ofMillis(200),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(30));
        try (EchoServer server = EchoServer.start(config.withTcp(limits));
                Socket socket = connect(server)) {
            socket.getOutputStream().write(7);
            assertThat(socket.getInputStream().read()).isEqualTo(7);
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            assertThat(awaitEnd(server).of(Counter.TCP_CLOSED_IDLE)).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void sameSeedSameFatesInTheOrderOfConnections(Transport transport) throws Exception {
        List<List<Integer>> runs = new ArrayList<>();
        for (int seed : new int[] {3, 3, 4}) {
            List<Integer> lengths = new ArrayList<>();
            try (EchoServer server = FaultServers.start(transport, "half-close,seed=" + seed)) {
                for (int i = 0; i < 10; i++) {
                    try (Socket socket = connect(server)) {
                        socket.getOutputStream().write(bytes(ConnectionFates.LATEST_HALF_CLOSE));
                        lengths.add(socket.getInputStream().readAllBytes().length);
                    }
                }
            }
            runs.add(lengths);
        }
        assertThat(runs.get(0)).isEqualTo(runs.get(1)).isNotEqualTo(runs.get(2));
        assertThat(runs.get(0)).doesNotHaveDuplicates();
    }

    /** Everything that is held leaves at once when the server stops, also from a stall. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void sendsWhatIsHeldWhenTheServerStops(Transport transport) throws Exception {
        for (String profile : List.of("delay=1h", "stall=1h/1h", "slow-read=1/s,delay=1h")) {
            ServerConfig config =
                    FaultServers.config(transport, profile).withDrain(ServerConfig.Drain.DEFAULT);
            EchoServer server = EchoServer.start(config);
            try (Socket socket = connect(server)) {
                socket.getOutputStream().write(bytes(100));
                FaultyPort port = TestServers.faults(server).get(0);
                if (!profile.startsWith("stall")) {
                    Await.until("held", () -> port.snapshot().pendingBytes() > 0);
                } else {
                    Await.until("there", () -> port.snapshot().of(Counter.TCP_OPEN) == 1);
                }
                long startNs = System.nanoTime();
                server.close();
                assertThat((System.nanoTime() - startNs) / 1e9).isLessThan(4.5);
                assertThat(socket.getInputStream().readAllBytes())
                        .as(profile)
                        .isEqualTo(bytes(100));
            } catch (SocketTimeoutException e) {
                throw new AssertionError(profile, e);
            } finally {
                server.close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void servesEachLoopbackAddress(Transport transport) throws Exception {
        ServerConfig config = FaultServers.config(transport, "delay=1ms");
        List<String> hosts = TestServers.loopbacks();
        ServerConfig all =
                config.withListen(config.listen().withHosts(hosts.toArray(String[]::new)));
        try (EchoServer server = EchoServer.start(all)) {
            for (String host : hosts) {
                try (Socket socket =
                        new Socket(
                                InetAddress.getByName(host), FaultServers.at(server).getPort())) {
                    socket.getOutputStream().write(7);
                    assertThat(socket.getInputStream().read()).isEqualTo(7);
                }
            }
        }
    }
}
