package io.echo.server.loop;

import io.echo.net.Transport;
import io.echo.server.config.Addresses;
import io.echo.server.config.Cidr;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The addresses to bind, found from {@code --host} and from what the interfaces list; and the
 * gateways and networks beside them.
 *
 * <p>UDP never binds a wildcard: such a socket answers from an address that the kernel chooses, and
 * answers broadcasts (RFC 1122, section 4.1.3.5). It gets one entry for each unicast address. A TCP
 * connection knows its own address, so a wildcard is one listener.
 *
 * @param udp addresses for datagram sockets; true for one that was asked for by name or number and
 *     must bind, false for one that was only listed and may be gone
 * @param tcp addresses to listen on; a wildcard stands for every address of its family
 * @param listed every address that the interfaces list, asked for or not
 * @param gateways addresses of the default gateways
 * @param networks blocks whose hosts are reached without a router
 */
public record BindPlan(
        Map<Place, Boolean> udp,
        List<InetAddress> tcp,
        Set<InetAddress> listed,
        Set<InetAddress> gateways,
        Set<Cidr> networks) {
    /**
     * An address to bind. For an IPv6 link-local one the interface belongs to it: two interfaces
     * may have the same address, as VLANs of one card do, and Java's addresses are then equal.
     */
    public record Place(InetAddress address, int scope) {
        static Place of(InetAddress address) {
            return new Place(address, address instanceof Inet6Address v6 ? v6.getScopeId() : 0);
        }

        // Written out, for a record's own are made at their first use, which slows the start.
        @Override
        public boolean equals(Object other) {
            return other instanceof Place place
                    && scope == place.scope
                    && address.equals(place.address);
        }

        @Override
        public int hashCode() {
            return 31 * address.hashCode() + scope;
        }

        @Override
        public String toString() {
            return Addresses.text(address);
        }
    }

    /**
     * A TCP listener.
     *
     * @param oneFamily true for a wildcard that must not accept the other family
     */
    public record Listener(InetAddress address, boolean oneFamily) {}

    /**
     * Resolves the hosts of a configuration.
     *
     * @throws UnknownHostException with a one-line message, when a name has no address
     * @throws IOException when the interfaces cannot be listed
     */
    public static BindPlan of(List<String> hosts) throws IOException {
        List<NetworkInterface> nics = interfaces().stream().filter(BindPlan::isUp).toList();
        List<InetAddress> listed = addresses(nics);
        Map<Place, Boolean> udp = new LinkedHashMap<>();
        Set<Place> tcp = new LinkedHashSet<>();
        if (hosts.isEmpty()) {
            listed.forEach(address -> udp.put(Place.of(address), false));
            boolean ipv6 = listed.stream().anyMatch(Inet6Address.class::isInstance);
            tcp.add(Place.of(InetAddress.getByName("0.0.0.0")));
            if (ipv6) {
                tcp.add(Place.of(InetAddress.getByName("::")));
            }
        }
        for (String host : hosts) {
            for (InetAddress address : resolve(host)) {
                tcp.add(Place.of(address));
                if (address.isAnyLocalAddress()) {
                    listed.stream()
                            .filter(a -> sameFamily(a, address))
                            .forEach(a -> udp.putIfAbsent(Place.of(a), false));
                } else {
                    udp.put(Place.of(address), true);
                }
            }
        }
        List<NetworkInterface> single = nics.stream().filter(BindPlan::isPointToPoint).toList();
        Routes routes =
                Routes.read(
                        single.stream().map(NetworkInterface::getName).collect(Collectors.toSet()));
        Set<Cidr> networks = new HashSet<>(routes.networks());
        nics.stream().filter(nic -> !single.contains(nic)).forEach(nic -> add(networks, nic));
        return new BindPlan(
                udp,
                withoutCovered(tcp.stream().map(Place::address).toList()),
                Set.copyOf(listed),
                routes.gateways(),
                networks);
    }

    /** Adds the networks of the addresses of an interface; loopback has no neighbours. */
    private static void add(Set<Cidr> networks, NetworkInterface nic) {
        for (InterfaceAddress own : nic.getInterfaceAddresses()) {
            int bits = own.getNetworkPrefixLength();
            if (bits > 0 && !own.getAddress().isLoopbackAddress()) {
                networks.add(Cidr.of(own.getAddress()).widenedTo(bits));
            }
        }
    }

    /** Lists the unicast addresses of interfaces, IPv4 first, in the system's order. */
    private static List<InetAddress> addresses(List<NetworkInterface> nics)
            throws UnknownHostException {
        List<InetAddress> v4 = new ArrayList<>();
        List<InetAddress> v6 = new ArrayList<>();
        for (NetworkInterface nic : nics) {
            for (InetAddress address : nic.inetAddresses().toList()) {
                (address instanceof Inet4Address ? v4 : v6).add(unscoped(address));
            }
        }
        v4.addAll(v6);
        return v4;
    }

    private static List<NetworkInterface> interfaces() throws IOException {
        try {
            return NetworkInterface.networkInterfaces().toList();
        } catch (SocketException e) {
            if (String.valueOf(e.getMessage()).startsWith("No network interfaces")) {
                throw new IOException("no network interface is up", e);
            }
            throw e;
        }
    }

    /** Returns whether an interface is up; false if it vanishes meanwhile. */
    private static boolean isUp(NetworkInterface nic) {
        try {
            return nic.isUp();
        } catch (SocketException e) {
            return false;
        }
    }

    /** Returns whether an interface leads to one host alone; false if it vanishes meanwhile. */
    private static boolean isPointToPoint(NetworkInterface nic) {
        try {
            return nic.isPointToPoint();
        } catch (SocketException e) {
            return false;
        }
    }

    /** Removes the scope that Java gives every listed IPv6 address; link-local ones need theirs. */
    private static InetAddress unscoped(InetAddress address) throws UnknownHostException {
        return address instanceof Inet6Address && !address.isLinkLocalAddress()
                ? InetAddress.getByAddress(address.getAddress())
                : address;
    }

    private static List<InetAddress> resolve(String host) throws UnknownHostException {
        try {
            return List.of(InetAddress.getAllByName(host));
        } catch (UnknownHostException e) {
            UnknownHostException clear =
                    new UnknownHostException(
                            "--host must be an address or a name that resolves, got " + host);
            clear.initCause(e);
            throw clear;
        }
    }

    /** Leaves out addresses whose family has a wildcard: that listener has the port on them too. */
    private static List<InetAddress> withoutCovered(List<InetAddress> asked) {
        List<InetAddress> wildcards =
                asked.stream().filter(InetAddress::isAnyLocalAddress).toList();
        return asked.stream()
                .filter(
                        a ->
                                a.isAnyLocalAddress()
                                        || wildcards.stream().noneMatch(any -> sameFamily(a, any)))
                .toList();
    }

    /**
     * Returns the listeners for a transport. Both wildcards become one IPv6 socket on {@code ::}. A
     * wildcard that cannot leave the other family alone also serves the other addresses.
     */
    public List<Listener> listeners(Transport transport) {
        List<InetAddress> wildcards = tcp.stream().filter(InetAddress::isAnyLocalAddress).toList();
        if (wildcards.size() == 2) {
            return List.of(new Listener(wildcards.get(isV6(wildcards.get(0)) ? 0 : 1), false));
        }
        if (wildcards.size() == 1
                && tcp.size() > 1
                && !ListenerOptions.canServeOneFamily(isV6(wildcards.get(0)), transport)) {
            return List.of(new Listener(wildcards.get(0), false));
        }
        return tcp.stream().map(a -> new Listener(a, a.isAnyLocalAddress())).toList();
    }

    private static boolean sameFamily(InetAddress a, InetAddress b) {
        return isV6(a) == isV6(b);
    }

    /** Returns whether this is an IPv6 address. */
    public static boolean isV6(InetAddress address) {
        return address instanceof Inet6Address;
    }
}
