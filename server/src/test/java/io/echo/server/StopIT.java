package io.echo.server;

import static io.echo.server.TcpPeers.exchange;
import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.metrics.Counter;
import io.echo.testing.Programs;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Signals to the runnable jar. */
@Timeout(120)
class StopIT {
    @TempDir private Path dir;

    /** With streams in flight the first signal drains; it exits with 0 and loses nothing. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void losesNoByteOfTwoHundredStreamsAtSigterm(Transport transport) throws Exception {
        TestServers.config(transport);
        try (ServerProcess server =
                start("--transport", transport.toString(), "--drain-timeout", "60s")) {
            InetSocketAddress address = new InetSocketAddress("127.0.0.1", server.port("tcp"));
            try (Streams streams = new Streams(address, 200, 256 << 10)) {
                Thread stop =
                        new Thread(
                                () -> {
                                    while (streams.received() < 1 << 20) {
                                        LockSupport.parkNanos(100_000);
                                    }
                                    server.terminate();
                                });
                stop.setDaemon(true);
                stop.start();
                streams.run();
                stop.join();
            }
            assertThat(server.exitCode()).isZero();
            assertThat(server.totals())
                    .containsEntry(Counter.TCP_ECHOED_BYTES, 200L * (256 << 10))
                    .containsEntry(Counter.TCP_CLOSED_PEER, 200L)
                    .doesNotContainKey(Counter.TCP_DROPPED_CLOSED);
            TestServers.assertConserved(server.totals());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM", "HUP"})
    void endsBesideAnIdleNetcatWithoutWaitingForTheDeadline(String signal) throws Exception {
        try (ServerProcess server = start("--drain-timeout", "1h")) {
            Process nc =
                    new ProcessBuilder(
                                    Programs.require("nc"),
                                    "127.0.0.1",
                                    String.valueOf(server.port("tcp")))
                            .start();
            try {
                nc.getOutputStream().write(new byte[] {'h', 'i', '\n'});
                nc.getOutputStream().flush();
                assertThat(nc.getInputStream().readNBytes(3)).asString().isEqualTo("hi\n");
                send(signal, server);
                assertThat(server.exitCode()).isZero();
            } finally {
                nc.destroyForcibly();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM", "HUP"})
    void stopsAtOnceAtTheSecondSignal(String second) throws Exception {
        try (ServerProcess server = start("--drain-delay", "1h");
                Socket peer = new Socket("127.0.0.1", server.port("tcp"))) {
            server.terminate();
            server.awaitLog("stopping");
            peer.setSoTimeout(20_000);
            peer.getOutputStream().write(7);
            assertThat(peer.getInputStream().read()).as("still served").isEqualTo(7);
            send(second, server);
            assertThat(server.exitCode()).isZero();
        }
    }

    /** A terminal that closes ends no server that was told to stay. */
    @Test
    void staysUnderNohup() throws Exception {
        try (ServerProcess server =
                ServerProcess.start(
                        dir.resolve("log"),
                        Map.of(),
                        ServerProcess.behind(
                                List.of(Programs.require("nohup")),
                                ServerProcess.brief("--port", "0", "--host", "127.0.0.1")))) {
            assertThat(Files.readString(Path.of("/proc/" + server.pid() + "/status")))
                    .as("SIGHUP, the first signal, is ignored")
                    .containsPattern("SigIgn:\\s[0-9a-f]*[13579bdf]\n");
            send("HUP", server);
            server.stop();
        }
    }

    private ServerProcess start(String... more) throws IOException {
        String[] arguments = new String[4 + more.length];
        System.arraycopy(new String[] {"--port", "0", "--host", "127.0.0.1"}, 0, arguments, 0, 4);
        System.arraycopy(more, 0, arguments, 4, more.length);
        return ServerProcess.start(
                dir.resolve("log"),
                Map.of(),
                Programs.interruptible(ServerProcess.brief(arguments)));
    }

    /**
     * Paused for longer than the timeout, it looks at the clock first: that is not their silence.
     */
    @Tag("long")
    @ParameterizedTest
    @EnumSource(Transport.class)
    void answersWhatCameWhileItWasPaused(Transport transport) throws Exception {
        TestServers.config(transport);
        List<Socket> peers = new ArrayList<>();
        try (ServerProcess server =
                start("--transport", transport.toString(), "--idle-timeout", "1s")) {
            for (int i = 0; i < 200; i++) {
                Socket peer = new Socket("127.0.0.1", server.port("tcp"));
                peer.setSoTimeout(20_000);
                peers.add(peer);
                exchange(peer);
            }
            send("STOP", server);
            for (Socket peer : peers) {
                peer.getOutputStream().write(7);
            }
            Drain.pause(TimeUnit.MILLISECONDS.toNanos(2_500));
            send("CONT", server);
            for (Socket peer : peers) {
                assertThat(peer.getInputStream().read()).isEqualTo(7);
            }
        } finally {
            for (Socket peer : peers) {
                peer.close();
            }
        }
    }

    private static void send(String signal, ServerProcess server) throws IOException {
        Peers.run(new byte[0], "sh", "-c", "kill -" + signal + " " + server.pid());
    }
}
