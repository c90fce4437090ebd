package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.metrics.Counter;
import io.echo.testing.Await;
import io.echo.testing.RunnableJar;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Peers who never read, as many as the server lets in, and its direct memory. */
@Timeout(120)
class MemoryIT {
    private static final int PEERS = 300;

    @TempDir private Path dir;
    private final List<SocketChannel> peers = new ArrayList<>();

    /**
     * 16 MiB less the needs of two loops are enough for so many connections; no accepted one is
     * closed for lack of memory.
     */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void letsInAsManyAsDirectMemoryHolds(Transport transport) throws Exception {
        try (ServerProcess server = start(transport, "off")) {
            connectAndFill(server);
            exchangeDatagrams(server);
            peers.forEach(MemoryIT::close);
            int refused = exchangeStream(server);
            long most = transport == Transport.IO_URING ? 48 : 55;
            Map<Counter, Long> totals = server.stop();
            assertThat(totals)
                    .containsEntry(Counter.TCP_ACCEPTED, most + 1)
                    .containsEntry(Counter.TCP_REJECTED_LIMIT, PEERS - most + refused);
            TestServers.assertConserved(totals);
            assertThat(server.logLines()).noneMatch(line -> line.contains("direct memory"));
        }
    }

    /** With a limit beyond that, connections are lost when memory ends, and datagrams are not. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void goesOnEchoingDatagramsWithoutMemoryForConnections(Transport transport) throws Exception {
        try (ServerProcess server =
                start(transport, "off", "--max-connections", String.valueOf(PEERS))) {
            connectAndFill(server);
            assertThat(peers).as("memory has ended").anyMatch(peer -> !peer.isOpen());
            exchangeDatagrams(server);
            peers.forEach(MemoryIT::close);
            exchangeStream(server);
            Map<Counter, Long> totals = server.stop();
            assertThat(totals)
                    .containsEntry(Counter.UDP_RECEIVED, 100L)
                    .containsEntry(Counter.UDP_ECHOED, 100L);
            TestServers.assertConserved(totals);
            assertThat(server.logLines())
                    .filteredOn(line -> line.contains("may need 75 MiB of direct memory"))
                    .hasSize(1);
        }
    }

    /** With an exhausted heap it ends at once: threads that end one by one are half a server. */
    @Tag("long")
    @ParameterizedTest
    @EnumSource(Transport.class)
    void endsWhenTheHeapIsExhausted(Transport transport) throws Exception {
        TestServers.config(transport);
        List<String> flags =
                List.of(
                        "--port",
                        "0",
                        "--host",
                        "127.0.0.1",
                        "--max-connections",
                        "8000",
                        "--transport",
                        transport.toString());
        try (ServerProcess server =
                ServerProcess.start(
                        dir.resolve("log"),
                        Map.of(),
                        ServerProcess.jar(
                                List.of(
                                        "-Xmx18m",
                                        "-XX:+UseSerialGC",
                                        "-XX:MaxDirectMemorySize=512m"),
                                flags.toArray(String[]::new)))) {
            InetSocketAddress address = new InetSocketAddress("127.0.0.1", server.port("tcp"));
            for (int i = 0; i < 8_000 && server.isAlive(); i++) {
                SocketChannel peer = SocketChannel.open();
                peers.add(peer);
                try {
                    peer.connect(address);
                    peer.write(ByteBuffer.allocate(1));
                } catch (IOException e) {
                    close(peer); // It has ended, or cannot accept.
                }
            }
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(server.logLines())
                    .contains("echo-server: the heap is exhausted: set a larger one (-Xmx)")
                    .noneMatch(line -> line.contains("\tat "));
        } finally {
            peers.forEach(MemoryIT::close);
        }
    }

