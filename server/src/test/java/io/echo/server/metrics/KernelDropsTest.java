package io.echo.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.TestServers;
import io.echo.testing.Await;
import io.echo.testing.Programs;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernel's own number, for sockets that nobody reads. */
@Timeout(60)
class KernelDropsTest {
    /** Holds a port, with a small buffer, until its input ends. */
    private static final String OTHER_PROGRAM =
            """
            import socket, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.bind((sys.argv[1], int(sys.argv[2])))
            print('bound', flush=True)
            sys.stdin.read()
            """;

    @BeforeAll
    static void requireTheTable() {
        if (!Files.exists(Path.of("/proc/net/udp"))) {
            Programs.require("/proc/net/udp");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    @SuppressWarnings("try") // Closing early is the point.
    void countsWhatTheKernelDrops(String address) throws Exception {
        assumeTrue(TestServers.loopbacks().contains(address), "this machine has no " + address);
        try (DatagramSocket full = new DatagramSocket(0, InetAddress.getByName(address))) {
            full.setReceiveBufferSize(4_096);
            KernelDrops drops = new KernelDrops(Optional.of(full.getLocalPort()));
            assertThat(drops.total()).isZero();
            flood(full.getLocalSocketAddress());
            Await.until("most are dropped", () -> drops.total() >= 50);
            long dropped = drops.total();
            full.close();
            assertThat(drops.total()).isBetween(dropped, 99L);
            assertThat(drops.total()).isEqualTo(drops.total());
            assertThat(new KernelDrops(Optional.empty()).total()).isZero();
        }
    }

    /** A name server beside ours, say, that has our port on another address and is flooded. */
    @Test
    void countsNoOtherProgramsSocket() throws Exception {
        try (DatagramSocket ours = new DatagramSocket(0, TestServers.loopback())) {
            int port = ours.getLocalPort();
            InetSocketAddress theirs = new InetSocketAddress("127.0.0.9", port);
            Process other = start(theirs);
            try {
                KernelDrops drops = new KernelDrops(Optional.of(port));
                flood(theirs);
                Await.until("they have dropped", () -> listedDrops(port) >= 50);
                assertThat(drops.total()).isZero();
                ours.setReceiveBufferSize(4_096);
                flood(ours.getLocalSocketAddress());
                Await.until("we have too", () -> drops.total() >= 50);
                assertThat(drops.total()).isLessThan(100);
            } finally {
                other.destroyForcibly();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void knowsTheSocketsOfEveryTransport(Transport transport) throws Exception {
        try (EchoServer server = TestServers.start(transport)) {
            KernelDrops drops = new KernelDrops(Optional.of(TestServers.udp(server).getPort()));
            CountDownLatch away = TestServers.keepLoopsAway(server);
            try {
                Await.until(
                        "a full buffer",
                        () -> {
                            flood(TestServers.udp(server));
                            return drops.total() > 0;
                        });
            } finally {
                away.countDown();
            }
        }
    }

    private static Process start(InetSocketAddress at) throws IOException {
        Process program =
                new ProcessBuilder(
                                Programs.require("python3"),
                                "-c",
                                OTHER_PROGRAM,
                                at.getAddress().getHostAddress(),
                                String.valueOf(at.getPort()))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        BufferedReader out =
                new BufferedReader(
                        new InputStreamReader(program.getInputStream(), StandardCharsets.UTF_8));
        assertThat(out.readLine()).isEqualTo("bound");
        return program;
    }

    private static void flood(SocketAddress to) throws IOException {
        try (DatagramSocket peer = new DatagramSocket()) {
            for (int i = 0; i < 100; i++) {
                peer.send(new DatagramPacket(new byte[1_000], 1_000, to));
            }
        }
    }

    /** Returns what the table says of every socket with the port. */
    private static long listedDrops(int port) throws IOException {
        return Files.readAllLines(Path.of("/proc/net/udp")).stream()
                .map(line -> line.strip().split("\\s+"))
                .filter(columns -> columns[1].endsWith(":%04X".formatted(port)))
                .mapToLong(columns -> Long.parseLong(columns[12]))
                .sum();
    }
}
