package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.echo.net.Transport;
import io.echo.server.config.FaultPort;
import io.echo.server.config.FaultProfile;
import io.echo.server.config.ServerConfig;
import io.echo.server.config.ServerConfig.Admin;
import io.echo.server.config.TlsPort;
import io.echo.server.fault.FaultyPort;
import io.echo.server.loop.CounterTotals;
import io.echo.server.loop.Loop;
import io.echo.server.loop.Loops;
import io.echo.server.metrics.Counter;
import io.echo.server.metrics.TimeHistogram;
import io.echo.testing.Certificates;
import io.netty.channel.Channel;
import io.netty.channel.socket.DatagramChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Servers under test: on free ports, on loopback. */
public final class TestServers {
    /** For so long {@link #keepLoopsAway} does, when nobody lets them go. */
    public static final long AWAY_NS = TimeUnit.SECONDS.toNanos(20);

    private TestServers() {}

    /** 127.0.0.1, free ports, two loops; reports a transport that is not for this platform. */
    public static ServerConfig config(Transport transport) {
        assumeTrue(
                transport == Transport.NIO || System.getProperty("os.name").equals("Linux"),
                transport + " is for Linux");
        ServerConfig config = ServerConfig.DEFAULT;
        return config.withListen(
                        config.listen()
                                .withHosts("127.0.0.1")
                                .withPort(0)
                                .withTransport(transport)
                                .withLoops(2))
                .withAdmin(Optional.of(new Admin("127.0.0.1", 0)))
                .withDrain(ServerConfig.Drain.NONE);
    }

    /** The same, for which loopback is a stranger like any other. */
    public static ServerConfig untrusting(Transport transport) {
        ServerConfig config = config(transport);
        return config.withAccess(ServerConfig.Access.WITHOUT_TRUST);
    }

    /** The same with all ports that flags add: TLS, and one that misbehaves. */
    public static ServerConfig withEveryPart(Path folder) throws IOException {
        Certificates.Pair pair = new Certificates(folder).selfSigned(Certificates.LOCAL);
        return config(Transport.NIO)
                .withTls(
                        Optional.of(
                                new TlsPort(0, pair.certificate(), pair.key(), Optional.empty())))
                .withFaults(
                        new ServerConfig.Faults(
                                List.of(new FaultPort(0, FaultProfile.parse("loss=1%"))), false));
    }

    public static EchoServer start(Transport transport) throws IOException {
        return EchoServer.start(config(transport));
    }

    public static InetSocketAddress udp(EchoServer server) {
        return server.addresses().udp().get(0);
    }

    static InetSocketAddress tcp(EchoServer server) {
        return server.addresses().tcp().get(0);
    }

    public static int port(EchoServer server) {
        return tcp(server).getPort();
    }

