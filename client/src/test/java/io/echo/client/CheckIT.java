package io.echo.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.echo.net.Transport;
import io.echo.testing.Namespace;
import io.echo.testing.Programs;
import io.echo.testing.RoutedNetwork;
import io.echo.testing.RunnableJar;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The {@code check} command of the runnable jar through a router and its firewall. */
@Timeout(120)
class CheckIT {
    private static final Path JAR = Path.of("target", "echo-client.jar");
    private static final String DEFAULT_ROUTE = "route add default via ";

    /** Echoes over UDP and TCP, IPv4 and IPv6, port 2105. */
    private static final String SERVER =
            """
            import socket, threading
            udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            udp.bind(('::', 2105))
            tcp = socket.create_server(('::', 2105), family=socket.AF_INET6, dualstack_ipv6=True)
            def datagrams():
                while True:
                    udp.sendto(*udp.recvfrom(65536))
            threading.Thread(target=datagrams, daemon=True).start()
            print('ready', flush=True)
            while True:
                connection = tcp.accept()[0]
                connection.sendall(connection.recv(65536))
                connection.close()
            """;

    private static RoutedNetwork net;

    @TempDir private Path directory;

    @BeforeAll
    static void open() throws Exception {
        Namespace.requireRoot();
        Programs.require("nft");
        net = RoutedNetwork.open();
        Process server =
                new ProcessBuilder(
                                net.server()
                                        .command(
                                                List.of(Programs.require("python3"), "-c", SERVER)))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        BufferedReader out = server.inputReader();
        assertThat(out.readLine()).isEqualTo("ready");
    }

