package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.server.metrics.Counter;
import io.echo.testing.Await;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicLong;

/** Many streams on one thread: each sends all of its bytes, half-closes and reads to the end. */
final class Streams implements AutoCloseable {
    private static final int CHUNK = 8_192;
    private static final long DEADLINE_NS = 50_000_000_000L;

    private final Selector selector = Selector.open();
    private final AtomicLong received = new AtomicLong();
    private final long bytesEach;
    private int open;

    /** One stream: how far it has sent, and how far all came back. */
    private static final class Stream {
        private final int seed;
        private long out;
        private long back;

        Stream(int seed) {
            this.seed = seed;
        }

        byte at(long offset) {
            return (byte) (seed + offset * 31 + (offset >> 8));
        }
    }

    Streams(InetSocketAddress server, int count, long bytesEach) throws IOException {
        this.bytesEach = bytesEach;
        for (int i = 0; i < count; i++) {
            SocketChannel channel = SocketChannel.open(server);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE, new Stream(i));
            open++;
        }
    }

    /**
     * Writes and reads nothing until bytes wait in the server to stay; so few that it still reads.
     */
    static long fill(SocketChannel peer, EchoServer server) throws Exception {
        peer.configureBlocking(false);
        ByteBuffer chunk = ByteBuffer.allocateDirect(32 << 10);
        long before = server.metrics().sum(Counter.TCP_RECEIVED_BYTES);
        long sent = 0;
        for (int stuck = 0; stuck < 40; ) {
            if (stuck == 0) {
                sent += peer.write(chunk.clear());
                long expected = before + sent;
                Await.until(
                        "all is read",
                        () -> server.metrics().sum(Counter.TCP_RECEIVED_BYTES) == expected);
            }
            // Counts as the loops have them after a pass, not in the middle of one.
            boolean waits = TestServers.counted(server).get(Counter.TCP_PENDING_BYTES) > 0;
            stuck = waits ? stuck + 1 : 0;
            Drain.pause(1_000_000);
        }
        return sent;
    }

    /** Reads to the end; returns how many bytes that was. */
    static long rest(SocketChannel peer) throws IOException {
        peer.configureBlocking(true);
        ByteBuffer some = ByteBuffer.allocateDirect(64 << 10);
        long all = 0;
        for (int read = 0; read >= 0; read = peer.read(some.clear())) {
            all += read;
        }
        return all;
    }

    /** Bytes that have come back so far, of all streams. */
    long received() {
        return received.get();
    }

    /**
     * Runs every stream to its end; fails at the first byte that is missing or wrong. Reads nothing
     * before all is written that the kernel takes, so that no stream is ever quiet in the server
     * because this thread is slow.
     */
    void run() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK);
        long endNs = System.nanoTime() + DEADLINE_NS;
        for (SelectionKey key : selector.keys()) {
            write(key, (Stream) key.attachment(), buffer);
        }
        while (open > 0) {
            assertThat(System.nanoTime() - endNs).as("time left, %d open", open).isNegative();
            selector.select(1_000);
            for (SelectionKey key : selector.selectedKeys()) {
                Stream stream = (Stream) key.attachment();
                if (key.isWritable()) {
                    write(key, stream, buffer);
                }
                if (key.isReadable()) {
                    read(key, stream, buffer.clear());
                }
            }
            selector.selectedKeys().clear();
        }
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }

    private void write(SelectionKey key, Stream stream, ByteBuffer buffer) throws IOException {
        SocketChannel channel = (SocketChannel) key.channel();
        for (int written = 1; written > 0 && stream.out < bytesEach; stream.out += written) {
            buffer.clear();
            for (long at = stream.out; buffer.hasRemaining() && at < bytesEach; at++) {
                buffer.put(stream.at(at));
            }
            written = channel.write(buffer.flip());
        }
        if (stream.out == bytesEach) {
            channel.shutdownOutput();
            key.interestOps(SelectionKey.OP_READ);
        }
    }

    private void read(SelectionKey key, Stream stream, ByteBuffer buffer) throws IOException {
        int read = ((SocketChannel) key.channel()).read(buffer);
        if (read < 0) {
            assertThat(stream.back).as("bytes back on stream %d", stream.seed).isEqualTo(bytesEach);
            key.channel().close();
            open--;
            return;
        }
        buffer.flip();
        while (buffer.hasRemaining()) {
            if (buffer.get() != stream.at(stream.back++)) {
                assertThat(stream.back).as("first wrong byte").isZero();
            }
        }
        received.addAndGet(read);
    }
}
