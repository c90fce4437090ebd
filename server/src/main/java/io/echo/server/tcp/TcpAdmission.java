package io.echo.server.tcp;

import io.echo.server.admission.ProbePass;
import io.echo.server.admission.RateLimiter;
import io.echo.server.admission.SourceRules;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import io.echo.server.loop.BindPlan;
import io.echo.server.loop.Loops;
import io.echo.server.metrics.Counter;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Takes a new connection on, or resets it; stands in the pipeline of every listener.
 *
 * <p>One over a limit is accepted and reset at once: left in the backlog it would hold the peer in
 * doubt, and a service that stops listening would be the attacker's success.
 *
 * <p>One instance for all listeners, which may be on different loops.
 */
@Sharable
public final class TcpAdmission extends ChannelInboundHandlerAdapter {
    private final int maxConnections;
    private final int maxPerSource;
    private final RateLimiter accepts;
    private final SourceRules sources;
    private final Loops loops;
    private final ProbePass probe;
    private final AtomicInteger open = new AtomicInteger();

    /** Open connections of each untrusted prefix that has any. */
    private final ConcurrentMap<Long, Integer> perSource = new ConcurrentHashMap<>();

    public TcpAdmission(
            ServerConfig.TcpLimits limits,
            int maxConnections,
            SourceRules sources,
            Loops loops,
            ProbePass probe) {
        this.maxConnections = maxConnections;
        this.maxPerSource = limits.maxConnectionsPerSource();
        this.accepts = new RateLimiter(limits.acceptsPerSecond());
        this.sources = sources;
        this.loops = loops;
        this.probe = probe;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        Channel connection = (Channel) msg;
        Optional<Counter> rejected = admit(connection);
        if (rejected.isPresent()) {
            reset(ctx, connection, rejected.get());
        } else {
            ctx.fireChannelRead(msg);
        }
    }

    /**
     * Stands before this one in a listener whose socket takes on both families but is to serve one:
     * the other is not let in.
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
        try {
            connection.config().setOption(ChannelOption.SO_LINGER, 0);
        } catch (ChannelException e) {
            // The peer was faster: beyond options, but not beyond closing.
        }
        connection.unsafe().closeForcibly();
    }

    /** Whether this connection is the server's own background echo. */
    boolean isProbe(Channel connection) {
        return probe.admits(connection.remoteAddress());
    }

    private Optional<Counter> admit(Channel connection) {
        if (isProbe(connection)) {
            return Optional.empty();
        }
        // Gone already: let the pipeline see it close.
        if (!(connection.remoteAddress() instanceof InetSocketAddress peer)) {
            return countUntilClosed(connection, 0);
        }
        byte[] address = peer.getAddress().getAddress();
        long high = Cidr.high(address);
        long low = Cidr.low(address);
        if (!sources.isAllowed(high, low)) {
            return Optional.of(Counter.TCP_REJECTED_DENIED);
        }
        if (sources.isTrusted(high, low)) {
            return countUntilClosed(connection, 0);
        }
        long prefix = SourceRules.prefix(high, low);
        if (!accepts.admit(prefix, 1, System.nanoTime())) {
            return Optional.of(Counter.TCP_REJECTED_RATE);
        }
        if (perSource.getOrDefault(prefix, 0) >= maxPerSource) {
            return Optional.of(Counter.TCP_REJECTED_SOURCE);
        }
        return countUntilClosed(connection, prefix);
    }

    /** Counts the connection until it closes; {@code prefix} 0 for none. */
    private Optional<Counter> countUntilClosed(Channel connection, long prefix) {
        if (open.incrementAndGet() > maxConnections) {
            open.decrementAndGet();
            return Optional.of(Counter.TCP_REJECTED_LIMIT);
        }
        if (prefix != 0) {
            perSource.merge(prefix, 1, Integer::sum);
        }
        connection
                .closeFuture()
                .addListener(
                        closed -> {
                            open.decrementAndGet();
                            if (prefix != 0) {
                                perSource.compute(
                                        prefix, (p, n) -> n == null || n == 1 ? null : n - 1);
                            }
                        });
        return Optional.empty();
    }

    /** How many the untrusted source has open that has most. */
    public int mostFromOneSource() {
        return perSource.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    }

    /** How many are open now. */
    public int open() {
        return open.get();
    }
}
