package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Datagrams with forged sources on a wire, to a server with public and private addresses and a
 * default gateway of each family. Needs root and iproute2.
 */
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
class TrustIT {
    private static final int SENT = 200;

    /** The rate of strangers, a second. */
    private static final int RATE = 20;

    /** Opens three connections from each address and keeps them; prints how many were reset. */
    private static final String CONNECT =
            """
            import socket, sys
            to, kept = ('10.1.0.1', int(sys.argv[1])), []
            for source in sys.argv[2:]:
                reset = 0
                for n in range(3):
                    try:
                        kept.append(socket.create_connection(to, 20, (source, 0)))
                        kept[-1].sendall(b'x')
                        assert kept[-1].recv(1) == b'x'
                    except ConnectionError:
                        reset += 1
                print(source, reset)
            """;

    /** A case: datagrams to the one address that claim to come from the other. */
    private record Forged(String asked, String source, int port) {
        Forged(String asked, String source) {
            this(asked, source, 40_000);
        }

        @Override
        public String toString() {
            return asked + "=" + source + "=" + port;
        }
    }

    @TempDir private Path dir;

    /**
     * A router delivers a private source from anywhere, but not to a private address; a gateway
     * that translates addresses delivers anybody under its own. What is trusted without a rate
     * rests on it that the kernel receives loopback and its own IPv4 addresses from no wire.
     */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void trustsASourceOnlyWhereItCannotBeForgedFromOutside(Transport transport) throws Exception {
        List<Forged> own =
                List.of(
                        new Forged("203.0.113.1", "127.0.0.1"),
                        new Forged("203.0.113.1", "203.0.113.1"),
                        new Forged("2001:db8::1", "::1"));
        List<Forged> strangers =
                List.of(
                        new Forged("203.0.113.1", "198.51.100.7"),
                        new Forged("203.0.113.1", "10.2.2.3"),
                        new Forged("203.0.113.1", "169.254.2.3"),
                        new Forged("203.0.113.1", "100.64.2.3"),
                        new Forged("10.1.0.1", "192.168.3.3"),
                        new Forged("2001:db8::1", "2001:db8:1::7"),
                        new Forged("2001:db8::1", "fd00:2::3"),
                        new Forged("2001:db8::1", "fe80::3"),
                        new Forged("2001:db8::1", "::10.2.2.4"),
                        new Forged("fd00:1::1", "2001:db8:2::3"));
        List<Forged> trusted =
                List.of(
                        new Forged("10.1.0.1", "10.200.2.3"),
                        new Forged("fd00:1::1", "fd00:1::9"),
                        new Forged("2001:db8::1", "2001:db8::1"),
                        new Forged("2001:db8::1", "fd00:1::1"));
        List<Forged> limited =
                List.of(
                        new Forged("10.1.0.1", "10.1.0.254"),
                        new Forged("fd00:1::1", "fd00:5::254"),
                        new Forged("10.1.0.1", "10.3.0.9", 32_767),
                        new Forged("2001:db8::1", "2001:db8::1", 32_767));
        try (Namespaces net = open();
                ServerProcess server = start(net, transport)) {
            assertEchoed(forge(net, server, own), 0, 0, 0);
            // A burst of one second, and what falls due while the rest is sent.
            assertEchoed(forge(net, server, strangers), SENT, RATE, SENT - 1);
            assertEchoed(forge(net, server, trusted), SENT, SENT, SENT);
            assertEchoed(forge(net, server, limited), SENT, RATE, SENT - 1);
            server.awaitLine("WARN .*dropped datagrams from 10\\.2\\.2\\.3 to 203\\.0\\.113\\.1: ");
            server.stop();
            assertThat(server.log()).containsOnlyOnce("dropped datagrams from ");
        }
    }

    /** Connections cannot be forged, but behind a gateway anybody may stand. */
    @Test
    void limitsTrustedSourcesOverUdpByARateAndOverTcpNoneButTheGateway() throws Exception {
        List<Forged> trusted =
                List.of(
                        new Forged("10.1.0.1", "10.1.0.9"),
                        new Forged("fd00:1::1", "fd00:1::9"),
                        new Forged("2001:db8::1", "2001:db8::1"));
        try (Namespaces net = open();
                ServerProcess server =
                        start(
                                net,
                                Transport.NIO,
                                "--trusted-rate",
                                "100",
                                "--max-connections-per-source",
                                "1")) {
            assertEchoed(forge(net, server, trusted), SENT, 100, SENT - 1);
            net.onClient("address add 10.1.0.9/24 dev c0");
            String port = String.valueOf(server.port("tcp"));
            assertThat(net.python(CONNECT, port, "10.1.0.254", "10.1.0.9", "203.0.113.2").lines())
                    .containsExactly("10.1.0.254 2", "10.1.0.9 0", "203.0.113.2 2");
            server.stop();
        }
    }

