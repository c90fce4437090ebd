package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Protocol;
import io.echo.net.Transport;
import io.echo.server.admin.Prober;
import io.echo.server.admission.ProbePass;
import io.echo.server.config.Addresses;
import io.echo.server.config.ServerConfig;
import io.echo.testing.Await;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The sign of life for a watchdog. */
@Timeout(60)
class HeartbeatTest {
    private final AtomicInteger beats = new AtomicInteger();

    @ParameterizedTest
    @EnumSource(Transport.class)
    @SuppressWarnings("try") // Only open for a while.
    void beatsWhileItEchoesAndNoLonger(Transport transport) throws Exception {
        ServerConfig config = TestServers.config(transport).withAdmin(Optional.empty());
        try (EchoServer server = EchoServer.start(config, beats::incrementAndGet)) {
            Await.until("it beats again and again", () -> beats.get() >= 2);
        }
        int last = beats.get();
        AtomicInteger others = new AtomicInteger();
        try (EchoServer next = EchoServer.start(config, others::incrementAndGet)) {
            Await.until("another one beats", () -> others.get() >= 2);
        }
        assertThat(beats).hasValue(last);
    }

    /** Probes that are lost under load make no dead server: what it answers to others counts. */
    @Test
    void beatsForAnswersToOthersWhereProbesAreLost() throws Exception {
        try (EchoServer server = EchoServer.start(TestServers.config(Transport.NIO));
                ServerSocket silent = new ServerSocket(0, 1, TestServers.loopback());
                UdpPeer peer = UdpPeer.at("127.0.0.1")) {
            Heartbeat rounds =
                    new Heartbeat(
                            new Prober(
                                    () -> addresses(silent),
                                    Set.of(Protocol.TCP),
                                    Map.of(Protocol.TCP, new ProbePass())),
                            server.metrics(),
                            beats::incrementAndGet);
            rounds.beat();
            assertThat(beats).as("nothing echoed").hasValue(0);
            peer.exchange(new byte[100], server.addresses().udp().get(0));
            rounds.beat();
            assertThat(beats).as("a peer had an echo").hasValue(1);
            rounds.beat();
            assertThat(beats).as("nothing since").hasValue(1);
        }
    }

    private static Addresses addresses(ServerSocket socket) {
        InetSocketAddress address = (InetSocketAddress) socket.getLocalSocketAddress();
        return new Addresses(List.of(), List.of(address), Optional.empty());
    }
}
