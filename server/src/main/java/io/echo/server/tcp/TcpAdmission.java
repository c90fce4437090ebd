package io.echo.server.tcp;

import io.echo.server.admission.ProbePass;
import io.echo.server.admission.RateLimiter;
import io.echo.server.admission.SourceRules;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import io.echo.server.loop.BindPlan;
import io.echo.server.loop.Loops;
import io.echo.server.loop.Reset;
import io.echo.server.metrics.Counter;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Admits a new connection, or resets it. Stands in the pipeline of every listener.
 *
 * <p>A connection over a limit is accepted and reset. In the backlog it would leave its peer
 * waiting, and a server that stopped listening would do the attacker's work. A few wait for up to
 * {@value #LOOKS} times {@value #LOOK_MILLIS} ms while others are CLOSING, whose places are most
 * likely free by then.
 *
 * <p>A connection of a balancer ({@code --proxy-from}) is admitted for itself, under the limit of
 * all alone; {@link #admitClient} decides on its client when it is named.
 *
 * <p>One instance serves all listeners, which may be on different loops.
 */
@Sharable
public final class TcpAdmission extends ChannelInboundHandlerAdapter {
    /** The /48 among the upper bits of an IPv6 address. */
    private static final long SITE = -1L << 16;

    private static final int LOOKS = 100;
    private static final int LOOK_MILLIS = 10;

    /** Most connections that wait for a place; their descriptors are among the spare ones. */
    private static final int MAX_HELD = 8;

    private final ServerConfig.TcpLimits limits;
    private final RateLimiter accepts;
    private final SourceRules sources;
    private final Loops loops;
    private final ProbePass probe;

    /** Most connections that may be open, 0 until {@link #setLimit}; written under a lock. */
    private volatile int limit;

    /** Open connections of all loops. */
    private final AtomicInteger open = new AtomicInteger();

    /** Open connections per untrusted prefix; no entry for one that has none. */
    private final ConcurrentMap<Long, Integer> perSource = new ConcurrentHashMap<>();

    /** The same per untrusted /48 of IPv6, which one subscriber may have (RFC 6177, section 2). */
    private final ConcurrentMap<Long, Integer> perSite = new ConcurrentHashMap<>();

    /** Connections that wait for a place. */
    private final Set<Channel> held = ConcurrentHashMap.newKeySet();

    /** Makes the one instance, which lets nobody in before {@link #setLimit}. */
    public TcpAdmission(
            ServerConfig.TcpLimits limits, SourceRules sources, Loops loops, ProbePass probe) {
        this.limits = limits;
        this.accepts = new RateLimiter(limits.acceptsPerSecond());
        this.sources = sources;
        this.loops = loops;
        this.probe = probe;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        decide(ctx, (Channel) msg, 0);
    }

    private void decide(ChannelHandlerContext ctx, Channel connection, int looks) {
        Optional<Counter> rejected = admit(connection, looks > 0);
        if (rejected.isEmpty()) {
            ctx.fireChannelRead(connection);
        } else if (looks < LOOKS && mayComeFree(rejected.get()) && held.size() < MAX_HELD) {
            held.add(connection);
            ctx.executor()
                    .schedule(
                            () -> decideAgain(ctx, connection, looks + 1),
                            LOOK_MILLIS,
                            TimeUnit.MILLISECONDS);
        } else {
            reset(ctx, connection, rejected.get());
        }
    }

    private void decideAgain(ChannelHandlerContext ctx, Channel connection, int looks) {
        if (!held.remove(connection)) {
            return; // Ended by close().
        }
        if (ctx.channel().isActive()) {
            decide(ctx, connection, looks);
        } else {
            reset(connection); // Its listener is closed, and hands nothing on any more.
        }
    }

    /** Returns whether a place is lacking that a connection in CLOSING may have. */
    private boolean mayComeFree(Counter why) {
        return (why == Counter.TCP_REJECTED_LIMIT || why == Counter.TCP_REJECTED_SOURCE)
                && loops.all().stream()
                        .anyMatch(loop -> loop.counters().get(Counter.TCP_CLOSING) > 0);
    }

    /** Resets those that wait for a place, when the loops are about to end. */
    public void close() {
        for (Channel connection : held) {
            if (held.remove(connection)) {
                reset(connection);
            }
        }
    }

    /**
     * Returns a handler that resets connections of the other family. It stands before this one in a
     * listener whose socket accepts both families but serves one.
     */
    ChannelHandler oneFamilyFilter(boolean v6) {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                Channel connection = (Channel) msg;
                if (connection.remoteAddress() instanceof InetSocketAddress peer
                        && BindPlan.isV6(peer.getAddress()) != v6
                        && !isProbe(connection)) {
                    reset(ctx, connection, Counter.TCP_REJECTED_DENIED);
                } else {
                    ctx.fireChannelRead(msg);
                }
            }
        };
    }

    private void reset(ChannelHandlerContext ctx, Channel connection, Counter why) {
        loops.of(ctx.channel().eventLoop()).counters().add(why, 1);
        reset(connection);
    }

    private static void reset(Channel connection) {
        Reset.onClose(connection);
        connection.unsafe().closeForcibly();
    }

    /** Returns whether this connection is the server's own background echo. */
    boolean isProbe(Channel connection) {
        return probe.admits(connection.remoteAddress());
    }

    /**
     * Decides on a connection; returns the counter of the reason if it is rejected.
     *
     * @param again whether it has been charged to its source's rate before
     */
    private Optional<Counter> admit(Channel connection, boolean again) {
        if (isProbe(connection)) {
            return Optional.empty();
        }
        // The peer has gone already: the pipeline sees the connection close.
        if (!(connection.remoteAddress() instanceof InetSocketAddress peer)) {
            return countUntilClosed(connection);
        }
        byte[] address = peer.getAddress().getAddress();
        long high = Cidr.high(address);
        long low = Cidr.low(address);
        if (sources.isBalancer(high, low)) {
            return countUntilClosed(connection); // Its client is judged when it is named.
        }
        Optional<Counter> rejected = judge(high, low, again);
        if (rejected.isEmpty()) {
            rejected = countUntilClosed(connection);
        }
        if (rejected.isEmpty()) {
            countOfSource(connection, high, low);
        }
        return rejected;
    }

    /** Returns whether this is a connection of a balancer, which begins with a PROXY header. */
    public boolean isOfBalancer(Channel connection) {
        if (isProbe(connection)
                || !(connection.remoteAddress() instanceof InetSocketAddress peer)) {
            return false;
        }
        byte[] address = peer.getAddress().getAddress();
        return sources.isBalancer(Cidr.high(address), Cidr.low(address));
    }

    /**
     * Decides on the client of a balancer's connection, which counts as open already. On its loop.
     *
     * @param high the upper half of the client's address, as {@link Cidr} has it
     * @param low the lower half
     * @return the counter of the reason if it is rejected
     */
    public Optional<Counter> admitClient(Channel connection, long high, long low) {
        Optional<Counter> rejected = judge(high, low, false);
        if (rejected.isEmpty()) {
            countOfSource(connection, high, low);
        }
        return rejected;
    }

    /** Returns the reason if this source may have no further connection. */
    private Optional<Counter> judge(long high, long low, boolean again) {
        if (!sources.isAllowed(high, low)) {
            return Optional.of(Counter.TCP_REJECTED_DENIED);
        }
        if (sources.isTrusted(high, low)) {
            return Optional.empty();
        }
        long prefix = SourceRules.prefix(high, low);
        if (!again && !accepts.admit(prefix, 1, System.nanoTime())) {
            return Optional.of(Counter.TCP_REJECTED_RATE);
        }
        int most = limits.perSource(limit);
        boolean over =
                perSource.getOrDefault(prefix, 0) >= most
                        || perSite.getOrDefault(site(high, low), 0) >= Math.max(most, limit / 2);
        return over ? Optional.of(Counter.TCP_REJECTED_SOURCE) : Optional.empty();
    }

    /** Counts the connection as open until it closes. */
    private Optional<Counter> countUntilClosed(Channel connection) {
        if (open.incrementAndGet() > limit) {
            open.decrementAndGet();
            return Optional.of(Counter.TCP_REJECTED_LIMIT);
        }
        connection.closeFuture().addListener(closed -> open.decrementAndGet());
        return Optional.empty();
    }

    /** Counts the connection among those of its source until it closes, unless that is trusted. */
    private void countOfSource(Channel connection, long high, long low) {
        if (sources.isTrusted(high, low)) {
            return;
        }
        long prefix = SourceRules.prefix(high, low);
        long site = site(high, low);
        add(perSource, prefix);
        add(perSite, site);
        connection
                .closeFuture()
                .addListener(
                        closed -> {
                            remove(perSource, prefix);
                            remove(perSite, site);
                        });
    }

    /** Returns the bits of the site, 0 for IPv4. */
    private static long site(long high, long low) {
        return Cidr.isV4(high, low) ? 0 : high & SITE;
    }

    private static void add(ConcurrentMap<Long, Integer> counts, long key) {
        if (key != 0) {
            counts.merge(key, 1, Integer::sum);
        }
    }

    private static void remove(ConcurrentMap<Long, Integer> counts, long key) {
        if (key != 0) {
            counts.compute(key, (k, n) -> n == null || n == 1 ? null : n - 1);
        }
    }

    /** Returns the number of open connections of the untrusted source that has the most. */
    public int mostFromOneSource() {
        return perSource.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    }

    /** Sets how many connections may be open; those that are open stay. */
    public void setLimit(int connections) {
        limit = connections;
    }

    /** Returns how many connections may be open. */
    public int limit() {
        return limit;
    }

    /** Returns the number of open connections. */
    public int open() {
        return open.get();
    }
}
