package io.echo.testing;

import java.io.IOException;
import java.util.List;

/**
 * A client and a server with a router between them, each in a network namespace of its own.
 *
 * <pre>
 *  client            near link             router             far link            server
 *  10.77.1.1    c0 ------------ r0  10.77.1.254    10.77.2.254  r1 ------------ s0    10.77.2.1
 *  fd77:1::1                        fd77:1::fe     fd77:2::fe                         fd77:2::1
 * </pre>
 *
 * <p>The router forwards IPv4 and IPv6. Its rules are those of nftables; a test that makes none
 * needs no {@code nft}. This kernel may have no {@code netem}: {@code tc qdisc … tbf} delays by a
 * rate, and rules drop by chance ({@code numgen random mod 100 < 20 drop}). Used by one thread.
 */
public final class RoutedNetwork implements AutoCloseable {
    /** Addresses of the client, and of the server behind the router. */
    public static final String CLIENT_4 = "10.77.1.1";

    public static final String CLIENT_6 = "fd77:1::1";
    public static final String SERVER_4 = "10.77.2.1";
    public static final String SERVER_6 = "fd77:2::1";

    private Namespace client;
    private Namespace router;
    private Namespace server;
    private boolean rules;

    private RoutedNetwork() {}

    /** Makes the network; both sides reach each other when this returns. */
    public static RoutedNetwork open() throws IOException {
        RoutedNetwork net = new RoutedNetwork();
        try {
            net.client = Namespace.open("c");
            net.router = Namespace.open("r");
            net.server = Namespace.open("s");
            for (Namespace namespace : List.of(net.client, net.router, net.server)) {
                // Addresses are valid at once.
                namespace.set("net/ipv6/conf/default/accept_dad=0");
            }
            net.router.set("net/ipv4/ip_forward=1");
            net.router.set("net/ipv6/conf/all/forwarding=1");
            // The kernel of the router would hold back most of its ICMP errors of a burst.
            net.router.set("net/ipv4/icmp_ratelimit=0");
            net.router.set("net/ipv6/icmp/ratelimit=0");
            join(net.router, "r0", "10.77.1.254/24", "fd77:1::fe/64", net.client, "c0");
            join(net.router, "r1", "10.77.2.254/24", "fd77:2::fe/64", net.server, "s0");
            end(net.client, "c0", CLIENT_4, CLIENT_6, "10.77.1.254", "fd77:1::fe");
            end(net.server, "s0", SERVER_4, SERVER_6, "10.77.2.254", "fd77:2::fe");
            return net;
        } catch (IOException | RuntimeException | AssertionError e) {
            net.close();
            throw e;
        }
    }

    public Namespace client() {
        return client;
    }

    public Namespace router() {
        return router;
    }

    public Namespace server() {
        return server;
    }

    /** Sets the MTU of both ends of the link between client and router, in bytes. */
    public void nearMtu(int bytes) throws IOException {
        client.ip("link set c0 mtu " + bytes);
        router.ip("link set r0 mtu " + bytes);
    }

    /** Sets the MTU of both ends of the link between router and server, in bytes. */
    public void farMtu(int bytes) throws IOException {
        router.ip("link set r1 mtu " + bytes);
        server.ip("link set s0 mtu " + bytes);
    }

    /**
     * Adds a rule for what the router passes on, of either family and in both directions: {@code
     * udp sport & 15 == 3 drop}, {@code udp dport 2105 reject with icmpx type admin-prohibited}.
     */
    public void rule(String rule) throws IOException {
        prepareRules();
        router.nft("add rule inet echo forward " + rule);
    }

    /** Takes away all rules that were added for what the router passes on. */
    public void clearRules() throws IOException {
        prepareRules();
        router.nft("flush chain inet echo forward");
    }

    /** Lets no ICMP error leave the router: what it drops for its size vanishes without a word. */
    public void dropIcmpErrors() throws IOException {
        prepareRules();
        for (String chain : new String[] {"forward", "output"}) {
            router.nft("add rule inet echo " + chain + " icmp type destination-unreachable drop");
            router.nft(
                    "add rule inet echo "
                            + chain
                            + " icmpv6 type { packet-too-big, destination-unreachable } drop");
        }
    }

    /**
     * Hides the client behind the router's far address; a mapping lives so long without traffic.
     */
    public void masquerade(int lifetimeSeconds) throws IOException {
        router.nft("add table inet nat");
        router.nft("add chain inet nat out { type nat hook postrouting priority 100 ; }");
        router.nft("add rule inet nat out oifname r1 masquerade");
        router.set("net/netfilter/nf_conntrack_udp_timeout=" + lifetimeSeconds);
        router.set("net/netfilter/nf_conntrack_udp_timeout_stream=" + lifetimeSeconds);
    }

    /** Ends what runs in the three namespaces and removes them. */
    @Override
    public void close() {
        for (Namespace namespace : new Namespace[] {client, router, server}) {
            if (namespace != null) {
                namespace.close();
            }
        }
    }

    private void prepareRules() throws IOException {
        if (!rules) {
            router.nft("add table inet echo");
            for (String hook : new String[] {"forward", "output"}) {
                router.nft(
                        "add chain inet echo "
                                + hook
                                + " { type filter hook "
                                + hook
                                + " priority 0 ; }");
            }
            rules = true;
        }
    }

    private static void join(
            Namespace router, String device, String v4, String v6, Namespace end, String peer)
            throws IOException {
        router.ip("link add " + device + " type veth peer name " + peer + " netns " + end.name());
        router.ip("link set " + device + " up");
        router.ip("address add " + v4 + " dev " + device);
        router.ip("address add " + v6 + " dev " + device + " nodad");
    }

    private static void end(
            Namespace end, String device, String v4, String v6, String gateway4, String gateway6)
            throws IOException {
        end.ip("link set " + device + " up");
        end.ip("address add " + v4 + "/24 dev " + device);
        end.ip("address add " + v6 + "/64 dev " + device + " nodad");
        end.ip("route add default via " + gateway4);
        end.ip("-6 route add default via " + gateway6);
    }
}
