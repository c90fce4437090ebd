package io.echo.client.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.echo.cli.CheckedOutput;
import io.echo.client.TcpPeer;
import io.echo.client.Transports;
import io.echo.client.UdpPeer;
import io.echo.net.Target;
import io.echo.net.Transport;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class PipeTest {
    @ParameterizedTest
    @EnumSource(Transport.class)
    void streamComesBackExactly(Transport transport) throws Exception {
        Transports.options(transport);
        byte[] bytes = new byte[20_000_003];
        new Random(7).nextBytes(bytes);
        try (TcpPeer peer = TcpPeer.echo()) {
            Run run = pipe(peer.target(), bytes, "--transport", transport.toString());

            assertThat(run.err()).isEmpty();
            assertThat(run.exit()).isZero();
            assertThat(run.bytes()).isEqualTo(bytes);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void linesComeBackAsLines(Transport transport) throws Exception {
        Transports.options(transport);
        try (UdpPeer peer = UdpPeer.echo()) {
            byte[] lines = "one\ntwo\r\n\0\u00ff\nlast".getBytes(StandardCharsets.ISO_8859_1);
            Run run = pipe(peer.target(), lines, "--transport", transport.toString());

            assertThat(run.err()).isEmpty();
            assertThat(run.exit()).isZero();
            assertThat(new String(run.bytes(), StandardCharsets.ISO_8859_1).split("\n"))
                    .containsExactlyInAnyOrder("one", "two\r", "\0\u00ff", "last");
        }
    }

    @ParameterizedTest
    @EnumSource(value = Transport.class, names = "NIO", mode = EnumSource.Mode.EXCLUDE)
    void emptyLineIsAnEmptyDatagramOfTheSameSocketInItsPlace(Transport transport) throws Exception {
        Transports.options(transport);
        try (UdpPeer peer = UdpPeer.echo()) {
            Run run = pipe(peer.target(), bytes("\n\na\n\nb\n"), "--transport=" + transport);

            assertThat(run).isEqualTo(new Run(0, run.bytes(), ""));
            assertThat(run.out()).isEqualTo("\n\na\n\nb\n");
        }
    }

    @Test
    void emptyLineIsRefusedOnNioAndTheNextGoesOn() throws Exception {
        try (UdpPeer peer = UdpPeer.echo()) {
            Run run = pipe(peer.target(), bytes("\na\n"), "--transport=nio");

            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.out()).isEqualTo("a\n");
            assertThat(run.err())
                    .isEqualTo(
                            "echo-client: 1 of 2 datagrams lost; the last: "
                                    + peer.target()
                                    + ": nio sends no empty datagram, epoll does\n");
        }
    }

    @Test
    void noMoreThanSixteenDatagramsAreUnanswered() throws Exception {
        AtomicInteger unanswered = new AtomicInteger();
        // Answers none of sixteen before the last has come: a smaller window would lose them all.
        byte[][] held = new byte[UdpPipe.WINDOW][];
        try (UdpPeer peer =
                UdpPeer.start(
                        (datagram, sender) -> {
                            held[unanswered.getAndIncrement()] = datagram;
                            if (unanswered.get() == held.length) {
                                for (byte[] reply : held) {
                                    unanswered.decrementAndGet();
                                    sender.send(reply);
                                }
                            }
                        })) {
            StringBuilder lines = new StringBuilder();
            for (int i = 0; i < 10 * UdpPipe.WINDOW; i++) {
                lines.append(i).append('\n');
            }
            Run run = pipe(peer.target(), bytes(lines.toString()), "--timeout", "10s");

            assertThat(run.err()).isEmpty();
            assertThat(run.out().lines().count()).isEqualTo(160);
        }
    }

    @Test
    void lostDatagramsAreCountedAndTheOthersPrinted() throws Exception {
        try (UdpPeer peer =
                UdpPeer.start(
                        (datagram, sender) -> {
                            if (datagram[0] != 'x') {
                                sender.send(datagram);
                            }
                        })) {
            Run run = pipe(peer.target(), bytes("a\nx\nb\nx\n"), "--timeout", "2s");

            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.out().lines()).containsExactlyInAnyOrder("a", "b");
            assertThat(run.err())
                    .isEqualTo(
                            "echo-client: 2 of 4 datagrams lost; the last: no reply within 2s\n");
        }
    }

    @Test
    void lineTooLongForADatagramIsRefusedAndTheNextGoesOn() throws Exception {
        try (UdpPeer peer = UdpPeer.echo()) {
            Run run = pipe(peer.target(), bytes("first\n" + "x".repeat(65_508) + "\nlast\n"));

            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.out().lines()).containsExactlyInAnyOrder("first", "last");
            assertThat(run.err())
                    .isEqualTo("echo-client: line 2 must be at most 65507 bytes, got more\n");
        }
    }

    @Test
    void corruptReplyIsFourAfterAllThatCame() throws Exception {
        try (UdpPeer udp = UdpPeer.start((datagram, sender) -> sender.send(upper(datagram)));
                TcpPeer tcp =
                        TcpPeer.start(
                                socket -> {
                                    byte[] all = socket.getInputStream().readAllBytes();
                                    socket.getOutputStream().write(upper(all));
                                })) {
            Run datagrams = pipe(udp.target(), bytes("A\nb\n"), "--timeout", "1s");
            assertThat(datagrams.exit()).isEqualTo(4);
            assertThat(datagrams.out()).isEqualTo("A\nB\n");
            assertThat(datagrams.err())
                    .isEqualTo(
                            "echo-client: 1 of 2 replies corrupt; the last: corrupt reply: byte 0"
                                    + " of 1 differs\n");
            Run stream = pipe(tcp.target(), bytes("A".repeat(150_000) + "b"));
            assertThat(stream.exit()).isEqualTo(4);
            assertThat(stream.out()).isEqualTo("A".repeat(150_000) + "B");
            assertThat(stream.err())
                    .isEqualTo("echo-client: " + tcp.target() + ": corrupt, byte 150000 differs\n");
        }
    }

    @Test
    void replyThatCorruptOnesSurroundIsNoCorruptOne() throws Exception {
        try (UdpPeer peer =
                UdpPeer.start(
                        (datagram, sender) -> {
                            sender.send(upper(datagram));
                            sender.send(datagram);
                            sender.send(bytes("noise"));
                        })) {
            Run run = pipe(peer.target(), bytes("a\nb\n"));

            assertThat(run.exit()).isZero();
            assertThat(run.out()).isEqualTo("a\nb\n");
            assertThat(run.err())
                    .matches("echo-client: answers to nothing, or too late: [2-4] datagrams\n");
        }
    }

    /** Equal lines are interchangeable: the one without an intact reply is the last. */
    @Test
    void corruptReplyToOneOfEqualLinesIsSeen() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        try (UdpPeer peer =
                UdpPeer.start(
                        (datagram, sender) ->
                                sender.send(
                                        asked.incrementAndGet() == 2
                                                ? upper(datagram)
                                                : datagram))) {
            Run run = pipe(peer.target(), bytes("same\nsame\nsame\nsame\n"), "--timeout", "1s");

            assertThat(run.exit()).isEqualTo(4);
            assertThat(run.out()).isEqualTo("same\nsame\nsame\nSAME\n");
        }
    }

    private static byte[] upper(byte[] text) {
        return bytes(new String(text, StandardCharsets.US_ASCII).toUpperCase(Locale.ROOT));
    }

    @Test
    void streamThatEndsEarlyIsAnError() throws Exception {
        try (TcpPeer peer = TcpPeer.echoFirst(2048)) {
            Run run = pipe(peer.target(), new byte[4_000_000]);

            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.err())
                    .startsWith("echo-client: " + peer.target() + ": connection ")
                    .contains(" after ")
                    .containsOnlyOnce("\n");
        }
    }

    @Test
    void silentPeerIsAnErrorNotAHang() throws Exception {
        try (TcpPeer mute = TcpPeer.mute();
                TcpPeer deaf = TcpPeer.start(TcpPeer::block)) {
            Run run = pipe(mute.target(), bytes("hello"), "--timeout", "200ms");
            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.err()).contains(": no byte within 200ms after 0 of 5 bytes came back\n");

            // The input cannot even be sent, and never ends.
            Run stuck = Run.with(endless(), false, deaf.target().toString(), "--timeout", "200ms");
            assertThat(stuck.exit()).isEqualTo(1);
            assertThat(stuck.err()).contains("no byte within 200ms", "with more to send");
        }
    }

    @Test
    void peerThatKeepsTheConnectionWhenAllIsBackDoesNoHarm() throws Exception {
        try (TcpPeer peer =
                TcpPeer.start(
                        socket -> {
                            socket.getInputStream().transferTo(socket.getOutputStream());
                            TcpPeer.block(socket);
                        })) {
            Run run = pipe(peer.target(), bytes("hello"), "--timeout", "2s");

            assertThat(run).isEqualTo(new Run(0, run.bytes(), ""));
            assertThat(run.out()).isEqualTo("hello");
        }
    }

    @Test
    void slowInputIsNoStall() throws Exception {
        PipedInputStream input = new PipedInputStream();
        PipedOutputStream typed = new PipedOutputStream(input);
        try (TcpPeer peer = TcpPeer.echo()) {
            CompletableFuture<Run> run =
                    CompletableFuture.supplyAsync(
                            () ->
                                    Run.with(
                                            input,
                                            false,
                                            peer.target().toString(),
                                            "--timeout",
                                            "1s"));
            typed.write(bytes("one"));
            typed.flush();
            // More than twice the timeout without a byte of input.
            assertThatThrownBy(() -> run.get(2_500, TimeUnit.MILLISECONDS))
                    .isInstanceOf(TimeoutException.class);
            typed.write(bytes("two"));
            typed.close();
            assertThat(run.get(30, TimeUnit.SECONDS).err()).isEmpty();
            assertThat(run.get().out()).isEqualTo("onetwo");
        }
    }

    @Test
    void outputThatCannotBeWrittenIsOneLineAndOne() throws Exception {
        try (TcpPeer tcp = TcpPeer.echo();
                UdpPeer udp = UdpPeer.echo()) {
            for (Target target : new Target[] {tcp.target(), udp.target()}) {
                assertThat(failingOutput(target, "Broken pipe"))
                        .isEqualTo("1 echo-client: nobody reads standard output any more\n");
                assertThat(failingOutput(target, "No space left on device"))
                        .isEqualTo(
                                "1 echo-client: cannot write to standard output: No space left"
                                        + " on device\n");
            }
        }
    }

    private static String failingOutput(Target target, String reason) {
        OutputStream out =
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw new IOException(reason);
                    }
                };
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        StandardStreams streams =
                new StandardStreams(
                        new ByteArrayInputStream(bytes("hello\n")),
                        CheckedOutput.standard(out),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        false);
        int exit =
                ClientMain.run(new String[] {target.toString()}, streams, CompletableFuture::new);
        return exit + " " + err.toString(StandardCharsets.UTF_8);
    }

    private static InputStream endless() {
        return new InputStream() {
            @Override
            public int read() {
                return 0;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) {
                return length;
            }
        };
    }

    private static Run pipe(Target target, byte[] input, String... flags) {
        String[] args = new String[flags.length + 1];
        args[0] = target.toString();
        System.arraycopy(flags, 0, args, 1, flags.length);
        return List.of(flags).contains("--timeout")
                ? Run.with(input, args)
                : Run.patiently(input, args);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
