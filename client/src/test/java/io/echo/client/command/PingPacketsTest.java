package io.echo.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.client.Transports;
import io.echo.net.Transport;
import io.echo.testing.Await;
import io.echo.testing.FreePorts;
import io.echo.testing.Programs;
import io.echo.testing.RunnableJar;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Packets of ping as a receiver in Python sees them. */
@Timeout(60)
class PingPacketsTest {
    private static final Path MARKS = Path.of("src", "test", "python", "marks.py");

    @TempDir private Path directory;
    private Process receiver;

    private String start(String host) throws Exception {
        Path port = directory.resolve("port");
        receiver =
                new ProcessBuilder(
                                Programs.require("python3"),
                                MARKS.toString(),
                                host,
                                port.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .redirectOutput(directory.resolve("seen").toFile())
                        .start();
        Await.until("the receiver", () -> Files.exists(port) || !receiver.isAlive());
        String address = host.contains(":") ? "[" + host + "]" : host;
        return address + ":" + Files.readString(port);
    }

    @AfterEach
    void end() throws Exception {
        if (receiver != null) {
            receiver.destroyForcibly();
            assertThat(receiver.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    private List<String> seen() throws Exception {
        return Files.readAllLines(directory.resolve("seen"));
    }

    private static Run ping(String target, String... flags) {
        return Run.patiently(
                new byte[0],
                Stream.of(new String[] {"ping", target, "-i10ms"}, flags)
                        .flatMap(Stream::of)
                        .toArray(String[]::new));
    }

    static Stream<Arguments> everyWay() {
        Stream<String> hosts =
                Files.exists(Path.of("/proc/net/if_inet6"))
                        ? Stream.of("127.0.0.1", "::1")
                        : Stream.of("127.0.0.1");
        return hosts.flatMap(
                host ->
                        Stream.of(Transport.values())
                                .map(transport -> Arguments.of(host, transport)));
    }

    @ParameterizedTest
    @MethodSource("everyWay")
    void marksPacketsAndLimitsTheirHops(String host, Transport transport) throws Exception {
        Transports.options(transport);
        String target = "udp://" + start(host);
        int port = FreePorts.first(1);
        String by = "--transport=" + transport;
        Run run = ping(target, "-c2", by, "--dscp=46", "--source-port=" + port);
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(seen())
                .hasSize(2)
                .allMatch(line -> line.startsWith("port=" + port + " dscp=46 "));
        Run limited = ping(target, "-c2", by, "--ttl=7", "--source-port=" + port);
        if (transport == Transport.NIO) {
            assertThat(limited)
                    .isEqualTo(
                            new Run(
                                    1,
                                    limited.bytes(),
                                    "echo-client: --ttl is not available over nio; use"
                                            + " --transport epoll\n"));
            assertThat(seen()).hasSize(2);
            return;
        }
        assertThat(limited.exit()).as(limited.err()).isZero();
        assertThat(seen().subList(2, 4)).containsOnly("port=" + port + " dscp=0 ttl=7");
    }

    /** The receiver takes only segments with 50 hops left, the first included. */
    @ParameterizedTest
    @MethodSource("everyWay")
    void limitsTheHopsOfStreams(String host, Transport transport) throws Exception {
        Transports.options(transport);
        if (transport == Transport.NIO) {
            return;
        }
        String target = "tcp://" + start(host);
        String by = "--transport=" + transport;
        Run enough = ping(target, "-c2", by, "--ttl=60");
        assertThat(enough.exit()).as(enough.err()).isZero();
        Run few = Run.with(new byte[0], "ping", target, "-c1", by, "--ttl=40", "--timeout=300ms");
        assertThat(few.exit()).isEqualTo(1);
        assertThat(few.complaints()).endsWith(": no answer within 300ms\n");
    }

    @ParameterizedTest
    @MethodSource("everyWay")
    void sendsFromEachPortInTurn(String host, Transport transport) throws Exception {
        Transports.options(transport);
        String target = "udp://" + start(host);
        int first = FreePorts.first(3);
        String by = "--transport=" + transport;
        Run run = ping(target, "-c5", by, "--source-ports=" + first + "+3", "--bind=" + host);
        assertThat(run.exit()).as(run.err()).isZero();
        List<String> lines = run.out().lines().toList();
        assertThat(lines).hasSize(7);
        for (int i = 0; i < 5; i++) {
            int port = first + i % 3;
            assertThat(lines.get(i)).startsWith("seq=" + i + " port=" + port + " bytes=64 time=");
            assertThat(seen().get(i)).startsWith("port=" + port + " ");
        }
        assertThat(lines.get(5)).startsWith("5 sent, 5 received, 0 lost");
    }

    /** Runs in a process of its own, whose names are those of a file. */
    private Run named(String... arguments) throws Exception {
        Path hosts = directory.resolve("hosts");
        Files.writeString(hosts, "127.0.0.1 both four\n::1 both six\n");
        Path said = directory.resolve("said");
        Path complained = directory.resolve("complained");
        List<String> command = new ArrayList<>();
        command.addAll(List.of(RunnableJar.JAVA, RunnableJar.BRIEF));
        command.add("--enable-native-access=ALL-UNNAMED"); // as the jar's manifest has it
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of("-Djdk.net.hosts.file=" + hosts, ClientMain.class.getName()));
        command.addAll(List.of("ping", "-c1", "--timeout=20s"));
        command.addAll(List.of(arguments));
        Process process =
                new ProcessBuilder(command)
                        .redirectOutput(said.toFile())
                        .redirectError(complained.toFile())
                        .start();
        try {
            assertThat(process.waitFor(40, TimeUnit.SECONDS)).isTrue();
            return new Run(
                    process.exitValue(), Files.readAllBytes(said), Files.readString(complained));
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void takesTheFamilyThatIsAskedFor() throws Exception {
        String port = start("::1").replaceAll(".*:", "");
        String both = "udp://both:" + port;
        Run six = named(both, "-6");
        assertThat(six.exit()).as(six.err()).isZero();
        assertThat(six.complaints()).isEmpty();
        Run four = named(both, "-4");
        assertThat(four.exit()).isEqualTo(1);
        assertThat(four.complaints())
                .contains("port unreachable, nobody listens there or a firewall rejects");
        Run bound = named(both, "--bind=[::1]");
        assertThat(bound.exit()).as(bound.err()).isZero();
        Run none = named("udp://four:" + port, "-6");
        assertThat(none.exit()).isEqualTo(1);
        assertThat(none.complaints()).isEqualTo("echo-client: four has no IPv6 address\n");
    }

    @Test
    void usesThePortsOfTheLastPingOverTcp() throws Exception {
        String target = "tcp://" + start("127.0.0.1");
        int first = FreePorts.first(2);
        for (int i = 0; i < 3; i++) {
            Run run = ping(target, "-c4", "--source-ports=" + first + "+2");
            assertThat(run.exit()).as(run.err()).isZero();
            assertThat(run.out()).contains("seq=3 port=" + (first + 1) + " bytes=64");
        }
    }

    /** Longer with its headers than any packet on the loopback interface. */
    @Test
    void pointsToMtuWhenTheKernelFindsAMessageTooLong() throws Exception {
        String target = "udp://" + start("::1");
        Run run = ping(target, "-c1", "-s65507", "--dont-fragment", "--transport=epoll");
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.out()).contains("seq=0 Message too long\n", "1 sent, 0 received, 1 lost");
        assertThat(run.complaints())
                .isEqualTo(
                        ("echo-client: T: Message too long\n"
                                        + "echo-client: datagrams of 65507 bytes do not come back;"
                                        + " echo-client mtu T finds the size that does\n")
                                .replace("T", target));
        assertThat(ping(target, "-c1", "-s65507", "--transport=epoll").exit()).isZero();
    }
}
