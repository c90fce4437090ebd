package io.echo.server.admission;

import io.echo.server.config.Cidr;
import java.net.InetAddress;

/**
 * Trust in the sources of datagrams that asked one address of this host.
 *
 * <p>A source address can be forged, so it is believed only where a forger could not have sent it
 * from: the kernel takes loopback and this host's own IPv4 addresses from no wire, and a network
 * that routes to a private address is one of the block's own hosts. IPv6 has no such check of own
 * addresses: these keep a rate.
 *
 * <p>Compiled when a socket is bound, so that a datagram is compared with few blocks. Thread-safe.
 */
public final class SourceTrust {
    /** Degree of trust in a source. */
    public enum Level {
        /** The rates of a stranger. */
        NONE,
        /** The rate of trusted sources. */
        RATED,
        /** No rate at all. */
        UNRATED
    }

    private final SourceRules rules;
    private final boolean isDefault;

    /** Trusted blocks: those of {@code --trusted}, or by default that of the asked address. */
    private final Cidr[] blocks;

    private final InetAddress asked;

    SourceTrust(SourceRules rules, boolean isDefault, Cidr[] blocks, InetAddress asked) {
        this.rules = rules;
        this.isDefault = isDefault;
        this.blocks = blocks;
        this.asked = asked;
    }

    /** Returns how far a source is trusted. */
    public Level of(long high, long low) {
        if (!isDefault) {
            return isInBlock(high, low) ? Level.RATED : Level.NONE;
        }
        HostAddresses host = rules.host();
        if (Cidr.isV4(high, low)) {
            if (SourceRules.isLoopbackV4(low) || host.ownsV4(high, low)) {
                return Level.UNRATED;
            }
        } else if (SourceRules.isLoopbackV6(high, low)) {
            return Level.UNRATED;
        } else if (host.ownsV6(high, low)) {
            return Level.RATED;
        }
        return isInBlock(high, low) && !host.isGateway(high, low) ? Level.RATED : Level.NONE;
    }

    /** Notes that a datagram of a source that is not trusted was dropped over a rate. */
    public void noteDrop(long high, long low) {
        rules.noteDrop(high, low, asked);
    }

    private boolean isInBlock(long high, long low) {
        return SourceRules.contains(blocks, high, low);
    }
}
