package io.echo.server;

import io.echo.server.fault.FaultPorts;
import io.echo.server.fault.FaultyPort;
import io.echo.server.loop.CounterTotals;
import io.echo.server.loop.Loop;
import io.echo.server.loop.Loops;
import io.echo.server.metrics.Counter;
import io.echo.server.tcp.BacklogDrain;
import io.echo.server.tcp.TcpConnections;
import io.netty.channel.Channel;
import io.netty.channel.ServerChannel;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets what is in flight finish before the sockets close, within a deadline.
 *
 * <p>The order matters. A listener that closes resets the connections in its backlog, so the
 * backlog is emptied first. A datagram socket that closes loses what waits in its buffer, so it is
 * read until nothing has come for a while. A connection ends when nothing is in flight and nothing
 * has moved.
 *
 * <p>Runs on the closing thread. It gives tasks to the loops and waits for them.
 */
final class Drain {
    private static final Logger LOG = LoggerFactory.getLogger(Drain.class);

    /** Time without any movement after which a socket counts as finished. */
    private static final long QUIET_NS = TimeUnit.MILLISECONDS.toNanos(250);

    private static final long TICK_NS = TimeUnit.MILLISECONDS.toNanos(10);

    /** Time after the deadline for the last bytes of connections to leave. */
    private static final long LAST_NS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Loops loops;
    private final CounterTotals metrics;
    private final List<Channel> sockets;
    private final long deadlineNs;

    Drain(Loops loops, CounterTotals metrics, List<Channel> sockets, long timeoutNs) {
        this.loops = loops;
        this.metrics = metrics;
        this.sockets = sockets;
        this.deadlineNs = System.nanoTime() + timeoutNs;
    }

    /** Runs this one, and at the same time those of the ports that misbehave; closes the latter. */
    static void run(Drain plain, FaultPorts faults, long timeoutNs) {
        faults.hurry();
        List<Thread> threads = new ArrayList<>();
        for (FaultyPort port : faults.all()) {
            Drain one = new Drain(port.loops(), port.totals(), port.sockets(), timeoutNs);
            threads.add(new Thread(one::run, "echo-drain-" + port.port()));
        }
        threads.forEach(Thread::start);
        plain.run();
        boolean interrupted = Thread.interrupted();
        for (Thread thread : threads) {
            while (thread.isAlive()) { // Each ends at its own deadline.
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        faults.close();
    }

    /** Closes everything, and returns when it is closed. */
    void run() {
        closeListeners();
        boolean quiet = awaitQuiet();
        if (!quiet) {
            LOG.warn(
                    "the drain timeout is over: ending {} connections that are still busy",
                    connections());
        }
        endConnections();
        sockets.forEach(Channel::close);
        sockets.forEach(socket -> socket.closeFuture().awaitUninterruptibly());
    }

    /** Waits that long, even if the thread is interrupted: what is in flight must finish. */
    static void pause(long forNs) {
        long endNs = System.nanoTime() + forNs;
        boolean interrupted = false;
        for (long left = forNs; left > 0; left = endNs - System.nanoTime()) {
            LockSupport.parkNanos(left);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Accepts the backlog; at most half the timeout, the rest is for their data. */
    private void closeListeners() {
        long latestNs = System.nanoTime() + Math.max(0, left()) / 2;
        List<Channel> listeners = sockets.stream().filter(ServerChannel.class::isInstance).toList();
        for (Channel listener : listeners) {
            listener.pipeline()
                    .addFirst(new BacklogDrain(loops.of(listener.eventLoop()), latestNs));
        }
        listeners.forEach(listener -> listener.closeFuture().awaitUninterruptibly());
    }

    /**
     * Waits until nothing is in flight; returns false if the deadline passes with connections open.
     */
    private boolean awaitQuiet() {
        long received = -1;
        long changedNs = System.nanoTime();
        while (left() > 0) {
            long nowNs = System.nanoTime();
            onEachLoop(this::closeQuiet);
            long now = metrics.sum(Counter.UDP_RECEIVED);
            if (now != received) {
                received = now;
                changedNs = System.nanoTime();
            }
            // The last pass began after the quiet time, so no loop was just too busy to read.
            boolean udpQuiet =
                    nowNs - changedNs >= QUIET_NS
                            && metrics.snapshot().get(Counter.UDP_PENDING) == 0;
            if (udpQuiet && connections() == 0) {
                return true;
            }
            pause(Math.min(TICK_NS, left()));
        }
        return connections() == 0;
    }

    /** Closes the connections of a loop that are finished. On that loop. */
    private void closeQuiet(Loop loop) {
        long nowNs = System.nanoTime();
        TcpConnections.endWaiting(loop, nowNs, QUIET_NS);
        TcpConnections.forEach(
                loop,
                (channel, guard) -> {
                    if (guard.isQuiet(channel, nowNs, QUIET_NS)) {
                        guard.finish(channel, Counter.TCP_CLOSED_DRAINED);
                    }
                });
    }

    /** Stops reading, lets what was read leave, and closes; resets what has not left in time. */
    private void endConnections() {
        if (connections() == 0) {
            return;
        }
        onEachLoop(
                loop -> {
                    TcpConnections.endWaiting(loop, System.nanoTime(), 0);
                    TcpConnections.forEach(loop, (channel, guard) -> guard.drain(channel));
                });
        long lastNs = System.nanoTime() + LAST_NS;
        while (connections() > 0 && System.nanoTime() - lastNs < 0) {
            pause(TICK_NS);
        }
        onEachLoop(
                loop ->
                        TcpConnections.forEach(
                                loop,
                                (channel, guard) ->
                                        guard.reset(channel, Counter.TCP_CLOSED_DRAINED)));
        for (Loop loop : loops.all()) {
            loop.connections().forEach(channel -> channel.closeFuture().awaitUninterruptibly());
        }
    }

    /** Runs an action on each loop after the loop has handled its sockets, and waits for all. */
    private void onEachLoop(Consumer<Loop> action) {
        List<? extends Future<?>> done =
                loops.all().stream()
                        .map(loop -> loop.afterPass(() -> action.accept(loop)))
                        .toList();
        done.forEach(Future::awaitUninterruptibly);
    }

    private int connections() {
        return loops.all().stream().mapToInt(loop -> loop.connections().size()).sum();
    }

    private long left() {
        return deadlineNs - System.nanoTime();
    }
}
