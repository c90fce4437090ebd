package io.echo.server.loop;

import io.echo.net.Transport;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.util.internal.PlatformDependent;
import java.util.Map;
import java.util.Optional;
import jdk.net.ExtendedSocketOptions;

/** Options of Linux listeners that Netty has no names for, or not for listeners. */
public final class ListenerOptions {
    private static final int IPPROTO_TCP = 6;
    private static final int IPPROTO_IPV6 = 41;

    /** A peer that has vanished is given up two minutes after its last sign of life. */
    private static final int IDLE_SECONDS = 60;

    private static final int INTERVAL_SECONDS = 15;
    private static final int PROBES = 4;

    private ListenerOptions() {}

    /**
     * When the kernel asks a silent peer whether it is there, and when it gives it up, instead of
     * after two hours (tcp(7)); what a listener accepts inherits them. Nothing but on Linux.
     */
    public static Map<ChannelOption<Integer>, Integer> keepAlive(Transport transport) {
        if (transport.isNative()) {
            return Map.of(
                    new IntegerUnixChannelOption("TCP_KEEPIDLE", IPPROTO_TCP, 4),
                    IDLE_SECONDS,
                    new IntegerUnixChannelOption("TCP_KEEPINTVL", IPPROTO_TCP, 5),
                    INTERVAL_SECONDS,
                    new IntegerUnixChannelOption("TCP_KEEPCNT", IPPROTO_TCP, 6),
                    PROBES);
        }
        return PlatformDependent.normalizedOs().equals("linux")
                ? Map.of(
                        NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE),
                        IDLE_SECONDS,
                        NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL),
                        INTERVAL_SECONDS,
                        NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT),
                        PROBES)
                : Map.of();
    }

    /** What keeps IPv4 out of an IPv6 listener (ipv6(7)); the JDK has nothing for it. */
    public static Optional<ChannelOption<Integer>> v6Only(Transport transport) {
        return transport.isNative()
                ? Optional.of(new IntegerUnixChannelOption("IPV6_V6ONLY", IPPROTO_IPV6, 26))
                : Optional.empty();
    }

    /**
     * Whether the wildcard of a family can leave the other family alone. Of io_uring all listeners
     * are IPv6 sockets, also for {@code 0.0.0.0}.
     */
    public static boolean canServeOneFamily(boolean v6, Transport transport) {
        return v6 ? v6Only(transport).isPresent() : transport != Transport.IO_URING;
    }
}
