package io.echo.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.echo.client.TcpPeer;
import io.echo.client.UdpPeer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The {@code check} command against 127.0.0.1: TCP echoes, nobody listens over UDP. */
@Timeout(60)
class CheckCommandTest {
    private TcpPeer tcp;
    private String host;

    @BeforeEach
    void start() throws Exception {
        tcp = TcpPeer.echo();
        host = "127.0.0.1:" + tcp.target().port();
    }

    @AfterEach
    void stop() throws Exception {
        tcp.close();
    }

    @Test
    void eachPathIsALineInThisOrder() throws Exception {
        Run run = check();

        assertThat(run.out().replaceAll("\\d+\\.\\d\\d ms", "0.00 ms"))
                .isEqualTo(
                        """
                        udp4  refused      HOST after 0.00 ms: ICMP port unreachable, nobody \
                        listens there or a firewall rejects
                        tcp4  echoing      HOST in 0.00 ms, connected in 0.00 ms
                        udp6  no address   127.0.0.1 is an IPv4 address
                        tcp6  no address   127.0.0.1 is an IPv4 address
                        """
                                .replace("HOST", host));
        assertThat(run.err()).isEmpty();
        assertThat(run.exit()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tcp4 | 0 |",
                "tcp4,tcp4 | 0 |",
                "tcp | 1 | tcp6",
                "udp4 | 1 | udp4",
                "udp | 1 | udp4, udp6",
                "tcp4,udp4 | 1 | udp4",
                "tcp6,udp6 | 1 | udp6, tcp6",
                "udp,tcp | 1 | udp4, udp6, tcp6",
            })
    void onlyWhatIsExpectedDecides(String list, int exit, String unmet) {
        Run run = check("--expect", list);

        assertThat(run.exit()).as(run.err()).isEqualTo(exit);
        assertThat(run.err())
                .isEqualTo(
                        unmet == null
                                ? ""
                                : "echo-client: expected to echo, and does not: " + unmet + "\n");
    }

    @Test
    void withoutAListWhatHasAnAddressIsExpected() throws Exception {
        InetSocketAddress same =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), tcp.target().port());
        try (UdpPeer udp = UdpPeer.start(same, (datagram, sender) -> sender.send(datagram))) {
            assertThat(udp.target().port()).isEqualTo(tcp.target().port());
            Run run = check();
            assertThat(run.exit()).as(run.out()).isZero();
            assertThat(run.out()).containsPattern(" in \\S+ ms, from all 8 ports within \\S+ ms\n");
            assertThat(run.err()).isEmpty();
        }
    }

    /** Half alive is not what a CI asks for. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"udp4 | udp4 (2 of 8 ports do not)", "tcp6 | tcp6"})
    void pathThatEchoesToSomePortsAloneIsNotMet(String expected, String unmet) throws Exception {
        Set<Integer> dead = new ConcurrentSkipListSet<>();
        try (UdpPeer udp = UdpPeer.deafTo(dead, 2)) {
            String target = "127.0.0.1:" + udp.target().port();
            Run run = with(target, "--timeout=500ms", "--expect", expected);
            assertThat(run.out().replaceAll("\\d+\\.\\d\\d ms", "0.00 ms"))
                    .startsWith(
                            "udp4  echoing      %s in 0.00 ms, 2 of 8 ports silent: %d, %d; "
                                    .formatted(target, dead.toArray()[0], dead.toArray()[1]));
            assertThat(run.err())
                    .isEqualTo("echo-client: expected to echo, and does not: " + unmet + "\n");
            assertThat(run.exit()).isEqualTo(1);
            dead.clear();
            JsonObject udp4 =
                    JsonParser.parseString(with(target, "--timeout=500ms", "--json").out())
                            .getAsJsonObject()
                            .getAsJsonArray("checks")
                            .get(0)
                            .getAsJsonObject();
            assertThat(udp4.get("state").getAsString()).isEqualTo("echoing");
            assertThat(udp4.get("met").getAsBoolean()).isFalse();
            assertThat(udp4.get("ports").getAsInt()).isEqualTo(8);
            assertThat(udp4.get("ports_silent")).hasToString(dead.toString().replace(" ", ""));
            assertThat(udp4.getAsJsonArray("ports_failed")).isEmpty();
        }
    }

    @Test
    void jsonIsOneObjectWithAMemberForEachFact() throws Exception {
        Run run = check("--json", "--expect", "tcp4,tcp6");

        assertThat(run.out()).containsOnlyOnce("\n");
        JsonObject all = JsonParser.parseString(run.out()).getAsJsonObject();
        assertThat(all.keySet())
                .containsExactly("schema", "host", "port", "timeout_s", "checks", "ok");
        assertThat(all.get("schema").getAsInt()).isEqualTo(1);
        assertThat(all.get("host").getAsString()).isEqualTo("127.0.0.1");
        assertThat(all.get("port").getAsInt()).isEqualTo(tcp.target().port());
        assertThat(all.get("timeout_s").getAsDouble()).isEqualTo(20);
        assertThat(all.get("ok").getAsBoolean()).isFalse();
        List<JsonObject> checks = new ArrayList<>();
        for (JsonElement check : all.getAsJsonArray("checks")) {
            checks.add(check.getAsJsonObject());
        }
        assertThat(checks)
                .allSatisfy(
                        check ->
                                assertThat(check.keySet())
                                        .containsExactly(
                                                "name",
                                                "state",
                                                "address",
                                                "time_ms",
                                                "connect_ms",
                                                "reason",
                                                "traceroute",
                                                "ports",
                                                "ports_silent",
                                                "ports_failed",
                                                "slowest_ms",
                                                "expected",
                                                "met"));
        assertThat(checks)
                .extracting(
                        check ->
                                check.get("name").getAsString()
                                        + ' '
                                        + check.get("state").getAsString()
                                        + ' '
                                        + check.get("expected")
                                        + ' '
                                        + check.get("met"))
                .containsExactly(
                        "udp4 refused false true",
                        "tcp4 echoing true true",
                        "udp6 no_address false true",
                        "tcp6 no_address true false");
        assertThat(checks.get(0).get("connect_ms").isJsonNull()).isTrue();
        assertThat(checks.get(1).get("address").getAsString()).isEqualTo(host);
        assertThat(checks.get(1).get("time_ms").getAsDouble()).isPositive();
        assertThat(checks.get(1).get("connect_ms").getAsDouble()).isPositive();
        assertThat(checks.get(1).get("reason").isJsonNull()).isTrue();
        assertThat(checks.get(2).get("address").isJsonNull()).isTrue();
        assertThat(run.err()).contains("does not: tcp6");
        assertThat(run.exit()).isEqualTo(1);
    }

    @Test
    void hostThatIsUnknownIsOneLineOfError() {
        Run run = Run.patiently(new byte[0], "check", "nosuch.invalid");

        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).isEqualTo("echo-client: unknown host: nosuch.invalid\n");
    }

    private static Run with(String target, String... flags) {
        return Run.with(
                new byte[0],
                Stream.concat(Stream.of("check", target), Stream.of(flags)).toArray(String[]::new));
    }

    private Run check(String... flags) {
        String[] line = new String[flags.length + 2];
        line[0] = "check";
        line[1] = host;
        System.arraycopy(flags, 0, line, 2, flags.length);
        return Run.patiently(new byte[0], line);
    }
}
