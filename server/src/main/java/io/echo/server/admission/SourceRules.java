package io.echo.server.admission;

import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import java.net.InetAddress;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Rules by source address: which are answered, and which are exempt from the limits per source.
 * Both protocols and every loop share them.
 *
 * <p>Immutable but for this host's own addresses, which change with its interfaces. Thread-safe.
 */
public final class SourceRules {
    /** A block of addresses that {@code --allow} or {@code --deny} names. */
    private record Entry(Cidr block, boolean allowed) {}

    /** The entries, the most specific first. */
    private final Entry[] access;

    private final boolean allowedByDefault;
    private final Cidr[] trusted;
    private final boolean trustsOwnAddresses;

    /** This host's addresses; replaced whole by each scan of the interfaces. */
    private volatile Cidr[] ownAddresses = {};

    /** Makes the rules, without own addresses yet. */
    public SourceRules(ServerConfig.Access config) {
        // The sort keeps the order of equal blocks: --deny comes before --allow.
        this.access =
                Stream.concat(
                                config.deny().stream().map(block -> new Entry(block, false)),
                                config.allow().stream().map(block -> new Entry(block, true)))
                        .sorted((a, b) -> Integer.compare(b.block().prefix(), a.block().prefix()))
                        .toArray(Entry[]::new);
        this.allowedByDefault = config.allow().isEmpty();
        this.trusted = config.trusted().toArray(Cidr[]::new);
        this.trustsOwnAddresses = trusted.length > 0;
    }

    /** Replaces the addresses of this host, which are trusted unless nobody is. */
    public void setOwnAddresses(Set<InetAddress> addresses) {
        ownAddresses = addresses.stream().map(Cidr::of).toArray(Cidr[]::new);
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

    /** Returns whether this address is exempt from the limits per source. */
    public boolean isTrusted(long high, long low) {
        return contains(trusted, high, low)
                || trustsOwnAddresses && contains(ownAddresses, high, low);
    }

    /** Returns the prefix whose addresses share limits: /24 of IPv4, /64 of IPv6. Never 0. */
    public static long prefix(long high, long low) {
        return Cidr.isV4(high, low) ? low >>> 8 : high | 1L << 63;
    }

    private static boolean contains(Cidr[] blocks, long high, long low) {
        for (Cidr block : blocks) {
            if (block.contains(high, low)) {
                return true;
            }
        }
        return false;
    }
}
