package io.echo.server.udp;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.server.KernelChannel;
import io.echo.server.metrics.Counter;
import io.echo.server.metrics.LoopCounters;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.unix.SegmentedDatagramPacket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ledger beside the plainest queue that does the same, through random fates of datagrams. */
class DatagramLedgerTest {
    private final LoopCounters counters = new LoopCounters();
    private final DatagramLedger ledger = new DatagramLedger(counters);
    private final KernelChannel channel =
            new KernelChannel(
                    new ChannelInboundHandlerAdapter() {
                        @Override
                        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                            if (!(cause instanceof ClosedChannelException)) {
                                ledger.refuse(out, train -> writeSingly(train));
                            }
                        }
                    });
    private final ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();

    /** Writes that wait: the length of a datagram each, or the lengths of a train. */
    private final Deque<List<Integer>> queue = new ArrayDeque<>();

    private long waiting;
    private long waitingBytes;
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
                if (random.nextInt(4) == 0) {
                    writeTrain(1 + random.nextInt(5_000), 1 + random.nextInt(1_400));
                } else {
                    write(random.nextInt(1_500));
                }
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
        ledger.settle(out);
        assertCounted();
        ledger.close();
        assertThat(counters.get(Counter.UDP_DROPPED_CLOSED)).isEqualTo(waiting);
        assertThat(counters.get(Counter.UDP_DROPPED_CLOSED_BYTES)).isEqualTo(waitingBytes);
        while (!queue.isEmpty()) {
            take();
        }
        assertCounted();
    }

    private void write(int length) {
        ledger.admit(length);
        enqueue(List.of(length));
        channel.write(Unpooled.wrappedBuffer(new byte[length]), channel.voidPromise());
    }

    private void writeTrain(int length, int segment) {
        SegmentedDatagramPacket train =
                new SegmentedDatagramPacket(
                        Unpooled.wrappedBuffer(new byte[length]),
                        segment,
                        new InetSocketAddress("192.0.2.1", 40_000));
        ledger.admit(train);
        List<Integer> lengths = new ArrayList<>();
        for (int at = 0; at < length; at += segment) {
            lengths.add(Math.min(segment, length - at));
        }
        enqueue(lengths);
        channel.write(train, channel.voidPromise());
    }

    private void writeSingly(SegmentedDatagramPacket train) {
        int left = train.content().readableBytes();
        for (; left > 0; left -= train.segmentSize()) {
            write(Math.min(left, train.segmentSize()));
        }
    }

    private void send() {
        out.remove();
        List<Integer> sent = take();
        echoed += sent.size();
        echoedBytes += bytes(sent);
    }

    private void refuse() {
        boolean train = out.current() instanceof SegmentedDatagramPacket;
        List<Integer> first = take();
        channel.refuseOne(new IOException("No route to host")); // Reaches the handler.
        channel.flush();
        if (!train) {
            refused++;
            refusedBytes += first.get(0);
        }
    }

    private void enqueue(List<Integer> lengths) {
        queue.add(lengths);
        waiting += lengths.size();
        waitingBytes += bytes(lengths);
    }

    private List<Integer> take() {
        List<Integer> lengths = queue.remove();
        waiting -= lengths.size();
        waitingBytes -= bytes(lengths);
        return lengths;
    }

    private static long bytes(List<Integer> lengths) {
        return lengths.stream().mapToLong(Integer::longValue).sum();
    }

    private void assertCounted() {
        assertThat(counters.get(Counter.UDP_ECHOED)).isEqualTo(echoed);
        assertThat(counters.get(Counter.UDP_ECHOED_BYTES)).isEqualTo(echoedBytes);
        assertThat(counters.get(Counter.UDP_DROPPED_SEND)).isEqualTo(refused);
        assertThat(counters.get(Counter.UDP_DROPPED_SEND_BYTES)).isEqualTo(refusedBytes);
        assertThat(counters.get(Counter.UDP_PENDING)).isEqualTo(waiting);
        assertThat(counters.get(Counter.UDP_PENDING_BYTES)).isEqualTo(waitingBytes);
    }
}