    @AfterAll
    static void close() {
        if (net != null) {
            net.close();
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void pathThatIsOpenEchoes(Transport transport) throws Exception {
        net.clearRules();
        assertThat(states(check("echo.lab", "--timeout=10s", "--transport=" + transport)))
                .containsExactly("udp4 echoing", "tcp4 echoing", "udp6 echoing", "tcp6 echoing");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "reject with icmpx type port-unreachable | refused | port unreachable | port"
                        + " unreach",
                "reject with icmpx type host-unreachable | unreachable | host unreachable | host"
                        + " unr",
                "reject with icmpx type no-route         | unreachable | network unreach  |"
                        + " network",
                "reject with icmpx type admin-prohibited | unreachable | host unreachable |"
                        + " prohibited",
                "drop                                    | silent | within 2s | within 2s",
            })
    @Tag("long")
    void verdictOfTheFirewallIsNamed(String verdict, String state, String four, String six)
            throws Exception {
        net.clearRules();
        net.rule("meta l4proto { udp, tcp } th dport 2105 " + verdict);
        for (Transport transport : new Transport[] {Transport.EPOLL, Transport.IO_URING}) {
            List<JsonObject> checks = check("echo.lab", "--timeout=2s", "--transport=" + transport);
            assertThat(states(checks))
                    .as("%s %s", transport, checks)
                    .containsExactly(
                            "udp4 " + state, "tcp4 " + state, "udp6 " + state, "tcp6 " + state);
            for (JsonObject check : checks) {
                boolean ipv4 = check.get("name").getAsString().endsWith("4");
                assertThat(check.get("reason").getAsString())
                        .as("%s %s", transport, check)
                        .contains(ipv4 ? four : six);
                assertThat(check.get("traceroute").getAsString())
                        .isEqualTo(
                                "traceroute "
                                        + (check.get("name").getAsString().startsWith("udp")
                                                ? "-U"
                                                : "-T")
                                        + " -p 2105 "
                                        + (ipv4 ? RoutedNetwork.SERVER_4 : RoutedNetwork.SERVER_6));
            }
        }
    }

    /** The JDK has no option by which UDP hears of errors that the kernel takes for passing. */
    @Test
    @Tag("long")
    void nioHearsOfLessOverUdpAndSaysSo() throws Exception {
        net.clearRules();
        net.rule("udp dport 2105 reject with icmpx type host-unreachable");
        List<JsonObject> checks = check("echo.lab", "--transport=nio");
        assertThat(states(checks))
                .containsExactly("udp4 silent", "tcp4 echoing", "udp6 silent", "tcp6 echoing");
        assertThat(checks.get(0).get("reason").getAsString())
                .endsWith("; over nio most ICMP errors look the same");
    }

    @Test
    @Tag("long")
    void eachPathIsJudgedByItself() throws Exception {
        net.clearRules();
        net.rule("ip protocol udp udp dport 2105 drop");
        net.rule("ip6 nexthdr udp udp dport 2105 reject with icmpv6 type admin-prohibited");
        net.rule("ip6 nexthdr tcp tcp dport 2105 reject with tcp reset");
        assertThat(states(check("echo.lab")))
                .containsExactly("udp4 silent", "tcp4 echoing", "udp6 unreachable", "tcp6 refused");
    }

    /** One of eight ways is dead, as of a bundle that spreads flows by their ports. */
    @Test
    void deadFlowIsNamedBesideThoseThatEcho() throws Exception {
        net.clearRules();
        net.rule("udp sport & 7 == 3 drop");
        List<JsonObject> checks = check("echo.lab", "--expect=udp");
        assertThat(states(checks))
                .containsExactly("udp4 echoing", "tcp4 echoing", "udp6 echoing", "tcp6 echoing");
        for (JsonObject udp : List.of(checks.get(0), checks.get(2))) {
            assertThat(udp.get("met").getAsBoolean()).as("%s", udp).isFalse();
            assertThat(udp.get("ports").getAsInt()).isEqualTo(8);
            assertThat(udp.getAsJsonArray("ports_silent"))
                    .as("%s", udp)
                    .hasSize(1)
                    .allMatch(port -> (port.getAsInt() & 7) == 3);
            assertThat(udp.get("reason").getAsString()).startsWith("1 of 8 ports silent: ");
        }
    }

    /** A host sends six of a burst of ICMP errors: those that are missing change nothing. */
    @Test
    @Tag("long")
    void refusalIsKnownBeforeTheTimeoutThoughErrorsAreLimited() throws Exception {
        net.clearRules();
        net.router().set("net/ipv4/icmp_ratelimit=1000");
        net.rule("udp dport 2105 reject with icmp type port-unreachable");
        try {
            List<JsonObject> checks = check("10.77.2.1", "--timeout=20s", "--expect=tcp4");
            assertThat(states(checks)).contains("udp4 refused");
            JsonObject udp = checks.get(0);
            assertThat(udp.getAsJsonArray("ports_silent")).as("%s", udp).isNotEmpty();
            assertThat(udp.get("reason").getAsString())
                    .endsWith(" ports silent, for errors of ICMP are limited in number");
        } finally {
            net.router().set("net/ipv4/icmp_ratelimit=0");
        }
    }

    /** A lost SYN is repeated before the kernel does. */
    @Test
    @Tag("long")
    void oneLostSynIsNotSilence() throws Exception {
        net.clearRules();
        net.rule("tcp flags & (syn | ack) == syn limit rate 1/hour burst 1 packets drop");
        List<JsonObject> checks = check("10.77.2.1", "--expect=tcp4", "--timeout=900ms");
        assertThat(states(checks)).contains("tcp4 echoing");
        assertThat(checks.get(1).get("reason").getAsString())
                .isEqualTo("a SYN before it got no answer (1)");
    }

    @Test
    @Tag("long")
    void whatThisMachineDoesNotRouteIsNoRoute() throws Exception {
        net.clearRules();
        net.client().ip("route del default");
        net.client().ip("-6 route add prohibit " + RoutedNetwork.SERVER_6);
        try {
            for (Transport transport : Transport.values()) {
                List<JsonObject> checks = check("echo.lab", "--transport=" + transport);
                assertThat(states(checks))
                        .containsExactly(
                                "udp4 no_route", "tcp4 no_route", "udp6 no_route", "tcp6 no_route");
                assertThat(checks)
                        .extracting(check -> check.get("reason").getAsString())
                        .containsExactly(
                                "this machine has no route there",
                                "this machine has no route there",
                                "this machine has a route that prohibits it",
                                "this machine has a route that prohibits it");
            }
        } finally {
            net.client().ip(DEFAULT_ROUTE + "10.77.1.254");
            net.client().ip("-6 route del prohibit " + RoutedNetwork.SERVER_6);
        }
    }

    /** One address refuses: TCP goes on to the next, UDP takes the first. */
    @Test
    @Tag("long")
    void addressesOfANameAreToldApart() throws Exception {
        net.clearRules();
        net.client().ip("route add unreachable 10.77.9.9");
        try {
            List<JsonObject> checks = check("two.lab", "--expect=tcp4");
            assertThat(states(checks))
                    .containsExactly(
                            "udp4 no_route", "tcp4 echoing", "udp6 no_address", "tcp6 no_address");
            assertThat(checks)
                    .extracting(check -> check.get("reason").getAsString())
                    .containsExactly(
                            "this machine has an unreachable route there; the first of 2 addresses",
                            "tried before: 10.77.9.9 (no route)",
                            "two.lab has no IPv6 address (no AAAA record)",
                            "two.lab has no IPv6 address (no AAAA record)");
        } finally {
            net.client().ip("route del unreachable 10.77.9.9");
        }
    }

    private static List<String> states(List<JsonObject> checks) {
        return checks.stream()
                .map(
                        check ->
                                check.get("name").getAsString()
                                        + ' '
                                        + check.get("state").getAsString())
                .toList();
    }

    private List<JsonObject> check(String... arguments) throws IOException, InterruptedException {
        Path hosts = directory.resolve("hosts");
        Files.writeString(
                hosts,
                """
                10.77.2.1 echo.lab
                fd77:2::1 echo.lab
                10.77.9.9 two.lab
                10.77.2.1 two.lab
                """);
        List<String> line = new ArrayList<>(List.of("check", "--json"));
        line.addAll(List.of(arguments));
        List<String> command = new ArrayList<>(RunnableJar.brief(JAR, line.toArray(String[]::new)));
        command.add(1, "-Djdk.net.hosts.file=" + hosts);
        Path out = directory.resolve("out");
        Process process =
                new ProcessBuilder(net.client().command(command))
                        .redirectOutput(out.toFile())
                        .redirectError(directory.resolve("err").toFile())
                        .start();
        try {
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("ends").isTrue();
        } finally {
            process.destroyForcibly();
        }
        Map<String, JsonObject> checks = new LinkedHashMap<>();
        for (JsonElement check :
                JsonParser.parseString(Files.readString(out))
                        .getAsJsonObject()
                        .getAsJsonArray("checks")) {
            checks.put(check.getAsJsonObject().get("name").getAsString(), check.getAsJsonObject());
        }
        boolean met = checks.values().stream().allMatch(check -> check.get("met").getAsBoolean());
        assertThat(process.exitValue()).isEqualTo(met ? 0 : 1);
        return List.copyOf(checks.values());
    }
}
