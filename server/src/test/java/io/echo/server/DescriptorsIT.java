package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.testing.Await;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process that runs out of descriptors: it neither spins nor dies, and comes back. */
@Timeout(120)
class DescriptorsIT {
    private static final int LIMIT = 160;

    /** More than fit, of which half fit. */
    private static final int PEERS = 120;

    @TempDir private Path dir;

    @Test
    void refusesMoreConnectionsThanDescriptorsAllow() throws Exception {
        try (ServerProcess server = start(128, "--port", "0", "--max-connections", "65")) {
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(server.logLines())
                    .containsExactly(
                            "echo-server: --max-connections must be at most 64 with a descriptor"
                                    + " limit of 128, got 65");
        }
    }

    /**
     * The reserve of 64 descriptors is enough for any usual number of loops; forty of them, each
     * with its selector and its socket, use it up before the limit of connections is reached.
     */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void restsOutOfDescriptorsAndComesBack(Transport transport) throws Exception {
        TestServers.config(transport);
        List<Socket> held = new ArrayList<>();
        try (ServerProcess server =
                        start(
                                LIMIT,
                                "--port",
                                "0",
                                "--host",
                                "127.0.0.1",
                                "--loops",
                                "20",
                                "--transport",
                                transport.toString());
                Socket early = connect(server)) {
            exchange(early);
            for (int i = 0; i < PEERS; i++) {
                held.add(connect(server)); // The kernel connects whom the server cannot accept.
            }
            Await.until("no descriptor is left", () -> server.descriptors() >= LIMIT - 1);
            assertThat(waits(held.get(PEERS - 1))).as("the last one is not accepted").isTrue();
            int lines = server.logLines().size();
            long startNs = System.nanoTime();
            long leastMillis = Long.MAX_VALUE;
            for (int i = 0; i < 20; i++) {
                long cpuMillis = server.cpu().toMillis();
                exchange(early);
                exchangeDatagram(server);
                Drain.pause(100_000_000);
                leastMillis = Math.min(leastMillis, server.cpu().toMillis() - cpuMillis);
            }
            System.out.printf(
                    "%s out of descriptors: %d ms of processor time in 100 ms%n",
                    transport, leastMillis);
            // A loop that spins does so all the time; compilers and collectors work now and then.
            assertThat(leastMillis).as("no spin").isLessThan(50);
            long minutes = 1 + TimeUnit.NANOSECONDS.toMinutes(System.nanoTime() - startNs);
            for (String seldom :
                    List.of("cannot accept connections", "cannot list the interfaces")) {
                assertThat(server.logLines())
                        .filteredOn(line -> line.contains(seldom))
                        .hasSizeLessThanOrEqualTo((int) minutes);
            }
            assertThat(server.logLines().size() - lines)
                    .as("log lines")
                    .isLessThanOrEqualTo(2 * (int) minutes);
            for (Socket peer : held.subList(0, PEERS / 2)) {
                peer.close();
            }
            exchange(held.get(PEERS - 1)); // Back again.
            TestServers.assertConserved(server.stop());
        } finally {
            for (Socket peer : held) {
                peer.close();
            }
        }
    }

    private ServerProcess start(int descriptors, String... arguments) throws IOException {
        return ServerProcess.start(
                dir.resolve("log"),
                Map.of(),
                ServerProcess.withDescriptors(descriptors, ServerProcess.brief(arguments)));
    }

    private static Socket connect(ServerProcess server) throws IOException {
        Socket peer = new Socket("127.0.0.1", server.port("tcp"));
        peer.setSoTimeout(20_000);
        return peer;
    }

    private static void exchange(Socket peer) throws IOException {
        peer.getOutputStream().write(7);
        assertThat(peer.getInputStream().read()).isEqualTo(7);
    }

    private static boolean waits(Socket peer) throws IOException {
        peer.setSoTimeout(300);
        peer.getOutputStream().write(7);
        try {
            return peer.getInputStream().read() < -1;
        } catch (SocketTimeoutException e) {
            return true;
        } finally {
            peer.setSoTimeout(20_000);
        }
    }

    private static void exchangeDatagram(ServerProcess server) throws IOException {
        try (DatagramSocket peer = new DatagramSocket()) {
            peer.connect(InetAddress.getByName("127.0.0.1"), server.port("udp"));
            peer.setSoTimeout(20_000);
            peer.send(new DatagramPacket(new byte[3], 3));
            peer.receive(new DatagramPacket(new byte[9], 9));
        }
    }
}
