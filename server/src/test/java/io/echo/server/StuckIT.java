package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.testing.Programs;
import io.echo.testing.RunnableJar;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The runnable jar while what it waits for does not come: a reader, a disk, a name server. */
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
class StuckIT {
    /**
     * Runs a program whose streams of these numbers are a full pipe that nobody reads; it ends with
     * an alarm if nothing else ends it.
     */
    private static final String STUCK =
            """
            import os, signal, sys
            signal.alarm(60)
            r, w = os.pipe()
            os.set_inheritable(r, True)
            os.set_blocking(w, False)
            for size in (4096, 1):
                try:
                    while True:
                        os.write(w, b'.' * size)
                except BlockingIOError:
                    pass
            os.set_blocking(w, True)
            for stream in sys.argv[1].split('+'):
                os.dup2(w, int(stream))
            os.execvp(sys.argv[2], sys.argv[2:])
            """;

    /**
     * Answers questions for an IPv4 address with 127.0.0.1 as long as a file is there, and none
     * after that; prints a line when it has kept silent.
     */
    private static final String NAME_SERVER =
            """
            import os, socket, struct, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind(('127.0.0.1', 53))
            s.settimeout(100)
            print('bound', flush=True)
            while True:
                q, client = s.recvfrom(512)
                if not os.path.exists(sys.argv[1]):
                    print('silent', flush=True)
                    continue
                end = q.index(b'\\0', 12) + 5
                ipv4 = q[end - 4:end - 2] == b'\\0\\1'
                head = q[:2] + b'\\x85\\x80' + struct.pack('>HHHH', 1, ipv4, 0, 0) + q[12:end]
                a = b'\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\0\\0\\4\\x7f\\0\\0\\1' if ipv4 else b''
                s.sendto(head + a, client)
            """;

    /** Waits for two more echoes of each protocol to itself; prints what /readyz says then. */
    private static final String AWAIT_PROBES =
            """
            import sys, time, urllib.request
            def get(page):
                with urllib.request.urlopen('http://127.0.0.1:' + sys.argv[1] + page) as answer:
                    return answer.read().decode()
            def echoes():
                series = 'echo_probes_total{protocol="%s",result="ok"} '
                page = get('/metrics')
                return [float(page.split(series % p)[1].split()[0]) for p in ('udp', 'tcp')]
            deadline = time.monotonic() + 20
            while True:
                try:
                    before = echoes()
                    break
                except OSError: # Not bound yet, or not ready.
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
            while min(now - then for now, then in zip(echoes(), before)) < 2:
                assert time.monotonic() < deadline, (before, echoes(), get('/readyz'))
                time.sleep(0.05)
            print(get('/readyz').strip())
            """;

    @TempDir private Path dir;

    /** From the first line on; the pipe is standard error, standard output, or both. */
    @ParameterizedTest
    @ValueSource(strings = {"1", "2"})
    @Tag("long")
    void servesWithOneOutputInAFullPipe(String stream) throws Exception {
        servesWatchesAndStopsWithItsOutputInAFullPipe(stream);
    }

    @ParameterizedTest
    @ValueSource(strings = "1+2")
    void servesWatchesAndStopsWithItsOutputInAFullPipe(String streams) throws Exception {
        try (Namespaces net = Namespaces.open();
                ServerProcess server = start(behind(net, stuck(streams, "--loops", "1")))) {
            assertThat(server.ready().isEmpty()).isEqualTo(streams.contains("1"));
            assertThat(net.pythonOnServer(AWAIT_PROBES, "2106")).isEqualTo("ok");
            server.terminate();
            assertThat(server.exitCode()).isZero();
            if (!streams.contains("2")) {
                assertThat(server.log()).containsPattern("stopped: [^\\n]+\\n$");
            }
        }
    }

