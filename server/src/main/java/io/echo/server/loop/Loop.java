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
 * An event loop and everything that belongs to it alone.
 *
 * @param eventLoop the thread
 * @param buffers its receive buffers
 * @param counters its counters
 * @param settlers actions that bring the counters up to date with what the kernel has taken, one
 *     for each datagram socket; the set changes on the loop, where its members also run
 * @param connections its open connections; the set changes on the loop and is read by any thread
 * @param udpTimes the time that echoed datagrams spent in the server
 * @param tcpTimes the time from reading a connection's bytes to handing them back to the kernel
 * @param lag the time that tasks ran too late
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

    /** Starts measuring, ten times a second, how late the loop runs a task that is due. */
    public void measureLag() {
        long[] dueNs = {System.nanoTime() + LAG_EVERY_NS}; // Used on the loop alone.
        eventLoop.scheduleWithFixedDelay(
                Shortage.telling(
                        () -> {
                            long nowNs = System.nanoTime();
                            lag.record(Math.max(0, nowNs - dueNs[0]), 1);
                            dueNs[0] = nowNs + LAG_EVERY_NS;
                        }),
                LAG_EVERY_NS,
                LAG_EVERY_NS,
                TimeUnit.NANOSECONDS);
    }

    /** Lists a connection among the open ones until it closes. */
    public void add(Channel connection) {
        connections.add(connection);
        connection.closeFuture().addListener(closed -> connections.remove(connection));
    }

    /** Runs a task on the loop after the loop has handled everything its sockets had ready. */
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
        // A task sent now may run within the current pass; one sent at its end runs in the next.
        eventLoop.execute(
                () ->
                        ((SingleThreadEventLoop) eventLoop)
                                .executeAfterEventLoopIteration(() -> eventLoop.execute(last)));
        return done;
    }

    /** Asks for the counters between two batches; the future fails if the loop has ended. */
    Future<long[]> ask() {
        try {
            return eventLoop.submit(this::settledCounters);
        } catch (RejectedExecutionException e) {
            return ImmediateEventExecutor.INSTANCE.newFailedFuture(e);
        }
    }

    /** Returns the counters after everything read so far has been counted. On the loop. */
    private long[] settledCounters() {
        settlers.forEach(Runnable::run);
        return counters.copy();
    }
}
