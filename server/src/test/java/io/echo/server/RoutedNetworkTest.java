package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.testing.Await;
import io.echo.testing.Programs;
import io.echo.testing.RoutedNetwork;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The network with a router does what its faults are named after, seen by programs not ours. */
@Timeout(60)
class RoutedNetworkTest {
    private static final int PORT = 2105;

    /** Answers each datagram with the address that it came from. */
    private static final String SERVER =
            """
            import select, socket, sys
            v4 = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            v6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            v4.bind((sys.argv[1], int(sys.argv[3])))
            v6.bind((sys.argv[2], int(sys.argv[3])))
            print('ready', flush=True)
            while True:
                for s in select.select([v4, v6], [], [])[0]:
                    data, source = s.recvfrom(65536)
                    s.sendto(source[0].encode(), source)
            """;

    /** Sends datagrams of a size until one is answered or refused, or three are lost. */
    private static final String ASK =
            """
            import socket, sys
            address, port, size, source, fragment = sys.argv[1], *map(int, sys.argv[2:])
            family = socket.AF_INET6 if ':' in address else socket.AF_INET
            s = socket.socket(family, socket.SOCK_DGRAM)
            level, discover, mtu = (41, 23, 24) if ':' in address else (0, 10, 14)
            s.setsockopt(level, discover, 0 if fragment else 2)
            s.settimeout(0.2)
            s.bind(('', source))
            s.connect((address, port))
            for attempt in range(3):
                try:
                    s.send(bytes(size))
                    print(s.recv(65536).decode())
                    break
                except TimeoutError:
                    pass
                except OSError as e:
                    print(e.errno, s.getsockopt(level, mtu))
                    break
            else:
                print('silence')
            """;

    @BeforeEach
    void requireNft() throws IOException {
        Peers.requireRoot();
        Programs.require("nft");
    }

    @Test
    void hasTheFaultThatIsSet() throws Exception {
        try (RoutedNetwork net = RoutedNetwork.open()) {
            ready(net);
            assertThat(ask(net, RoutedNetwork.SERVER_4, 1472)).isEqualTo(RoutedNetwork.CLIENT_4);
            assertThat(ask(net, RoutedNetwork.SERVER_6, 1452)).isEqualTo(RoutedNetwork.CLIENT_6);

            net.rule("udp sport & 15 == 3 drop");
            assertThat(ask(net, RoutedNetwork.SERVER_4, 100, 40_003, true)).isEqualTo("silence");
            assertThat(ask(net, RoutedNetwork.SERVER_6, 100, 40_019, true)).isEqualTo("silence");
            assertThat(ask(net, RoutedNetwork.SERVER_4, 100, 40_004, true))
                    .isEqualTo(RoutedNetwork.CLIENT_4);
            net.clearRules();

            net.rule("udp dport 2105 reject with icmpx type admin-prohibited");
            assertThat(ask(net, RoutedNetwork.SERVER_4, 100)).startsWith("113 ");
            assertThat(ask(net, RoutedNetwork.SERVER_6, 100)).startsWith("13 ");
            net.clearRules();

            net.masquerade(3);
            assertThat(ask(net, RoutedNetwork.SERVER_4, 100)).isEqualTo("10.77.2.254");
            assertThat(ask(net, RoutedNetwork.SERVER_6, 100)).isEqualTo("fd77:2::fe");
        }
    }

    @Test
    void tellsOfASmallLinkUnlessItsErrorsAreDropped() throws Exception {
        try (RoutedNetwork net = RoutedNetwork.open()) {
            ready(net);
            net.farMtu(1300);
            net.dropIcmpErrors();
            for (String address : List.of(RoutedNetwork.SERVER_4, RoutedNetwork.SERVER_6)) {
                assertThat(ask(net, address, 1252)).startsWith(address.substring(0, 4));
                assertThat(ask(net, address, 1400)).isEqualTo("silence");
            }
            // An IPv6 router never fragments.
            assertThat(ask(net, RoutedNetwork.SERVER_4, 1400, 0, true))
                    .isEqualTo(RoutedNetwork.CLIENT_4);
            net.router().nft("flush ruleset");
            for (String address : List.of(RoutedNetwork.SERVER_4, RoutedNetwork.SERVER_6)) {
                assertThat(ask(net, address, 1400)).isEqualTo("90 1300");
            }
        }
    }

    @Test
    void leavesNothingBehind() throws Exception {
        Process sleeper;
        String name;
        try (RoutedNetwork net = RoutedNetwork.open()) {
            name = net.server().name();
            sleeper = new ProcessBuilder(net.server().command(List.of("sleep", "600"))).start();
            Await.until("it runs inside", () -> ip("pids", name).contains("" + sleeper.pid()));
        }
        assertThat(sleeper.waitFor(10, TimeUnit.SECONDS)).as("it is ended").isTrue();
        assertThat(ip("list")).doesNotContain(name);
    }

    private static String ip(String... netns) throws IOException {
        String[] command =
                Stream.concat(Stream.of("ip", "netns"), Stream.of(netns)).toArray(String[]::new);
        return new String(Peers.run(new byte[0], command).out());
    }

    private static void ready(RoutedNetwork net) throws IOException {
        Process server =
                new ProcessBuilder(
                                net.server()
                                        .command(
                                                List.of(
                                                        Programs.require("python3"),
                                                        "-c",
                                                        SERVER,
                                                        RoutedNetwork.SERVER_4,
                                                        RoutedNetwork.SERVER_6,
                                                        "" + PORT)))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try (BufferedReader out = server.inputReader()) {
            assertThat(out.readLine()).isEqualTo("ready");
        }
    }

    private static String ask(RoutedNetwork net, String address, int bytes) throws IOException {
        return ask(net, address, bytes, 0, false);
    }

    private static String ask(
            RoutedNetwork net, String address, int bytes, int source, boolean fragment)
            throws IOException {
        return net.client()
                .python(ASK, address, "" + PORT, "" + bytes, "" + source, fragment ? "1" : "0");
    }
}
