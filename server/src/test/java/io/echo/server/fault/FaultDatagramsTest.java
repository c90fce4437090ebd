package io.echo.server.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.TestServers;
import io.echo.server.UdpPeer;
import io.echo.server.config.ServerConfig;
import io.echo.server.fault.fate.DatagramFault;
import io.echo.server.metrics.Counter;
import io.echo.testing.Await;
import io.echo.testing.LeakCheck;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Faults of datagrams, over real sockets. */
@Timeout(60)
@ExtendWith(LeakCheck.class)
class FaultDatagramsTest {
    private static final int SENT = 400;

    /** Sends numbered datagrams, and returns what comes back once the port holds nothing. */
    private static List<String> exchange(EchoServer server, UdpPeer peer) throws Exception {
        InetSocketAddress port = FaultServers.at(server);
        for (int i = 0; i < SENT; i++) {
            peer.send(ByteBuffer.allocate(40).putInt(36, i).array(), port);
        }
        FaultyPort faulty = TestServers.faults(server).get(0);
        Await.until(
                "all judged and left",
                () ->
                        faulty.snapshot().of(Counter.UDP_RECEIVED) == SENT
                                && faulty.snapshot().of(Counter.UDP_PENDING) == 0);
        List<String> replies = new ArrayList<>();
        long sent = faulty.snapshot().of(Counter.UDP_ECHOED);
        for (int i = 0; i < sent; i++) {
            replies.add(Arrays.toString(peer.receive()));
        }
        return replies;
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void sameSeedSameFaultsInOrder(Transport transport) throws Exception {
        String profile = "loss=10%,corrupt=10%,truncate=10%/20,duplicate=10%,reorder=10%/2,seed=";
        List<List<String>> runs = new ArrayList<>();
        List<FaultSnapshot> counted = new ArrayList<>();
        for (String seed : List.of("7", "7", "8")) {
            try (EchoServer server = FaultServers.start(transport, profile + seed);
                    UdpPeer peer = UdpPeer.at("127.0.0.1")) {
                runs.add(exchange(server, peer));
                counted.add(TestServers.faults(server).get(0).snapshot());
            }
        }
        assertThat(runs.get(0)).isEqualTo(runs.get(1)).isNotEqualTo(runs.get(2));
        assertThat(counted.get(0).datagrams()).isEqualTo(counted.get(1).datagrams());
        assertThat(counted.get(0).datagrams())
                .allSatisfy(
                        (fault, n) -> {
                            if (fault.ordinal() > 0
                                    && fault.ordinal() <= DatagramFault.REORDER.ordinal()) {
                                assertThat(n).as("%s", fault).isBetween(20L, 70L);
                            }
                        });
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void countsWhatItDoesToTheLastDatagram(Transport transport) throws Exception {
        String profile =
                "burst=5ms/100ms,loss=5%,duplicate=20%,reorder=5%/3,delay=5ms,jitter=5ms:normal,"
                        + "rate=2000000/s,seed=3";
        try (EchoServer server = FaultServers.start(transport, profile);
                UdpPeer peer = UdpPeer.at("127.0.0.1");
                UdpPeer service = UdpPeer.below(32_768)) {
            FaultyPort faulty = TestServers.faults(server).get(0);
            for (int i = 0; i < 3_000; i++) {
                peer.send(new byte[1_000], FaultServers.at(server));
                if (i % 100 == 0) {
                    assertConserved(faulty.snapshot());
                    peer.receiveAll();
                }
            }
            service.send(new byte[10], FaultServers.at(server));
            Await.until("nothing held", () -> faulty.snapshot().of(Counter.UDP_PENDING) == 0);
            FaultSnapshot counted = faulty.snapshot();
            assertConserved(counted);
            assertThat(counted.datagrams().get(DatagramFault.RATE)).isPositive();
            assertThat(counted.datagrams().get(DatagramFault.DUPLICATE_DROPPED)).isPositive();
            assertThat(counted.datagrams().get(DatagramFault.BURST)).isPositive();
            // None of the plain port's counters has moved.
            TestServers.assertCounted(server, Map.of());
        }
    }

    static void assertConserved(FaultSnapshot counted) {
        Map<DatagramFault, Long> faults = counted.datagrams();
        long dropped = counted.own().get(FaultCounters.Own.UNTRUSTED_DATAGRAMS);
        for (Counter counter : Counter.values()) {
            if (counter.metric().equals("echo_udp_datagrams_dropped_total")) {
                dropped += counted.of(counter);
            }
        }
        assertThat(counted.of(Counter.UDP_RECEIVED) + faults.get(DatagramFault.DUPLICATE))
                .as("%s, dropped %d", faults, dropped)
                .isEqualTo(
                        counted.of(Counter.UDP_ECHOED)
                                + faults.get(DatagramFault.BURST)
                                + faults.get(DatagramFault.LOSS)
                                + faults.get(DatagramFault.RATE)
                                + faults.get(DatagramFault.DUPLICATE_DROPPED)
                                + faults.get(DatagramFault.OVERFLOW)
                                + dropped
                                + counted.of(Counter.UDP_PENDING));
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void delaysAndKeepsTheOrder(Transport transport) throws IOException {
        try (EchoServer server = FaultServers.start(transport, "delay=60ms");
                UdpPeer peer = UdpPeer.at("127.0.0.1")) {
            long startNs = System.nanoTime();
            for (int i = 0; i < 50; i++) {
                peer.send(new byte[] {(byte) i}, FaultServers.at(server));
            }
            for (int i = 0; i < 50; i++) {
                assertThat(peer.receive()).containsExactly(i);
                assertThat(System.nanoTime() - startNs)
                        .isGreaterThanOrEqualTo(Duration.ofMillis(60).toNanos());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void echoesEverySizeAsOftenAsTold(Transport transport) throws IOException {
        try (EchoServer server =
                        FaultServers.start(transport, "duplicate=100%", "truncate=100%/0");
                UdpPeer peer = UdpPeer.at("127.0.0.1")) {
            for (int size : new int[] {0, 1, 1_473, 65_507}) {
                peer.exchange(new byte[size], FaultServers.at(server));
                assertThat(peer.receive()).hasSize(size);
            }
            InetSocketAddress cutting =
                    new InetSocketAddress("127.0.0.1", server.addresses().faults().get(1));
            peer.send(new byte[100], cutting);
            assertThat(peer.receive()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void oneThatNobodyOvertakesLeavesAlone(Transport transport) throws Exception {
        try (EchoServer server = FaultServers.start(transport, "reorder=100%/1,seed=1");
                UdpPeer peer = UdpPeer.at("127.0.0.1")) {
            long startNs = System.nanoTime();
            peer.exchange(new byte[10], FaultServers.at(server));
            assertThat(System.nanoTime() - startNs)
                    .isGreaterThanOrEqualTo(HoldingQueue.PATIENCE.toNanos());
            FaultyPort faulty = TestServers.faults(server).get(0);
            assertThat(faulty.snapshot().datagrams().get(DatagramFault.REORDER_ALONE)).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void holdsABoundedNumber(Transport transport) throws Exception {
        int more = 500;
        int sent = HeldMemory.MOST + more;
        try (EchoServer server = FaultServers.start(transport, "delay=1h,duplicate=1%,seed=5");
                UdpPeer peer = UdpPeer.at("127.0.0.1")) {
            FaultyPort faulty = TestServers.faults(server).get(0);
            for (int i = 0; i < sent; i++) {
                peer.send(new byte[4], FaultServers.at(server));
                if (i % 1_000 == 999) {
                    long read = i - 500;
                    Await.until(
                            "it reads", () -> faulty.snapshot().of(Counter.UDP_RECEIVED) > read);
                }
            }
            Await.until("all read", () -> faulty.snapshot().of(Counter.UDP_RECEIVED) == sent);
            FaultSnapshot counted = faulty.snapshot();
            assertConserved(counted);
            assertThat(counted.of(Counter.UDP_PENDING)).isEqualTo(HeldMemory.MOST);
            assertThat(counted.datagrams().get(DatagramFault.OVERFLOW)).isGreaterThan(more);
            assertThat(counted.datagrams().get(DatagramFault.DUPLICATE_DROPPED)).isPositive();
        }
    }

    /** Looking at all that wait, whenever one left, took 25 s of a stop that may take 5. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    @SuppressWarnings("try") // Closing early is the point.
    void aStopLetsManyOfOneFlowLeave(Transport transport) throws Exception {
        int sent = 20_000;
        ServerConfig config =
                FaultServers.config(transport, "delay=1h,reorder=100%/10000,seed=1")
                        .withDrain(ServerConfig.Drain.DEFAULT);
        try (EchoServer server = EchoServer.start(config);
                UdpPeer peer = UdpPeer.at("127.0.0.1")) {
            FaultyPort faulty = TestServers.faults(server).get(0);
            for (int i = 0; i < sent; i++) {
                peer.send(new byte[32], FaultServers.at(server));
                if (i % 500 == 499) {
                    long read = i;
                    Await.until(
                            "it reads", () -> faulty.snapshot().of(Counter.UDP_RECEIVED) > read);
                }
            }
            assertThat(faulty.snapshot().of(Counter.UDP_PENDING)).isEqualTo(sent);
            long startNs = System.nanoTime();
            server.close();
            assertThat(Duration.ofNanos(System.nanoTime() - startNs))
                    .isLessThan(ServerConfig.Drain.DEFAULT.timeout());
            assertThat(faulty.snapshot().of(Counter.UDP_ECHOED)).isEqualTo(sent);
            assertThat(faulty.snapshot().of(Counter.UDP_PENDING)).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void countsWhatTheKernelDrops(Transport transport) throws Exception {
        try (EchoServer server = FaultServers.start(transport, "loss=50%,seed=1");
                UdpPeer peer = UdpPeer.at("127.0.0.1")) {
            CountDownLatch away = new CountDownLatch(1);
            TestServers.faults(server)
                    .get(0)
                    .loops()
                    .all()
                    .get(0)
                    .eventLoop()
                    .execute(() -> awaitQuietly(away));
            try {
                Await.until(
                        "a full buffer",
                        () -> {
                            for (int i = 0; i < 500; i++) {
                                peer.send(new byte[1_000], FaultServers.at(server));
                            }
                            return FaultServers.metric(
                                            FaultServers.scrape(server),
                                            server,
                                            "echo_fault_receive_buffer_dropped_total")
                                    > 0;
                        });
            } finally {
                away.countDown();
            }
            assertThat(FaultServers.scrape(server))
                    .contains("echo_udp_receive_buffer_dropped_total 0.0");
        }
    }

    private static void awaitQuietly(CountDownLatch away) {
        try {
            away.await(TestServers.AWAY_NS, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    @SuppressWarnings("try") // Closing early is the point.
    void tellsAtTheEndWhatItHasDone(Transport transport) throws Exception {
        try (EchoServer server = FaultServers.start(transport, "duplicate=100%,seed=1", "loss=1%");
                UdpPeer peer = UdpPeer.at("127.0.0.1")) {
            List<FaultyPort> ports = TestServers.faults(server);
            peer.exchange(new byte[4], FaultServers.at(server));
            server.close();
            assertThat(ports.get(0).snapshot()).hasToString("received=1 sent=2 duplicate=1");
            assertThat(ports.get(1).snapshot()).hasToString("nothing came in");
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void answersTrustedSourcesAloneUnlessTold(Transport transport) throws Exception {
        ServerConfig config =
                FaultServers.config(transport, "loss=0%")
                        .withAccess(ServerConfig.Access.WITHOUT_TRUST);
        try (EchoServer server = EchoServer.start(config);
                UdpPeer peer = UdpPeer.at("127.0.0.1")) {
            FaultyPort faulty = TestServers.faults(server).get(0);
            peer.send(new byte[4], FaultServers.at(server));
            Await.until("read", () -> faulty.snapshot().of(Counter.UDP_RECEIVED) == 1);
            assertThat(faulty.snapshot().own().get(FaultCounters.Own.UNTRUSTED_DATAGRAMS))
                    .isEqualTo(1);
            assertConserved(faulty.snapshot());
            peer.exchange(new byte[4], TestServers.udp(server));
        }
        ServerConfig anybody =
                config.withFaults(new ServerConfig.Faults(config.faults().ports(), true));
        try (EchoServer server = EchoServer.start(anybody);
                UdpPeer peer = UdpPeer.at("127.0.0.1")) {
            peer.exchange(new byte[4], FaultServers.at(server));
        }
    }

    /** A forged packet between two of our own ports must not go round. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void noneOfOurPortsAnswersAnother(Transport transport) throws Exception {
        try (EchoServer server = FaultServers.start(transport, "delay=1ms", "delay=2ms")) {
            List<Integer> ports = new ArrayList<>(server.addresses().faults());
            ports.add(TestServers.udp(server).getPort());
            for (int from : ports) {
                try (UdpPeer forger = UdpPeer.at("127.0.0.9", from)) {
                    for (int to : ports) {
                        forger.send(new byte[4], new InetSocketAddress("127.0.0.1", to));
                    }
                }
            }
            long each = ports.size();
            TestServers.await(server, c -> c.get(Counter.UDP_DROPPED_SOURCE_PORT) == each);
            for (FaultyPort port : TestServers.faults(server)) {
                Await.until("all refused", () -> refused(port) == each);
            }
        }
    }

    private static long refused(FaultyPort port) {
        return port.snapshot().of(Counter.UDP_DROPPED_SOURCE_PORT);
    }
}
