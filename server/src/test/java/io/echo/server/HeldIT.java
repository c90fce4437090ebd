package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.testing.Await;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ten thousand connections held: what each costs, and how fast the others are meanwhile. {@code mvn
 * verify -Pheld -Dheld.transport=nio}; prints figures, and fails only when an echo does.
 */
@Tag("held")
class HeldIT {
    private static final int CONNECTIONS = 10_000;
    private static final int SOURCES = 8;
    private static final int EXCHANGES = 20_000;
    private static final long PAGE = 4_096;
    private static final Pattern TCP_PAGES = Pattern.compile("TCP: .* mem (\\d+)");

    @TempDir private Path dir;

    @Test
    void holdsTenThousand() throws Exception {
        List<SocketChannel> held = new ArrayList<>();
        try (ServerProcess server =
                ServerProcess.start(
                        dir.resolve("log"),
                        Map.of(),
                        ServerProcess.jar(
                                List.of(JvmMemory.TRACKED),
                                "--port",
                                "0",
                                "--host",
                                "127.0.0.1",
                                "--transport",
                                System.getProperty("held.transport"),
                                "--max-connections",
                                String.valueOf(CONNECTIONS + 1_000),
                                "--idle-timeout",
                                "0"))) {
            InetSocketAddress tcp = new InetSocketAddress("127.0.0.1", server.port("tcp"));
            try (SocketChannel peer = SocketChannel.open(tcp)) {
                exchange(peer, ByteBuffer.allocateDirect(64));
                report("alone", peer);
                JvmMemory before = JvmMemory.of(server);
                long resident = server.residentBytes();
                long kernel = kernelBytes();
                hold(held, tcp);
                JvmMemory with = JvmMemory.of(server);
                System.out.printf(
                        "held %d over %s: bytes each: heap %d, direct %d, resident %d,"
                                + " kernel buffers of both ends %d%n",
                        held.size(),
                        System.getProperty("held.transport"),
                        (with.heap() - before.heap()) / CONNECTIONS,
                        (with.direct() - before.direct()) / CONNECTIONS,
                        (server.residentBytes() - resident) / CONNECTIONS,
                        (kernelBytes() - kernel) / CONNECTIONS);
                report("beside them", peer);
                report("over each of them in turn", held.toArray(SocketChannel[]::new));
                underFlood(server, peer);
            }
        } finally {
            for (SocketChannel each : held) {
                each.close();
            }
        }
    }

    private static void hold(List<SocketChannel> held, InetSocketAddress server)
            throws IOException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(64);
        for (int i = 0; i < CONNECTIONS; i++) {
            SocketChannel peer = SocketChannel.open();
            peer.bind(new InetSocketAddress("127.0.0." + (2 + i % SOURCES), 0));
            peer.connect(server);
            held.add(peer);
            exchange(peer, bytes);
        }
    }

    private static void underFlood(ServerProcess server, SocketChannel peer) throws Exception {
        InetSocketAddress udp = new InetSocketAddress("127.0.0.1", server.port("udp"));
        AtomicBoolean stop = new AtomicBoolean();
        AtomicLong sent = new AtomicLong();
        try (DatagramChannel from = DatagramChannel.open()) {
            from.connect(udp);
            Thread flood =
                    new Thread(
                            () -> {
                                ByteBuffer datagram = ByteBuffer.allocateDirect(64);
                                while (!stop.get()) {
                                    write(from, datagram.clear());
                                    sent.incrementAndGet();
                                }
                            });
            long startNs = System.nanoTime();
            flood.start();
            try {
                Await.until("the flood is under way", () -> sent.get() > 10_000);
                report("beside them, under a flood", peer);
            } finally {
                stop.set(true);
                flood.join();
            }
            System.out.printf(
                    "  the flood: %.0f datagrams a second of 64 bytes%n",
                    sent.get() * 1e9 / (System.nanoTime() - startNs));
        }
    }

    private static void write(DatagramChannel to, ByteBuffer datagram) {
        try {
            to.write(datagram);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One exchange after the other, 64 bytes. */
    private static void report(String when, SocketChannel... peers) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(64);
        Random random = new Random(1);
        long[] ns = new long[EXCHANGES];
        for (int i = 0; i < EXCHANGES; i++) {
            SocketChannel peer = peers[random.nextInt(peers.length)];
            long startNs = System.nanoTime();
            exchange(peer, bytes);
            ns[i] = System.nanoTime() - startNs;
        }
        Arrays.sort(ns);
        System.out.printf(
                "  echo %s: p50 %.1f us, p99 %.1f us, p99.9 %.1f us, max %.1f us%n",
                when,
                ns[EXCHANGES / 2] / 1e3,
                ns[EXCHANGES * 99 / 100] / 1e3,
                ns[EXCHANGES * 999 / 1_000] / 1e3,
                ns[EXCHANGES - 1] / 1e3);
    }

    private static void exchange(SocketChannel peer, ByteBuffer bytes) throws IOException {
        peer.write(bytes.clear());
        bytes.clear();
        while (bytes.hasRemaining()) {
            assertThat(peer.read(bytes)).isPositive();
        }
    }

    private static long kernelBytes() throws IOException {
        Matcher matcher = TCP_PAGES.matcher(Files.readString(Path.of("/proc/net/sockstat")));
        assertThat(matcher.find()).isTrue();
        return Long.parseLong(matcher.group(1)) * PAGE;
    }
}
