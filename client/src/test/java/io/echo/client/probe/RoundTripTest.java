package io.echo.client.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.TcpPeer;
import io.echo.client.UdpPeer;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The time of a round trip: from just before the call that sends to the return of the one that
 * reads.
 */
@Timeout(30)
class RoundTripTest {
    private static final int BYTES = 64;
    private static final int PROBES = 20;

    /** Notes the bounds of each round trip, and sends the next probe; on the flow's event loop. */
    private static final class Rally implements Flow.Events {
        private final CompletableFuture<Void> over = new CompletableFuture<>();
        private final AtomicLong answeredNs;
        private final List<String> wrong = new ArrayList<>();
        private int left = PROBES;
        private long beforeNs;
        private long afterNs;

        Rally(AtomicLong answeredNs) {
            this.answeredNs = answeredNs;
        }

        void next(Flow flow) {
            beforeNs = System.nanoTime();
            flow.send(beforeNs, true);
            flow.flush();
            afterNs = System.nanoTime();
        }

        @Override
        public void replied(Flow flow, Flow.Kind kind, long sequence, int bytes, long tripNs) {
            long seenNs = System.nanoTime();
            long peerNs = answeredNs.get();
            if (afterNs + tripNs < peerNs || beforeNs + tripNs > seenNs) {
                wrong.add(
                        (peerNs - afterNs) + " < " + tripNs + " < " + (seenNs - beforeNs) + " ns");
            }
            left--;
            if (left == 0) {
                over.complete(null);
            } else {
                next(flow);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void endsAfterThePeerAnsweredAndBeforeItIsTold(Transport transport) throws Exception {
        AtomicLong datagramNs = new AtomicLong();
        AtomicLong streamNs = new AtomicLong();
        UdpPeer.Behaviour datagrams =
                (request, sender) -> {
                    datagramNs.set(System.nanoTime());
                    sender.send(request);
                };
        TcpPeer.Behaviour stream =
                socket -> {
                    for (byte[] one = read(socket, 1); one.length > 0; one = read(socket, 1)) {
                        streamNs.set(System.nanoTime());
                        socket.getOutputStream().write(one);
                    }
                };
        try (UdpPeer udp = UdpPeer.start(datagrams);
                TcpPeer tcp = TcpPeer.start(stream)) {
            // Each has its own time: a stray datagram of another test may reach the UDP peer.
            assertWithinBounds(transport, udp.target(), new Rally(datagramNs));
            assertWithinBounds(transport, tcp.target(), new Rally(streamNs));
        }
    }

    private static void assertWithinBounds(Transport transport, Target target, Rally rally)
            throws Exception {
        play(transport, target, rally, rally.over, rally::next);
        assertThat(rally.wrong).as("%s", target).isEmpty();
    }

    /** Takes its time over the first reply of two that came together. */
    private static final class Dawdler implements Flow.Events {
        private static final long PAUSE_NS = 20_000_000;

        private final CompletableFuture<Void> over = new CompletableFuture<>();
        private final List<Long> trips = new ArrayList<>();

        void sendTwo(Flow flow) {
            flow.send(System.nanoTime(), true);
            flow.send(System.nanoTime(), true);
            flow.flush();
        }

        @Override
        public void replied(Flow flow, Flow.Kind kind, long sequence, int bytes, long tripNs) {
            trips.add(tripNs);
            long untilNs = System.nanoTime() + PAUSE_NS;
            while (System.nanoTime() - untilNs < 0) {
                Thread.onSpinWait();
            }
            if (trips.size() == 2) {
                over.complete(null);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void doesNotHoldTheWorkOnRepliesThatCameBefore(Transport transport) throws Exception {
        TcpPeer.Behaviour together = socket -> socket.getOutputStream().write(read(socket, 2));
        try (TcpPeer peer =
                TcpPeer.start(
                        socket -> {
                            together.accepted(socket);
                            TcpPeer.block(socket);
                        })) {
            Dawdler dawdler = new Dawdler();
            play(transport, peer.target(), dawdler, dawdler.over, dawdler::sendTwo);
            assertThat(dawdler.trips.get(1) - dawdler.trips.get(0)).isLessThan(Dawdler.PAUSE_NS);
        }
    }

    private static byte[] read(Socket socket, int probes) throws IOException {
        return socket.getInputStream().readNBytes(probes * BYTES);
    }

    /** Begins on a flow's event loop. */
    private interface Start {
        void on(Flow flow);
    }

    private static void play(
            Transport transport,
            Target target,
            Flow.Events events,
            CompletableFuture<Void> over,
            Start start)
            throws Exception {
        MultiThreadIoEventLoopGroup group =
                new MultiThreadIoEventLoopGroup(1, transport.newIoHandlerFactory());
        try {
            EventLoop loop = group.next();
            LoopBuffers buffers = LoopBuffers.of(target.protocol(), BYTES);
            FlowConfig config =
                    FlowConfig.of(
                            transport,
                            target.protocol(),
                            new InetSocketAddress(target.host(), target.port()),
                            1,
                            ProbeSizes.fixed(BYTES),
                            TimeUnit.SECONDS.toNanos(25));
            Flow flow = Flow.open(config, loop, buffers, events).get(5, TimeUnit.SECONDS);
            loop.execute(() -> start.on(flow));
            over.get(20, TimeUnit.SECONDS);
            loop.submit(flow::close).get().get(5, TimeUnit.SECONDS);
            loop.submit(buffers::close).get();
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
        }
    }
}