    @Test
    void servesCountsAndStopsWithItsLogOnAFullDisk() throws Exception {
        List<String> full =
                ServerProcess.behind(
                        List.of("sh", "-c", "exec \"$@\" 2> /dev/full", "sh"),
                        ServerProcess.brief("--port", "0", "--host", "127.0.0.1"));
        try (ServerProcess server = start(full)) {
            URI metrics = URI.create("http://127.0.0.1:" + server.port("admin") + "/metrics");
            try (InputStream page = metrics.toURL().openStream()) {
                String scrape = new String(page.readAllBytes(), StandardCharsets.UTF_8);
                assertThat(Metric.value(scrape, "echo_log_dropped_total"))
                        .as("the lines of the start")
                        .isGreaterThanOrEqualTo(3);
            }
            server.terminate();
            assertThat(server.exitCode()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"1, --host=192.0.2.1", "2, --port=none"})
    void saysNoWithItsErrorsInAFullPipe(int exitCode, String argument) throws Exception {
        try (ServerProcess server = start(stuck("2", argument, "--admin-port=off"))) {
            assertThat(server.exitCode()).isEqualTo(exitCode);
        }
    }

    @Tag("long")
    @Test
    void watchesAndStopsWhileANameServerKeepsSilent() throws Exception {
        Path answers = Files.createFile(dir.resolve("answers"));
        try (Namespaces net = Namespaces.open();
                Names names = new Names(net, answers);
                ServerProcess server = start(resolving(net))) {
            Files.delete(answers);
            names.awaitLine("silent");
            String admin = String.valueOf(server.port("admin"));
            assertThat(net.pythonOnServer(AWAIT_PROBES, admin)).isEqualTo("ok");
            server.terminate();
            assertThat(server.exitCode()).isZero();
        }
    }

    @Tag("long")
    @Test
    void stopsInAStartThatWaitsForANameServer() throws Exception {
        try (Namespaces net = Namespaces.open();
                Names names = new Names(net, dir.resolve("never"))) {
            Process server =
                    new ProcessBuilder(resolving(net))
                            .redirectErrorStream(true)
                            .redirectOutput(dir.resolve("log").toFile())
                            .start();
            try {
                names.awaitLine("silent");
                server.toHandle().destroy();
                assertThat(server.waitFor(25, TimeUnit.SECONDS)).as("ends").isTrue();
                assertThat(Files.readString(dir.resolve("log")))
                        .contains("stopped by a signal before it was ready");
                assertThat(server.exitValue()).isZero();
            } finally {
                server.destroyForcibly();
            }
        }
    }

    /** A name server in the server's namespace. */
    private static final class Names implements AutoCloseable {
        private final Process process;
        private final BufferedReader lines;

        Names(Namespaces net, Path answers) throws IOException {
            List<String> python = List.of(Programs.require("python3"), "-c", NAME_SERVER);
            List<String> command = new ArrayList<>(behind(net, python));
            command.add(answers.toString());
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
            lines = process.inputReader();
            awaitLine("bound");
        }

        /** The next line, which has to be this one. */
        void awaitLine(String line) throws IOException {
            assertThat(lines.readLine()).isEqualTo(line);
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    /** A server on a name; each question for it waits half a minute for its answer. */
    private List<String> resolving(Namespaces net) throws IOException {
        Path resolver =
                Files.writeString(
                        dir.resolve("resolv.conf"),
                        "nameserver 127.0.0.1\noptions timeout:30 attempts:1\n");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "sh",
                                "-c",
                                "mount --bind $0 /etc/resolv.conf && exec \"$@\"",
                                resolver.toString()));
        command.addAll(
                ServerProcess.jar(
                        List.of(RunnableJar.BRIEF, "-Dsun.net.inetaddr.ttl=0"),
                        "--port=0",
                        "--admin-port=0",
                        "--host=echo.test"));
        return behind(net, command);
    }

    private static List<String> behind(Namespaces net, List<String> command) {
        return ServerProcess.behind(net.server(), command);
    }

    private static List<String> stuck(String streams, String... arguments) {
        return ServerProcess.behind(
                List.of(Programs.require("python3"), "-c", STUCK, streams),
                ServerProcess.brief(arguments));
    }

    private ServerProcess start(List<String> command) throws IOException {
        return ServerProcess.start(dir.resolve("log"), Map.of(), command);
    }
}
