package io.echo.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.testing.Programs;
import io.echo.testing.RunnableJar;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ctrl-C while the client waits for replies that never come, a minute each. */
@Timeout(120)
class InterruptIT {
    /** Far below the wait, and enough for a JVM on a busy machine. */
    private static final long BOUND_S = 20;

    /** Longer than the timeout, even for one that is not late yet. */
    private static final long STOP_MS = 1_600;

    @TempDir private Path directory;

    @ParameterizedTest
    @CsvSource({
        "INT, 130, ping TARGET --timeout=60s, '1 sent, 0 received, 0 lost'",
        "HUP, 129, ping TARGET --timeout=60s, '1 sent, 0 received, 0 lost'",
        "INT, 130, ping TARGET --timeout=60s -c 5, 'sent, 0 received, 0 lost'",
        "INT, 130, ping TARGET --timeout=60s -w 50, 'sent, 0 received, 0 lost'",
        "INT, 130, mtu TARGET --timeout=60s, nothing came back before it was stopped",
        "INT, 130, send TARGET hello --timeout=60s, ''",
        "INT, 130, TARGET --timeout=60s, ''",
    })
    void endsAWaitAtOnce(String signal, int exitCode, String arguments, String text)
            throws Exception {
        Path input = Files.writeString(directory.resolve("input"), "hello\n");
        Path printed = directory.resolve("printed");
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            silent.setSoTimeout(60_000);
            String target = "udp://127.0.0.1:" + silent.getLocalPort();
            List<String> command =
                    RunnableJar.brief(
                            Path.of("target", "echo-client.jar"),
                            arguments.replace("TARGET", target).split(" "));
            Process process =
                    new ProcessBuilder(Programs.interruptible(command))
                            .redirectInput(input.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(printed.toFile())
                            .start();
            try {
                silent.receive(new DatagramPacket(new byte[100], 100));
                new ProcessBuilder("kill", "-" + signal, "" + process.pid()).start().waitFor();
                assertThat(process.waitFor(BOUND_S, TimeUnit.SECONDS)).as("it ends").isTrue();
                assertThat(process.exitValue()).isEqualTo(exitCode);
                assertThat(Files.readString(printed)).contains(text);
            } finally {
                process.destroyForcibly();
            }
        }
    }

    /** Stopped for longer than its timeout, between a probe and the reply. */
    @ParameterizedTest
    @CsvSource({
        "ping TARGET -c1 --timeout=1s, this process stood still for at least ",
        "send TARGET hello --timeout=1s, hello"
    })
    void readsWhatCameWhileItStoodStill(String arguments, String text) throws Exception {
        Path printed = directory.resolve("printed");
        try (DatagramSocket peer = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            peer.setSoTimeout(60_000);
            String target = "udp://127.0.0.1:" + peer.getLocalPort();
            List<String> command =
                    RunnableJar.brief(
                            Path.of("target", "echo-client.jar"),
                            arguments.replace("TARGET", target).split(" "));
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(printed.toFile())
                            .start();
            try {
                DatagramPacket probe = new DatagramPacket(new byte[100], 100);
                peer.receive(probe);
                signal(process, "STOP");
                peer.send(probe);
                assertThat(process.waitFor(STOP_MS, TimeUnit.MILLISECONDS)).isFalse();
                signal(process, "CONT");
                assertThat(process.waitFor(BOUND_S, TimeUnit.SECONDS)).as("it ends").isTrue();
                assertThat(Files.readString(printed)).contains(text).doesNotContain("no reply");
                assertThat(process.exitValue()).isZero();
            } finally {
                process.destroyForcibly();
            }
        }
    }

    private static void signal(Process process, String name) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + name, "" + process.pid()).start();
        assertThat(kill.waitFor()).isZero();
    }
}