    /** Keeps every loop from its work until the latch is counted down, for 20 seconds at most. */
    public static CountDownLatch keepLoopsAway(EchoServer server) throws InterruptedException {
        CountDownLatch away = new CountDownLatch(1);
        for (Loop loop : server.loops().all()) {
            CountDownLatch there = new CountDownLatch(1);
            loop.eventLoop()
                    .execute(
                            () -> {
                                there.countDown();
                                try {
                                    away.await(AWAY_NS, TimeUnit.NANOSECONDS);
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                            });
            assertThat(there.await(5, TimeUnit.SECONDS)).isTrue();
        }
        return away;
    }

    /** Closes the datagram sockets, which the server opens again as soon as it can. */
    public static DatagramSocket takeUdpPortFrom(EchoServer server) throws IOException {
        int port = port(server);
        while (true) {
            closeSockets(server, true);
            try {
                return new DatagramSocket(port, loopback());
            } catch (BindException e) {
                continue; // It just has.
            }
        }
    }

    /** Closes those of datagrams, or the listeners. */
    public static void closeSockets(EchoServer server, boolean udp) {
        for (Channel socket : server.sockets()) {
            if (socket instanceof DatagramChannel == udp) {
                socket.close().syncUninterruptibly();
            }
        }
    }

    static Stream<Channel> connections(EchoServer server) {
        return server.loops().all().stream().flatMap(loop -> loop.connections().stream());
    }

    /**
     * Asserts that these counters and no other moved, and that all that came in is accounted for;
     * {@code in = echoed + dropped + pending} for datagrams, bytes and connections. Echo times are
     * of what was echoed.
     */
    public static void assertCounted(EchoServer server, Map<Counter, Long> expected) {
        // A peer cannot know when its last acknowledgement was seen.
        long closing = expected.getOrDefault(Counter.TCP_CLOSING, 0L);
        Map<Counter, Long> counted = await(server, c -> c.get(Counter.TCP_CLOSING) == closing);
        assertCounted(counted, expected);
        assertThat(timedDatagrams(server)).isEqualTo(counted.get(Counter.UDP_ECHOED));
    }

    private static long timedDatagrams(EchoServer server) {
        return server.loops().all().stream()
                .flatMapToLong(
                        loop ->
                                IntStream.range(0, TimeHistogram.BUCKETS)
                                        .mapToLong(loop.udpTimes()::count))
                .sum();
    }

    /** The same for a server that has closed. */
    public static void assertCountedAtEnd(EchoServer server, Map<Counter, Long> expected) {
        assertCounted(atEnd(server), expected);
    }

    static void assertConservedAtEnd(EchoServer server) {
        assertConserved(atEnd(server));
    }

    private static Map<Counter, Long> atEnd(EchoServer server) {
        Map<Counter, Long> counted = new EnumMap<>(Counter.class);
        for (Counter counter : Counter.values()) {
            counted.put(counter, server.metrics().sum(counter));
        }
        return counted;
    }

    private static void assertCounted(Map<Counter, Long> counted, Map<Counter, Long> expected) {
        assertConserved(counted);
        Map<Counter, Long> actual = new EnumMap<>(counted);
        actual.values().removeIf(value -> value == 0);
        assertThat(actual).containsExactlyInAnyOrderEntriesOf(expected);
    }

    /** Returns the loops' own counts, however long that takes; read from outside they may lag. */
    public static Map<Counter, Long> counted(EchoServer server) {
        return server.metrics().snapshot(AWAY_NS);
    }

    /** Waits for the counters to say this; a peer cannot know when the last drop was counted. */
    public static Map<Counter, Long> await(EchoServer server, Predicate<Map<Counter, Long>> what) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        Map<Counter, Long> counted = counted(server);
        while (!what.test(counted)) {
            assertThat(System.nanoTime() - deadlineNs).as("waiting with %s", counted).isNegative();
            LockSupport.parkNanos(1_000_000);
            counted = counted(server);
        }
        return counted;
    }

    public static void assertConserved(EchoServer server) {
        assertConserved(counted(server));
    }

    public static void assertConserved(Map<Counter, Long> counted) {
        for (String unit : List.of("udp_datagrams", "udp_bytes", "tcp_bytes")) {
            assertThat(sum(counted, "echo_" + unit + "_received_total"))
                    .as("%s in, %s", unit, counted)
                    .isEqualTo(
                            sum(counted, "echo_" + unit + "_echoed_total")
                                    + sum(counted, "echo_" + unit + "_dropped_total")
                                    + sum(counted, "echo_" + unit + "_pending"));
        }
        assertThat(sum(counted, "echo_tcp_connections_accepted_total"))
                .as("connections, %s", counted)
                .isEqualTo(
                        sum(counted, "echo_tcp_connections_closed_total")
                                + sum(counted, "echo_tcp_connections_open"));
    }

    private static long sum(Map<Counter, Long> counted, String metric) {
        return counted.entrySet().stream()
                .filter(entry -> entry.getKey().metric().equals(metric))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    /** Ends the test, by name, where this machine has no IPv6. */
    public static void requireV6() throws IOException {
        assumeTrue(loopbacks().contains("::1"), "this test needs IPv6");
    }

    /** 127.0.0.1, and ::1 where this machine has IPv6. */
    public static List<String> loopbacks() throws IOException {
        return Stream.of("127.0.0.1", "::1").filter(TestServers::isOurs).toList();
    }

    private static boolean isOurs(String address) {
        try {
            return NetworkInterface.getByInetAddress(InetAddress.getByName(address)) != null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static InetAddress loopback() throws IOException {
        return InetAddress.getByName("127.0.0.1");
    }

    /** The counters of a server. */
    public static CounterTotals metrics(EchoServer server) {
        return server.metrics();
    }

    /** The loops of a server, and what is open on them. */
    public static Loops loops(EchoServer server) {
        return server.loops();
    }

    /** The datagram sockets and listeners of a server. */
    public static List<Channel> sockets(EchoServer server) {
        return server.sockets();
    }

    /** The ports that misbehave. */
    public static List<FaultyPort> faults(EchoServer server) {
        return server.faults().all();
    }

    /** Holds up the calling thread for so long. */
    public static void pause(long forNs) {
        Drain.pause(forNs);
    }
}
