package io.echo.server.udp;

import static io.echo.server.TestServers.assertCounted;
import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.Peers;
import io.echo.server.TestServers;
import io.echo.server.config.ServerConfig;
import io.echo.server.config.ServerConfig.UdpLimits;
import io.echo.server.loop.Loops;
import io.echo.server.metrics.Counter;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Trains of datagrams: what a peer sends with UDP_SEGMENT in one call must come back to it datagram
 * by datagram, whether they travel through the server whole or not. The peer is Python and takes
 * every datagram by itself.
 */
@Timeout(120)
class UdpTrainsTest {
    private static final double ANY = 1e9;

    /** Sends trains of all shapes, some with empty datagrams around, and compares what returns. */
    private static final String SHAPES =
            """
            import random, socket, sys
            UDP, UDP_SEGMENT = 17, 103
            random.seed(4)
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            s.settimeout(20)
            s.connect(('127.0.0.1', int(sys.argv[1])))
            owed, datagrams, octets = [], 0, 0

            def send(content, segment):
                s.setsockopt(UDP, UDP_SEGMENT, segment if segment < len(content) else 0)
                s.send(content)
                owed.extend(content[i:i + segment] for i in range(0, len(content), segment))

            def settle():
                global datagrams, octets
                for sent in owed:
                    got = s.recv(65536)
                    assert got == sent, (datagrams, len(sent), len(got))
                    datagrams += 1
                    octets += len(got)
                owed.clear()

            sizes = [1, 2, 31, 64, 512, 1023, 1200, 1472, 4000, 9000, 21835, 32753]
            for count in range(1, 65):
                for segment in sizes:
                    if (count - 1) * segment + 1 > 65507:
                        continue
                    last = min(segment, 65507 - (count - 1) * segment)
                    for short in {1, last // 2 or 1, last}:
                        if random.random() < 0.1:
                            s.setsockopt(UDP, UDP_SEGMENT, 0)
                            s.send(b'')
                            owed.append(b'')
                        send(random.randbytes((count - 1) * segment + short), segment)
                        held = sum(len(sent) for sent in owed)  # No more than a buffer takes.
                        if len(owed) > 60 or held > 60000 or random.random() < 0.5:
                            settle()
            settle()
            s.settimeout(0.01)
            try:
                raise AssertionError(s.recv(65536))
            except TimeoutError:
                print(datagrams, octets)
            """;

    /** Sends datagrams singly, in runs of equal ones of two flows, and compares what returns. */
    private static final String RUNS =
            """
            import random, socket, sys
            random.seed(5)
            flows = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for i in range(2)]
            for s in flows:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
                s.settimeout(20)
                s.connect(('127.0.0.1', int(sys.argv[1])))
            datagrams = octets = 0
            for round in range(2000):
                owed = [[], []]
                for run in range(random.randrange(1, 6)):
                    size = random.choice([0, 1, 64, 700, 1452, 1453, 5000])
                    flow = random.randrange(2)
                    for n in range(random.choice([1, 2, 7, 20])):
                        if sum(len(one) for all in owed for one in all) > 60000:
                            break  # No more than a buffer takes.
                        sent = random.randbytes(size)
                        flows[flow].send(sent)
                        owed[flow].append(sent)
                for s, sent in zip(flows, owed):
                    for datagram in sent:
                        got = s.recv(65536)
                        assert got == datagram, (round, len(datagram), len(got))
                        datagrams += 1
                        octets += len(got)
            print(datagrams, octets)
            """;

