package io.echo.server.config;

import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Addresses that a running server listens on.
 *
 * @param udp addresses of UDP; sockets that share one count once
 * @param tcp addresses of TCP
 * @param admin address of the admin port
 * @param tls addresses of TLS
 * @param faults ports that misbehave, in the order of the configuration
 */
public record Addresses(
        List<InetSocketAddress> udp,
        List<InetSocketAddress> tcp,
        Optional<InetSocketAddress> admin,
        List<InetSocketAddress> tls,
        List<Integer> faults) {
    /** Makes those of a server without TLS and faults. */
    public Addresses(
            List<InetSocketAddress> udp,
            List<InetSocketAddress> tcp,
            Optional<InetSocketAddress> admin) {
        this(udp, tcp, admin, List.of(), List.of());
    }

    /** Copies the lists. */
    public Addresses {
        udp = List.copyOf(udp);
        tcp = List.copyOf(tcp);
        tls = List.copyOf(tls);
        faults = List.copyOf(faults);
    }

    /**
     * Writes the form of the ready line: {@code udp=… tcp=… admin=… tls=… fault=…}, each if there
     * is one.
     */
    @Override
    public String toString() {
        List<String> fields = new ArrayList<>();
        if (!udp.isEmpty()) {
            fields.add("udp=" + text(udp));
        }
        if (!tcp.isEmpty()) {
            fields.add("tcp=" + text(tcp));
        }
        admin.ifPresent(at -> fields.add("admin=" + text(at)));
        if (!tls.isEmpty()) {
            fields.add("tls=" + text(tls));
        }
        if (!faults.isEmpty()) {
            fields.add(
                    "fault="
                            + faults.stream()
                                    .map(String::valueOf)
                                    .collect(Collectors.joining(",")));
        }
        return String.join(" ", fields);
    }

    /** Joins addresses by commas: {@code 127.0.0.1:2105,[::1]:2105,[fe80::1%eth0]:2105}. */
    public static String text(List<InetSocketAddress> addresses) {
        return addresses.stream().map(Addresses::text).collect(Collectors.joining(","));
    }

    /** Writes a numeric address and port; IPv6 in brackets, compressed as RFC 5952 says. */
    public static String text(InetSocketAddress address) {
        String host = text(address.getAddress());
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }

    /** Writes a numeric address; an IPv6 link-local one with its interface. */
    public static String text(InetAddress address) {
        String host = NetUtil.toAddressString(address);
        if (address instanceof Inet6Address v6 && v6.isLinkLocalAddress() && v6.getScopeId() != 0) {
            return host + "%" + interfaceName(v6.getScopeId());
        }
        return host;
    }

    private static String interfaceName(int index) {
        try {
            NetworkInterface nic = NetworkInterface.getByIndex(index);
            return nic == null ? String.valueOf(index) : nic.getName();
        } catch (SocketException e) {
            return String.valueOf(index);
        }
    }
}
