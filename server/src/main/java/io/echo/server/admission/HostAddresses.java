package io.echo.server.admission;

import io.echo.server.config.Cidr;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Collection;
import java.util.Set;

/**
 * Addresses that rules by source must know: this host's own, those of its default gateways, and its
 * neighbours'.
 *
 * <p>Immutable: each scan of the interfaces makes a new one.
 */
final class HostAddresses {
    static final HostAddresses NONE = new HostAddresses(Set.of(), Set.of(), Set.of());

    private final Cidr[] ownV4;
    private final Cidr[] ownV6;
    private final Cidr[] gateways;
    private final Cidr[] networks;

    HostAddresses(
            Collection<InetAddress> own,
            Collection<InetAddress> gateways,
            Collection<Cidr> networks) {
        this.ownV4 = single(own.stream().filter(Inet4Address.class::isInstance).toList());
        this.ownV6 = single(own.stream().filter(a -> !(a instanceof Inet4Address)).toList());
        this.gateways = single(gateways);
        this.networks = networks.toArray(Cidr[]::new);
    }

    boolean ownsV4(long high, long low) {
        return isOneOf(ownV4, high, low);
    }

    boolean ownsV6(long high, long low) {
        return isOneOf(ownV6, high, low);
    }

    boolean isGateway(long high, long low) {
        return isOneOf(gateways, high, low);
    }

    Cidr[] networks() {
        return networks;
    }

    private static Cidr[] single(Collection<InetAddress> addresses) {
        return addresses.stream().map(Cidr::of).distinct().toArray(Cidr[]::new);
    }

    private static boolean isOneOf(Cidr[] addresses, long high, long low) {
        for (Cidr address : addresses) {
            if (address.low() == low && address.high() == high) {
                return true;
            }
        }
        return false;
    }
}
