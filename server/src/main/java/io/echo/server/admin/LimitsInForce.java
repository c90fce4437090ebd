package io.echo.server.admin;

import io.echo.cli.FlagValues;
import io.echo.server.admission.RateLimiter;
import io.echo.server.config.ServerConfig;
import io.echo.server.loop.Budget;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The limits in force: by flag for the log and for {@code /info}, and as gauges. Timeouts are no
 * gauges, because nothing is used up of them.
 */
public final class LimitsInForce {
    /**
     * A metric of a current value.
     *
     * @param value read on the admin loop, once for each scrape
     */
    public record Gauge(String name, String help, DoubleSupplier value) {}

    private LimitsInForce() {}

    /** Returns each limit by its flag, written as the flag takes it. */
    public static Map<String, String> byFlag(ServerConfig config, int maxConnections) {
        ServerConfig.UdpLimits udp = config.udp();
        ServerConfig.TcpLimits tcp = config.tcp();
        Map<String, String> limits = new LinkedHashMap<>();
        limits.put("udp-rate", FlagValues.show(udp.datagramsPerSecond()));
        limits.put("udp-bytes-rate", FlagValues.show(udp.bytesPerSecond()));
        limits.put("trusted-rate", trustedRate(udp));
        limits.put("max-datagram", String.valueOf(udp.maxDatagram()));
        limits.put("max-connections", String.valueOf(maxConnections));
        limits.put("max-connections-per-source", String.valueOf(tcp.perSource(maxConnections)));
        limits.put("accept-rate", FlagValues.show(tcp.acceptsPerSecond()));
        limits.put("idle-timeout", FlagValues.show(tcp.idleTimeout()));
        limits.put("half-closed-timeout", FlagValues.show(tcp.halfClosedTimeout()));
        limits.put("stall-timeout", FlagValues.show(tcp.stallTimeout()));
        limits.put("drain-delay", FlagValues.show(config.drain().delay()));
        limits.put("drain-timeout", FlagValues.show(config.drain().timeout()));
        limits.put("trusted", config.access().trusted().map(LimitsInForce::list).orElse("default"));
        limits.put("allow", list(config.access().allow()));
        limits.put("deny", list(config.access().deny()));
        limits.put("proxy-from", list(config.access().proxies()));
        limits.put("allow-source-ports", list(FlagValues.ranges(udp.allowedSourcePorts())));
        return limits;
    }

    /** Returns the limits; that of connections is lower while many addresses are served. */
    static List<Gauge> gauges(ServerConfig config, Supplier<Budget> budget) {
        ServerConfig.UdpLimits udp = config.udp();
        ServerConfig.TcpLimits tcp = config.tcp();
        return List.of(
                limit(
                        "tcp_connections",
                        "open at once, --max-connections",
                        () -> budget.get().maxConnections()),
                limit(
                        "tcp_source_connections",
                        "open at once for an untrusted source, --max-connections-per-source",
                        () -> tcp.perSource(budget.get().maxConnections())),
                limit(
                        "tcp_source_accepts",
                        "new connections a second for an untrusted source, --accept-rate",
                        tcp.acceptsPerSecond()),
                limit(
                        "udp_source_datagrams",
                        "datagrams a second echoed to a source, --udp-rate",
                        udp.datagramsPerSecond()),
                limit(
                        "udp_source_bytes",
                        "bytes a second echoed to a source, --udp-bytes-rate",
                        udp.bytesPerSecond()),
                limit(
                        "udp_trusted_source_datagrams",
                        "datagrams a second echoed to a trusted source, --trusted-rate",
                        udp.trustedPerSecond()),
                limit(
                        "udp_datagram_bytes",
                        "payload of a datagram, --max-datagram",
                        udp.maxDatagram()),
                limit(
                        "udp_sources",
                        "sources whose rate is kept apart from all others'",
                        RateLimiter.SLOTS),
                limit(
                        "admin_connections",
                        "connections to the admin port",
                        AdminServer.MAX_CONNECTIONS),
                limit("heap_bytes", "of the JVM", () -> budget.get().heapBytes()),
                limit(
                        "direct_bytes",
                        "of Netty and the JVM outside the heap",
                        () -> budget.get().directBytes()),
                limit(
                        "kernel_bytes",
                        "of the socket buffers when every connection is full",
                        () -> budget.get().kernelBytes()));
    }

    /** Writes the rate of a trusted source as its flag takes it. */
    static String trustedRate(ServerConfig.UdpLimits udp) {
        double rate = udp.trustedPerSecond();
        return rate == Double.POSITIVE_INFINITY ? "unlimited" : FlagValues.show(rate);
    }

    private static Gauge limit(String what, String help, double value) {
        return limit(what, help, () -> value);
    }

    private static Gauge limit(String what, String help, DoubleSupplier value) {
        return new Gauge("echo_" + what + "_limit", "At most: " + help + ".", value);
    }

    static String list(Collection<?> values) {
        return values.isEmpty()
                ? "none"
                : values.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
