package io.echo.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.TcpPeer;
import io.echo.client.Transports;
import io.echo.client.UdpPeer;
import io.echo.net.Target;
import io.echo.net.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Checks what {@code send} says of bytes beyond the reply. */
@Timeout(60)
class SendSurplusTest {
    private static final byte[] HELLOX = "hellox".getBytes(StandardCharsets.US_ASCII);

    @ParameterizedTest
    @EnumSource(Transport.class)
    void byteThatComesWithTheReplyIsFour(Transport transport) throws IOException {
        Transports.options(transport);
        try (TcpPeer closing =
                        TcpPeer.start(
                                socket ->
                                        answer(socket.getInputStream(), socket.getOutputStream()));
                TcpPeer staying =
                        TcpPeer.start(
                                socket -> {
                                    answer(socket.getInputStream(), socket.getOutputStream());
                                    TcpPeer.block(socket);
                                })) {
            for (TcpPeer peer : new TcpPeer[] {closing, staying}) {
                assertCorrupt(send(peer.target(), "hello", "--transport=" + transport));
            }
        }
    }

    @Test
    void byteThatComesAtTheEndOfTheStreamIsFour() throws IOException {
        try (TcpPeer peer =
                TcpPeer.start(
                        socket -> {
                            socket.getInputStream().transferTo(socket.getOutputStream());
                            socket.getOutputStream().write('x');
                        })) {
            assertCorrupt(send(peer.target(), "hello"));
        }
    }

    @Test
    void anythingIsMoreThanNothing() throws IOException {
        try (TcpPeer peer =
                TcpPeer.start(
                        socket -> {
                            socket.getOutputStream().write(HELLOX);
                            TcpPeer.block(socket); // an end may come before the message is sent
                        })) {
            Run run = send(peer.target(), "");

            assertThat(run.exit()).isEqualTo(4);
            assertThat(run.out()).isEqualTo("hellox\n");
            assertThat(run.err()).isEqualTo("echo-client: corrupt reply: 6 bytes, 0 were sent\n");
        }
    }

    @Test
    void peerThatStaysOrResetsAfterTheReplyDoesNoHarm() throws IOException {
        try (TcpPeer staying =
                        TcpPeer.start(
                                socket -> {
                                    socket.getInputStream().transferTo(socket.getOutputStream());
                                    TcpPeer.block(socket);
                                });
                TcpPeer resetting =
                        TcpPeer.start(
                                socket -> {
                                    socket.getInputStream().transferTo(socket.getOutputStream());
                                    socket.setSoLinger(true, 0);
                                })) {
            for (TcpPeer peer : new TcpPeer[] {staying, resetting}) {
                Run run = send(peer.target(), "hello");

                assertThat(run).isEqualTo(new Run(0, run.bytes(), ""));
                assertThat(run.out()).isEqualTo("hello\n");
            }
        }
    }

    @Test
    void datagramBesideTheReplyIsNoPartOfIt() throws IOException {
        try (UdpPeer peer =
                UdpPeer.start(
                        (datagram, sender) -> {
                            sender.send(new byte[] {'x'});
                            sender.send(datagram);
                        })) {
            Run run = send(peer.target(), "hello");

            assertThat(run).isEqualTo(new Run(0, run.bytes(), ""));
            assertThat(run.out()).isEqualTo("hello\n");
        }
    }

    private static void answer(InputStream in, OutputStream out) throws IOException {
        in.readNBytes(5);
        out.write(HELLOX);
    }

    private static void assertCorrupt(Run run) {
        assertThat(run.exit()).isEqualTo(4);
        assertThat(run.out()).isEqualTo("hellox\n");
        assertThat(run.err()).isEqualTo("echo-client: corrupt reply: 6 bytes, 5 were sent\n");
    }

    private static Run send(Target target, String text, String... flags) {
        String[] args = new String[flags.length + 3];
        args[0] = "send";
        args[1] = target.toString();
        args[2] = text;
        System.arraycopy(flags, 0, args, 3, flags.length);
        return Run.patiently(new byte[0], args);
    }
}