    /** The admin port takes none of the memory that peers can use up. */
    @ParameterizedTest
    @EnumSource(
            value = Transport.class,
            names = {"NIO", "EPOLL"})
    void answersTheAdminPortWithoutMemoryForConnections(Transport transport) throws Exception {
        try (ServerProcess server =
                start(transport, "0", "--max-connections", String.valueOf(PEERS))) {
            connectAndFill(server);
            assertThat(peers).as("memory has ended").anyMatch(peer -> !peer.isOpen());
            for (String page : List.of("/livez", "/metrics", "/info", "/")) {
                URI uri = URI.create("http://127.0.0.1:" + server.port("admin") + page);
                try (InputStream answer = uri.toURL().openStream()) {
                    assertThat(answer.readAllBytes()).as(page).isNotEmpty();
                }
            }
            peers.forEach(MemoryIT::close);
            server.terminate();
            assertThat(server.exitCode()).isZero();
        }
    }

    /**
     * Without a prober where it matters: a probe that outlives its time on a slow machine counts as
     * a client's.
     */
    private ServerProcess start(Transport transport, String adminPort, String... more)
            throws IOException {
        TestServers.config(transport);
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "--port",
                                "0",
                                "--host",
                                "127.0.0.1",
                                "--loops",
                                "2",
                                "--admin-port",
                                adminPort,
                                "--transport",
                                transport.toString()));
        arguments.addAll(List.of(more));
        return ServerProcess.start(
                dir.resolve("log"),
                Map.of(),
                ServerProcess.jar(
                        List.of("-Xmx64m", "-XX:MaxDirectMemorySize=16m", RunnableJar.BRIEF),
                        arguments.toArray(String[]::new)));
    }

    /** A small write last, which waits alone in what was meant for a large one. */
    private void connectAndFill(ServerProcess server) throws IOException {
        InetSocketAddress address = new InetSocketAddress("127.0.0.1", server.port("tcp"));
        for (int i = 0; i < PEERS; i++) {
            SocketChannel peer = SocketChannel.open();
            peers.add(peer);
            try {
                peer.connect(address);
                peer.configureBlocking(false);
            } catch (SocketException e) {
                close(peer); // One over the limit may be reset before its connect returns.
            }
        }
        ByteBuffer chunk = ByteBuffer.allocateDirect(64 << 10);
        for (int still = 0; still < 20; ) {
            long written = 0;
            for (SocketChannel peer : peers) {
                written += write(peer, chunk.clear()) + write(peer, chunk.clear().limit(1));
            }
            still = written == 0 ? still + 1 : 0;
            Drain.pause(10_000_000);
        }
    }

    /** Writes to a peer; returns 0 and closes it if it was reset. */
    private static int write(SocketChannel peer, ByteBuffer bytes) {
        try {
            return peer.isOpen() ? peer.write(bytes) : 0;
        } catch (IOException e) {
            close(peer);
            return 0;
        }
    }

    private static void exchangeDatagrams(ServerProcess server) throws IOException {
        InetSocketAddress address = new InetSocketAddress("127.0.0.1", server.port("udp"));
        for (int i = 0; i < 10; i++) {
            try (UdpPeer peer = UdpPeer.at("127.0.0.1")) {
                for (int n = 0; n < 10; n++) {
                    peer.exchange(new byte[] {1, 2, (byte) n}, address);
                }
            }
        }
    }

    /** Returns how many were refused first: the places of those who left are not free at once. */
    private static int exchangeStream(ServerProcess server) throws Exception {
        AtomicInteger refused = new AtomicInteger();
        Await.until(
                "there is room again",
                () -> {
                    try (SocketChannel peer =
                            SocketChannel.open(
                                    new InetSocketAddress("127.0.0.1", server.port("tcp")))) {
                        ByteBuffer echoed = ByteBuffer.allocate(1);
                        peer.write(ByteBuffer.allocate(1));
                        if (peer.read(echoed) == 1) {
                            return true;
                        }
                        refused.incrementAndGet();
                    } catch (IOException reset) {
                        refused.incrementAndGet();
                    }
                    return false;
                });
        return refused.get();
    }

    private static void close(SocketChannel peer) {
        try {
            peer.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