    /** A wire may bring datagrams from the server's own IPv6 address, among them to its prober. */
    @Tag("long")
    @ParameterizedTest
    @EnumSource(Transport.class)
    void staysReadyWhileSomebodyClaimsToBeTheServer(Transport transport) throws Exception {
        String us = "2001:db8::1";
        try (Namespaces net = open();
                ServerProcess server = start(net, transport, "--host", us)) {
            String[] counted =
                    net.python(
                                    program(),
                                    String.valueOf(server.port("udp")),
                                    admin(server),
                                    "sweep",
                                    Long.getLong("attack.seconds", 2).toString(),
                                    us)
                            .split(" ");
            assertThat(Integer.parseInt(counted[0])).as("sent").isGreaterThan(1_000);
            assertThat(Integer.parseInt(counted[1])).as("ready").isPositive();
            assertThat(Integer.parseInt(counted[2])).as("not ready").isZero();
            server.stop();
        }
    }

    /**
     * A subscriber has 65,536 networks, which are one source more than any limit for each knows.
     */
    @Test
    void leavesHalfOfTheTableToOthersWhateverNetworksOneSiteHas() throws Exception {
        try (Namespaces net = open();
                ServerProcess server =
                        start(
                                net,
                                Transport.NIO,
                                "--max-connections",
                                "8",
                                "--max-connections-per-source",
                                "2")) {
            String site = "2001:db8:a:";
            for (String network : List.of("1", "2", "3")) {
                net.onClient("address add " + site + network + "::9/64 dev lo nodad");
            }
            net.onServer("-6 route add 2001:db8:a::/48 via 2001:db8::2");
            String program = CONNECT.replace("10.1.0.1", "2001:db8::1");
            String port = String.valueOf(server.port("tcp"));
            assertThat(
                            net.python(
                                            program,
                                            port,
                                            site + "1::9",
                                            site + "2::9",
                                            site + "3::9",
                                            "2001:db8::2")
                                    .lines())
                    .containsExactly(
                            site + "1::9 1", site + "2::9 1", site + "3::9 3", "2001:db8::2 1");
            server.stop();
        }
    }

    private record Result(String what, int received, int echoed) {}

    private static Namespaces open() throws IOException {
        Namespaces net = Namespaces.open();
        try {
            for (String interfaces : List.of("all", "s0")) {
                net.setOnServer("net/ipv4/conf/" + interfaces + "/rp_filter=0");
            }
            net.onServer("address add 203.0.113.1/24 dev s0");
            net.onServer("address add 10.1.0.1/24 dev s0");
            net.onServer("address add 2001:db8::1/64 dev s0 nodad");
            net.onServer("address add fd00:1::1/64 dev s0 nodad");
            net.onServer("address add fd00:5::1/64 dev s0 nodad");
            net.onServer("route add default via 10.1.0.254");
            net.onServer("-6 route add default via fd00:5::254");
            net.onClient("address add 203.0.113.2/24 dev c0");
            net.onClient("address add 10.1.0.254/24 dev c0");
            net.onClient("address add 2001:db8::2/64 dev c0 nodad");
            net.onClient("address add fd00:1::2/64 dev c0 nodad");
            net.onClient("address add fd00:5::254/64 dev c0 nodad");
            return net;
        } catch (IOException | RuntimeException | AssertionError e) {
            net.close();
            throw e;
        }
    }

    private ServerProcess start(Namespaces net, Transport transport, String... more)
            throws IOException {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "--port",
                                "0",
                                "--loops",
                                "1",
                                "--max-datagram",
                                "100",
                                "--udp-rate",
                                String.valueOf(RATE),
                                "--drain-timeout",
                                "0",
                                "--admin-host",
                                "0.0.0.0",
                                "--transport",
                                transport.toString()));
        arguments.addAll(List.of(more));
        return ServerProcess.start(dir.resolve("log"), net, arguments.toArray(String[]::new));
    }

    private static List<Result> forge(Namespaces net, ServerProcess server, List<Forged> cases)
            throws IOException {
        String[] arguments =
                Stream.concat(
                                Stream.of(
                                        String.valueOf(server.port("udp")),
                                        admin(server),
                                        "count",
                                        String.valueOf(SENT)),
                                cases.stream().map(Forged::toString))
                        .toArray(String[]::new);
        List<Result> results =
                net.python(program(), arguments)
                        .lines()
                        .map(line -> line.split(" "))
                        .map(w -> new Result(w[0], Integer.parseInt(w[1]), Integer.parseInt(w[2])))
                        .toList();
        assertThat(results).hasSameSizeAs(cases);
        return results;
    }

    private static String admin(ServerProcess server) {
        return "http://203.0.113.1:" + server.port("admin");
    }

    private static void assertEchoed(List<Result> results, int received, int least, int most) {
        for (Result result : results) {
            assertThat(result.received).as(result.what).isEqualTo(received);
            assertThat(result.echoed).as(result.what).isBetween(least, most);
        }
    }

    private static String program() throws IOException {
        return Files.readString(Path.of("src/test/resources/forge_wire.py"));
    }
}
