package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;

/**
 * Datagrams with numbers, 64 unanswered at most so that no buffer overflows; every one must come
 * back, once.
 *
 * <p>A server that stops waits for a quarter of a second in which nothing comes. Where this thread
 * is kept away for as long, one datagram meets a closed port, and the load is over: that one alone.
 */
final class NumberedDatagrams implements AutoCloseable {
    private static final int UNANSWERED = 64;
    private static final long QUIET_NS = TimeUnit.MILLISECONDS.toNanos(250);

    private final DatagramChannel peer = DatagramChannel.open();
    private final Selector selector = Selector.open();
    private final ByteBuffer datagram = ByteBuffer.allocateDirect(8);
    private final BitSet back = new BitSet();
    private int sent;
    private boolean refused;

    /** When the last datagram was sent, and the one before it. */
    private long lastNs;

    private long beforeNs;

    NumberedDatagrams(InetSocketAddress server) throws IOException {
        peer.connect(server);
        peer.configureBlocking(false);
        peer.register(selector, SelectionKey.OP_READ);
    }

    /** Sends so many more, and waits for every answer. */
    void exchange(int more) throws IOException {
        int all = sent + more;
        while (!refused && sent < all) {
            while (!refused && sent < all && sent - answered() < UNANSWERED) {
                send();
            }
            receive();
        }
        while (answered() < sent) {
            receive();
        }
    }

    int answered() {
        return back.cardinality();
    }

    private void send() throws IOException {
        try {
            datagram.clear().putInt(sent).flip();
            long nowNs = System.nanoTime();
            assertThat(peer.write(datagram)).isEqualTo(4);
            beforeNs = lastNs;
            lastNs = nowNs;
            sent++;
        } catch (PortUnreachableException e) {
            refuse();
        }
    }

    private void receive() throws IOException {
        if (answered() == sent) {
            return;
        }
        assertThat(selector.select(10_000))
                .as("lost: %d of %d", sent - answered(), sent)
                .isPositive();
        selector.selectedKeys().clear();
        try {
            while (peer.read(datagram.clear()) > 0) {
                int number = datagram.flip().getInt();
                assertThat(back.get(number)).as("%d came before", number).isFalse();
                back.set(number);
            }
        } catch (PortUnreachableException e) {
            refuse();
        }
    }

    /** The last one met nobody: only what this thread's own pause explains. */
    private void refuse() {
        assertThat(refused).isFalse();
        assertThat(System.nanoTime() - beforeNs).as("pause").isGreaterThanOrEqualTo(QUIET_NS);
        refused = true;
        sent--;
    }

    @Override
    public void close() throws IOException {
        peer.close();
        selector.close();
    }
}
