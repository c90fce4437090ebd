package io.echo.client.socket;

import io.echo.net.Protocol;
import io.echo.net.Transport;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.io.IOException;
import java.net.SocketOption;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Flags about packets as socket options of a transport. Immutable.
 *
 * @param dscp 0..63; empty to leave packets unmarked
 * @param ttl hops that packets may make, 1..255; empty for the kernel's default
 * @param dontFragment forbids fragments, here and on the way
 * @param fixedPort true for sockets whose local port is given: over TCP, where the kernel keeps a
 *     port for a minute after its connection has ended, it may be used again at once
 */
public record SocketOptions(
        OptionalInt dscp, OptionalInt ttl, boolean dontFragment, boolean fixedPort) {
    public static final int MAX_DSCP = 63;
    public static final int MAX_TTL = 255;

    /** Leaves everything to the kernel. */
    public static final SocketOptions DEFAULT =
            new SocketOptions(OptionalInt.empty(), OptionalInt.empty(), false, false);

    /** DSCP is the upper six bits of the old type-of-service byte. */
    private static final int DSCP_SHIFT = 2;

    // linux/in.h and linux/in6.h; DO: neither fragment nor ignore the path's MTU.
    private static final int IPPROTO_IP = 0;
    private static final int IP_TTL = 2;
    private static final int IP_MTU_DISCOVER = 10;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_UNICAST_HOPS = 16;
    private static final int IPV6_MTU_DISCOVER = 23;
    private static final int PMTUDISC_DO = 2;

    /**
     * Returns the options for a socket of one kind.
     *
     * @param ipv4 false for IPv6
     * @throws IOException when this transport cannot set one of them, with a one-line message that
     *     names the flag and a transport that can
     */
    public Map<ChannelOption<?>, Object> on(Transport transport, Protocol protocol, boolean ipv4)
            throws IOException {
        Map<ChannelOption<?>, Object> options = new HashMap<>();
        dscp.ifPresent(value -> options.put(ChannelOption.IP_TOS, value << DSCP_SHIFT));
        if (ttl.isPresent()) {
            requireNative("--ttl", transport);
            options.put(
                    ipv4
                            ? option("IP_TTL", IPPROTO_IP, IP_TTL)
                            : option("IPV6_UNICAST_HOPS", IPPROTO_IPV6, IPV6_UNICAST_HOPS),
                    ttl.getAsInt());
        }
        if (dontFragment) {
            if (transport == Transport.NIO) {
                options.put(nioDontFragment(protocol), true);
            } else {
                options.put(
                        ipv4
                                ? option("IP_MTU_DISCOVER", IPPROTO_IP, IP_MTU_DISCOVER)
                                : option("IPV6_MTU_DISCOVER", IPPROTO_IPV6, IPV6_MTU_DISCOVER),
                        PMTUDISC_DO);
            }
        }
        // Over UDP the option would let two sockets share a port.
        if (fixedPort && protocol == Protocol.TCP) {
            options.put(ChannelOption.SO_REUSEADDR, true);
        }
        return Map.copyOf(options);
    }

    private static ChannelOption<Integer> option(String name, int level, int number) {
        return new IntegerUnixChannelOption(name, level, number);
    }

    /** Throws for the JDK's sockets, which have no option for it. */
    private static void requireNative(String flag, Transport transport) throws IOException {
        if (!transport.isNative()) {
            throw new IOException(
                    flag + " is not available over " + transport + "; use --transport epoll");
        }
    }

    /** Finds the option by name: the JDK has it since 19, and only for datagrams. */
    @SuppressWarnings("unchecked") // The JDK documents its type as Boolean.
    private static ChannelOption<Boolean> nioDontFragment(Protocol protocol) throws IOException {
        try (NetworkChannel channel =
                protocol == Protocol.UDP ? DatagramChannel.open() : SocketChannel.open()) {
            SocketOption<?> option =
                    channel.supportedOptions().stream()
                            .filter(supported -> supported.name().equals("IP_DONTFRAGMENT"))
                            .findFirst()
                            .orElseThrow(
                                    () ->
                                            new IOException(
                                                    "--dont-fragment is not available for "
                                                            + protocol
                                                            + " over nio on JDK "
                                                            + Runtime.version().feature()
                                                            + "; use --transport epoll"));
            return NioChannelOption.of((SocketOption<Boolean>) option);
        }
    }
}
