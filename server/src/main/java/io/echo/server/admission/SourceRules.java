package io.echo.server.admission;

import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Rules by source address: which are answered, and which are trusted. Both protocols and every loop
 * share them.
 *
 * <p>Immutable but for the addresses of this host and its gateways, which change with its
 * interfaces, and the note of the first private source that was dropped. Thread-safe.
 */
public final class SourceRules {
    /**
     * A private source that was dropped over the rate of strangers.
     *
     * @param gateway true for the address of a default gateway
     */
    public record PrivateDrop(String source, InetAddress asked, boolean gateway) {}

    /** A block of addresses that {@code --allow} or {@code --deny} names. */
    private record Entry(Cidr block, boolean allowed) {}

    private static final Cidr[] LOOPBACK = blocks("127.0.0.0/8", "::1");

    /**
     * Blocks of networks whose addresses no router of the internet knows: RFC 1918, link-local and
     * unique local. A source is trusted for having asked an address of its own block.
     */
    private static final Cidr[] LOCAL =
            blocks(
                    "10.0.0.0/8",
                    "172.16.0.0/12",
                    "192.168.0.0/16",
                    "169.254.0.0/16",
                    "fe80::/10",
                    "fc00::/7");

    /** Shared with a provider's other customers (RFC 6598): trusted over TCP alone. */
    private static final Cidr[] SHARED = blocks("100.64.0.0/10");

    /** Blocks that are not on the public internet. */
    private static final Cidr[] PRIVATE =
            Stream.of(LOOPBACK, LOCAL, SHARED).flatMap(Stream::of).toArray(Cidr[]::new);

    /** First octets of private addresses, IPv4 before IPv6: a flood of others costs one look. */
    private static final boolean[] PRIVATE_OCTETS = new boolean[2 << 8];

    static {
        for (Cidr block : PRIVATE) {
            int first = octet(block.high(), block.low());
            int later = Math.max(0, 8 - (first < 1 << 8 ? block.prefix() - 96 : block.prefix()));
            Arrays.fill(PRIVATE_OCTETS, first, first + (1 << later), true);
        }
    }

    /** The entries, the most specific first. */
    private final Entry[] access;

    private final boolean allowedByDefault;

    /** Blocks of {@code --trusted}; empty for the default. */
    private final Optional<Cidr[]> trusted;

    /** Blocks of {@code --proxy-from}. */
    private final Cidr[] balancers;

    /** Addresses of this host; replaced whole by each scan of the interfaces. */
    private volatile HostAddresses host = HostAddresses.NONE;

    /** The first drop that an operator must know of. */
    private volatile Optional<PrivateDrop> firstDrop = Optional.empty();

    /** Makes the rules, without addresses of this host yet. */
    public SourceRules(ServerConfig.Access config) {
        // The sort keeps the order of equal blocks: --deny comes before --allow.
        this.access =
                Stream.concat(
                                config.deny().stream().map(block -> new Entry(block, false)),
                                config.allow().stream().map(block -> new Entry(block, true)))
                        .sorted((a, b) -> Integer.compare(b.block().prefix(), a.block().prefix()))
                        .toArray(Entry[]::new);
        this.allowedByDefault = config.allow().isEmpty();
        this.trusted = config.trusted().map(blocks -> blocks.toArray(Cidr[]::new));
        this.balancers = config.proxies().toArray(Cidr[]::new);
    }

    /**
     * Replaces the addresses of this host and of its default gateways.
     *
     * @param networks blocks whose hosts this one reaches without a router
     */
    public void setHost(Set<InetAddress> own, Set<InetAddress> gateways, Set<Cidr> networks) {
        host = new HostAddresses(own, gateways, networks);
    }

    /** Returns whether this is the address of a host that is reached without a router. */
    public boolean isNeighbour(long high, long low) {
        return contains(host.networks(), high, low);
    }

    /** Returns whether {@code --allow} and {@code --deny} let this address in. */
    public boolean isAllowed(long high, long low) {
        for (Entry entry : access) {
            if (entry.block.contains(high, low)) {
                return entry.allowed;
            }
        }
        return allowedByDefault;
    }

    /** Returns whether there are balancers, which name the clients that they speak for. */
    public boolean hasBalancers() {
        return balancers.length > 0;
    }

    /** Returns whether this is the address of a balancer. */
    public boolean isBalancer(long high, long low) {
        return contains(balancers, high, low);
    }

    /** Returns whether connections from this address are exempt from the limits per source. */
    public boolean isTrusted(long high, long low) {
        if (trusted.isPresent()) {
            return contains(trusted.get(), high, low);
        }
        HostAddresses now = host;
        return (contains(PRIVATE, high, low) || now.ownsV4(high, low) || now.ownsV6(high, low))
                && !now.isGateway(high, low);
    }

    /** Returns the trust in the sources of datagrams for a socket at this address. */
    public SourceTrust trustAt(InetAddress asked) {
        Cidr address = Cidr.of(asked);
        Cidr[] blocks =
                trusted.orElseGet(
                        () ->
                                Arrays.stream(LOCAL)
                                        .filter(b -> b.contains(address.high(), address.low()))
                                        .toArray(Cidr[]::new));
        return new SourceTrust(this, trusted.isEmpty(), blocks, asked);
    }

    /** Returns the first private source whose datagram was dropped for not being trusted. */
    public Optional<PrivateDrop> firstPrivateDrop() {
        return firstDrop;
    }

    void noteDrop(long high, long low, InetAddress asked) {
        if (PRIVATE_OCTETS[octet(high, low)]
                && firstDrop.isEmpty()
                && contains(PRIVATE, high, low)) {
            firstDrop =
                    Optional.of(
                            new PrivateDrop(
                                    Cidr.addressText(high, low), asked, host.isGateway(high, low)));
        }
    }

    HostAddresses host() {
        return host;
    }

    /** Returns the prefix whose addresses share limits: /24 of IPv4, /64 of IPv6. Never 0. */
    public static long prefix(long high, long low) {
        return Cidr.isV4(high, low) ? low >>> 8 : high | 1L << 63;
    }

    private static int octet(long high, long low) {
        return Cidr.isV4(high, low) ? (int) low >>> 24 : 1 << 8 | (int) (high >>> 56);
    }

    static boolean isLoopbackV4(long low) {
        return (int) low >>> 24 == 127;
    }

    static boolean isLoopbackV6(long high, long low) {
        return high == 0 && low == 1;
    }

    static boolean contains(Cidr[] blocks, long high, long low) {
        for (Cidr block : blocks) {
            if (block.contains(high, low)) {
                return true;
            }
        }
        return false;
    }

    private static Cidr[] blocks(String... texts) {
        return Cidr.blocks("--trusted", List.of(texts)).toArray(Cidr[]::new);
    }
}
