package io.echo.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.net.Target;
import io.echo.net.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class TcpEchoClientTest {
    private static final Duration SHORT = Duration.ofSeconds(2);

    @ParameterizedTest
    @EnumSource(Transport.class)
    void pipelinedMessagesOfAnySizeFindTheirReplies(Transport transport) throws Exception {
        Random random = new Random(7);
        try (TcpPeer peer = TcpPeer.echo();
                EchoClient client =
                        EchoClient.connect(peer.target(), Transports.options(transport))) {
            List<byte[]> messages = new ArrayList<>();
            List<CompletableFuture<Reply>> replies = new ArrayList<>();
            for (int size : new int[] {1, 0, 5, 65_507, 65_536, 1_000_000, 3, 2_048}) {
                byte[] message = new byte[size];
                random.nextBytes(message);
                messages.add(message);
                replies.add(client.echo(message));
            }

            for (int i = 0; i < messages.size(); i++) {
                assertThat(get(replies.get(i)).bytes()).isEqualTo(messages.get(i));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void endOfConnectionFailsAllWithWhatHadCome(Transport transport) throws Exception {
        try (TcpPeer peer = TcpPeer.echoFirst(7);
                EchoClient client =
                        EchoClient.connect(peer.target(), Transports.options(transport))) {
            CompletableFuture<Reply> first = client.echo(bytes("hello"));
            CompletableFuture<Reply> second = client.echo(bytes("world"));
            CompletableFuture<Reply> third = client.echo(bytes("!"));

            assertThat(get(first).bytes()).isEqualTo(bytes("hello"));
            assertThat(failure(second).partial()).isEqualTo(bytes("wo"));
            assertThat(failure(third).partial()).isEmpty();
            assertThat(failure(client.echo(bytes("more"))))
                    .hasMessageContaining(peer.target() + ": connection ");
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void lateReplyIsSkippedAndReported(Transport transport) throws Exception {
        BlockingQueue<StrayReply> strays = new LinkedBlockingQueue<>();
        // Answers the first message with a part, and with the rest only when the second has come.
        try (TcpPeer peer =
                        TcpPeer.start(
                                socket -> {
                                    var in = socket.getInputStream();
                                    byte[] first = in.readNBytes(5);
                                    socket.getOutputStream().write(first, 0, 2);
                                    byte[] second = in.readNBytes(5);
                                    socket.getOutputStream().write(first, 2, 3);
                                    socket.getOutputStream().write(second);
                                    in.read();
                                });
                EchoClient client =
                        EchoClient.connect(
                                peer.target(),
                                Transports.options(transport)
                                        .withTimeout(SHORT)
                                        .withStrays(strays::add))) {
            NoReplyException failure = failure(client.echo(bytes("hello")));
            assertThat(failure).hasMessage("no whole reply within 2s, only 2 of 5 bytes");
            assertThat(failure.partial()).isEqualTo(bytes("he"));

            assertThat(get(client.echo(bytes("world"))).bytes()).isEqualTo(bytes("world"));
            StrayReply late = strays.poll(30, TimeUnit.SECONDS);
            assertThat(late.isLate()).isTrue();
            assertThat(late.bytes()).isEqualTo(bytes("hello"));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void unaskedBytesAreForeign(Transport transport) throws Exception {
        BlockingQueue<StrayReply> strays = new LinkedBlockingQueue<>();
        try (TcpPeer peer =
                        TcpPeer.start(
                                socket -> {
                                    socket.getOutputStream().write(bytes("220 ready"));
                                    TcpPeer.block(socket);
                                });
                EchoClient client =
                        EchoClient.connect(
                                peer.target(),
                                Transports.options(transport).withStrays(strays::add))) {
            StrayReply foreign = strays.poll(30, TimeUnit.SECONDS);
            assertThat(foreign.isLate()).isFalse();
            assertThat(foreign.bytes()).startsWith(bytes("2"));
            assertThat(client.closed()).isNotDone();
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void closingFailsWhatIsInFlight(Transport transport) throws Exception {
        try (TcpPeer peer = TcpPeer.mute()) {
            EchoClient client = EchoClient.connect(peer.target(), Transports.options(transport));
            CompletableFuture<Reply> open = client.echo(bytes("hello"));
            client.close();

            assertThat(failure(open)).hasMessageContaining("the client is closed");
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void refusedConnectionNamesTargetAndReason(Transport transport) throws Exception {
        TcpPeer gone = TcpPeer.echo();
        gone.close();

        assertThatThrownBy(() -> EchoClient.connect(gone.target(), Transports.options(transport)))
                .isInstanceOf(IOException.class)
                .hasMessage(
                        gone.target()
                                + ": connection refused, nobody listens there or a firewall"
                                + " rejects");
    }

    @Test
    void closingFromTheClientsOwnThreadDoesNotBlockIt() throws Exception {
        try (TcpPeer peer = TcpPeer.echo()) {
            EchoClient client = EchoClient.connect(peer.target());
            CompletableFuture<Void> closed =
                    client.echo(bytes("bye")).thenAccept(reply -> client.close());

            closed.get(30, TimeUnit.SECONDS);
            client.closed().get(30, TimeUnit.SECONDS);
            client.close();
        }
    }

    @Test
    void unknownHostIsNamed() {
        assertThatThrownBy(() -> EchoClient.connect(Target.parse("nosuch.invalid")))
                .isInstanceOf(IOException.class)
                .hasMessageMatching("(unknown host: |looking up ).*nosuch.invalid.*");
    }

    @Test
    void timeoutHasARange() {
        assertThatThrownBy(() -> EchoClient.Options.DEFAULT.withTimeout(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--timeout must be more than 0 and at most 86400s, got 0s");
    }

    private static Reply get(CompletableFuture<Reply> reply) throws Exception {
        return reply.get(20, TimeUnit.SECONDS);
    }

    private static NoReplyException failure(CompletableFuture<Reply> reply) throws Exception {
        try {
            throw new AssertionError("got " + get(reply));
        } catch (ExecutionException e) {
            return (NoReplyException) e.getCause();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
