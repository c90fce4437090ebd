package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.net.Transport;
import io.echo.server.config.ServerConfig;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramChannel;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Datagrams over real sockets; the peer is {@code java.net}, which shares no code with us. */
@Timeout(60)
class UdpEchoTest {
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final int LARGEST = 65_507;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void echoesEverySizeWholeAndOnce(Transport transport) throws IOException {
        Set<Integer> sizes = new TreeSet<>();
        for (int size = 0; size <= 2_100; size++) {
            sizes.add(size);
        }
        for (int power = 4_096; power <= 65_536; power *= 2) {
            sizes.addAll(List.of(power - 1, power, power + 1));
        }
        sizes.addAll(List.of(16_896, 16_897, LARGEST - 1, LARGEST));
        sizes.removeIf(size -> size > LARGEST);
        try (EchoServer server = TestServers.start(transport);
                DatagramSocket peer = peer()) {
            for (int size : sizes) {
                byte[] sent = bytes(size, size);
                send(peer, sent, server);
                assertThat(receive(peer)).as("%d bytes", size).isEqualTo(sent);
            }
            assertNothingMoreComes(peer, server);
            TestServers.assertConserved(server);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void echoesBatchesOfSeveralPeersExactlyOnceWithEmptyOnesAmongThem(Transport transport)
            throws IOException {
        Random random = new Random(7);
        try (EchoServer server = TestServers.start(transport)) {
            List<DatagramSocket> peers = List.of(peer(), peer(), peer(), peer());
            try {
                for (int round = 0; round < 40; round++) {
                    Map<DatagramSocket, Map<ByteBuffer, Integer>> owed = new HashMap<>();
                    for (int i = 0; i < 64; i++) {
                        DatagramSocket peer = peers.get(random.nextInt(peers.size()));
                        int size = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(1_400);
                        byte[] sent = bytes(size, random.nextLong());
                        send(peer, sent, server);
                        owed.computeIfAbsent(peer, p -> new HashMap<>())
                                .merge(ByteBuffer.wrap(sent), 1, Integer::sum);
                    }
                    for (DatagramSocket peer : peers) {
                        settle(peer, owed.getOrDefault(peer, new HashMap<>()));
                    }
                }
                for (DatagramSocket peer : peers) {
                    assertNothingMoreComes(peer, server);
                }
            } finally {
                peers.forEach(DatagramSocket::close);
            }
        }
    }

    /** The batch on which Netty 4.2.18 answers A, B, C, C. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void echoesAnEmptyDatagramInTheMiddleOfABatch(Transport transport) throws IOException {
        try (EchoServer server = TestServers.start(transport);
                DatagramSocket peer = peer()) {
            for (int round = 0; round < 200; round++) {
                List<byte[]> batch = List.of(bytes(3, 1), new byte[0], bytes(5, 2), bytes(7, 3));
                for (byte[] datagram : batch) {
                    send(peer, datagram, server);
                }
                for (byte[] datagram : batch) {
                    assertThat(receive(peer)).isEqualTo(datagram);
                }
            }
            assertNothingMoreComes(peer, server);
            TestServers.assertConserved(server);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void repliesFromTheAddressThatWasAsked(Transport transport) throws IOException {
        ServerConfig config = TestServers.config(transport);
        List<String> hosts = new ArrayList<>(TestServers.loopbacks());
        hosts.add("127.0.0.2");
        config = config.withListen(config.listen().withHosts(hosts.toArray(String[]::new)));
        try (EchoServer server = EchoServer.start(config)) {
            assertThat(server.addresses().udp()).hasSameSizeAs(hosts);
            for (InetSocketAddress asked : server.addresses().udp()) {
                try (DatagramSocket peer = new DatagramSocket()) {
                    peer.setSoTimeout(TIMEOUT_MILLIS);
                    peer.connect(asked); // Takes replies of this address and port alone.
                    byte[] sent = bytes(100, 1);
                    peer.send(new DatagramPacket(sent, sent.length));
                    assertThat(receive(peer)).isEqualTo(sent);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void doesNotAnswerABroadcast(Transport transport) throws IOException {
        ServerConfig config = TestServers.config(transport);
        config = config.withListen(config.listen().withHosts());
        try (EchoServer server = EchoServer.start(config);
                DatagramSocket peer = peer()) {
            peer.setBroadcast(true);
            int port = TestServers.udp(server).getPort();
            byte[] broadcast = bytes(20, 1);
            peer.send(
                    new DatagramPacket(
                            broadcast,
                            broadcast.length,
                            InetAddress.getByName("127.255.255.255"),
                            port));
            byte[] fence = bytes(20, 2);
            peer.send(
                    new DatagramPacket(
                            fence, fence.length, InetAddress.getByName("127.0.0.1"), port));
            assertThat(receive(peer)).isEqualTo(fence);
            assertNothingMoreComes(peer, new InetSocketAddress("127.0.0.1", port));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void spreadsFlowsOverItsLoopsAndAnswersEach(Transport transport) throws IOException {
        ServerConfig config = TestServers.config(transport);
        config = config.withListen(config.listen().withLoops(4));
        try (EchoServer server = EchoServer.start(config)) {
            Set<Channel> answering = ConcurrentHashMap.newKeySet();
            List<Channel> sockets =
                    server.sockets().stream().filter(DatagramChannel.class::isInstance).toList();
            sockets.forEach(socket -> socket.pipeline().addFirst(noting(answering)));
            for (int flow = 0; flow < 200; flow++) {
                try (DatagramSocket peer = peer()) {
                    byte[] sent = bytes(64, flow);
                    send(peer, sent, server);
                    assertThat(receive(peer)).isEqualTo(sent);
                }
            }
            assertThat(sockets).hasSize(transport.reusePort().isPresent() ? 4 : 1);
            assertThat(answering).containsExactlyInAnyOrderElementsOf(sockets);
        }
    }

    private static ChannelHandler noting(Set<Channel> answering) {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                answering.add(ctx.channel());
                ctx.fireChannelRead(msg);
            }
        };
    }

    private static void settle(DatagramSocket peer, Map<ByteBuffer, Integer> owed)
            throws IOException {
        int replies = owed.values().stream().mapToInt(Integer::intValue).sum();
        for (int i = 0; i < replies; i++) {
            ByteBuffer reply = ByteBuffer.wrap(receive(peer));
            assertThat(owed).containsKey(reply);
            owed.merge(reply, -1, (had, one) -> had + one == 0 ? null : had + one);
        }
        assertThat(owed).isEmpty();
    }

    /** A last exchange is the fence: whatever was still to come would have come before it. */
    private static void assertNothingMoreComes(DatagramSocket peer, EchoServer server)
            throws IOException {
        assertNothingMoreComes(peer, TestServers.udp(server));
    }

    private static void assertNothingMoreComes(DatagramSocket peer, InetSocketAddress server)
            throws IOException {
        byte[] fence = bytes(33, 99);
        peer.send(new DatagramPacket(fence, fence.length, server));
        assertThat(receive(peer)).isEqualTo(fence);
        peer.setSoTimeout(1);
        assertThatThrownBy(() -> receive(peer)).isInstanceOf(SocketTimeoutException.class);
        peer.setSoTimeout(TIMEOUT_MILLIS);
    }

    private static DatagramSocket peer() throws IOException {
        DatagramSocket peer = new DatagramSocket(0, TestServers.loopback());
        peer.setSoTimeout(TIMEOUT_MILLIS);
        peer.setReceiveBufferSize(4 << 20);
        return peer;
    }

    private static void send(DatagramSocket peer, byte[] datagram, EchoServer server)
            throws IOException {
        peer.send(new DatagramPacket(datagram, datagram.length, TestServers.udp(server)));
    }

    private static byte[] receive(DatagramSocket peer) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
        peer.receive(packet);
        return Arrays.copyOf(packet.getData(), packet.getLength());
    }

    private static byte[] bytes(int size, long seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
