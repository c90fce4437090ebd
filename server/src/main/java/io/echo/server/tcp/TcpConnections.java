package io.echo.server.tcp;

import io.echo.server.config.ServerConfig;
import io.echo.server.loop.Loop;
import io.echo.server.loop.Loops;
import io.echo.server.loop.Shortage;
import io.netty.channel.Channel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.IntSupplier;

/**
 * Checks the open connections of each loop now and then, and ends those that have timed out. Runs
 * on the loops.
 */
public final class TcpConnections {
    private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(1);

    private final Loops loops;
    private final ServerConfig.TcpLimits limits;
    private final IntSupplier limit;
    private final IntSupplier open;

    /**
     * Makes one that checks nothing yet.
     *
     * @param limit tells how many connections may be open
     * @param open tells how many connections are open on all loops
     */
    public TcpConnections(
            Loops loops, ServerConfig.TcpLimits limits, IntSupplier limit, IntSupplier open) {
        this.loops = loops;
        this.limits = limits;
        this.limit = limit;
        this.open = open;
    }

    /** Starts the checks: four within the shortest timeout, and at least one a second. */
    public void startTimeouts() {
        long everyNs = LONGEST_INTERVAL.toNanos();
        for (Duration timeout :
                new Duration[] {
                    limits.idleTimeout(), limits.halfClosedTimeout(), limits.stallTimeout()
                }) {
            if (!timeout.isZero()) {
                everyNs = Math.min(everyNs, Math.max(1_000_000, timeout.toNanos() / 4));
            }
        }
        for (Loop loop : loops.all()) {
            loop.eventLoop()
                    .scheduleWithFixedDelay(
                            Shortage.telling(new Check(loop, everyNs)),
                            everyNs,
                            everyNs,
                            TimeUnit.NANOSECONDS);
        }
    }

    /**
     * Checks the connections of one loop, on it. One check is left out when it comes much too late:
     * the process was stopped (SIGSTOP, a frozen container), and what peers have sent meanwhile has
     * not been read yet.
     */
    private final class Check implements Runnable {
        private final Loop loop;
        private final long everyNs;
        private long lastNs = System.nanoTime();
        private boolean leftOut;

        Check(Loop loop, long everyNs) {
            this.loop = loop;
            this.everyNs = everyNs;
        }

        @Override
        public void run() {
            long nowNs = System.nanoTime();
            leftOut = nowNs - lastNs > 2 * everyNs && !leftOut;
            lastNs = nowNs;
            if (!leftOut) {
                endTimedOut(loop, nowNs);
            }
        }
    }

    private void endTimedOut(Loop loop, long nowNs) {
        long idleNs = idleNs(limits.idleTimeout().toNanos(), open.getAsInt(), limit.getAsInt());
        forEach(loop, (channel, guard) -> guard.endIfTimedOut(channel, nowNs, limits, idleNs));
    }

    /** Runs an action for every open connection of a loop and its guard. On that loop. */
    public static void forEach(Loop loop, BiConsumer<Channel, TcpGuard> action) {
        List<Channel> now = new ArrayList<>(loop.connections()); // An action may close one.
        for (Channel connection : now) {
            TcpGuard guard = connection.pipeline().get(TcpGuard.class);
            if (guard != null) {
                action.accept(connection, guard);
            }
        }
    }

    /**
     * Ends the connections of a loop that wait for what must come first, if nothing has come for so
     * long. On that loop.
     */
    public static void endWaiting(Loop loop, long nowNs, long quietNs) {
        List<Channel> now = new ArrayList<>(loop.connections());
        for (Channel connection : now) {
            Waiting waiting = connection.pipeline().get(Waiting.class);
            if (waiting != null && waiting.isQuiet(nowNs, quietNs)) {
                waiting.end(connection);
            }
        }
    }

    /**
     * Returns how long a connection may be idle: as configured while at most half of the allowed
     * connections are open, then less, in proportion to what is free. So idle connections make room
     * before new ones are reset.
     */
    public static long idleNs(long configuredNs, int open, int max) {
        double free = Math.max(0, max - open) / (double) Math.max(1, max);
        return free >= 0.5
                ? configuredNs
                : Math.min(
                        configuredNs,
                        Math.max((long) (configuredNs * free * 2), TimeUnit.SECONDS.toNanos(1)));
    }
}
