package io.echo.server.admission;

import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import java.net.InetAddress;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Who may be answered, and whom no per-source limit holds; shared by both protocols and every loop.
 *
 * <p>Immutable but for this host's own addresses, which change with its interfaces.
 */
public final class SourceRules {
    private record Entry(Cidr block, boolean allowed) {}

    private final Entry[] access;
    private final boolean allowedByDefault;
    private final Cidr[] trusted;
    private final boolean trustsOwnAddresses;

    /** Replaced by the scan of the interfaces. */
    private volatile Cidr[] ownAddresses = {};

    public SourceRules(ServerConfig.Access config) {
        // The most specific block decides; between equal ones the refusal.
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

    /** Takes note of the addresses that the interfaces list now. */
    public void setOwnAddresses(Set<InetAddress> addresses) {
        ownAddresses = addresses.stream().map(Cidr::of).toArray(Cidr[]::new);
    }

    /** Whether the access lists let this address in. */
    public boolean isAllowed(long high, long low) {
        for (Entry entry : access) {
            if (entry.block.contains(high, low)) {
                return entry.allowed;
            }
        }
        return allowedByDefault;
    }

    /** Whether this address is exempt from the limits per source. */
    public boolean isTrusted(long high, long low) {
        return contains(trusted, high, low)
                || trustsOwnAddresses && contains(ownAddresses, high, low);
    }

    /** The prefix whose sources share their limits: /24 of IPv4, /64 of IPv6. Never 0. */
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
