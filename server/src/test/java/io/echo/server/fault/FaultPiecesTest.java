package io.echo.server.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.EchoServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Streams that come in many pieces, microseconds apart, each with a time of its own. */
@Timeout(120)
class FaultPiecesTest {
    private static final int PIECE = 100;

    /** Connects, sends pieces and the end of the stream, and returns what comes back. */
    private static byte[] echo(EchoServer server, byte[] all) throws Exception {
        try (Socket socket = new Socket()) {
            socket.connect(FaultServers.at(server));
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(20_000);
            CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> send(socket, all));
            byte[] back = socket.getInputStream().readAllBytes();
            sent.get(20, TimeUnit.SECONDS);
            return back;
        }
    }

    private static void send(Socket socket, byte[] all) {
        try {
            for (int at = 0; at < all.length; at += PIECE) {
                socket.getOutputStream().write(all, at, Math.min(PIECE, all.length - at));
            }
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A piece that falls due while others leave gets its turn, too. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void leavesNoPieceBehind(Transport transport) throws Exception {
        byte[] all = new byte[200_000];
        new Random(3).nextBytes(all);
        try (EchoServer server = FaultServers.start(transport, "delay=20ms,seed=1")) {
            for (int round = 0; round < 8; round++) {
                assertThat(Arrays.mismatch(echo(server, all), all)).isEqualTo(-1);
            }
        }
    }

    /** The native transports read on behind a FIN; what they read keeps its time. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void readsSlowlyBehindTheEndOfTheStream(Transport transport) throws Exception {
        byte[] all = new byte[40_000];
        new Random(4).nextBytes(all);
        try (EchoServer server = FaultServers.start(transport, "slow-read=20000/s,seed=1")) {
            long startNs = System.nanoTime();
            assertThat(Arrays.mismatch(echo(server, all), all)).isEqualTo(-1);
            long leastNs = TimeUnit.MILLISECONDS.toNanos(1_800); // The last read is not waited for.
            assertThat(System.nanoTime() - startNs).isGreaterThan(leastNs);
        }
    }
}
