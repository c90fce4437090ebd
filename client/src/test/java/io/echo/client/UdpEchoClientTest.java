package io.echo.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.net.Target;
import io.echo.net.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class UdpEchoClientTest {
    private static final Duration SHORT = Duration.ofSeconds(2);

    @ParameterizedTest
    @EnumSource(Transport.class)
    void everySizeComesBackWhole(Transport transport) throws Exception {
        Random random = new Random(7);
        int least = transport == Transport.NIO ? 1 : 0;
        try (UdpPeer peer = UdpPeer.echo();
                EchoClient client =
                        EchoClient.connect(peer.target(), Transports.options(transport))) {
            for (int size :
                    new int[] {1, least, 2, 2047, 2048, 2049, 16_897, least, 65_506, 65_507}) {
                byte[] message = new byte[size];
                random.nextBytes(message);

                Reply reply = get(client.echo(message));

                assertThat(reply.bytes()).isEqualTo(message);
                assertThat(reply.roundTrip()).isPositive();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void manyInFlightFindTheirReplies(Transport transport) throws Exception {
        String shortest = transport == Transport.NIO ? "m" : "";
        try (UdpPeer peer = UdpPeer.echo();
                EchoClient client =
                        EchoClient.connect(peer.target(), Transports.options(transport))) {
            List<CompletableFuture<Reply>> replies = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                replies.add(client.echo(bytes(i % 8 == 0 ? shortest : "message " + i % 16)));
            }

            for (int i = 0; i < 64; i++) {
                assertThat(get(replies.get(i)).bytes())
                        .isEqualTo(bytes(i % 8 == 0 ? shortest : "message " + i % 16));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void oneTooLargeIsRefusedAndTheNextWorks(Transport transport) throws Exception {
        try (UdpPeer peer = UdpPeer.echo();
                EchoClient client =
                        EchoClient.connect(peer.target(), Transports.options(transport))) {
            assertThatThrownBy(() -> client.echo(new byte[65_508]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("message must be at most 65507 bytes over UDP, got 65508");
            assertThat(get(client.echo(bytes("next"))).bytes()).isEqualTo(bytes("next"));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void tellsLateFromForeignAndKeepsWorking(Transport transport) throws Exception {
        BlockingQueue<StrayReply> strays = new LinkedBlockingQueue<>();
        // Holds back what it is told to, until the next message; answers each with noise as well.
        List<byte[]> held = new ArrayList<>();
        try (UdpPeer peer =
                        UdpPeer.start(
                                (datagram, sender) -> {
                                    if (Arrays.equals(datagram, bytes("hold"))) {
                                        held.add(datagram);
                                        return;
                                    }
                                    for (byte[] late : held) {
                                        sender.send(late);
                                    }
                                    sender.send(bytes("noise"));
                                    sender.send(datagram);
                                });
                EchoClient client =
                        EchoClient.connect(
                                peer.target(),
                                Transports.options(transport)
                                        .withTimeout(SHORT)
                                        .withStrays(strays::add))) {
            assertThatThrownBy(() -> get(client.echo(bytes("hold"))))
                    .hasCauseInstanceOf(NoReplyException.class)
                    .hasMessageContaining("no reply within 2s");

            assertThat(get(client.echo(bytes("go"))).bytes()).isEqualTo(bytes("go"));

            StrayReply late = strays.poll(30, TimeUnit.SECONDS);
            assertThat(late.isLate()).isTrue();
            assertThat(late.age().orElseThrow()).isGreaterThan(SHORT);
            assertThat(late.bytes()).isEqualTo(bytes("hold"));
            StrayReply foreign = strays.poll(30, TimeUnit.SECONDS);
            assertThat(foreign.isLate()).isFalse();
            assertThat(foreign.bytes()).isEqualTo(bytes("noise"));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void unreachablePortFailsWhatIsInFlightAndTheNextWorks(Transport transport) throws Exception {
        Target target;
        try (UdpPeer gone = UdpPeer.echo()) {
            target = gone.target();
        }
        try (EchoClient client = EchoClient.connect(target, Transports.options(transport))) {
            assertThatThrownBy(() -> get(client.echo(bytes("anyone?"))))
                    .hasRootCauseInstanceOf(IOException.class)
                    .hasMessageContaining(
                            target
                                    + ": port unreachable, nobody listens there or a firewall"
                                    + " rejects");
            InetSocketAddress address =
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), target.port());
            try (UdpPeer back =
                    UdpPeer.start(address, (datagram, sender) -> sender.send(datagram))) {
                assertThat(client.remoteAddress().getPort()).isEqualTo(back.target().port());
                assertThat(get(client.echo(bytes("again"))).bytes()).isEqualTo(bytes("again"));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void closingFailsWhatIsInFlightAndWhatFollows(Transport transport) throws Exception {
        try (UdpPeer peer = UdpPeer.start((datagram, sender) -> {})) {
            EchoClient client = EchoClient.connect(peer.target(), Transports.options(transport));
            CompletableFuture<Reply> open = client.echo(bytes("hello"));
            client.close();
            client.close();

            assertThatThrownBy(() -> get(open))
                    .hasCauseInstanceOf(IOException.class)
                    .hasMessageContaining("the client is closed");
            assertThatThrownBy(() -> get(client.echo(bytes("too late"))))
                    .hasCauseInstanceOf(IOException.class)
                    .hasMessageContaining("the client is closed");
        }
    }

    private static Reply get(CompletableFuture<Reply> reply) throws Exception {
        return reply.get(20, TimeUnit.SECONDS);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
