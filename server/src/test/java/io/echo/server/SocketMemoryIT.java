package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.echo.net.Transport;
import io.echo.server.metrics.Counter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A server whose container has as much memory for sockets as its start announces, and a source that
 * never reads: more connections than the table holds, each finished with its echo unread.
 */
@Tag("long")
@Timeout(300)
class SocketMemoryIT {
    private static final Path GROUPS = Path.of("/sys/fs/cgroup/memory");
    private static final long MIB = 1 << 20;
    private static final int CONNECTIONS = 600;
    private static final int ECHO = 250_000;

    @TempDir private Path dir;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void oneSourceTakesNothingFromOthers(Transport transport) throws Exception {
        Peers.requireRoot();
        assumeThat(GROUPS.resolve("memory.kmem.tcp.limit_in_bytes")).exists();
        Path group = Files.createDirectory(GROUPS.resolve("echo-" + ProcessHandle.current().pid()));
        try {
            write(group, "memory.limit_in_bytes", 512 * MIB);
            write(group, "memory.kmem.tcp.limit_in_bytes", 256 * MIB);
            attack(transport, group);
        } finally {
            Files.delete(group);
        }
    }

    private void attack(Transport transport, Path group) throws Exception {
        String enter = "echo $$ > $0/cgroup.procs && exec \"$@\"";
        List<String> command =
                ServerProcess.behind(
                        List.of("sh", "-c", enter, group.toString()),
                        ServerProcess.brief(
                                "--host",
                                "127.0.0.1",
                                "--port",
                                "0",
                                "--transport",
                                transport.toString(),
                                "--trusted",
                                "none",
                                "--accept-rate",
                                "10000/s"));
        List<Socket> peers = new ArrayList<>();
        try (ServerProcess server = ServerProcess.start(dir.resolve("log"), Map.of(), command)) {
            for (int i = 0; i < CONNECTIONS; i++) {
                peers.add(finishUnread(server));
                if (i % 20 == 0) {
                    assertOthersAreServed(server);
                }
            }
            assertThat(used(group)).as("socket memory").isLessThan(128 * MIB);
            Map<Counter, Long> totals = server.stop();
            assertThat(totals.get(Counter.TCP_REJECTED_SOURCE)).isPositive();
            TestServers.assertConserved(totals);
        } finally {
            for (Socket peer : peers) {
                peer.close();
            }
        }
    }

    /** Sends from 127.0.0.0/24; being refused and reset is part of the attack. */
    private static Socket finishUnread(ServerProcess server) throws IOException {
        Socket peer = new Socket();
        peer.setReceiveBufferSize(4096);
        peer.setSoTimeout(2_000);
        try {
            peer.connect(new InetSocketAddress("127.0.0.1", server.port("tcp")), 2_000);
            peer.getOutputStream().write(new byte[ECHO]);
            peer.shutdownOutput();
        } catch (IOException e) {
            peer.close();
        }
        return peer;
    }

    /** Asks from another /24, over both protocols. */
    private static void assertOthersAreServed(ServerProcess server) throws IOException {
        try (Socket stream = new Socket();
                UdpPeer datagrams = UdpPeer.at("127.0.9.9")) {
            stream.bind(new InetSocketAddress("127.0.9.9", 0));
            stream.setSoTimeout(5_000);
            stream.connect(new InetSocketAddress("127.0.0.1", server.port("tcp")), 5_000);
            stream.getOutputStream().write(new byte[1_000]);
            assertThat(stream.getInputStream().readNBytes(1_000)).hasSize(1_000);
            datagrams.exchange(new byte[9], new InetSocketAddress("127.0.0.1", server.port("udp")));
        }
    }

    private static void write(Path group, String file, long value) throws IOException {
        Files.writeString(group.resolve(file), String.valueOf(value));
    }

    private static long used(Path group) throws IOException {
        return Long.parseLong(
                Files.readString(group.resolve("memory.kmem.tcp.usage_in_bytes")).strip());
    }
}
