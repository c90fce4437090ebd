package io.echo.server.loop;

import io.echo.server.config.Cidr;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Gateways and networks beside this host, as Linux lists its routes; none elsewhere.
 *
 * <p>A gateway that translates addresses shows strangers under its own one: the proxy of a
 * container engine, the host of a virtual machine, a node of a cluster.
 *
 * <p>A network may be attached by a route alone, its prefix on no interface: by DHCPv6 an address
 * is a /128, and clouds give a /32.
 */
final class Routes {
    private static final Path V4 = Path.of("/proc/net/route");
    private static final Path V6 = Path.of("/proc/net/ipv6_route");
    private static final Pattern BLANKS = Pattern.compile("\\s+");
    private static final String ANY_V4 = "00000000";
    private static final String ANY_V6 = ANY_V4.repeat(4);

    // Flags of Linux, in include/uapi/linux/route.h and ipv6_route.h.
    private static final int UP = 0x1;
    private static final int GATEWAY = 0x2;
    private static final int REJECT = 0x200;
    private static final int ANYCAST = 0x10_0000;
    private static final int LOCAL = 0x8000_0000;

    private final Set<String> withoutNeighbours;
    private final Set<InetAddress> gateways = new HashSet<>();
    private final Set<Cidr> networks = new HashSet<>();

    /**
     * Makes an empty list.
     *
     * @param withoutNeighbours names of the interfaces that lead to one host, or to none
     */
    Routes(Set<String> withoutNeighbours) {
        this.withoutNeighbours = withoutNeighbours;
    }

    /** Reads both tables, those that there are. */
    static Routes read(Set<String> withoutNeighbours) {
        Routes routes = new Routes(withoutNeighbours);
        read(V4, routes::addV4);
        read(V6, routes::addV6);
        return routes;
    }

    private static void read(Path table, Consumer<String> add) {
        // ISO 8859-1, for the name of an interface may have any bytes.
        try (Stream<String> lines = Files.lines(table, StandardCharsets.ISO_8859_1)) {
            lines.forEach(add);
        } catch (IOException | UncheckedIOException e) {
            // Not Linux, or no IPv6: nothing to add.
        }
    }

    /** Returns the addresses of the default gateways. */
    Set<InetAddress> gateways() {
        return gateways;
    }

    /** Returns the blocks whose hosts are reached without a gateway. */
    Set<Cidr> networks() {
        return networks;
    }

    /**
     * Reads a line: interface, destination, gateway, flags, three more, mask; the bytes in the
     * host's order. The first line is a title.
     */
    void addV4(String line) {
        String[] fields = BLANKS.split(line);
        if (fields.length < 8 || fields[1].length() != ANY_V4.length()) {
            return;
        }
        String gateway = fields[2];
        int bits = Integer.bitCount(Integer.parseUnsignedInt(fields[7], 16));
        if (bits == 0) {
            if (!gateway.equals(ANY_V4)) {
                gateways.add(address(bytesV4(gateway)));
            }
        } else if (gateway.equals(ANY_V4) && isAttached(fields[0], flags(fields[3]))) {
            networks.add(Cidr.of(address(bytesV4(fields[1]))).widenedTo(bits));
        }
    }

    /**
     * Reads a line: destination, its prefix, source, its prefix, gateway, three more, flags,
     * interface; the bytes as on the wire.
     */
    void addV6(String line) {
        String[] fields = BLANKS.split(line);
        if (fields.length < 10) {
            return;
        }
        String gateway = fields[4];
        int bits = Integer.parseInt(fields[1], 16);
        int flags = flags(fields[8]);
        if (bits == 0) {
            if (!gateway.equals(ANY_V6)) {
                gateways.add(address(ByteBufUtil.decodeHexDump(gateway)));
            }
        } else if (gateway.equals(ANY_V6)
                && (flags & (LOCAL | ANYCAST)) == 0
                && isAttached(fields[9], flags)) {
            InetAddress first = address(ByteBufUtil.decodeHexDump(fields[0]));
            // Java takes an IPv4-mapped address for one of IPv4.
            if (first instanceof Inet6Address && !first.isMulticastAddress()) {
                networks.add(Cidr.of(first).widenedTo(bits));
            }
        }
    }

    private boolean isAttached(String nic, int flags) {
        return (flags & (UP | GATEWAY | REJECT)) == UP
                && !nic.equals("lo")
                && !nic.equals("*") // No interface: a route that drops.
                && !withoutNeighbours.contains(nic);
    }

    private static int flags(String field) {
        return Integer.parseUnsignedInt(field, 16);
    }

    private static byte[] bytesV4(String field) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(Integer.parseUnsignedInt(field, 16))
                .array();
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // Both tables have a fixed number of digits.
        }
    }
}
