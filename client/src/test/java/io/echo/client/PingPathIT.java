package io.echo.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.testing.Await;
import io.echo.testing.Programs;
import io.echo.testing.RoutedNetwork;
import io.echo.testing.RunnableJar;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pings through a router that drops. */
@Tag("long")
@Timeout(120)
class PingPathIT {
    private static final Path JAR = Path.of("target", "echo-client.jar");
    private static final Path MARKS = Path.of("src", "test", "python", "marks.py");

    @TempDir private Path directory;
    private RoutedNetwork network;

    private record Said(int exit, String text) {}

    @BeforeEach
    void open() throws Exception {
        network = RoutedNetwork.open();
    }

    @AfterEach
    void close() {
        if (network != null) {
            network.close();
        }
    }

    /** Starts an echo in the server's network, which the network ends; returns its address. */
    private String echo(String host) throws Exception {
        Path port = directory.resolve("port");
        new ProcessBuilder(
                        network.server()
                                .command(
                                        List.of(
                                                Programs.require("python3"),
                                                MARKS.toString(),
                                                host,
                                                port.toString())))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("seen").toFile())
                .start();
        Await.until("the echo", () -> Files.exists(port));
        return (host.contains(":") ? "[" + host + "]:" : host + ":") + Files.readString(port);
    }

    private Said ping(String target, String... flags) throws Exception {
        List<String> command = RunnableJar.brief(JAR, "ping", target);
        command.addAll(List.of(flags));
        Path said = directory.resolve("said");
        Process process =
                new ProcessBuilder(network.client().command(new ArrayList<>(command)))
                        .redirectErrorStream(true)
                        .redirectOutput(said.toFile())
                        .start();
        try {
            assertThat(process.waitFor(50, TimeUnit.SECONDS)).isTrue();
            return new Said(process.exitValue(), Files.readString(said));
        } finally {
            process.destroyForcibly();
        }
    }

    /** A connected UDP socket is not told that the hops ran out. */
    @ParameterizedTest
    @ValueSource(strings = {RoutedNetwork.SERVER_4, RoutedNetwork.SERVER_6})
    void pointsToTracerouteWhenHopsRunOut(String host) throws Exception {
        String target = "udp://" + echo(host);
        Said enough = ping(target, "-c1", "--ttl=2", "--timeout=20s");
        assertThat(enough.exit()).as(enough.text()).isZero();
        Said few = ping(target, "-c2", "-i50ms", "--ttl=1", "--timeout=300ms");
        assertThat(few.exit()).isEqualTo(1);
        assertThat(few.text())
                .contains("seq=0 no reply within 300ms", "2 sent, 0 received, 2 lost")
                .contains("nothing came back with --ttl 1: traceroute tells how many hops");
    }

    @ParameterizedTest
    @ValueSource(strings = {RoutedNetwork.SERVER_4, RoutedNetwork.SERVER_6})
    void pointsToMtuWhenTheRouterSaysThatAMessageIsTooLong(String host) throws Exception {
        String target = "udp://" + echo(host);
        network.farMtu(1_300);
        Said large = ping(target, "-c3", "-i200ms", "-s1400", "--dont-fragment", "--timeout=1s");
        assertThat(large.exit()).isEqualTo(1);
        assertThat(large.text())
                .contains("seq=0 Message too long\n")
                .contains("3 sent, 0 received, 3 lost")
                .contains(
                        "echo-client: datagrams of 1400 bytes do not come back; echo-client mtu "
                                + target
                                + " finds the size that does\n");
        Said small = ping(target, "-c1", "-s1200", "--dont-fragment", "--timeout=20s");
        assertThat(small.exit()).as(small.text()).isZero();
    }

    @Test
    void pointsToMtuWhenLargeMessagesVanish() throws Exception {
        Programs.require("nft");
        String target = "udp://" + echo(RoutedNetwork.SERVER_4);
        network.farMtu(1_300);
        network.dropIcmpErrors();
        Said large = ping(target, "-c2", "-i50ms", "-s1400", "--dont-fragment", "--timeout=300ms");
        assertThat(large.exit()).isEqualTo(1);
        assertThat(large.text())
                .contains("seq=1 no reply within 300ms\n")
                .contains("datagrams of 1400 bytes do not come back; echo-client mtu " + target);
    }

    @Test
    void tellsWhichPortsGetNoReplies() throws Exception {
        Programs.require("nft");
        String target = "udp://" + echo(RoutedNetwork.SERVER_4);
        network.rule("udp sport 40003-40004 drop");
        Said said = ping(target, "-c40", "-i20ms", "--source-ports=40000+8", "--timeout=500ms");
        assertThat(said.exit()).isEqualTo(1);
        assertThat(said.text())
                .contains("seq=3 port=40003 no reply within 500ms\n")
                .contains("seq=11 port=40003 no reply within 500ms\n")
                .contains("seq=12 port=40004 no reply within 500ms\n")
                .contains("seq=13 port=40005 bytes=64 time=")
                .contains("40 sent, 30 received, 10 lost")
                .containsPattern("\n2 of 8 flows lost everything: [0-9.]+:40003, [0-9.]+:40004\\.")
                .contains(". To go on from here: mtr -u -L 40003 -P ")
                .doesNotContain("outage");
    }

    @Test
    void tellsWhichPortLosesMoreThanTheOthers() throws Exception {
        Programs.require("nft");
        String target = "udp://" + echo(RoutedNetwork.SERVER_4);
        network.rule("udp sport 40005 numgen inc mod 3 1 drop");
        String[] flags = {"-c240", "-i5ms", "-q", "--source-ports=40000+8", "--timeout=500ms"};
        Said said = ping(target, flags);
        assertThat(said.exit()).isEqualTo(1);
        assertThat(said.text())
                .containsPattern("\n1 of 8 flows loses 33\\.33 %, the others 0\\.00 %: .*:40005\n")
                .doesNotContain("outage");
    }
}
