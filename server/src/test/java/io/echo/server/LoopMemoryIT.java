package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.testing.RunnableJar;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Many cores and little memory, as a container has it on a large machine. */
@Tag("long")
@Timeout(120)
class LoopMemoryIT {
    private static final String SIXTY_FOUR_CORES = "-XX:ActiveProcessorCount=64";

    @TempDir private Path dir;

    /** A heap as the image has it with 128 and 256 MiB, a quarter; direct memory is as large. */
    @ParameterizedTest
    @CsvSource({
        "NIO, 64, 32, 5", "EPOLL, 64, 32, 5", "IO_URING, 64, 32, 5",
        "NIO, 128, 64, 10", "EPOLL, 128, 64, 10", "IO_URING, 128, 64, 10",
    })
    void runsAsManyLoopsAsMemoryCarries(
            Transport transport, int cores, int heapMebibytes, int loops) throws Exception {
        List<String> jvm =
                List.of(
                        "-XX:ActiveProcessorCount=" + cores,
                        "-XX:+UseSerialGC",
                        "-Xmn4m",
                        "-Xmx" + heapMebibytes + "m");
        try (ServerProcess server = start(transport, jvm)) {
            assertThat(server.ready()).endsWith(" transport=" + transport + " loops=" + loops);
            assertThat(server.log()).contains(loops + " loops on " + cores + " cores, as direct");
            echo(server);
            server.stop();
        }
    }

    /** Runs as many loops as are asked for if their memory suffices. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void runsMoreLoopsWhenTold(Transport transport) throws Exception {
        List<String> jvm = List.of(SIXTY_FOUR_CORES, "-XX:MaxDirectMemorySize=32m");
        int most = transport == Transport.IO_URING ? 15 : 26;
        try (ServerProcess server = start(transport, jvm, "--loops", String.valueOf(most))) {
            assertThat(server.ready()).endsWith(" loops=" + most);
            echo(server);
            server.stop();
        }
        saysInOneLine(
                start(transport, jvm, "--loops", String.valueOf(most + 1)),
                "--loops must be at most "
                        + most
                        + " with 32 MiB of direct memory, got "
                        + (most + 1)
                        + ": set -XX:MaxDirectMemorySize");
    }

    /** The reserve is for datagrams. */
    @ParameterizedTest
    @EnumSource(
            value = Transport.class,
            names = {"NIO", "EPOLL"})
    void fitsMoreLoopsWithoutUdp(Transport transport) throws Exception {
        List<String> jvm = List.of("-XX:MaxDirectMemorySize=32m");
        try (ServerProcess server = start(transport, jvm, "--loops", "64", "--protocols", "tcp")) {
            assertThat(server.ready()).endsWith(" loops=64");
            echoStream(server);
            server.stop();
        }
    }

    /** Memory runs out while sockets open if Netty is told of more than there is. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    @DisabledForJreRange(
            min = JRE.JAVA_24,
            disabledReason = "Netty takes memory beside the JVM's limit there, and keeps its own")
    void namesLoopsAndMemoryWhenItRunsOutAtTheStart(Transport transport) throws Exception {
        List<String> jvm =
                List.of(
                        "-XX:MaxDirectMemorySize=4m",
                        "-Dio.netty.maxDirectMemory=67108864",
                        "-Dio.netty.noUnsafe=true");
        saysInOneLine(start(transport, jvm, "--loops", "8"), "out of memory (Cannot reserve ");
    }

    private static void saysInOneLine(ServerProcess server, String message) throws Exception {
        assertThat(server.exitCode()).isEqualTo(1);
        assertThat(server.logLines())
                .singleElement()
                .asString()
                .startsWith("echo-server: " + message);
        assertThat(server.ready()).isEmpty();
    }

    private ServerProcess start(Transport transport, List<String> jvm, String... more)
            throws IOException {
        TestServers.config(transport);
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "--port",
                                "0",
                                "--host",
                                "127.0.0.1",
                                "--transport",
                                transport.toString()));
        arguments.addAll(List.of(more));
        List<String> all = new ArrayList<>(jvm);
        all.add(RunnableJar.BRIEF);
        return ServerProcess.start(
                dir.resolve("log"),
                Map.of(),
                ServerProcess.jar(all, arguments.toArray(String[]::new)));
    }

    /** Exchanges datagrams from many ports, so that most loops get one. */
    private static void echo(ServerProcess server) throws IOException {
        InetSocketAddress address = new InetSocketAddress("127.0.0.1", server.port("udp"));
        for (int peer = 0; peer < 40; peer++) {
            try (UdpPeer udp = UdpPeer.at("127.0.0.1")) {
                udp.exchange(new byte[] {1, 2, 3}, address);
            }
            echoStream(server);
        }
    }

    private static void echoStream(ServerProcess server) throws IOException {
        try (Socket peer = new Socket("127.0.0.1", server.port("tcp"))) {
            peer.setSoTimeout(20_000);
            peer.getOutputStream().write(9);
            assertThat(peer.getInputStream().read()).isEqualTo(9);
        }
    }
}
