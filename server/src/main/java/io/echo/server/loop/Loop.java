package io.echo.server.loop;

import io.echo.net.Transport;
import io.echo.server.metrics.LoopCounters;
import io.echo.server.metrics.TimeHistogram;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * An event loop, and what belongs to it alone.
 *
 * @param eventLoop the thread
 * @param buffers its receive buffers
 * @param counters its counters
 * @param settlers bring the counters up to date with what the kernel has taken, one for each
 *     datagram socket; the set changes and its members run on the loop
 * @param connections its open connections; the set changes on the loop and is read anywhere
 * @param udpTimes how long datagrams stayed in the server
 * @param tcpTimes how long what was read from a connection took to be handed back
 * @param lag how late tasks ran
 */
public record Loop(
        EventLoop eventLoop,
        ReceiveBuffers buffers,
        LoopCounters counters,
        Set<Runnable> settlers,
        Set<Channel> connections,
        TimeHistogram udpTimes,
        TimeHistogram tcpTimes,
        TimeHistogram lag) {
    private static final long LAG_EVERY_NS = 100_000_000;

    static Loop of(EventLoop eventLoop, Transport transport) {
        return new Loop(
                eventLoop,
                new ReceiveBuffers(eventLoop, transport.isNative()),
                new LoopCounters(),
                ConcurrentHashMap.newKeySet(),
                ConcurrentHashMap.newKeySet(),
                new TimeHistogram(),
                new TimeHistogram(),
                new TimeHistogram());
    }

    /** Starts to measure, ten times a second, how late the loop runs what is due. */
    public void measureLag() {
        long[] dueNs = {System.nanoTime() + LAG_EVERY_NS}; // Used on the loop alone.
        eventLoop.scheduleWithFixedDelay(
                () -> {
                    long nowNs = System.nanoTime();
                    lag.record(Math.max(0, nowNs - dueNs[0]), 1);
                    dueNs[0] = nowNs + LAG_EVERY_NS;
                },
                LAG_EVERY_NS,
                LAG_EVERY_NS,
                TimeUnit.NANOSECONDS);
    }

    /** Takes a connection in until it closes. */
    public void add(Channel connection) {
        connections.add(connection);
        connection.closeFuture().addListener(closed -> connections.remove(connection));
    }

    /** Runs this on the loop, once it has seen to all that its sockets had ready meanwhile. */
    public Future<?> afterPass(Runnable task) {
        Promise<Void> done = eventLoop.newPromise();
        Runnable last =
                () -> {
                    try {
                        task.run();
                    } finally {
                        done.setSuccess(null);
                    }
                };
        // A task may still run in the pass that is on; one sent from the end of it is for the next.
        eventLoop.execute(
                () ->
                        ((SingleThreadEventLoop) eventLoop)
                                .executeAfterEventLoopIteration(() -> eventLoop.execute(last)));
        return done;
    }

    /** Asks for the counters, between two batches; fails when the loop has ended. */
    Future<long[]> ask() {
        try {
            return eventLoop.submit(this::settledCounters);
        } catch (RejectedExecutionException e) {
            return ImmediateEventExecutor.INSTANCE.newFailedFuture(e);
        }
    }

    /** The counters as of now, when everything read so far is accounted for. On the loop. */
    private long[] settledCounters() {
        settlers.forEach(Runnable::run);
        return counters.copy();
    }
}
