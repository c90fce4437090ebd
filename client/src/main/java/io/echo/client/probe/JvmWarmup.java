package io.echo.client.probe;

import io.echo.net.Protocol;
import io.echo.net.Transport;
import io.netty.channel.EventLoop;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Sends probes to a private echo in this process before the first one that counts.
 *
 * <p>A fresh JVM takes tens of milliseconds to load the classes that a first probe needs, which
 * would look in the results like time on the network. So the same kind of flow sends 500 probes on
 * the same event loop first. Takes a fraction of a second, counts nothing, and sends nothing beyond
 * loopback.
 */
public final class JvmWarmup implements Flow.Events {
    private static final int PROBES = 500;
    private static final long LONGEST_NS = 400_000_000;

    private final CompletableFuture<Void> over = new CompletableFuture<>();

    /** Written on the event loop. */
    private int replies;

    private JvmWarmup() {}

    /**
     * Sends 500 probes; when it cannot, only the first measured times are worse.
     *
     * @param buffers of the loop; its counters of the warm-up are written
     * @param stop ends it at once when it completes
     */
    public static void run(
            Transport transport,
            Protocol protocol,
            EventLoop loop,
            LoopBuffers buffers,
            ProbeSizes sizes,
            CompletableFuture<?> stop)
            throws InterruptedException {
        if (stop.isDone()) {
            return;
        }
        JvmWarmup warmup = new JvmWarmup();
        try (LoopbackEcho echo = LoopbackEcho.start(protocol)) {
            FlowConfig config =
                    FlowConfig.of(transport, protocol, echo.address(), 0, sizes, LONGEST_NS);
            Flow flow = Flow.open(config, loop, buffers, warmup).get();
            loop.execute(() -> warmup.next(flow));
            try {
                CompletableFuture.anyOf(warmup.over, stop).get(LONGEST_NS, TimeUnit.NANOSECONDS);
            } finally {
                flow.close().get();
            }
        } catch (TimeoutException e) {
            // A slow machine: it is warm enough.
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            // No loopback, no descriptor left: the real flow reports it, or works without.
        }
    }

    private void next(Flow flow) {
        flow.send(System.nanoTime(), false);
        flow.flush();
    }

    @Override
    public void replied(Flow flow, Flow.Kind kind, long sequence, int bytes, long roundTripNs) {
        replies++;
        if (replies == PROBES) {
            over.complete(null);
        }
    }

    @Override
    public void drained(Flow flow) {
        if (!over.isDone() && flow.inFlight() == 0 && flow.open()) {
            next(flow);
        }
    }
}
