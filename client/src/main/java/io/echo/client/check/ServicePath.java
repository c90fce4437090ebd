package io.echo.client.check;

import io.echo.net.Protocol;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Locale;

/** One protocol over one version of IP, in the order in which they are shown. */
public enum ServicePath {
    UDP4(Protocol.UDP, true),
    TCP4(Protocol.TCP, true),
    UDP6(Protocol.UDP, false),
    TCP6(Protocol.TCP, false);

    private final Protocol protocol;
    private final boolean ipv4;

    ServicePath(Protocol protocol, boolean ipv4) {
        this.protocol = protocol;
        this.ipv4 = ipv4;
    }

    public Protocol protocol() {
        return protocol;
    }

    /** Returns false for IPv6. */
    public boolean ipv4() {
        return ipv4;
    }

    /** Returns the path of a protocol to an address. */
    static ServicePath of(Protocol protocol, InetSocketAddress address) {
        return Arrays.stream(values())
                .filter(path -> path.protocol == protocol && path.has(address))
                .findFirst()
                .orElseThrow();
    }

    /** Tells if packets to an address go this way. */
    boolean has(InetSocketAddress address) {
        return ipv4 != address.getAddress() instanceof Inet6Address;
    }

    /** The name in lines, flags and results: {@code udp4}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
