package io.echo.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.TcpPeer;
import io.echo.client.Transports;
import io.echo.net.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks what the pipe says of a stream to which its peer adds, or of which it takes away. */
@Timeout(60)
class CorruptPipeTest {
    private static final byte[] BANNER = {'w', 'e', 'l', 'c', 'o', 'm', 'e', '\n'};

    /** Turns the whole stream that a peer was sent into the one that it sends back. */
    private enum Answer {
        BANNER_FIRST(all -> joined(BANNER, all)),
        TAIL(all -> joined(all, BANNER)),
        ONE_MORE(all -> joined(all, new byte[1])),
        ONE_LESS(all -> Arrays.copyOf(all, all.length - 1)),
        FIRST_FLIPPED(all -> flipped(all, 0)),
        LAST_FLIPPED(all -> flipped(all, all.length - 1)),
        FIRST_FLIPPED_ONE_LESS(all -> Arrays.copyOf(flipped(all, 0), all.length - 1)),
        BANNER_ALONE(all -> BANNER);

        private final UnaryOperator<byte[]> of;

        Answer(UnaryOperator<byte[]> of) {
            this.of = of;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "BANNER_FIRST, 0, 4",
        "BANNER_FIRST, 8, 4",
        "BANNER_FIRST, 300000, 4",
        "TAIL, 0, 4",
        "TAIL, 8, 4",
        "TAIL, 300000, 4",
        "ONE_MORE, 0, 4",
        "ONE_MORE, 8, 4",
        "ONE_MORE, 300000, 4",
        "ONE_LESS, 8, 1",
        "ONE_LESS, 300000, 1",
        "FIRST_FLIPPED, 8, 4",
        "FIRST_FLIPPED, 300000, 4",
        "LAST_FLIPPED, 8, 4",
        "LAST_FLIPPED, 300000, 4",
        "FIRST_FLIPPED_ONE_LESS, 8, 4",
        "FIRST_FLIPPED_ONE_LESS, 300000, 4",
        "BANNER_ALONE, 300000, 4"
    })
    void everyForeignByteIsFourAndAShortAnswerOne(Answer answer, int length, int exit)
            throws IOException {
        byte[] input = input(length);
        byte[] expected = answer.of.apply(input);
        try (TcpPeer peer =
                TcpPeer.start(
                        socket ->
                                socket.getOutputStream()
                                        .write(
                                                answer.of.apply(
                                                        socket.getInputStream().readAllBytes())))) {
            Run run = Run.patiently(input, peer.target().toString());

            assertThat(run.exit()).as(run.err()).isEqualTo(exit);
            assertThat(run.bytes()).isEqualTo(expected);
            assertThat(run.err().contains("corrupt, ")).isEqualTo(exit == 4);
            assertThat(run.err().contains("connection closed by the peer after "))
                    .isEqualTo(expected.length < length);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8, 300_000})
    void bannerBeforeTheInputIsFour(int length) throws IOException {
        try (TcpPeer peer =
                TcpPeer.start(
                        socket -> {
                            socket.getOutputStream().write(BANNER);
                            socket.getInputStream().transferTo(socket.getOutputStream());
                        })) {
            byte[] input = input(length);
            Run run = Run.patiently(input, peer.target().toString());

            assertThat(run.exit()).as(run.err()).isEqualTo(4);
            assertThat(run.bytes()).isEqualTo(joined(BANNER, input));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 300_000})
    void foreignByteIsFourThoughThePeerThenSaysNothing(int length) throws IOException {
        try (TcpPeer peer =
                TcpPeer.start(
                        socket -> {
                            byte[] all = socket.getInputStream().readNBytes(length);
                            socket.getOutputStream().write(all, 0, length - 2);
                            socket.getOutputStream().write(~all[length - 2]);
                            TcpPeer.block(socket);
                        })) {
            Run run = Run.with(input(length), peer.target().toString(), "--timeout=1s");

            assertThat(run.exit()).isEqualTo(4);
            assertThat(run.err())
                    .contains("no byte within 1s after " + (length - 1) + " of " + length)
                    .contains("corrupt, byte " + (length - 2) + " differs");
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void foreignBytesAreFourThoughThePeerThenResets(Transport transport) throws IOException {
        Transports.options(transport);
        InputStream input = new Endless();
        try (TcpPeer peer =
                TcpPeer.start(
                        socket -> {
                            socket.getOutputStream().write(BANNER);
                            socket.getInputStream().readNBytes(1);
                            socket.setSoLinger(true, 0);
                        })) {
            Run run =
                    Run.patiently(
                            input, false, peer.target().toString(), "--transport=" + transport);

            assertThat(run.exit()).as(run.err()).isEqualTo(4);
            assertThat(run.bytes()).isEqualTo(BANNER);
        }
    }

    /** Input without an end, so that writes go on until the peer's reset has come. */
    private static final class Endless extends InputStream {
        @Override
        public int read() {
            return 'x';
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            Arrays.fill(buffer, offset, offset + length, (byte) 'x');
            return length;
        }
    }

    private static byte[] input(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static byte[] flipped(byte[] bytes, int at) {
        byte[] other = bytes.clone();
        other[at] ^= 1;
        return other;
    }

    private static byte[] joined(byte[] one, byte[] other) {
        byte[] both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }
}
