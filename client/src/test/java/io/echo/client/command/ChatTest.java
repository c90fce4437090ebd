package io.echo.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.cli.CheckedOutput;
import io.echo.client.Screen;
import io.echo.client.TcpPeer;
import io.echo.client.Transports;
import io.echo.client.UdpPeer;
import io.echo.net.Target;
import io.echo.net.Transport;
import java.io.ByteArrayInputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class ChatTest {
    private static final String PROMPT = "Enter a message: ";
    private static final String TIME = " \\(\\d+\\.\\d\\d ms\\)\n";

    @ParameterizedTest
    @EnumSource(Transport.class)
    void answersEachLineUntilTheEnd(Transport transport) throws Exception {
        Transports.options(transport);
        try (UdpPeer udp = UdpPeer.echo();
                TcpPeer tcp = TcpPeer.echo()) {
            for (Target target : new Target[] {udp.target(), tcp.target()}) {
                Run run = chat(target, "hello\ngrüße\n", "--transport", transport.toString());

                assertThat(run.err()).isEmpty();
                assertThat(run.exit()).isZero();
                assertThat(run.out())
                        .matches(
                                (PROMPT + "from server: hello" + TIME)
                                        + (PROMPT + "from server: grüße" + TIME)
                                        + (PROMPT + "\n"));
            }
        }
    }

    @Test
    void emptyLineIsAnEmptyDatagramAndNothingOnAStream() throws Exception {
        try (UdpPeer udp = UdpPeer.echo();
                TcpPeer tcp = TcpPeer.echo()) {
            assertThat(chat(udp.target(), "\n", "--transport=auto").out())
                    .matches(PROMPT + "from server: " + TIME + PROMPT + "\n");
            assertThat(chat(tcp.target(), "\n").out()).isEqualTo(PROMPT + PROMPT + "\n");
        }
    }

    @Test
    void lostReplyIsReportedAndTheNextMessageWorks() throws Exception {
        try (UdpPeer peer =
                UdpPeer.start(
                        (datagram, sender) -> {
                            if (datagram[0] != 'x') {
                                sender.send(datagram);
                            }
                        })) {
            Run run = chat(peer.target(), "x\nnext\n", "--timeout", "2s");

            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.out())
                    .matches(
                            (PROMPT + "no reply within 2s\n")
                                    + (PROMPT + "from server: next" + TIME)
                                    + (PROMPT + "\n"));
        }
    }

    @Test
    void corruptReplyIsNamedAndFourAtTheEnd() throws Exception {
        TcpPeer.Behaviour upper =
                socket -> {
                    socket.getInputStream().readNBytes(5);
                    socket.getOutputStream().write(bytes("HELLO"));
                    socket.getInputStream().transferTo(socket.getOutputStream());
                };
        try (TcpPeer peer = TcpPeer.start(upper)) {
            Run run = chat(peer.target(), "hello\n" + "x".repeat(65_508) + "\nnext\n");

            assertThat(run.exit()).isEqualTo(4);
            assertThat(run.out())
                    .matches(
                            (PROMPT + "corrupt from server: HELLO\n")
                                    + (PROMPT + "\nline 2 must be at most 65507 bytes, got more\n")
                                    + (PROMPT + "from server: next" + TIME)
                                    + (PROMPT + "\n"));
        }
    }

    @Test
    void lateAndForeignRepliesAreNamedWhenTheyCome() throws Exception {
        PipedInputStream input = new PipedInputStream();
        PipedOutputStream typed = new PipedOutputStream(input);
        Screen screen = new Screen();
        // Keeps "hold" until the next message, and rings the bell of the terminal.
        List<byte[]> held = new ArrayList<>();
        try (UdpPeer peer =
                UdpPeer.start(
                        (datagram, sender) -> {
                            if (datagram[0] == 'h') {
                                held.add(datagram);
                                return;
                            }
                            sender.send(datagram);
                            for (byte[] late : held) {
                                sender.send(late);
                            }
                            sender.send(bytes("\u0007noise"));
                        })) {
            String[] args = {peer.target().toString(), "--timeout", "2s"};
            CompletableFuture<Integer> exit =
                    CompletableFuture.supplyAsync(
                            () ->
                                    ClientMain.run(
                                            args,
                                            new StandardStreams(
                                                    input,
                                                    CheckedOutput.standard(screen),
                                                    System.err,
                                                    true),
                                            CompletableFuture::new));
            typed.write(bytes("hold\nnext\n"));
            typed.flush();
            screen.await("from server: next (");
            screen.await("late from server: hold (");
            screen.await("foreign from server: \uFFFDnoise\n" + PROMPT);
            typed.close();

            // Late is too late: the person was told that no reply came.
            assertThat(exit.get(30, TimeUnit.SECONDS)).isEqualTo(1);
        }
    }

    @Test
    void serverThatClosesEndsTheChatAtOnce() throws Exception {
        PipedInputStream input = new PipedInputStream();
        try (PipedOutputStream typed = new PipedOutputStream(input);
                TcpPeer peer = TcpPeer.echoFirst(5)) {
            CompletableFuture<Run> run =
                    CompletableFuture.supplyAsync(
                            () -> Run.patiently(input, true, peer.target().toString()));
            typed.write(bytes("hello\n"));
            typed.flush();

            assertThat(run.get(30, TimeUnit.SECONDS).exit()).isEqualTo(1);
            assertThat(run.get().out())
                    .matches(PROMPT + "from server: hello" + TIME + "(" + PROMPT + "\n)?");
            assertThat(run.get().err())
                    .isEqualTo(
                            "echo-client: " + peer.target() + ": connection closed by the peer\n");
        }
    }

    private static Run chat(Target target, String typed, String... flags) {
        String[] args = new String[flags.length + 1];
        args[0] = target.toString();
        System.arraycopy(flags, 0, args, 1, flags.length);
        ByteArrayInputStream input = new ByteArrayInputStream(bytes(typed));
        return List.of(flags).contains("--timeout")
                ? Run.with(input, true, args)
                : Run.patiently(input, true, args);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void endsWithFourWhenAPartOfAReplyIsWrong() throws Exception {
        TcpPeer.Behaviour other =
                connection -> {
                    connection.getInputStream().readNBytes(5);
                    connection.getOutputStream().write(bytes("-ERR"));
                };
        try (TcpPeer peer = TcpPeer.start(other)) {
            Run run = chat(peer.target(), "hello\n");
            assertThat(run.out()).contains("corrupt from server: -ERR");
            assertThat(run.exit()).as(run.out()).isEqualTo(4);
        }
    }

    @Test
    void endsWithFourWhenAStreamBringsWhatWasNotSent() throws Exception {
        TcpPeer.Behaviour twice =
                connection -> {
                    byte[] line = connection.getInputStream().readNBytes(5);
                    connection.getOutputStream().write(Arrays.copyOf(line, 10));
                    connection.getInputStream().transferTo(connection.getOutputStream());
                };
        try (TcpPeer peer = TcpPeer.start(twice)) {
            Run run = chat(peer.target(), "hello\n");
            assertThat(run.exit()).as(run.out()).isEqualTo(4);
        }
    }
}
