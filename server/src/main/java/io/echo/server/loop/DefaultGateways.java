package io.echo.server.loop;

import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Addresses of the default gateways, as Linux lists its routes; none elsewhere.
 *
 * <p>A gateway that translates addresses shows strangers under its own one: the proxy of a
 * container engine, the host of a virtual machine, a node of a cluster.
 */
final class DefaultGateways {
    private static final Path V4 = Path.of("/proc/net/route");
    private static final Path V6 = Path.of("/proc/net/ipv6_route");
    private static final String ANY_V4 = "00000000";
    private static final String ANY_V6 = ANY_V4.repeat(4);

    private DefaultGateways() {}

    /** Reads both tables, those that there are. */
    static Set<InetAddress> read() {
        Set<InetAddress> gateways = new HashSet<>();
        // ISO 8859-1, for the name of an interface may have any bytes.
        try (Stream<String> routes = Files.lines(V4, StandardCharsets.ISO_8859_1)) {
            routes.forEach(route -> addV4(route.split("\t"), gateways));
        } catch (IOException | UncheckedIOException e) {
            // Not Linux: nothing to add.
        }
        try (Stream<String> routes = Files.lines(V6, StandardCharsets.ISO_8859_1)) {
            routes.filter(route -> route.startsWith(ANY_V6 + " 00 "))
                    .forEach(route -> addV6(route.split(" "), gateways));
        } catch (IOException | UncheckedIOException e) {
            // Not Linux, or no IPv6: nothing to add.
        }
        return gateways;
    }

    /** Reads: interface, destination, gateway, five more, mask; the bytes in the host's order. */
    private static void addV4(String[] fields, Set<InetAddress> gateways) {
        if (fields.length > 7
                && fields[1].equals(ANY_V4)
                && fields[7].equals(ANY_V4)
                && !fields[2].equals(ANY_V4)) {
            int bits = Integer.parseUnsignedInt(fields[2], 16);
            gateways.add(
                    address(
                            ByteBuffer.allocate(Integer.BYTES)
                                    .order(ByteOrder.nativeOrder())
                                    .putInt(bits)
                                    .array()));
        }
    }

    /** Reads: destination, its prefix, source, its prefix, gateway; the bytes as on the wire. */
    private static void addV6(String[] fields, Set<InetAddress> gateways) {
        if (!fields[4].equals(ANY_V6)) {
            gateways.add(address(ByteBufUtil.decodeHexDump(fields[4])));
        }
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // Both tables have a fixed number of digits.
        }
    }
}
