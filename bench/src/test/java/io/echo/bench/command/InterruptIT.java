package io.echo.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.bench.load.OddServer;
import io.echo.testing.Programs;
import io.echo.testing.RunnableJar;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ctrl-C in each state of a run; every wait of it is for a minute and more. */
@Timeout(120)
class InterruptIT {
    private static final Path JAR = Path.of("target", "echo-bench.jar");

    /** Far below any wait, and enough for a JVM on a busy machine. */
    private static final long BOUND_S = 20;

    @TempDir private Path directory;

    private Process start(String... args) throws IOException {
        List<String> command = RunnableJar.brief(JAR.toAbsolutePath(), args);
        return new ProcessBuilder(Programs.interruptible(command))
                .redirectOutput(directory.resolve("out").toFile())
                .redirectError(directory.resolve("err").toFile())
                .start();
    }

    /** Interrupts it, and returns all that it printed. */
    private String interrupt(Process process) throws Exception {
        try {
            new ProcessBuilder("kill", "-INT", "" + process.pid()).start().waitFor();
            assertThat(process.waitFor(BOUND_S, TimeUnit.SECONDS)).as("it ends").isTrue();
            String printed =
                    Files.readString(directory.resolve("out"), StandardCharsets.UTF_8)
                            + Files.readString(directory.resolve("err"), StandardCharsets.UTF_8);
            assertThat(process.exitValue()).as(printed).isEqualTo(130);
            return printed;
        } finally {
            process.destroyForcibly();
        }
    }

    private static void await(CountDownLatch latch) throws InterruptedException {
        assertThat(latch.await(60, TimeUnit.SECONDS)).as("it comes so far").isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "load, --timeout=60s, INCOMPLETE: interrupted before anything was measured",
        "compare, --timeout=60s, interrupted after 0 of 8 complete rounds",
        "sweep, --timeout=60s, knee          none so far: interrupted before the search was done",
    })
    void whileItConnectsToABlackHole(String command, String flag, String text) throws Exception {
        // Its backlog is full, so that the kernel drops what asks to connect.
        List<SocketChannel> full = new ArrayList<>();
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket hole = new ServerSocket(0, 1, loopback)) {
            for (int i = 0; i < 8; i++) {
                SocketChannel channel = SocketChannel.open();
                channel.configureBlocking(false);
                channel.connect(new InetSocketAddress(loopback, hole.getLocalPort()));
                full.add(channel);
            }
            String target = "tcp://127.0.0.1:" + hole.getLocalPort();
            long before = asking(hole.getLocalPort());
            Process process =
                    command.equals("compare")
                            ? start(command, flag, target, target)
                            : start(command, flag, target);
            while (process.isAlive() && asking(hole.getLocalPort()) <= before) {
                LockSupport.parkNanos(5_000_000);
            }
            assertThat(interrupt(process)).contains(text);
        } finally {
            for (SocketChannel channel : full) {
                channel.close();
            }
        }
    }

    /** Counts the sockets that ask to be connected to a port, as the kernel lists them. */
    private static long asking(int port) throws IOException {
        Path list = Path.of("/proc/net/tcp");
        if (!Files.exists(list)) {
            Programs.missing("this test needs " + list);
        }
        String peer = "0100007F:%04X".formatted(port);
        return Files.readAllLines(list).stream()
                .map(line -> line.trim().split(" +"))
                .filter(words -> words[2].equals(peer) && words[3].equals("02"))
                .count();
    }

    @Test
    void inTheWarmup() throws Exception {
        CountDownLatch came = new CountDownLatch(3);
        try (OddServer silent = OddServer.udp((n, request, reply) -> came.countDown())) {
            Process process =
                    start(
                            "load",
                            silent.target().toString(),
                            "--rate=100",
                            "--warmup=60s",
                            "--timeout=60s");
            await(came);
            assertThat(interrupt(process))
                    .contains("INCOMPLETE: interrupted before anything was measured")
                    .contains("sent          0\n");
        }
    }

    @Test
    void whileItWaitsForItsStart() throws Exception {
        CountDownLatch came = new CountDownLatch(1);
        OddServer.Stream accepting =
                connection -> {
                    came.countDown();
                    connection.getInputStream().readAllBytes();
                };
        try (OddServer server = OddServer.tcp(accepting)) {
            Process process =
                    start(
                            "load",
                            server.target().toString(),
                            "--start-at=" + Instant.now().plusSeconds(600).getEpochSecond(),
                            "--timeout=60s");
            await(came);
            assertThat(interrupt(process))
                    .contains("INCOMPLETE: interrupted before anything was measured");
        }
    }

    @Test
    void whileItWaitsForLateReplies() throws Exception {
        CountDownLatch came = new CountDownLatch(5);
        try (OddServer silent = OddServer.udp((n, request, reply) -> came.countDown())) {
            Process process =
                    start(
                            "load",
                            silent.target().toString(),
                            "--rate=1k",
                            "--count=5",
                            "--warmup=0s",
                            "--timeout=60s");
            await(came);
            assertThat(interrupt(process)).contains("INCOMPLETE: interrupted");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "sweep, knee          none so far: interrupted before the search was done",
        "compare, interrupted after 0 of 8 complete rounds",
    })
    void ofSeveralRuns(String command, String text) throws Exception {
        CountDownLatch came = new CountDownLatch(3);
        OddServer.Datagrams echo =
                (n, request, reply) -> {
                    reply.send(request);
                    came.countDown();
                };
        try (OddServer server = OddServer.udp(echo)) {
            String target = server.target().toString();
            String[] run = {command, "--duration=60s", "--warmup=60s", "--timeout=60s", target};
            List<String> args = new ArrayList<>(List.of(run));
            if (command.equals("compare")) {
                args.add(target);
            }
            Process process = start(args.toArray(String[]::new));
            await(came);
            assertThat(interrupt(process)).contains(text);
        }
    }
}
