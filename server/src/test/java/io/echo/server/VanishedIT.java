package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.server.metrics.Counter;
import io.echo.testing.Await;
import io.echo.testing.Programs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Peers whose address goes away under them: no end and no reset ever comes, nor an answer to
 * anything. The runnable jar in a network namespace; needs root and iproute2.
 */
@Tag("long")
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
class VanishedIT {
    /**
     * Holds three connections: one that has sent a byte and had it back, one that has finished
     * sending and one that has not, both of which read nothing of what waits for them.
     */
    private static final String HOLD =
            """
            import re, socket, sys, time, urllib.request

            def connect():
                s = socket.socket()
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                s.settimeout(20)
                s.connect(('10.1.0.1', int(sys.argv[1])))
                return s

            page = b''

            def pending():
                global page
                known = page
                while page == known: # One page may be given out for 100 ms.
                    url = 'http://10.1.0.1:%s/metrics' % sys.argv[2]
                    page = urllib.request.urlopen(url).read()
                    time.sleep(0.01)
                return float(re.search(rb'echo_tcp_bytes_pending ([0-9].*)', page)[1])

            def fill(s):
                before = pending()
                stuck = 0
                while stuck < 3:
                    if stuck == 0:
                        s.send(bytes(16384))
                    stuck = stuck + 1 if pending() > before else 0

            finished, stalled = connect(), connect()
            fill(finished)
            finished.shutdown(socket.SHUT_WR)
            fill(stalled)
            idle = connect()
            idle.send(b'x')
            assert idle.recv(9) == b'x'
            print('held', flush=True)
            sys.stdin.read()
            """;

    @TempDir private Path dir;

    @ParameterizedTest
    @EnumSource(Transport.class)
    void endsThemByTheTimeoutOfWhatTheyDidLast(Transport transport) throws Exception {
        TestServers.config(transport);
        try (Namespaces net = Namespaces.open()) {
            net.onServer("address add 10.1.0.1/24 dev s0");
            net.onClient("address add 10.1.0.9/24 dev c0");
            try (ServerProcess server =
                    ServerProcess.start(
                            dir.resolve("log"),
                            net,
                            "--host",
                            "10.1.0.1",
                            "--port",
                            "0",
                            "--admin-host",
                            "10.1.0.1",
                            "--transport",
                            transport.toString(),
                            "--idle-timeout",
                            "10s",
                            "--stall-timeout",
                            "10s",
                            "--half-closed-timeout",
                            "10s")) {
                int before = server.descriptors();
                Process peers = hold(net, server);
                try {
                    assertThat(keepAliveTimers(net, server))
                            .as("seconds to the kernel's question")
                            .isNotEmpty()
                            .allMatch(seconds -> seconds <= 60);
                    net.onClient("address del 10.1.0.9/24 dev c0");
                    awaitNoneOpen(net, server);
                } finally {
                    peers.destroyForcibly();
                }
                Await.until("nothing is held", () -> server.descriptors() <= before);
                Map<Counter, Long> totals = server.stop();
                assertThat(totals)
                        .containsEntry(Counter.TCP_CLOSED_IDLE, 1L)
                        .containsEntry(Counter.TCP_CLOSED_STALLED, 1L)
                        .containsEntry(Counter.TCP_CLOSED_HALF_CLOSED, 1L);
                TestServers.assertConserved(totals);
            }
        }
    }

    private static Process hold(Namespaces net, ServerProcess server) throws Exception {
        Process peers =
                new ProcessBuilder(
                                ServerProcess.behind(
                                        net.client(),
                                        List.of(
                                                Programs.require("python3"),
                                                "-c",
                                                HOLD,
                                                String.valueOf(server.port("tcp")),
                                                String.valueOf(server.port("admin")))))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        String said = peers.inputReader().readLine();
        if (!"held".equals(said)) {
            peers.destroyForcibly();
            throw new AssertionError("not held: " + said);
        }
        return peers;
    }

    /** Asks from beside the server, since the peers' side has no address by then. */
    private static void awaitNoneOpen(Namespaces net, ServerProcess server) throws IOException {
        onServer(
                net,
                "python3",
                "-c",
                """
                import re, sys, time, urllib.request
                while True:
                    page = urllib.request.urlopen(sys.argv[1]).read()
                    if float(re.search(rb'echo_tcp_connections_open ([0-9].*)', page)[1]) == 0:
                        break
                    time.sleep(0.1)
                """,
                "http://10.1.0.1:" + server.port("admin") + "/metrics");
    }

    /**
     * Returns the timers of connections on which nothing waits to be acknowledged, in seconds: the
     * sixth column of {@code /proc/net/tcp} is then 02 and the time in hundredths of a second, in
     * hexadecimal. An IPv4 connection of an IPv6 socket stands in {@code tcp6}.
     */
    private static List<Long> keepAliveTimers(Namespaces net, ServerProcess server)
            throws IOException {
        String local = String.format("0100010A:%04X", server.port("tcp"));
        return onServer(net, "cat", "/proc/net/tcp", "/proc/net/tcp6")
                .lines()
                .map(line -> line.strip().split("\\s+"))
                .filter(columns -> columns[1].endsWith(local) && columns[5].startsWith("02:"))
                .map(
                        columns ->
                                TimeUnit.MILLISECONDS.toSeconds(
                                        10 * Long.parseLong(columns[5].substring(3), 16)))
                .toList();
    }

    private static String onServer(Namespaces net, String... command) throws IOException {
        Peers.Result result =
                Peers.run(
                        new byte[0],
                        ServerProcess.behind(net.server(), List.of(command))
                                .toArray(String[]::new));
        assertThat(result.exitCode()).as(result.err()).isZero();
        return new String(result.out());
    }
}
