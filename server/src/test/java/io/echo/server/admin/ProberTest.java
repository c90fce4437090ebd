package io.echo.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Protocol;
import io.echo.server.TestServers;
import io.echo.server.admission.ProbePass;
import io.echo.server.config.Addresses;
import io.echo.testing.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The prober by itself, beside a server whose own probes are off. */
@Timeout(60)
class ProberTest {
    private final ProbePass pass = new ProbePass();
    private final Map<Protocol, ProbePass> passes = Map.of(Protocol.UDP, pass, Protocol.TCP, pass);

    /** Else a client that is given the same port next would pass every guard, uncounted. */
    @Test
    void isAdmittedOverUdpForNoLongerThanItHoldsItsPort() throws IOException {
        try (DatagramSocket peer = new DatagramSocket(0, TestServers.loopback())) {
            Prober prober = prober(Protocol.UDP, peer.getLocalSocketAddress());
            CompletableFuture<Void> probe = CompletableFuture.runAsync(prober::probe);
            DatagramPacket packet = new DatagramPacket(new byte[100], 100);
            peer.receive(packet);
            assertThat(pass.admits(packet.getSocketAddress())).as("while it probes").isTrue();
            peer.send(packet);
            probe.join();
            assertThat(prober.succeeded(Protocol.UDP)).isEqualTo(1);
            assertThat(pass.admits(packet.getSocketAddress())).as("after").isFalse();
        }
    }

    @Test
    void isAdmittedOverTcpForNoLongerThanItHoldsItsPort() throws IOException {
        try (ServerSocket listener = new ServerSocket(0, 1, TestServers.loopback())) {
            Prober prober = prober(Protocol.TCP, listener.getLocalSocketAddress());
            CompletableFuture<Void> probe = CompletableFuture.runAsync(prober::probe);
            try (Socket peer = listener.accept()) {
                assertThat(pass.admits(peer.getRemoteSocketAddress()))
                        .as("while it probes")
                        .isTrue();
                byte[] nonce = peer.getInputStream().readNBytes(Long.BYTES);
                peer.getOutputStream().write(nonce);
                probe.join();
                assertThat(prober.succeeded(Protocol.TCP)).isEqualTo(1);
                assertThat(pass.admits(peer.getRemoteSocketAddress())).as("after").isFalse();
            }
        }
    }

    /** Else somebody who forges the server's address could aim at the prober. */
    @Test
    void asksFromAnotherPortEachTime() throws IOException {
        Set<Integer> ports = new HashSet<>();
        try (DatagramSocket peer = new DatagramSocket(0, TestServers.loopback())) {
            Prober prober = prober(Protocol.UDP, peer.getLocalSocketAddress());
            for (int probes = 0; probes < 5; probes++) {
                CompletableFuture<Void> probe = CompletableFuture.runAsync(prober::probe);
                DatagramPacket packet = receive(peer);
                ports.add(packet.getPort());
                peer.send(packet);
                probe.join();
            }
        }
        // The system picks one of thousands: it may pick one twice.
        assertThat(ports).hasSizeGreaterThanOrEqualTo(4);
    }

    /** Else a server that reads it late takes it for a client's. */
    @Test
    void keepsThePassOfAProbeThatMayStillBeRead() throws Exception {
        try (DatagramSocket late = new DatagramSocket(0, TestServers.loopback())) {
            Prober prober = prober(Protocol.UDP, late.getLocalSocketAddress());
            prober.probe();
            assertThat(prober.failed(Protocol.UDP)).isEqualTo(1);
            SocketAddress probe = receive(late).getSocketAddress();
            assertThat(pass.admits(probe)).as("it has failed").isTrue();
            prober.close();
            assertThat(pass.admits(probe)).as("the server has closed").isFalse();
            prober.probe();
            assertThat(prober.failed(Protocol.UDP)).isEqualTo(2);
        }
    }

    private Prober prober(Protocol protocol, SocketAddress at) {
        List<InetSocketAddress> target = List.of((InetSocketAddress) at);
        Addresses addresses =
                protocol == Protocol.UDP
                        ? new Addresses(target, List.of(), Optional.empty())
                        : new Addresses(List.of(), target, Optional.empty());
        return new Prober(() -> addresses, Set.of(protocol), passes);
    }

    @Test
    void saysWhatIsWrongAlsoWhereTheSystemDoesNot() throws IOException {
        int free = FreePorts.ofNobody();
        InetSocketAddress nobody = new InetSocketAddress(TestServers.loopback(), free);
        Addresses addresses = new Addresses(List.of(nobody), List.of(), Optional.empty());
        Prober prober = new Prober(() -> addresses, Set.of(Protocol.UDP), passes);
        for (int i = 0; i < Prober.FAILURES; i++) {
            assertThat(prober.problem()).isEmpty();
            prober.probe();
        }
        assertThat(prober.problem())
                .contains("no echo over udp through 127.0.0.1:" + free + ": port unreachable");
    }

