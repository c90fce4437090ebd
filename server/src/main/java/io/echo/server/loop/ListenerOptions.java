package io.echo.server.loop;

import io.echo.net.Transport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.Optional;
import jdk.net.ExtendedSocketOptions;

/** Socket options of listeners that Netty has no names for, or none for listeners. */
public final class ListenerOptions {
    private static final int SOL_SOCKET = 1;
    private static final int IPPROTO_TCP = 6;
    private static final int IPPROTO_IPV6 = 41;

    /** Silence before the first probe: a peer that has vanished is given up after two minutes. */
    private static final int IDLE_SECONDS = 60;

    private static final int INTERVAL_SECONDS = 15;
    private static final int PROBES = 4;

    private ListenerOptions() {}

    /**
     * Returns the times after which the kernel probes a silent peer and gives it up, instead of two
     * hours (tcp(7)). Connections inherit them from their listener. Empty except on Linux.
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

    /**
     * Leaves urgent bytes in the stream, which loses each else (RFC 6093, section 4). Connections
     * inherit it from their listener; the JDK, which has no name for it, sets it on each.
     */
    public static void keepUrgentBytes(ServerBootstrap bootstrap, Transport transport)
            throws IOException {
        if (transport.isNative()) {
            bootstrap.option(new IntegerUnixChannelOption("SO_OOBINLINE", SOL_SOCKET, 10), 1);
            return;
        }
        try (SocketChannel any = SocketChannel.open()) {
            any.supportedOptions().stream()
                    .filter(option -> option.name().equals("SO_OOBINLINE"))
                    .forEach(option -> bootstrap.childOption(onOrOff(option), true));
        }
    }

    @SuppressWarnings("unchecked") // SocketChannel documents none by that name, and has it.
    private static ChannelOption<Boolean> onOrOff(SocketOption<?> option) {
        return NioChannelOption.of((SocketOption<Boolean>) option);
    }

    /** Returns the option that keeps IPv4 out of an IPv6 listener (ipv6(7)); the JDK has none. */
    public static Optional<ChannelOption<Integer>> v6Only(Transport transport) {
        return transport.isNative()
                ? Optional.of(new IntegerUnixChannelOption("IPV6_V6ONLY", IPPROTO_IPV6, 26))
                : Optional.empty();
    }

    /**
     * Returns whether a wildcard listener can be kept to its own family. With io_uring all
     * listeners are IPv6 sockets, the one on {@code 0.0.0.0} too.
     */
    public static boolean canServeOneFamily(boolean v6, Transport transport) {
        return v6 ? v6Only(transport).isPresent() : transport != Transport.IO_URING;
    }
}
