package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.metrics.Counter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The runnable jar under floods of what it drops and resets: the log is no weapon. */
@Tag("long")
@Timeout(120)
class FloodIT {
    /** One or two of the log's ten-second reports fall into it. */
    private static final long FLOOD_NS = TimeUnit.SECONDS.toNanos(11);

    @TempDir private Path dir;

    /**
     * Every transport at a time: datagrams too large, too many, denied and from a service's port;
     * connections too many and denied.
     */
    @Test
    void writesAFewLinesHoweverMuchItDropsAndResets() throws Exception {
        List<ServerProcess> servers = new ArrayList<>();
        try (UdpPeer client = UdpPeer.at("127.0.0.1");
                UdpPeer denied = UdpPeer.at("127.0.5.1");
                UdpPeer service = UdpPeer.ofService()) {
            for (Transport transport : Transport.values()) {
                servers.add(start(transport));
            }
            List<Integer> started = new ArrayList<>();
            for (ServerProcess server : servers) {
                started.add(server.log().length());
            }
            long startNs = System.nanoTime();
            long sent = flood(servers, client, denied, service);
            for (int i = 0; i < servers.size(); i++) {
                ServerProcess server = servers.get(i);
                for (String reason : List.of("rate", "size", "denied", "source_port")) {
                    server.awaitLine(
                            "dropped \\d+ datagrams in 10 s: .+ \\(reason=" + reason + "\\)");
                }
                for (String cause : List.of("over --accept-rate", "outside --allow.*")) {
                    server.awaitLine("rejected \\d+ connections in 10 s: " + cause + " \\(reason=");
                }
                String log = server.log();
                int written = log.length() - started.get(i);
                long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNs);
                System.out.printf(
                        "%s: %d datagrams in %d s, log %d bytes%n",
                        Transport.values()[i], sent, seconds, written);
                // 1 KB a second is the promise; it keeps a fifth of that.
                assertThat(written).as(log).isLessThan((int) Math.max(11, seconds) * 200);
                assertTotals(server.stop(), System.nanoTime() - startNs);
            }
        } finally {
            servers.forEach(ServerProcess::close);
        }
    }

    private static long flood(
            List<ServerProcess> servers, UdpPeer client, UdpPeer denied, UdpPeer service)
            throws IOException {
        byte[] small = new byte[20];
        byte[] large = new byte[1_001];
        long endNs = System.nanoTime() + FLOOD_NS;
        long sent = 0;
        List<Socket> connections = new ArrayList<>();
        while (System.nanoTime() - endNs < 0) {
            for (ServerProcess server : servers) {
                var to = new InetSocketAddress("127.0.0.1", server.port("udp"));
                for (int i = 0; i < 50; i++) {
                    client.send(small, to);
                    client.send(large, to);
                    denied.send(small, to);
                    service.send(small, to);
                }
            }
            reset(connections); // They had a round to be seen in.
            for (ServerProcess server : servers) {
                connect("127.0.0.1", server, connections);
                connect("127.0.5.1", server, connections);
            }
            sent += 200;
        }
        reset(connections);
        return sent;
    }

    /** The reset may be here before the connect is seen to have worked: that is one, too. */
    private static void connect(String from, ServerProcess server, List<Socket> connections)
            throws IOException {
        Socket peer = new Socket();
        connections.add(peer);
        peer.bind(new InetSocketAddress(from, 0));
        try {
            peer.connect(new InetSocketAddress("127.0.0.1", server.port("tcp")));
        } catch (SocketException reset) {
            assertThat(reset).hasMessageContaining("reset");
            peer.close(); // the JDK has closed it already, and does not say so when asked
        }
    }

    /** Resets connections that the server has accepted, so that their ports are free again. */
    private static void reset(List<Socket> connections) throws IOException {
        for (Socket peer : connections) {
            if (!peer.isClosed()) {
                peer.setSoLinger(true, 0);
                peer.close();
            }
        }
        connections.clear();
    }

    private static void assertTotals(Map<Counter, Long> totals, long ns) {
        TestServers.assertConserved(totals);
        assertThat(totals.get(Counter.TCP_REJECTED_RATE)).isPositive();
        assertThat(totals.get(Counter.TCP_REJECTED_DENIED)).isPositive();
        long seconds = TimeUnit.NANOSECONDS.toSeconds(ns);
        assertThat(totals.get(Counter.UDP_ECHOED)).isBetween(1_000L, (seconds + 2) * 1_000);
    }

    private ServerProcess start(Transport transport) throws IOException {
        return ServerProcess.start(
                dir.resolve(transport.toString()),
                "--port",
                "0",
                "--host",
                "127.0.0.1",
                "--trusted",
                "none",
                "--max-datagram",
                "1000",
                "--accept-rate",
                "10",
                "--deny",
                "127.0.5.0/24",
                "--drain-timeout",
                "0",
                "--transport",
                transport.toString());
    }
}
