package io.echo.client.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.echo.client.TcpPeer;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A flow of probes in a stream whose peer stalls. */
@Timeout(30)
class TcpFlowTest {
    private static final int PROBE_BYTES = 65_507;

    /** Sends without pause; on the flow's event loop. */
    private static final class Sender implements Flow.Events {
        private final Map<Flow.Kind, Long> replies = new EnumMap<>(Flow.Kind.class);
        private final Set<Long> left = new HashSet<>();
        private final Set<Long> answered = new HashSet<>();
        private final CompletableFuture<Void> allAnswered = new CompletableFuture<>();
        private final CompletableFuture<Void> closed = new CompletableFuture<>();
        private boolean done;

        /** Sends a probe and returns whether it left. */
        boolean send(Flow flow) {
            boolean leaves = flow.writable();
            long sequence = flow.send(System.nanoTime(), true);
            if (leaves) {
                left.add(sequence);
            }
            flow.flush();
            return leaves;
        }

        @Override
        public void replied(Flow flow, Flow.Kind kind, long sequence, int bytes, long serviceNs) {
            replies.merge(kind, 1L, Long::sum);
            answered.add(sequence);
            end();
        }

        @Override
        public void closed(Flow flow, Throwable cause) {
            closed.complete(null);
        }

        /** Sends until the queue is full. */
        boolean fill(Flow flow) {
            while (send(flow)) {
                // fills the queue
            }
            return true;
        }

        /** Says that no more probes will be sent. */
        boolean finish() {
            done = true;
            end();
            return true;
        }

        private void end() {
            if (done && replies.values().stream().mapToLong(n -> n).sum() == left.size()) {
                allAnswered.complete(null);
            }
        }
    }

    @Test
    void takesEachReplyForItsProbeWhenOthersCouldNotLeave() throws Exception {
        CountDownLatch stalled = new CountDownLatch(1);
        Transport transport = Transport.NIO;
        MultiThreadIoEventLoopGroup group =
                new MultiThreadIoEventLoopGroup(1, transport.newIoHandlerFactory());
        try (TcpPeer peer = stalling(stalled)) {
            EventLoop loop = group.next();
            Sender sender = new Sender();
            LoopBuffers buffers = LoopBuffers.of(Protocol.TCP, PROBE_BYTES);
            Flow flow = open(peer.target(), transport, loop, buffers, sender);
            on(
                    loop,
                    () -> {
                        sender.fill(flow);
                        sender.send(flow);
                        return sender.send(flow);
                    });
            stalled.countDown();
            while (!on(loop, () -> flow.writable() && sender.send(flow))) {
                Thread.onSpinWait();
            }
            on(loop, sender::finish);
            sender.allAnswered.get(20, TimeUnit.SECONDS);

            assertThat(sender.replies).containsOnlyKeys(Flow.Kind.RECEIVED);
            assertThat(sender.answered).isEqualTo(sender.left).hasSizeGreaterThan(10);
            on(loop, flow::close).get(5, TimeUnit.SECONDS);
            loop.submit(buffers::close).get();
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
        }
    }

    @Test
    void aWaitForAPeerThatDoesNotReadIsNoLatenessOfOurs() throws Exception {
        CountDownLatch stalled = new CountDownLatch(1);
        Transport transport = Transport.NIO;
        MultiThreadIoEventLoopGroup group =
                new MultiThreadIoEventLoopGroup(1, transport.newIoHandlerFactory());
        try (TcpPeer peer = stalling(stalled)) {
            EventLoop loop = group.next();
            Sender sender = new Sender();
            LoopBuffers buffers = LoopBuffers.of(Protocol.TCP, PROBE_BYTES);
            Flow flow = open(peer.target(), transport, loop, buffers, sender);
            on(loop, () -> sender.fill(flow));
            long filledNs = System.nanoTime();
            for (int i = 0; i < 1_000; i++) {
                on(loop, flow::inFlight); // takes a while
            }
            long waitNs = System.nanoTime() - filledNs;
            stalled.countDown();
            on(loop, sender::finish);
            sender.allAnswered.get(20, TimeUnit.SECONDS);

            assertThat(buffers.measured().lateness().getTotalCount()).isEqualTo(sender.left.size());
            assertThat(buffers.measured().lateness().getValueAtPercentile(75))
                    .isLessThan(waitNs / 2);
            on(loop, flow::close).get(5, TimeUnit.SECONDS);
            loop.submit(buffers::close).get();
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
        }
    }

    @ParameterizedTest
    @EnumSource(value = Transport.class, names = "IO_URING", mode = EnumSource.Mode.EXCLUDE)
    void whatLeftBeforeThePeerFinishedIsNotUnsent(Transport transport) throws Exception {
        assumeTrue(transport.unavailabilityCause().isEmpty(), transport + " cannot be used here");
        CountDownLatch stalled = new CountDownLatch(1);
        CompletableFuture<Long> read = new CompletableFuture<>();
        TcpPeer.Behaviour finishing =
                socket -> {
                    await(stalled);
                    long some = socket.getInputStream().readNBytes(20 * PROBE_BYTES).length;
                    socket.shutdownOutput();
                    OutputStream nowhere = OutputStream.nullOutputStream();
                    read.complete(some + socket.getInputStream().transferTo(nowhere));
                };
        MultiThreadIoEventLoopGroup group =
                new MultiThreadIoEventLoopGroup(1, transport.newIoHandlerFactory());
        try (TcpPeer peer = TcpPeer.start(finishing)) {
            EventLoop loop = group.next();
            Sender sender = new Sender();
            LoopBuffers buffers = LoopBuffers.of(Protocol.TCP, PROBE_BYTES);
            Flow flow = open(peer.target(), transport, loop, buffers, sender);
            on(loop, () -> sender.fill(flow));
            stalled.countDown();
            sender.closed.get(20, TimeUnit.SECONDS);

            long begun = (read.get(20, TimeUnit.SECONDS) + PROBE_BYTES - 1) / PROBE_BYTES;
            ProbeStats stats = buffers.measured();
            assertThat(stats.sent() - stats.unsent()).isEqualTo(begun);
            loop.submit(buffers::close).get();
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
        }
    }

    /** Starts a peer that reads nothing until the latch is open, and echoes then. */
    private static TcpPeer stalling(CountDownLatch stalled) throws IOException {
        return TcpPeer.start(
                socket -> {
                    await(stalled);
                    echo(socket);
                });
    }

    private static Flow open(
            Target target,
            Transport transport,
            EventLoop loop,
            LoopBuffers buffers,
            Flow.Events events)
            throws Exception {
        FlowConfig config =
                FlowConfig.of(
                        transport,
                        target.protocol(),
                        new InetSocketAddress(target.host(), target.port()),
                        1,
                        ProbeSizes.fixed(PROBE_BYTES),
                        TimeUnit.SECONDS.toNanos(25));
        return Flow.open(config, loop, buffers, events).get(5, TimeUnit.SECONDS);
    }

    private static <T> T on(EventLoop loop, Callable<T> work)
            throws InterruptedException, ExecutionException {
        return loop.submit(work).get();
    }

    private static void echo(Socket socket) throws IOException {
        socket.getInputStream().transferTo(socket.getOutputStream());
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
