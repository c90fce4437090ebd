package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.metrics.Counter;
import io.echo.testing.Await;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The runnable jar in a network namespace with two interfaces and several addresses; its clients in
 * another. Needs root and iproute2.
 */
@Tag("long")
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
class InterfacesIT {
    /**
     * Asks each address three times from a connected socket, which takes a reply from no other
     * address; prints how many answered. A refusal or silence ends the asking of that address.
     */
    private static final String ASK =
            """
            import socket, sys
            answers = 0
            for address in sys.argv[2:]:
                try:
                    where = socket.getaddrinfo(address, int(sys.argv[1]), 0, socket.SOCK_DGRAM)[0]
                    s = socket.socket(where[0], socket.SOCK_DGRAM)
                    s.settimeout(10)
                    s.connect(where[4])
                    for n in range(3):
                        s.send(b'x' * n)
                        assert s.recv(100) == b'x' * n
                    answers += 1
                except OSError as e:
                    print(address, e, file=sys.stderr)
            print(answers)
            """;

    /**
     * Sends to addresses that many hosts share, then asks one that is the server's own on the same
     * interface; prints how many replies came that are not to that last question.
     */
    private static final String SHOUT =
            """
            import socket, sys
            port, fence, device = int(sys.argv[1]), sys.argv[2], sys.argv[3]
            family = socket.AF_INET6 if ':' in fence else socket.AF_INET
            s = socket.socket(family, socket.SOCK_DGRAM)
            s.settimeout(20)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            s.setsockopt(socket.SOL_SOCKET, 25, device.encode())
            for address in sys.argv[4:]:
                s.sendto(b'shout', socket.getaddrinfo(address, port, family)[0][4])
            replies = 0
            s.sendto(b'fence', socket.getaddrinfo(fence, port, family)[0][4])
            while s.recv(100) != b'fence':
                replies += 1
            print(replies)
            """;

    /** Scrapes until an echo of each protocol has come back; prints what /readyz says then. */
    private static final String AWAIT_PROBES =
            """
            import sys, time, urllib.request
            def get(page):
                with urllib.request.urlopen('http://127.0.0.1:' + sys.argv[1] + page) as answer:
                    return answer.read().decode()
            def answered(protocol):
                series = 'echo_probes_total{protocol="' + protocol + '",result="ok"} '
                return float(get('/metrics').split(series)[1].split()[0]) > 0
            deadline = time.monotonic() + 20
            while not (answered('udp') and answered('tcp')) and time.monotonic() < deadline:
                time.sleep(0.05)
            print(answered('udp'), answered('tcp'), get('/readyz').strip())
            """;

