package io.echo.server.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.server.config.Cidr;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Lines as Linux 6 writes them into {@code /proc/net/route} and {@code ipv6_route}. */
class RoutesTest {
    private static final String NO_GATEWAY = "0.0.0.0";
    private static final String ZERO = "0".repeat(32);
    private static final String FROM_ANY = " " + ZERO + " 00 ";

    /** Routes over an Ethernet card, over a tunnel, and those that drop. */
    private static final List<String> V4 =
            List.of(
                    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow"
                            + "\tIRTT                                                       ",
                    v4("eth0", "0.0.0.0", "203.0.113.2", "0003", "0.0.0.0"),
                    v4("eth0", "203.0.113.0", NO_GATEWAY, "0001", "255.255.255.0"),
                    v4("eth0", "198.51.100.7", NO_GATEWAY, "0005", "255.255.255.255"),
                    v4("eth0", "10.1.0.0", "203.0.113.9", "0003", "255.255.0.0"),
                    v4("tun0", "10.8.0.0", NO_GATEWAY, "0001", "255.255.0.0"),
                    v4("lo", "127.0.0.0", NO_GATEWAY, "0001", "255.0.0.0"),
                    v4("*", "10.2.0.0", NO_GATEWAY, "0201", "255.255.0.0"),
                    v4("*", "10.3.0.0", NO_GATEWAY, "0001", "255.255.0.0"),
                    v4("eth0", "10.4.0.0", NO_GATEWAY, "0000", "255.255.0.0"),
                    v4("eth1", "0.0.0.0", NO_GATEWAY, "0001", "0.0.0.0"));

    /** Routes with an address by DHCPv6, whose prefix the router has said to be on link. */
    private static final List<String> V6 =
            List.of(
                    v6("20010db8000100000000000000000000", "40", ZERO, "00000001", "eth0"),
                    v6("20010db8000100000000000000000001", "80", ZERO, "80200001", "eth0"),
                    v6("20010db8000100000000000000000000", "80", ZERO, "80300001", "eth0"),
                    v6("20010db8000100000000000000000000", "80", ZERO, "00300001", "eth0"),
                    v6("20010db8000200000000000000000000", "40", gateway6(), "00000003", "eth0"),
                    v6("20010db8000300000000000000000000", "40", ZERO, "00000001", "tun0"),
                    v6("20010db8000400000000000000000000", "30", ZERO, "00200200", "lo"),
                    v6("20010db8000500000000000000000000", "30", ZERO, "00000201", "eth0"),
                    v6("00000000000000000000ffff00000000", "60", ZERO, "00000001", "sit0"),
                    v6("fe800000000000000000000000000000", "40", ZERO, "00000001", "eth0"),
                    v6("ff000000000000000000000000000000", "08", ZERO, "00000001", "eth0"),
                    v6(ZERO, "00", gateway6(), "00000003", "a-long-name-15b"),
                    v6(ZERO, "00", ZERO, "00200200", "lo"));

    private final Routes routes = new Routes(Set.of("tun0"));

    @Test
    void findsTheNetworksThatAreReachedWithoutAGatewayAndHaveNeighbours() {
        V4.forEach(routes::addV4);
        assertThat(networks()).containsExactlyInAnyOrder("203.0.113.0/24", "198.51.100.7/32");
    }

    @Test
    void findsAnIpv6NetworkWhosePrefixIsOnNoInterface() {
        V6.forEach(routes::addV6);
        assertThat(networks()).containsExactlyInAnyOrder("2001:db8:1::/64", "fe80::/64");
    }

    @Test
    void findsTheDefaultGatewaysOfBothFamilies() throws UnknownHostException {
        V4.forEach(routes::addV4);
        V6.forEach(routes::addV6);
        assertThat(routes.gateways())
                .containsExactlyInAnyOrder(
                        InetAddress.getByName("203.0.113.2"), InetAddress.getByName("fe80::1"));
    }

    @Test
    void readsTheTablesOfThisHost() throws UnknownHostException {
        Routes own = Routes.read(Set.of());
        byte[] loopback = InetAddress.getByName("127.0.0.1").getAddress();
        assertThat(own.networks())
                .noneMatch(block -> block.contains(Cidr.high(loopback), Cidr.low(loopback)));
    }

    private Set<String> networks() {
        return routes.networks().stream().map(Cidr::toString).collect(Collectors.toSet());
    }

    private static String v4(
            String nic, String destination, String gateway, String flags, String mask) {
        return String.join(
                "\t",
                nic,
                hex(destination),
                hex(gateway),
                flags,
                "0",
                "0",
                "0",
                hex(mask),
                "0",
                "0",
                "0                              ");
    }

    private static String v6(
            String destination, String prefix, String gateway, String flags, String nic) {
        return String.format(
                Locale.ROOT,
                "%s %s%s%s 00000100 00000001 00000000 %s %8s",
                destination,
                prefix,
                FROM_ANY,
                gateway,
                flags,
                nic);
    }

    private static String gateway6() {
        return "fe80000000000000" + "0".repeat(15) + "1";
    }

    /** Writes an IPv4 address as the kernel does: a number in the host's order. */
    private static String hex(String address) {
        int number = 0;
        for (String octet : address.split("\\.")) {
            number = number << 8 | Integer.parseInt(octet);
        }
        boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
        return String.format(Locale.ROOT, "%08X", little ? Integer.reverseBytes(number) : number);
    }
}
