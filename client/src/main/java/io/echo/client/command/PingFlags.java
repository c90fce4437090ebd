package io.echo.client.command;

import io.echo.cli.FlagValues;
import io.echo.client.ping.PingConfig;
import io.echo.client.socket.HostLookup;
import io.echo.client.socket.SocketOptions;
import io.echo.client.socket.SourcePorts;
import io.echo.net.Target;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** Flags of {@code ping} about packets: which addresses and ports they have, and which marks. */
final class PingFlags {
    static final String HEADING = "%nPackets:%n";

    private static final int LAST_PORT = 65_535;

    @Option(names = "-4", description = "Of a name take IPv4 addresses alone.")
    private boolean ipv4;

    @Option(names = "-6", description = "Of a name take IPv6 addresses alone.")
    private boolean ipv6;

    @Option(names = "--bind", paramLabel = "ADDRESS", description = "Send from this address.")
    private Optional<String> bind = Optional.empty();

    @Option(names = "--source-port", paramLabel = "N", description = "Send from this port.")
    private Optional<String> port = Optional.empty();

    @Option(
            names = "--source-ports",
            paramLabel = "FIRST+COUNT",
            description = "Send from these ports in turn, as 40000+64; lines name them.")
    private Optional<String> ports = Optional.empty();

    @Option(names = "--dscp", paramLabel = "N", description = "Mark packets, 0 to 63.")
    private Optional<String> dscp = Optional.empty();

    @Option(
            names = "--ttl",
            paramLabel = "N",
            description = "Hops that a packet may make, 1 to 255; not on nio.")
    private Optional<String> ttl = Optional.empty();

    @Option(names = "--dont-fragment", description = "Forbid fragments: what is too large is lost.")
    private boolean dontFragment;

    /** Returns where packets leave from, and how, as a value. */
    PingConfig.Origin origin() throws IOException {
        if (port.isPresent() && ports.isPresent()) {
            throw new IllegalArgumentException("give --source-port or --source-ports, not both");
        }
        Optional<SourcePorts> from =
                port.map(text -> new SourcePorts(sourcePort(text), 1))
                        .or(() -> ports.map(SourcePorts::parse));
        SocketOptions options =
                new SocketOptions(
                        number("--dscp", dscp, 0, SocketOptions.MAX_DSCP),
                        number("--ttl", ttl, 1, SocketOptions.MAX_TTL),
                        dontFragment,
                        from.isPresent());
        return new PingConfig.Origin(
                bind.isEmpty()
                        ? Optional.empty()
                        : Optional.of(HostLookup.local("--bind", bind.get())),
                from,
                options);
    }

    /** Reads the value of {@code --source-port}. */
    static int sourcePort(String text) {
        return count("--source-port", text, 1, LAST_PORT);
    }

    private static OptionalInt number(String flag, Optional<String> text, int lowest, int highest) {
        return text.isPresent()
                ? OptionalInt.of(count(flag, text.get(), lowest, highest))
                : OptionalInt.empty();
    }

    private static int count(String flag, String text, int lowest, int highest) {
        return (int) FlagValues.count(flag, text, lowest, highest);
    }

    /**
     * Throws when an address is given that is not of the family that is asked for.
     *
     * @throws IllegalArgumentException with both in its message
     */
    void requireFamily(Target target) {
        if (ipv4 && ipv6) {
            throw new IllegalArgumentException("give -4 or -6, not both");
        }
        if (ipv4 && target.host().indexOf(':') >= 0) {
            throw FlagValues.mustBe(
                    "-4", "given with a name or an IPv4 address", "[" + target.host() + "]");
        }
        if (ipv6 && NetUtil.isValidIpV4Address(target.host())) {
            throw FlagValues.mustBe("-6", "given with a name or an IPv6 address", target.host());
        }
    }

    /**
     * Looks up the addresses of the family that is asked for, or has the address to send from.
     *
     * @throws IOException with a one-line message, when there is none or it takes too long
     */
    List<InetSocketAddress> addresses(Target target, Duration timeout, PingConfig.Origin origin)
            throws IOException, InterruptedException {
        List<InetSocketAddress> all = HostLookup.addresses(target, timeout);
        if (ipv4 || ipv6) {
            List<InetSocketAddress> some = ofFamily(all, ipv6);
            if (some.isEmpty()) {
                throw new IOException(
                        target.host() + " has no " + (ipv6 ? "IPv6" : "IPv4") + " address");
            }
            return some;
        }
        Optional<InetAddress> from = origin.bind();
        List<InetSocketAddress> reachable =
                from.isEmpty() ? all : ofFamily(all, from.get() instanceof Inet6Address);
        return reachable.isEmpty() ? all : reachable;
    }

    private static List<InetSocketAddress> ofFamily(List<InetSocketAddress> all, boolean ipv6) {
        return all.stream()
                .filter(address -> address.getAddress() instanceof Inet6Address == ipv6)
                .toList();
    }
}