    /**
     * Sends one train, then waits for a reply at another prefix; prints how many seconds that took
     * and which datagrams came.
     */
    private static final String ONE =
            """
            import socket, sys, time
            port, count, segment, last = (int(word) for word in sys.argv[1:])
            s, fence = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for i in range(2))
            s.bind(('127.0.0.1', 0))
            fence.bind(('127.0.1.1', 0))
            sizes = [segment] * (count - 1) + [last]
            s.setsockopt(17, 103, segment)
            start = time.monotonic()
            s.sendto(b''.join(bytes([i]) * size for i, size in enumerate(sizes)),
                     ('127.0.0.1', port))
            fence.settimeout(20)
            fence.sendto(b'f', ('127.0.0.1', port))
            assert fence.recv(9) == b'f'
            print('%.6f' % (time.monotonic() - start), end=' ')
            s.setblocking(False)
            try:
                while True:
                    got = s.recv(65536)
                    assert got == bytes([got[0]]) * sizes[got[0]]
                    print(got[0], end=' ')
            except BlockingIOError:
                pass
            """;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void echoesTrainsOfEveryShapeDatagramByDatagram(Transport transport) throws IOException {
        try (EchoServer server = EchoServer.start(oneLoop(TestServers.config(transport)))) {
            AtomicLong messages = new AtomicLong();
            TestServers.sockets(server).stream()
                    .filter(DatagramChannel.class::isInstance)
                    .forEach(socket -> socket.pipeline().addFirst(counting(messages)));
            String[] sent = python(SHAPES, TestServers.udp(server).getPort()).split(" ");
            long datagrams = Long.parseLong(sent[0]);
            assertThat(datagrams).isGreaterThan(20_000);
            assertCounted(
                    server,
                    Map.of(
                            Counter.UDP_RECEIVED,
                            datagrams,
                            Counter.UDP_RECEIVED_BYTES,
                            Long.parseLong(sent[1]),
                            Counter.UDP_ECHOED,
                            datagrams,
                            Counter.UDP_ECHOED_BYTES,
                            Long.parseLong(sent[1])));
            if (transport == Transport.EPOLL) {
                assertThat(messages.get()).as("trains travel whole").isLessThan(datagrams / 10);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void echoesRunsOfDatagramsOneByOneAndInTheirOrder(Transport transport) throws IOException {
        try (EchoServer server = EchoServer.start(oneLoop(TestServers.config(transport)))) {
            String[] sent = python(RUNS, TestServers.udp(server).getPort()).split(" ");
            assertCounted(
                    server,
                    Map.of(
                            Counter.UDP_RECEIVED, Long.parseLong(sent[0]),
                            Counter.UDP_RECEIVED_BYTES, Long.parseLong(sent[1]),
                            Counter.UDP_ECHOED, Long.parseLong(sent[0]),
                            Counter.UDP_ECHOED_BYTES, Long.parseLong(sent[1])));
        }
    }

    /** Fails with a Netty that takes trains out of a receive buffer in another way. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void knowsWhetherTrainsWork(boolean v6) throws IOException {
        if (v6) {
            TestServers.requireV6();
        }
        for (Transport transport : Transport.values()) {
            if (transport.unavailabilityCause().isEmpty()) {
                Loops loops = new Loops(transport, 1);
                assertThat(
                                TrainCheck.passes(
                                        transport,
                                        loops.all().get(0),
                                        v6
                                                ? SocketProtocolFamily.INET6
                                                : SocketProtocolFamily.INET))
                        .as("%s", transport)
                        .isEqualTo(transport == Transport.EPOLL);
                loops.close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void answersAsManyOfATrainAsTheRateAllows(Transport transport) throws IOException {
        try (EchoServer server = start(transport, new UdpLimits(9.5, ANY, 65_527, Set.of()))) {
            assertFirstOfTwenty(server, 10, 9.5, UdpVerdict.RATE);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void answersAsManyOfATrainAsTheByteRateAllows(Transport transport) throws IOException {
        try (EchoServer server = start(transport, new UdpLimits(ANY, 100, 65_527, Set.of()))) {
            assertFirstOfTwenty(server, 4, 100 / 30.0, UdpVerdict.BYTES_RATE);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void answersOfATrainWhatIsNotOverTheLargestDatagram(Transport transport) throws IOException {
        try (EchoServer server = start(transport, new UdpLimits(ANY, ANY, 50, Set.of()))) {
            assertThat(one(server, 6, 60, 50)).matches("[0-9.]+ 5");
            assertDropped(server, 5, 300, 1, 50, UdpVerdict.SIZE);
        }
    }

    /**
     * Sends a train of 19 datagrams of 30 bytes and one of 5. The first are answered, so many, and
     * of the others as many as the rate allows in the time that this takes; none on most machines.
     */
    private static void assertFirstOfTwenty(
            EchoServer server, int first, double perSecond, UdpVerdict reason) throws IOException {
        String[] words = one(server, 20, 30, 5).split(" ");
        double seconds = Double.parseDouble(words[0]);
        List<Integer> answered = Stream.of(words).skip(1).map(Integer::valueOf).toList();
        assertThat(answered)
                .startsWith(IntStream.range(0, first).boxed().toArray(Integer[]::new))
                .hasSizeLessThanOrEqualTo(first + (int) Math.round(seconds * perSecond))
                .isSorted()
                .doesNotHaveDuplicates();
        long bytes = 30L * answered.size() - (answered.contains(19) ? 25 : 0);
        assertDropped(server, 20 - answered.size(), 575 - bytes, answered.size(), bytes, reason);
    }

    private static EchoServer start(Transport transport, UdpLimits limits) throws IOException {
        return EchoServer.start(oneLoop(TestServers.untrusting(transport).withUdp(limits)));
    }

    private static ServerConfig oneLoop(ServerConfig config) {
        return config.withListen(config.listen().withLoops(1)); // So that a reply is a fence.
    }

    private static String one(EchoServer server, int count, int segment, int last)
            throws IOException {
        return python(ONE, TestServers.udp(server).getPort(), count, segment, last);
    }

    private static String python(String program, int... arguments) throws IOException {
        String[] command = new String[3 + arguments.length];
        command[0] = "python3";
        command[1] = "-c";
        command[2] = program;
        for (int i = 0; i < arguments.length; i++) {
            command[3 + i] = String.valueOf(arguments[i]);
        }
        Peers.Result result = Peers.run(new byte[0], command);
        assertThat(result.exitCode()).as(result.err()).isZero();
        return new String(result.out()).strip();
    }

    /** The fence is one datagram of one byte. */
    private static void assertDropped(
            EchoServer server,
            long dropped,
            long bytes,
            long echoed,
            long echoedBytes,
            UdpVerdict reason) {
        assertCounted(
                server,
                Map.of(
                        Counter.UDP_RECEIVED,
                        dropped + echoed + 1,
                        Counter.UDP_RECEIVED_BYTES,
                        bytes + echoedBytes + 1,
                        Counter.UDP_ECHOED,
                        echoed + 1,
                        Counter.UDP_ECHOED_BYTES,
                        echoedBytes + 1,
                        Counter.valueOf("UDP_DROPPED_" + reason),
                        dropped,
                        Counter.valueOf("UDP_DROPPED_" + reason + "_BYTES"),
                        bytes));
    }

    private static ChannelInboundHandlerAdapter counting(AtomicLong messages) {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                messages.incrementAndGet();
                ctx.fireChannelRead(msg);
            }
        };
    }
}