    @TempDir private Path dir;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void repliesFromTheAskedAddressAndToNoBroadcast(Transport transport) throws Exception {
        try (Namespaces net = Namespaces.open()) {
            net.onServer("address add 10.1.0.1/24 brd + dev s0");
            net.onServer("address add 10.1.0.2/24 brd + dev s0");
            net.onServer("address add 10.1.0.3/32 dev s0");
            net.onServer("address add 10.2.0.1/24 brd + dev s1");
            net.onServer("address add fd00:1::1/64 dev s0 nodad");
            net.onServer("address add fd00:1::2/64 dev s0 nodad");
            net.onServer("address add fd00:2::1/64 dev s1 nodad");
            net.onServer("address add fe80::51/64 dev s0 nodad");
            net.onServer("address add fe80::51/64 dev s1 nodad"); // As VLANs of one card have it.
            net.onClient("address add 10.1.0.9/24 dev c0");
            net.onClient("address add 10.2.0.9/24 dev c1");
            net.onClient("route add 10.1.0.3 dev c0");
            net.onClient("address add fd00:1::9/64 dev c0 nodad");
            net.onClient("address add fd00:2::9/64 dev c1 nodad");
            net.onClient("address add fe80::c0/64 dev c0 nodad");
            net.onClient("address add fe80::c1/64 dev c1 nodad");
            try (ServerProcess server = start(net, transport)) {
                String[] addresses = {
                    "10.1.0.1",
                    "10.1.0.2",
                    "10.1.0.3",
                    "10.2.0.1",
                    "fd00:1::1",
                    "fd00:1::2",
                    "fd00:2::1",
                    "fe80::51%c0",
                    "fe80::51%c1"
                };
                assertThat(ask(net, server, addresses)).as(server.log()).isEqualTo("9");
                assertThat(
                                shout(
                                        net,
                                        server,
                                        "10.1.0.1",
                                        "c0",
                                        "10.1.0.255",
                                        "255.255.255.255",
                                        "224.0.0.1"))
                        .isEqualTo("0");
                assertThat(shout(net, server, "fd00:1::1", "c0", "ff02::1%c0", "ff02::1%c0"))
                        .isEqualTo("0");
                // Three for each address, and the two fences; nothing of what was shouted.
                assertThat(server.stop())
                        .isEqualTo(
                                Map.of(
                                        Counter.UDP_RECEIVED,
                                        29L,
                                        Counter.UDP_RECEIVED_BYTES,
                                        37L,
                                        Counter.UDP_ECHOED,
                                        29L,
                                        Counter.UDP_ECHOED_BYTES,
                                        37L));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void followsAddressesThatComeAndGo(Transport transport) throws Exception {
        try (Namespaces net = Namespaces.open()) {
            net.onServer("address add 10.1.0.1/24 dev s0");
            net.onClient("address add 10.1.0.9/24 dev c0");
            try (ServerProcess server = start(net, transport)) {
                assertThat(ask(net, server, "10.1.0.1", "10.1.0.2")).isEqualTo("1");
                net.onServer("address add 10.1.0.2/24 dev s0");
                server.awaitLog("udp 10.1.0.2 is new: served");
                assertThat(ask(net, server, "10.1.0.1", "10.1.0.2")).isEqualTo("2");
                net.onServer("address del 10.1.0.2/24 dev s0");
                server.awaitLog("udp 10.1.0.2 is gone: closed");
                assertThat(ask(net, server, "10.1.0.1")).isEqualTo("1");
                net.onServer("address add 10.1.0.2/24 dev s0");
                net.onServer("address add fd00:1::1/64 dev s0 nodad");
                net.onClient("address add fd00:1::9/64 dev c0 nodad");
                server.awaitLog("udp fd00:1::1 is new: served");
                Await.until(
                        "10.1.0.2 is back",
                        () -> server.log().split("udp 10.1.0.2 is new: served").length == 3);
                assertThat(ask(net, server, "10.1.0.1", "10.1.0.2", "fd00:1::1")).isEqualTo("3");
                assertThat(server.stop())
                        .isEqualTo(
                                Map.of(
                                        Counter.UDP_RECEIVED,
                                        21L,
                                        Counter.UDP_RECEIVED_BYTES,
                                        21L,
                                        Counter.UDP_ECHOED,
                                        21L,
                                        Counter.UDP_ECHOED_BYTES,
                                        21L));
            }
        }
    }

    /** An address whose uniqueness is still being checked is listed, but nobody may bind it. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void servesATentativeAddressOnceItMayBeBound(Transport transport) throws Exception {
        try (Namespaces net = Namespaces.open()) {
            net.onServer("address add 10.1.0.1/24 dev s0");
            net.setOnServer("net/ipv6/conf/s0/dad_transmits=100"); // Seconds, one for each.
            net.onServer("address add fd00:1::1/64 dev s0");
            net.onClient("address add fd00:1::9/64 dev c0 nodad");
            try (ServerProcess server = start(net, transport)) {
                assertThat(server.ready()).doesNotContain("fd00:1::1");
                server.awaitLog("udp fd00:1::1 cannot be bound");
                net.setOnServer("net/ipv6/neigh/s0/retrans_time_ms=10"); // The rest takes a second.
                server.awaitLog("udp fd00:1::1 is new: served");
                assertThat(ask(net, server, "fd00:1::1")).isEqualTo("1");
                assertThat(server.log().split("fd00:1::1 cannot be bound")).hasSize(2);
                server.stop();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void worksWithoutIpv6(Transport transport) throws Exception {
        try (Namespaces net = Namespaces.open()) {
            net.setOnServer("net/ipv6/conf/all/disable_ipv6=1");
            net.setOnServer("net/ipv6/conf/default/disable_ipv6=1");
            net.onServer("address add 10.1.0.1/24 dev s0");
            net.onClient("address add 10.1.0.9/24 dev c0");
            try (ServerProcess server = start(net, transport)) {
                assertThat(server.ready())
                        .matches("ready udp=[0-9.]+:\\d+,[0-9.]+:\\d+ tcp=0\\.0\\.0\\.0:\\d+ .*");
                assertThat(ask(net, server, "10.1.0.1")).isEqualTo("1");
                assertThat(server.stop()).containsEntry(Counter.UDP_ECHOED, 3L);
            }
            for (String flag : List.of("--host", "--admin-host")) {
                assertSaysInOneLine(
                        start(net, transport, flag, "::"),
                        "cannot bind ::: IPv6 is switched off; set " + flag);
            }
            for (String device : List.of("lo", "s0", "s1")) {
                net.onServer("address flush dev " + device);
                net.onServer("link set " + device + " down");
            }
            assertSaysInOneLine(start(net, transport), "no network interface is up");
        }
    }

    private static void assertSaysInOneLine(ServerProcess server, String line) throws Exception {
        assertThat(server.exitCode()).isEqualTo(1);
        assertThat(server.logLines()).containsExactly("echo-server: " + line);
    }

    /** The prober finds the interface of an address that means nothing without one. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void becomesReadyOnALinkLocalAddressAlone(Transport transport) throws Exception {
        try (Namespaces net = Namespaces.open()) {
            net.onServer("address add 169.254.7.1/16 dev s0");
            net.onServer("address add fe80::51/64 dev s0 nodad");
            net.onServer("address add fe80::51/64 dev s1 nodad");
            for (String host : List.of("169.254.7.1", "fe80::51%s1")) {
                try (ServerProcess server =
                        start(net, transport, "--admin-port", "0", "--host", host)) {
                    String port = String.valueOf(server.port("admin"));
                    assertThat(net.pythonOnServer(AWAIT_PROBES, port))
                            .as(server.log())
                            .isEqualTo("True True ok");
                }
            }
        }
    }

    private ServerProcess start(Namespaces net, Transport transport) throws IOException {
        return start(net, transport, "--admin-port", "off");
    }

    private ServerProcess start(Namespaces net, Transport transport, String... more)
            throws IOException {
        List<String> flags =
                new ArrayList<>(List.of("--port", "0", "--loops", "2", "--drain-timeout", "0"));
        flags.addAll(List.of("--transport", transport.toString()));
        flags.addAll(List.of(more));
        return ServerProcess.start(dir.resolve("log"), net, flags.toArray(String[]::new));
    }

    private static String ask(Namespaces net, ServerProcess server, String... addresses)
            throws IOException {
        return python(net, ASK, server, addresses);
    }

    private static String shout(
            Namespaces net, ServerProcess server, String fence, String device, String... addresses)
            throws IOException {
        String[] arguments = new String[addresses.length + 2];
        arguments[0] = fence;
        arguments[1] = device;
        System.arraycopy(addresses, 0, arguments, 2, addresses.length);
        return python(net, SHOUT, server, arguments);
    }

    private static String python(
            Namespaces net, String program, ServerProcess server, String... addresses)
            throws IOException {
        String[] arguments = new String[addresses.length + 1];
        arguments[0] = String.valueOf(server.port("udp"));
        System.arraycopy(addresses, 0, arguments, 1, addresses.length);
        return net.python(program, arguments);
    }
}
