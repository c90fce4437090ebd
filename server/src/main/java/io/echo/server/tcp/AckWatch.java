package io.echo.server.tcp;

import io.echo.server.loop.Loop;
import io.echo.server.loop.Loops;
import io.netty.channel.Channel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells guards how much of what they sent their peers have not acknowledged yet.
 *
 * <p>A connection is watched while it is CLOSING, and when it was sent something and its peer is
 * not known to have taken any of it for a quarter of the timeout. The kernel's tables are read from
 * 10 ms after the first such connection has come, and then at intervals of {@value #REST} times
 * what the last reading took, so that watching takes at most a twentieth of a processor up to
 * intervals of 10 s. While those that wait hold more than an eighth of the table, {@value
 * #URGENT_REST} times is enough: clients that come and go fast would fill it with connections that
 * have long been acknowledged. While none is watched, nothing is read.
 *
 * <p>Methods may be called on any thread; guards hear of their queue on their loop, {@value #CHUNK}
 * at a time, between two passes over its sockets.
 */
public final class AckWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AckWatch.class);

    private static final int REST = 20;
    private static final int URGENT_REST = 4;
    private static final int CHUNK = 64;
    private static final long SHORTEST_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long LONGEST_NS = TimeUnit.SECONDS.toNanos(10);

    /** Longest wait without a look at how many wait. */
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Loops loops;
    private final IntSupplier limit;
    private final Map<Listener, Watched> watched = new ConcurrentHashMap<>();
    private final Optional<SendQueues> queues;
    private final Thread thread = new Thread(this::run, "echo-acks");

    /** The end of the thread. */
    private final CompletableFuture<Void> done = new CompletableFuture<>();

    /** Set while the thread waits for a connection to watch. */
    private volatile boolean resting;

    private volatile boolean ended;

    /** Set when the tables could not be read: then connections are closed without watching. */
    private volatile boolean broken;

    /** Hears of the queue of one connection. */
    public interface Listener {
        /**
         * Notes how many bytes the peer has not acknowledged. On the connection's loop.
         *
         * @param bytes a FIN included; -1 if the kernel has no such connection any more
         */
        void noteSendQueue(Channel channel, long bytes);
    }

    private record Watched(Channel channel, Listener guard, SendQueues.Ends ends) {}

    private record Reading(Watched of, long bytes) {}

    private AckWatch(Loops loops, IntSupplier limit, Optional<SendQueues> queues) {
        this.loops = loops;
        this.limit = limit;
        this.queues = queues;
        thread.setDaemon(true);
    }

    /**
     * Makes one, and starts its thread where the system tells of its queues.
     *
     * @param limit tells how many connections may be open
     */
    public static AckWatch start(Loops loops, IntSupplier limit) {
        AckWatch watch = new AckWatch(loops, limit, openQueues());
        if (watch.isAvailable()) {
            watch.thread.start();
        }
        return watch;
    }

    /** Makes one that can watch nothing. */
    public static AckWatch unavailable() {
        return new AckWatch(null, () -> 0, Optional.empty());
    }

    private static Optional<SendQueues> openQueues() {
        try {
            return Optional.of(new SendQueues());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * Returns whether connections can be watched. Elsewhere the memory of those that are closed and
     * not acknowledged is bounded by the system alone.
     */
    public boolean isAvailable() {
        return queues.isPresent() && !broken;
    }

    /** Watches a connection until {@link #remove}; returns false where that is not possible. */
    public boolean add(Channel channel, Listener guard) {
        if (!isAvailable()
                || !(channel.localAddress() instanceof InetSocketAddress local)
                || !(channel.remoteAddress() instanceof InetSocketAddress remote)) {
            return false;
        }
        watched.put(guard, new Watched(channel, guard, SendQueues.Ends.of(local, remote)));
        if (resting) {
            LockSupport.unpark(thread);
        }
        return true;
    }

    /** Watches it no more. */
    public void remove(Listener guard) {
        watched.remove(guard);
    }

    private void run() {
        try (SendQueues tables = queues.orElseThrow()) {
            watch(tables);
        } catch (IOException e) {
            LOG.debug("closing the kernel's tables", e);
        } finally {
            done.complete(null);
        }
    }

    private void watch(SendQueues tables) {
        long tookNs = 0;
        long readNs = System.nanoTime();
        while (!ended) {
            resting = true;
            while (watched.isEmpty() && !ended) {
                LockSupport.park(this);
            }
            resting = false;
            rest(readNs, tookNs);
            if (!watched.isEmpty()) {
                long beginNs = System.nanoTime();
                tell(read(tables));
                readNs = System.nanoTime();
                tookNs = readNs - beginNs;
            }
        }
    }

    /**
     * Waits until the tables may be read again, or no connection is watched any more.
     *
     * @param readNs end of the last reading
     * @param tookNs time that it took
     */
    private void rest(long readNs, long tookNs) {
        long beginNs = System.nanoTime();
        for (long nowNs = beginNs; !ended && !watched.isEmpty(); nowNs = System.nanoTime()) {
            boolean urgent = watched.size() > limit.getAsInt() / 8;
            long wantedNs = Math.min(LONGEST_NS, tookNs * (urgent ? URGENT_REST : REST));
            long leftNs = Math.max(SHORTEST_NS - (nowNs - beginNs), wantedNs - (nowNs - readNs));
            if (leftNs <= 0) {
                return;
            }
            LockSupport.parkNanos(this, Math.min(leftNs, LOOK_NS));
        }
    }

    /** Returns what waits for the peer of each watched connection; -1 for one without a socket. */
    private List<Reading> read(SendQueues tables) {
        Map<SendQueues.Ends, List<Watched>> wanted = new HashMap<>();
        BitSet ports = new BitSet();
        for (Watched one : watched.values()) {
            wanted.computeIfAbsent(one.ends(), ends -> new ArrayList<>(1)).add(one);
            ports.set(one.ends().localPort());
        }
        List<Reading> readings = new ArrayList<>(wanted.size());
        try {
            tables.read(
                    ports::get,
                    (ends, bytes) -> {
                        List<Watched> found = wanted.remove(ends);
                        if (found != null) {
                            found.forEach(one -> readings.add(new Reading(one, bytes)));
                        }
                    });
        } catch (IOException e) {
            broken = true;
            LOG.warn("cannot read what peers have acknowledged: {}", e.getMessage());
        }
        wanted.values().stream()
                .flatMap(List::stream)
                .forEach(one -> readings.add(new Reading(one, -1)));
        return readings;
    }

    private void tell(List<Reading> readings) {
        Map<Loop, List<Reading>> byLoop = new IdentityHashMap<>(); // Loops hash their sets.
        for (Reading reading : readings) {
            byLoop.computeIfAbsent(
                            loops.of(reading.of().channel().eventLoop()), l -> new ArrayList<>())
                    .add(reading);
        }
        byLoop.forEach((loop, all) -> tell(loop, all, 0));
    }

    /** Tells some, lets the loop serve its sockets, and goes on. */
    private static void tell(Loop loop, List<Reading> readings, int from) {
        int to = Math.min(readings.size(), from + CHUNK);
        loop.afterPass(
                () -> {
                    for (Reading reading : readings.subList(from, to)) {
                        reading.of().guard().noteSendQueue(reading.of().channel(), reading.bytes());
                    }
                    if (to < readings.size()) {
                        tell(loop, readings, to);
                    }
                });
    }

    /** Ends the thread and waits for that; call it when no connection is left. */
    @Override
    public void close() {
        ended = true;
        LockSupport.unpark(thread);
        if (queues.isPresent()) {
            done.join(); // Before the loops end, which it may be about to tell.
        }
    }
}
