package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.testing.Programs;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The runnable jar as a service of Type=notify; docker/packages/test has a real systemd. */
@Timeout(60)
class SystemdIT {
    /** Prints each datagram as a line, with a blank for each newline in it. */
    private static final String MANAGER =
            """
            import socket, sys
            name = sys.argv[1]
            manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            manager.bind('\\0' + name[1:] if name.startswith('@') else name)
            print('bound', flush=True)
            while True:
                print(manager.recv(4096).decode().replace('\\n', ' '), flush=True)
            """;

    @TempDir private Path dir;

    @ParameterizedTest
    @CsvSource({"nio,2s", "epoll,0s", "auto,90s"})
    void tellsThatItIsReadyLivesAndStops(String transport, String timeout) throws Exception {
        try (Systemd systemd = new Systemd(dir.resolve("notify").toString());
                ServerProcess server =
                        start(systemd.name, "--transport", transport, "--drain-timeout", timeout)) {
            assertThat(systemd.next())
                    .isEqualTo("READY=1 STATUS=" + server.ready().replaceFirst("ready ", ""));
            assertThat(systemd.next()).isEqualTo("WATCHDOG=1");
            assertThat(systemd.next()).isEqualTo("WATCHDOG=1");
            server.stop();
            String last = systemd.next();
            while (last.equals("WATCHDOG=1")) {
                last = systemd.next();
            }
            int seconds = Integer.parseInt(timeout.replace("s", ""));
            assertThat(last)
                    .isEqualTo(
                            "STOPPING=1 STATUS=draining EXTEND_TIMEOUT_USEC="
                                    + (10 + seconds)
                                    + "000000");
        }
    }

    /** systemd itself uses such a name for services in containers. */
    @Test
    void reachesASocketOfAnAbstractName() throws Exception {
        try (Systemd systemd = new Systemd("@echo-" + UUID.randomUUID());
                ServerProcess server = start(systemd.name, "--admin-port", "off")) {
            assertThat(systemd.next()).startsWith("READY=1 STATUS=udp=127.0.0.1:");
            assertThat(systemd.next()).as("without an admin port").isEqualTo("WATCHDOG=1");
            server.stop();
        }
    }

    @Test
    void servesOnWhereNobodyCanBeTold() throws Exception {
        try (ServerProcess server = start(dir.resolve("nobody").toString())) {
            assertThat(server.ready()).startsWith("ready ");
            server.awaitLog("cannot tell systemd: ");
            server.stop();
            assertThat(server.log().split("cannot tell systemd", -1)).as("once").hasSize(2);
        }
        try (ServerProcess server = start("vsock:2:1234")) {
            server.awaitLog(
                    "NOTIFY_SOCKET must be a path or a name with @ in front, got vsock:2:1234");
            server.stop();
        }
    }

    @Test
    void warnsOfAWatchdogThatWouldEndALiveServer() throws Exception {
        try (Systemd systemd = new Systemd(dir.resolve("notify").toString());
                ServerProcess server =
                        ServerProcess.start(
                                dir.resolve("log"),
                                Map.of("NOTIFY_SOCKET", systemd.name, "WATCHDOG_USEC", "2000000"),
                                ServerProcess.brief("--host", "127.0.0.1", "--port", "0"))) {
            server.awaitLog("WatchdogSec must be at least 6s, got 2000000 us");
            server.stop();
        }
    }

    private ServerProcess start(String notifySocket, String... more) throws IOException {
        String[] arguments = new String[more.length + 4];
        System.arraycopy(new String[] {"--host", "127.0.0.1", "--port", "0"}, 0, arguments, 0, 4);
        System.arraycopy(more, 0, arguments, 4, more.length);
        return ServerProcess.start(
                dir.resolve("log"),
                Map.of("NOTIFY_SOCKET", notifySocket),
                ServerProcess.brief(arguments));
    }

    /** Receives as systemd does. */
    private static final class Systemd implements AutoCloseable {
        private final String name;
        private final Process process;
        private final BufferedReader told;

        Systemd(String name) throws IOException {
            this.name = name;
            process =
                    new ProcessBuilder(Programs.require("python3"), "-c", MANAGER, name)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            told = process.inputReader();
            assertThat(told.readLine()).isEqualTo("bound");
        }

        String next() throws IOException {
            return told.readLine();
        }

        @Override
        public void close() throws IOException {
            process.destroyForcibly();
            Files.deleteIfExists(Path.of(name));
        }
    }
}
