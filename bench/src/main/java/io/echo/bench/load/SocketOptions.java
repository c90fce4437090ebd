package io.echo.bench.load;

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

/** Flags as socket options of a transport: {@code --dscp} and {@code --dont-fragment}. */
final class SocketOptions {
    /** DSCP is the upper six bits of the old type-of-service byte. */
    private static final int DSCP_SHIFT = 2;

    // linux/in.h and linux/in6.h: the kernel neither fragments nor ignores the path's MTU.
    private static final int IPPROTO_IP = 0;
    private static final int IP_MTU_DISCOVER = 10;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_MTU_DISCOVER = 23;
    private static final int PMTUDISC_DO = 2;

    private SocketOptions() {}

    /**
     * Returns the options of every socket of a run.
     *
     * @throws IOException when this transport cannot forbid fragmentation
     */
    static Map<ChannelOption<?>, Object> of(LoadConfig config, boolean ipv4) throws IOException {
        Map<ChannelOption<?>, Object> options = new HashMap<>();
        config.sockets()
                .dscp()
                .ifPresent(dscp -> options.put(ChannelOption.IP_TOS, dscp << DSCP_SHIFT));
        if (config.sockets().dontFragment()) {
            if (config.generator().transport() == Transport.NIO) {
                options.put(nioDontFragment(config.protocol()), true);
            } else {
                options.put(
                        ipv4
                                ? option("IP_MTU_DISCOVER", IPPROTO_IP, IP_MTU_DISCOVER)
                                : option("IPV6_MTU_DISCOVER", IPPROTO_IPV6, IPV6_MTU_DISCOVER),
                        PMTUDISC_DO);
            }
        }
        return Map.copyOf(options);
    }

    private static ChannelOption<Integer> option(String name, int level, int number) {
        return new IntegerUnixChannelOption(name, level, number);
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
