package io.echo.server;

import static io.echo.server.TcpPeers.connect;
import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Streams over real sockets; the peer is {@code java.net}, which shares no code with us. */
@Timeout(60)
class TcpEchoTest {
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final int MIB = 1 << 20;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void echoesBytesInOrder(Transport transport) throws IOException {
        try (EchoServer server = TestServers.start(transport);
                Socket peer = connect(server)) {
            Random random = new Random(5);
            for (int i = 0; i < 500; i++) {
                byte[] sent = new byte[1 + random.nextInt(5_000)];
                random.nextBytes(sent);
                peer.getOutputStream().write(sent);
                assertThat(peer.getInputStream().readNBytes(sent.length)).isEqualTo(sent);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void echoesEveryByteAfterHalfCloseAlsoToALateReader(Transport transport) throws Exception {
        try (EchoServer server = TestServers.start(transport);
                Socket peer = connect(server)) {
            CountDownLatch stuck = new CountDownLatch(1);
            MessageDigest out = MessageDigest.getInstance("SHA-256");
            CompletableFuture<Void> sent =
                    CompletableFuture.runAsync(() -> send(peer, 64, out, stuck));
            // The reader starts when half a MiB has gone out: before that the server has stopped.
            assertThat(stuck.await(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)).isTrue();
            MessageDigest in = MessageDigest.getInstance("SHA-256");
            InputStream replies = new DigestInputStream(peer.getInputStream(), in);
            assertThat(replies.transferTo(OutputStream.nullOutputStream())).isEqualTo(64L * MIB);
            sent.get(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
            assertThat(in.digest()).isEqualTo(out.digest());
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void finishesAfterAHalfCloseThatFollowsEverythingAtOnce(Transport transport)
            throws IOException {
        try (EchoServer server = TestServers.start(transport)) {
            for (int size : new int[] {0, 1, 100, 65_536, 300_000}) {
                try (Socket peer = connect(server)) {
                    byte[] sent = new byte[size];
                    new Random(size).nextBytes(sent);
                    peer.getOutputStream().write(sent);
                    peer.shutdownOutput();
                    assertThat(peer.getInputStream().readAllBytes()).isEqualTo(sent);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void boundsWhatAClientThatNeverReadsCosts(Transport transport) throws IOException {
        try (EchoServer server = TestServers.start(transport)) {
            long held;
            try (SocketChannel peer = SocketChannel.open(TestServers.tcp(server))) {
                streamAndRead(peer, 32); // The kernel's buffers grow to what a fast reader gets.
                held = writeUntilStuck(peer, 64L * MIB, () -> pendingBytes(server) > 0);
                assertThat(held).isLessThan(64L * MIB);
                assertThat(pendingBytes(server)).isPositive().isLessThan(MIB);
            }
            // Less, so that the end of input arrives too: epoll then reads on regardless.
            for (int percent = 80; percent >= 40; percent -= 20) {
                try (SocketChannel peer = SocketChannel.open(TestServers.tcp(server))) {
                    streamAndRead(peer, 32);
                    writeUntilStuck(peer, held * percent / 100, () -> true);
                    peer.shutdownOutput();
                    exchange(server);
                    assertThat(pendingBytes(server)).isLessThan(MIB);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void survivesResetsAndGoesOnServing(Transport transport) throws IOException {
        try (EchoServer server = TestServers.start(transport)) {
            for (int i = 0; i < 50; i++) {
                Socket peer = connect(server);
                peer.getOutputStream().write(new byte[10_000]);
                if (i % 2 == 0) {
                    peer.shutdownOutput();
                }
                peer.setSoLinger(true, 0);
                peer.close(); // RST
            }
            exchange(server);
            for (Channel connection : TestServers.connections(server).toList()) {
                assertThat(connection.closeFuture().awaitUninterruptibly(TIMEOUT_MILLIS)).isTrue();
            }
            TestServers.assertConserved(server);
        }
    }

    private static void send(
            Socket peer, int mebibytes, MessageDigest digest, CountDownLatch stuck) {
        try {
            OutputStream out = new DigestOutputStream(peer.getOutputStream(), digest);
            Random random = new Random(1);
            byte[] chunk = new byte[MIB / 2];
            for (int i = 0; i < mebibytes * 2; i++) {
                random.nextBytes(chunk);
                out.write(chunk);
                stuck.countDown();
            }
            peer.shutdownOutput();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void streamAndRead(SocketChannel peer, int mebibytes) throws IOException {
        CompletableFuture<Void> sent =
                CompletableFuture.runAsync(
                        () -> {
                            try {
                                ByteBuffer chunk = ByteBuffer.allocateDirect(MIB);
                                for (int i = 0; i < mebibytes; i++) {
                                    for (chunk.clear(); chunk.hasRemaining(); ) {
                                        peer.write(chunk);
                                    }
                                }
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        });
        ByteBuffer replies = ByteBuffer.allocateDirect(MIB);
        for (long left = (long) mebibytes * MIB; left > 0; left -= peer.read(replies.clear())) {
            assertThat(peer.isConnected()).isTrue();
        }
        sent.join();
    }

    /** Writes until the socket has taken nothing for 300 ms and this is so, or up to a limit. */
    private static long writeUntilStuck(SocketChannel peer, long limit, BooleanSupplier stuck)
            throws IOException {
        peer.configureBlocking(false);
        ByteBuffer chunk = ByteBuffer.allocateDirect(65_536);
        long sent = 0;
        try (Selector selector = Selector.open()) {
            peer.register(selector, SelectionKey.OP_WRITE);
            while (sent < limit && (selector.select(300) > 0 || !stuck.getAsBoolean())) {
                selector.selectedKeys().clear();
                sent += peer.write(chunk.clear().limit((int) Math.min(65_536, limit - sent)));
            }
        }
        return sent;
    }

    private static long pendingBytes(EchoServer server) {
        return TestServers.connections(server)
                .map(connection -> connection.unsafe().outboundBuffer())
                .filter(Objects::nonNull) // null once it has closed
                .mapToLong(ChannelOutboundBuffer::totalPendingWriteBytes)
                .sum();
    }

    private static void exchange(EchoServer server) throws IOException {
        // As many as there are loops, so that each has taken note of what happened before.
        for (int loop = 0; loop < 4; loop++) {
            try (Socket peer = connect(server)) {
                TcpPeers.exchange(peer);
            }
        }
    }
}
