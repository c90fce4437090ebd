package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ledger beside the plainest queue that does the same, through random fates of datagrams. */
class DatagramLedgerTest {
    private final Cells cells = new Cells();
    private final DatagramLedger ledger = new DatagramLedger(cells);
    private final KernelChannel channel =
            new KernelChannel(
                    new ChannelInboundHandlerAdapter() {
                        @Override
                        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                            if (!(cause instanceof ClosedChannelException)) {
                                ledger.refuse(out);
                            }
                        }
                    });
    private final ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();

    private final Deque<Integer> queue = new ArrayDeque<>();
    private long echoed;
    private long echoedBytes;
    private long refused;
    private long refusedBytes;

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void countsEachDatagramOnceWithItsBytes(long seed) {
        Random random = new Random(seed);
        channel.full(true);
        for (int round = 0; round < 2_000; round++) {
            int batch = random.nextInt(seed % 2 == 0 ? 200 : 3);
            for (int i = 0; i < batch; i++) {
                write(random.nextInt(1_500));
            }
            channel.flush();
            int fates = random.nextInt(2 * batch + 2);
            for (int i = 0; i < fates && !queue.isEmpty(); i++) {
                if (random.nextInt(10) == 0) {
                    refuse();
                } else {
                    send();
                }
            }
            if (random.nextBoolean()) {
                ledger.settle(out);
                assertCounted();
            }
        }
        long waiting = queue.size();
        long waitingBytes = queue.stream().mapToLong(Integer::longValue).sum();
        ledger.settle(out);
        assertCounted();
        ledger.close();
        assertThat(cells.get(Counter.UDP_DROPPED_CLOSED)).isEqualTo(waiting);
        assertThat(cells.get(Counter.UDP_DROPPED_CLOSED_BYTES)).isEqualTo(waitingBytes);
        queue.clear();
        assertCounted();
    }

    private void write(int length) {
        ledger.admit(length);
        queue.add(length);
        channel.write(Unpooled.wrappedBuffer(new byte[length]), channel.voidPromise());
    }

    private void send() {
        out.remove();
        echoed++;
        echoedBytes += queue.remove();
    }

    private void refuse() {
        channel.refuseOne(new IOException("No route to host")); // Reaches the handler.
        refused++;
        refusedBytes += queue.remove();
    }

    private void assertCounted() {
        assertThat(cells.get(Counter.UDP_ECHOED)).isEqualTo(echoed);
        assertThat(cells.get(Counter.UDP_ECHOED_BYTES)).isEqualTo(echoedBytes);
        assertThat(cells.get(Counter.UDP_DROPPED_SEND)).isEqualTo(refused);
        assertThat(cells.get(Counter.UDP_DROPPED_SEND_BYTES)).isEqualTo(refusedBytes);
        assertThat(cells.get(Counter.UDP_PENDING)).isEqualTo(queue.size());
        assertThat(cells.get(Counter.UDP_PENDING_BYTES))
                .isEqualTo(queue.stream().mapToLong(Integer::longValue).sum());
    }
}