    /** Whatever keeps the prober from probing, "ok" goes with its evidence. */
    @Test
    void isNotReadyOnceItsLastEchoIsOld() throws IOException {
        AtomicLong nowNs = new AtomicLong(Long.MAX_VALUE - 5); // It wraps, as it may.
        try (DatagramSocket responder = new DatagramSocket(0, TestServers.loopback())) {
            InetSocketAddress at = (InetSocketAddress) responder.getLocalSocketAddress();
            Addresses addresses = new Addresses(List.of(at), List.of(), Optional.empty());
            Prober prober = new Prober(() -> addresses, Set.of(Protocol.UDP), passes, nowNs::get);
            nowNs.addAndGet(Prober.STALE_NS);
            assertThat(prober.problem()).as("since the start").isEmpty();
            nowNs.addAndGet(1);
            assertThat(prober.problem()).contains("no probe for 10 s");
            CompletableFuture<Void> answer =
                    CompletableFuture.runAsync(
                            () -> {
                                DatagramPacket probe = receive(responder);
                                send(
                                        responder,
                                        probe,
                                        Arrays.copyOf(probe.getData(), probe.getLength()));
                            });
            prober.probe();
            answer.join();
            assertThat(prober.problem()).isEmpty();
            nowNs.addAndGet(3 * Prober.STALE_NS);
            assertThat(prober.ageNs()).isEqualTo(3 * Prober.STALE_NS);
            assertThat(prober.problem()).contains("no probe for 30 s");
        }
    }

    /** Whoever forges the server's address can make others arrive first, of any content. */
    @Test
    void waitsForItsOwnNonceBehindForgedDatagrams() throws Exception {
        try (DatagramSocket responder = new DatagramSocket(0, TestServers.loopback())) {
            Prober prober = prober(Protocol.UDP, responder.getLocalSocketAddress());
            CompletableFuture<Void> forging =
                    CompletableFuture.runAsync(
                            () -> {
                                DatagramPacket probe = receive(responder);
                                byte[] nonce = Arrays.copyOf(probe.getData(), probe.getLength());
                                byte[] wrong = nonce.clone();
                                wrong[nonce.length - 1]++;
                                send(responder, probe, wrong);
                                send(responder, probe, new byte[0]);
                                send(responder, probe, Arrays.copyOf(nonce, nonce.length - 1));
                                send(responder, probe, Arrays.copyOf(nonce, nonce.length + 1));
                                send(responder, probe, new byte[1_000]);
                                send(responder, probe, nonce);
                            });
            prober.probe();
            forging.get(20, TimeUnit.SECONDS);
            assertThat(prober.failed(Protocol.UDP)).isZero();
            assertThat(prober.succeeded(Protocol.UDP)).isEqualTo(1);
        }
    }

    @Test
    void failsInTimeWhileForgedDatagramsKeepComing() throws Exception {
        try (DatagramSocket responder = new DatagramSocket(0, TestServers.loopback())) {
            Prober prober = prober(Protocol.UDP, responder.getLocalSocketAddress());
            AtomicBoolean over = new AtomicBoolean();
            CompletableFuture<Void> forging =
                    CompletableFuture.runAsync(
                            () -> {
                                for (int probes = 0; probes < Prober.FAILURES; probes++) {
                                    DatagramPacket probe = receive(responder);
                                    long failed = probes;
                                    while (!over.get() && prober.failed(Protocol.UDP) == failed) {
                                        send(responder, probe, new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
                                    }
                                }
                            });
            long startNs = System.nanoTime();
            for (int probes = 0; probes < Prober.FAILURES; probes++) {
                prober.probe();
            }
            over.set(true);
            assertThat(Duration.ofNanos(System.nanoTime() - startNs))
                    .isLessThan(Duration.ofSeconds(10));
            forging.get(20, TimeUnit.SECONDS);
            assertThat(prober.succeeded(Protocol.UDP)).isZero();
            assertThat(prober.problem().orElseThrow())
                    .containsPattern("something else came back, \\d+ times, and no echo");
        }
    }

    /** The time-out is for the whole reply, not for each part of it. */
    @Test
    void failsInTimeWhileTcpBringsOneByteAfterTheOther() throws Exception {
        ScheduledExecutorService trickle = Executors.newSingleThreadScheduledExecutor();
        try (ServerSocket listener = new ServerSocket(0, 1, TestServers.loopback())) {
            Prober prober = prober(Protocol.TCP, listener.getLocalSocketAddress());
            CompletableFuture<Socket> accepted =
                    CompletableFuture.supplyAsync(
                            () -> {
                                try {
                                    Socket peer = listener.accept();
                                    trickle.scheduleWithFixedDelay(
                                            () -> echoOneByte(peer),
                                            400,
                                            400,
                                            TimeUnit.MILLISECONDS);
                                    return peer;
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            });
            long startNs = System.nanoTime();
            prober.probe();
            assertThat(Duration.ofNanos(System.nanoTime() - startNs))
                    .isLessThan(Duration.ofSeconds(2));
            accepted.get(20, TimeUnit.SECONDS).close();
            assertThat(prober.failed(Protocol.TCP)).isEqualTo(1);
        } finally {
            trickle.shutdownNow();
        }
    }

    private static DatagramPacket receive(DatagramSocket socket) {
        try {
            DatagramPacket packet = new DatagramPacket(new byte[64], 64);
            socket.setSoTimeout(20_000);
            socket.receive(packet);
            return packet;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void send(DatagramSocket socket, DatagramPacket probe, byte[] content) {
        try {
            socket.send(new DatagramPacket(content, content.length, probe.getSocketAddress()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void echoOneByte(Socket peer) {
        try {
            peer.getOutputStream().write(peer.getInputStream().read());
        } catch (IOException e) {
            throw new UncheckedIOException(e); // Ends the trickle: the prober has left.
        }
    }
}
