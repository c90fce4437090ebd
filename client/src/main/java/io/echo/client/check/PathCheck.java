package io.echo.client.check;

import io.echo.client.probe.LoopbackEcho;
import io.echo.client.socket.HostLookup;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Asks a host over UDP and TCP, IPv4 and IPv6, all at once.
 *
 * <p>The look-up of the name, connecting and the echo share one timeout. Any thread may wait for
 * results; they are made on one event loop, a daemon thread, which {@link #close} ends.
 */
public final class PathCheck implements AutoCloseable {
    private static final long CLOSE_SECONDS = 2;
    private static final Duration WARMUP = Duration.ofMillis(400);
    private static final int WARMUP_ROUNDS = 10;

    private final EventLoopGroup loop;
    private final ChannelGroup channels = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE);
    private final Map<ServicePath, CompletableFuture<PathResult>> results =
            new EnumMap<>(ServicePath.class);

    private PathCheck(EventLoopGroup loop) {
        this.loop = loop;
    }

    /**
     * Looks the host up and starts the checks.
     *
     * @param host of which the protocol does not matter
     * @throws IOException with a one-line message when the host has no address or this transport
     *     does not work here
     */
    public static PathCheck start(Target host, Duration timeout, Transport transport)
            throws IOException, InterruptedException {
        transport.requireAvailable();
        PathCheck check =
                new PathCheck(
                        new MultiThreadIoEventLoopGroup(
                                1,
                                new DefaultThreadFactory("echo-check", true),
                                transport.newIoHandlerFactory()));
        try {
            check.warmUp(transport);
            long deadlineNs = System.nanoTime() + timeout.toNanos();
            List<InetSocketAddress> addresses = HostLookup.addresses(host, timeout);
            for (ServicePath path : ServicePath.values()) {
                CheckPlan plan =
                        new CheckPlan(
                                path,
                                transport,
                                check.loop.next(),
                                check.channels,
                                deadlineNs,
                                UdpCheck.PORTS,
                                timeout);
                check.results.put(path, onLoop(plan, () -> start(plan, host, addresses)));
            }
            return check;
        } catch (IOException | InterruptedException | RuntimeException e) {
            check.close();
            throw e;
        }
    }

    /**
     * Asks an echo of this process a few times, and the same ports when it has gone: the first
     * sockets and errors of a JVM take tens of milliseconds, which the path has no part in.
     */
    private void warmUp(Transport transport) {
        long deadlineNs = System.nanoTime() + WARMUP.toNanos();
        try {
            for (int i = 0; i < WARMUP_ROUNDS; i++) {
                for (Protocol protocol : Protocol.values()) {
                    LoopbackEcho echo = LoopbackEcho.start(protocol);
                    ServicePath path = ServicePath.of(protocol, echo.address());
                    CheckPlan plan =
                            new CheckPlan(
                                    path, transport, loop.next(), channels, deadlineNs, 1, WARMUP);
                    List<InetSocketAddress> address = List.of(echo.address());
                    try (echo) {
                        onLoop(plan, () -> ask(plan, address)).join();
                    }
                    onLoop(plan, () -> ask(plan, address)).join();
                }
            }
        } catch (IOException e) {
            // No loopback, no descriptor left: only the times are worse.
        }
    }

    private static CompletableFuture<PathResult> onLoop(
            CheckPlan plan, Supplier<CompletableFuture<PathResult>> check) {
        return CompletableFuture.supplyAsync(check, plan.loop()).thenCompose(result -> result);
    }

    /** Returns what will be the result of one path, by the end of the timeout. */
    public CompletableFuture<PathResult> result(ServicePath path) {
        return results.get(path);
    }

    /** Ends what is not over; idempotent. */
    @Override
    public void close() {
        channels.close().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
        loop.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
    }

    private static CompletableFuture<PathResult> start(
            CheckPlan plan, Target host, List<InetSocketAddress> all) {
        ServicePath path = plan.path();
        List<InetSocketAddress> addresses = all.stream().filter(path::has).toList();
        if (!addresses.isEmpty()) {
            return ask(plan, addresses);
        }
        PathResult none =
                LocalRoute.has(path)
                        ? PathResult.unasked(
                                path, PathState.NO_ADDRESS, noAddress(path, host.host()))
                        : PathResult.unasked(
                                path, PathState.NO_ROUTE, FailureWords.noVersion(path));
        return CompletableFuture.completedFuture(none);
    }

    private static CompletableFuture<PathResult> ask(
            CheckPlan plan, List<InetSocketAddress> addresses) {
        return switch (plan.path().protocol()) {
            case UDP ->
                    UdpCheck.start(plan, addresses.get(0))
                            .thenApply(result -> result.withNote(choice(addresses.size())));
            case TCP -> TcpCheck.start(plan, addresses);
        };
    }

    private static String choice(int addresses) {
        return addresses == 1 ? "" : "the first of " + addresses + " addresses";
    }

    private static String noAddress(ServicePath path, String host) {
        String other = path.ipv4() ? "IPv6" : "IPv4";
        if (NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
            return host + " is an " + other + " address";
        }
        return path.ipv4()
                ? host + " has no IPv4 address (no A record)"
                : host + " has no IPv6 address (no AAAA record)";
    }
}
