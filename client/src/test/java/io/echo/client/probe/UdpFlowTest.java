package io.echo.client.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.echo.net.Protocol;
import io.echo.net.Transport;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A flow of datagrams, against a socket that answers as the test says. */
@Timeout(60)
class UdpFlowTest implements Flow.Events {
    private static final int BYTES = 64;
    private static final int MILLIS = 20_000;

    private final BlockingQueue<Flow.Kind> replies = new LinkedBlockingQueue<>();

    @Override
    public void replied(Flow flow, Flow.Kind kind, long sequence, int bytes, long roundTripNs) {
        replies.add(kind);
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void anEmptyDatagramIsForeignWhereverItStands(Transport transport) throws Exception {
        assumeTrue(transport.unavailabilityCause().isEmpty(), transport + " cannot be used here");
        MultiThreadIoEventLoopGroup group =
                new MultiThreadIoEventLoopGroup(1, transport.newIoHandlerFactory());
        LoopBuffers buffers = LoopBuffers.of(Protocol.UDP, BYTES);
        try (DatagramSocket peer = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            peer.setSoTimeout(MILLIS);
            EventLoop loop = group.next();
            Flow flow = open(transport, peer, loop, buffers);
            DatagramPacket probe = new DatagramPacket(new byte[BYTES], BYTES);
            loop.submit(
                            () -> {
                                flow.send(System.nanoTime(), true);
                                flow.flush();
                            })
                    .get();
            peer.receive(probe);
            DatagramPacket empty = new DatagramPacket(new byte[0], 0, probe.getSocketAddress());
            // The loop reads none before all of them are there.
            loop.submit(
                            () -> {
                                for (DatagramPacket each :
                                        List.of(empty, probe, empty, empty, probe, empty)) {
                                    peer.send(each);
                                }
                                return null;
                            })
                    .get();

            assertThat(next(6))
                    .containsExactly(
                            Flow.Kind.FOREIGN,
                            Flow.Kind.RECEIVED,
                            Flow.Kind.FOREIGN,
                            Flow.Kind.FOREIGN,
                            Flow.Kind.DUPLICATED,
                            Flow.Kind.FOREIGN);
            loop.submit(flow::close).get().get(MILLIS, TimeUnit.MILLISECONDS);
            loop.submit(buffers::close).get();
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
        }
    }

    private Flow open(Transport transport, DatagramSocket peer, EventLoop loop, LoopBuffers buffers)
            throws Exception {
        FlowConfig config =
                FlowConfig.of(
                        transport,
                        Protocol.UDP,
                        (InetSocketAddress) peer.getLocalSocketAddress(),
                        1,
                        ProbeSizes.fixed(BYTES),
                        TimeUnit.MILLISECONDS.toNanos(MILLIS));
        return Flow.open(config, loop, buffers, this).get(MILLIS, TimeUnit.MILLISECONDS);
    }

    private List<Flow.Kind> next(int count) throws InterruptedException {
        List<Flow.Kind> kinds = new ArrayList<>();
        while (kinds.size() < count) {
            Flow.Kind kind = replies.poll(MILLIS / 4, TimeUnit.MILLISECONDS);
            if (kind == null) {
                return kinds;
            }
            kinds.add(kind);
        }
        return kinds;
    }
}
