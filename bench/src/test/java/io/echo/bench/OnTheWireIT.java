package io.echo.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.echo.testing.Programs;
import io.echo.testing.RunnableJar;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** DSCP and don't-fragment in the packets of a load, captured in a network of its own. */
@Tag("long")
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class OnTheWireIT {
    private static final Path JAR = Path.of("target", "echo-bench.jar");
    private static final Path PROHIBIT = Path.of("src", "test", "python", "prohibit.py");
    private static final Path WIRE = Path.of("src", "test", "python", "wire.py");

    /** The first JDK whose datagram channels have the option. */
    private static final int FORBIDS_FRAGMENTS = 19;

    /** Runs a command in its own network, whose loopback has the MTU of Ethernet. */
    private static final List<String> ALONE =
            List.of(
                    "sh",
                    "-c",
                    "[ $(id -u) = 0 ] || map=--map-root-user; exec unshare $map --net sh -c"
                            + " 'ip link set lo up mtu 1500 && exec \"$@\"' sh \"$@\"",
                    "sh");

    @TempDir private Path directory;

    private record Seen(int exitCode, String said, List<String> packets) {}

    @BeforeAll
    static void requireAWire() throws Exception {
        Programs.require("unshare");
        Programs.require("ip");
        Programs.require("python3");
        List<String> command = new ArrayList<>(ALONE);
        command.add("true");
        if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
            Programs.missing("this test needs a network namespace, which it may not make");
        }
    }

    static Stream<Arguments> everyWay() {
        return Stream.of(Transport.values())
                .flatMap(transport -> hosts().map(host -> Arguments.of(transport, host)));
    }

    private static Stream<String> hosts() {
        return Files.exists(Path.of("/proc/net/if_inet6"))
                ? Stream.of("127.0.0.1", "::1")
                : Stream.of("127.0.0.1");
    }

    /** Linux forbids to fragment on the way what fits here, and fragments here what does not. */
    @ParameterizedTest
    @MethodSource("everyWay")
    @Tag("long")
    void leavesDatagramsAsTheKernelSendsThem(Transport transport, String host) throws Exception {
        Seen seen = load(Protocol.UDP, transport, host);
        assertThat(seen.exitCode()).as(seen.said()).isZero();
        assertThat(seen.said()).containsPattern("received +4");
        assertThat(seen.packets())
                .containsExactlyInAnyOrderElementsOf(
                        twice(host, "tos=00 df=1 mf=0", "tos=00 df=0 mf=1"));
    }

    @ParameterizedTest
    @MethodSource("everyWay")
    void marksDatagrams(Transport transport, String host) throws Exception {
        Seen seen = load(Protocol.UDP, transport, host, "--dscp=46");
        assertThat(seen.exitCode()).as(seen.said()).isZero();
        assertThat(seen.said()).contains("though large ones go in fragments");
        assertThat(seen.packets())
                .containsExactlyInAnyOrderElementsOf(
                        twice(host, "tos=b8 df=1 mf=0", "tos=b8 df=0 mf=1"));
    }

    @Tag("long")
    @ParameterizedTest
    @MethodSource("everyWay")
    void losesADatagramRatherThanFragmentIt(Transport transport, String host) throws Exception {
        Seen seen = load(Protocol.UDP, transport, host, "--dscp=46", "--dont-fragment");
        if (transport == Transport.NIO && Runtime.version().feature() < FORBIDS_FRAGMENTS) {
            assertThat(seen.exitCode()).isEqualTo(1);
            assertThat(seen.said())
                    .startsWith("echo-bench: --dont-fragment is not available for udp over")
                    .endsWith("; use --transport epoll\n");
            assertThat(seen.packets()).isEmpty();
            return;
        }
        assertThat(seen.exitCode()).as(seen.said()).isEqualTo(4);
        assertThat(seen.said())
                .containsPattern("received +2,")
                .containsPattern("lost +2 ")
                .contains("Message too long; echo-client mtu finds the size that passes")
                .contains("NOT VALID: the generator could not send 2 of 4 probes");
        assertThat(seen.packets())
                .containsExactlyInAnyOrderElementsOf(twice(host, "tos=b8 df=1 mf=0"));
        Seen paced = load(Protocol.UDP, transport, host, "--rate=10", "--dont-fragment");
        assertThat(paced.exitCode()).as(paced.said()).isEqualTo(4);
        assertThat(paced.said())
                .contains("NOT VALID: the generator")
                .contains("; 2 could not leave");
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void losesWhatAFirewallOnTheWayRefuses(Transport transport) throws Exception {
        List<String> command = new ArrayList<>(ALONE);
        command.addAll(List.of("python3", PROHIBIT.toString(), "2105", "5"));
        command.addAll(RunnableJar.brief(JAR, "load"));
        command.addAll(
                List.of(
                        "udp://127.0.0.1",
                        "--rate=50",
                        "--count=50",
                        "--warmup=0s",
                        "--timeout=500ms",
                        "--max-lateness=5s",
                        "--max-loss=1%",
                        "--transport=" + transport));
        Seen seen = run(command);
        assertThat(seen.said())
                .containsPattern("(?m)^sent +50$")
                .containsPattern("(?m)^lost +10 ")
                .contains("LIMIT MISSED: loss is 20.0000 %");
        assertThat(seen.exitCode()).as(seen.said()).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void saysThatThereIsNoRoute(Protocol protocol) throws Exception {
        List<String> command = new ArrayList<>(ALONE);
        command.addAll(RunnableJar.brief(JAR, "load"));
        command.addAll(List.of(protocol + "://10.255.255.1", "--transport=epoll"));
        Seen seen = run(command);
        assertThat(seen.exitCode()).isEqualTo(1);
        // Netty tells the two apart for some calls alone.
        assertThat(seen.said())
                .containsPattern("10\\.255\\.255\\.1:2105: (host or )?network unreachable\n$");
    }

    @ParameterizedTest
    @MethodSource("everyWay")
    @Tag("long")
    void leavesStreamsUnmarked(Transport transport, String host) throws Exception {
        Seen plain = load(Protocol.TCP, transport, host);
        assertThat(plain.exitCode()).as(plain.said()).isZero();
        assertThat(plain.packets()).isNotEmpty().allMatch(packet -> packet.startsWith("tos=00"));
    }

    /** All packets, from the SYN on. */
    @ParameterizedTest
    @MethodSource("everyWay")
    void marksStreams(Transport transport, String host) throws Exception {
        Seen marked = load(Protocol.TCP, transport, host, "--dscp=46");
        assertThat(marked.exitCode()).as(marked.said()).isZero();
        assertThat(marked.packets()).isNotEmpty().allMatch(packet -> packet.startsWith("tos=b8"));
    }

    /** Each of these twice, as they look at this address: only IPv4 has the bit. */
    private static List<String> twice(String host, String... packets) {
        return Stream.of(packets)
                .map(packet -> host.contains(":") ? packet.replaceAll(" df=.", "") : packet)
                .flatMap(packet -> Stream.of(packet, packet))
                .toList();
    }

    /** Two probes that fit in a packet, and two that do not. */
    private Seen load(Protocol protocol, Transport transport, String host, String... flags)
            throws Exception {
        Path packets = directory.resolve("packets");
        List<String> command = new ArrayList<>(ALONE);
        command.addAll(List.of("python3", WIRE.toString(), host, packets.toString()));
        command.addAll(RunnableJar.brief(JAR, "load"));
        command.add(new Target(protocol, host, Target.DEFAULT_PORT).toString());
        command.addAll(List.of("--count=4", "--size=64,3000", "--warmup=0s", "--timeout=1s"));
        command.add("--transport=" + transport);
        command.addAll(List.of(flags));
        Seen seen = run(command);
        return new Seen(seen.exitCode(), seen.said(), Files.readAllLines(packets));
    }

    private Seen run(List<String> command) throws Exception {
        Path said = directory.resolve("said");
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(said.toFile())
                        .start();
        try {
            assertThat(process.waitFor(50, TimeUnit.SECONDS)).isTrue();
            return new Seen(process.exitValue(), Files.readString(said), List.of());
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
