package io.echo.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The ping against echo servers that others wrote. */
@Timeout(30)
class ForeignServersTest {
    private static final long READY_NS = Duration.ofSeconds(10).toNanos();
    private static final byte[] KNOCK = {'?'};

    @TempDir private Path directory;

    private int port;
    private Process server;

    /** Starts a program, which is named when it is not there. */
    private void start(String... command) throws IOException {
        boolean present =
                Arrays.stream((System.getenv("PATH") + ":/usr/sbin").split(File.pathSeparator))
                        .anyMatch(place -> Files.isExecutable(Path.of(place, command[0])));
        if (!present) {
            String absent = command[0] + " is not installed";
            if (Boolean.getBoolean("peers.required")) {
                fail(absent);
            }
            abort(absent);
        }
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().merge("PATH", ":/usr/sbin", String::concat);
        server =
                builder.redirectErrorStream(true)
                        .redirectOutput(directory.resolve("log").toFile())
                        .start();
    }

    /** A port that is free on both protocols for the moment. */
    private void choosePort() throws IOException {
        try (ServerSocket tcp = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                DatagramSocket udp =
                        new DatagramSocket(tcp.getLocalPort(), InetAddress.getLoopbackAddress())) {
            port = udp.getLocalPort();
        }
    }

    private void awaitUdp() throws IOException {
        long deadlineNs = System.nanoTime() + READY_NS;
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(50);
            InetSocketAddress to = new InetSocketAddress("127.0.0.1", port);
            while (System.nanoTime() - deadlineNs < 0) {
                socket.send(new DatagramPacket(KNOCK, 1, to));
                try {
                    socket.receive(new DatagramPacket(new byte[8], 8));
                    return;
                } catch (SocketTimeoutException e) {
                    // Not ready: knock again.
                }
            }
        }
        fail(Files.readString(directory.resolve("log")));
    }

    private void awaitTcp() throws IOException {
        long deadlineNs = System.nanoTime() + READY_NS;
        while (System.nanoTime() - deadlineNs < 0) {
            try (Socket socket = new Socket("127.0.0.1", port)) {
                socket.setSoTimeout(500);
                socket.getOutputStream().write(KNOCK);
                if (socket.getInputStream().read() == KNOCK[0]) {
                    return;
                }
            } catch (IOException e) {
                Thread.onSpinWait(); // not ready: knock again
            }
        }
        fail(Files.readString(directory.resolve("log")));
    }

    private String ping(String scheme, String... flags) throws Exception {
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ByteArrayOutputStream err = new ByteArrayOutputStream();
            PingCommand command =
                    new PingCommand(
                            new PrintStream(out, true, StandardCharsets.UTF_8),
                            new PrintStream(err, true, StandardCharsets.UTF_8),
                            CompletableFuture::new);
            CommandLine line = new CommandLine(command);
            String[] all = Arrays.copyOf(flags, flags.length + 1);
            all[flags.length] = scheme + "://127.0.0.1:" + port;
            line.parseArgs(all);
            return "exit " + command.call() + "\n" + out.toString(StandardCharsets.UTF_8) + err;
        } finally {
            server.destroy();
            server.waitFor(10, TimeUnit.SECONDS);
        }
    }

    private static void assertAllReceived(String output) {
        assertThat(output)
                .startsWith("exit 0\n")
                .contains("20 sent, 20 received, 0 lost, 0 late, 0 duplicated, 0 corrupted");
    }

    @Test
    void socatOverUdp() throws Exception {
        choosePort();
        start("socat", "-T5", "UDP4-LISTEN:" + port + ",bind=127.0.0.1,fork", "PIPE");
        awaitUdp();
        assertAllReceived(ping("udp", "-c20", "-i2ms", "-s1000"));
    }

    @Test
    void socatOverTcp() throws Exception {
        choosePort();
        start("socat", "TCP4-LISTEN:" + port + ",bind=127.0.0.1,reuseaddr,fork", "PIPE");
        awaitTcp();
        assertAllReceived(ping("tcp", "-c20", "-i2ms", "-s1000"));
    }

    private void startXinetd() throws IOException {
        choosePort();
        StringBuilder services = new StringBuilder("defaults\n{\n}\n");
        for (String kind : new String[] {"stream tcp no", "dgram udp yes"}) {
            String[] part = kind.split(" ");
            services.append("service echo\n{\n type = INTERNAL UNLISTED\n id = echo-")
                    .append(part[0])
                    .append("\n socket_type = ")
                    .append(part[0])
                    .append("\n protocol = ")
                    .append(part[1])
                    .append("\n wait = ")
                    .append(part[2])
                    .append("\n bind = 127.0.0.1\n user = ")
                    .append(System.getProperty("user.name"))
                    .append("\n disable = no\n port = ")
                    .append(port)
                    .append("\n}\n");
        }
        Path file = Files.writeString(directory.resolve("xinetd.conf"), services);
        String pid = directory.resolve("pid").toString();
        start("xinetd", "-dontfork", "-f", file.toString(), "-pidfile", pid);
    }

    @Test
    void xinetdOverUdp() throws Exception {
        startXinetd();
        awaitUdp();
        assertAllReceived(ping("udp", "-c20", "-i2ms"));
    }

    @Test
    void xinetdOverTcp() throws Exception {
        startXinetd();
        awaitTcp();
        assertAllReceived(ping("tcp", "-c20", "-i2ms"));
    }

    private void startPython(String program) throws IOException {
        choosePort();
        Path file = Files.writeString(directory.resolve("server.py"), program.strip() + "\n");
        start("python3", file.toString(), String.valueOf(port));
    }

    @Test
    void tenLinesOfPythonOverUdp() throws Exception {
        startPython(
                """
                import socket, sys
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                s.bind(("127.0.0.1", int(sys.argv[1])))
                while True:
                    data, address = s.recvfrom(2048)
                    s.sendto(data, address)
                """);
        awaitUdp();
        assertAllReceived(ping("udp", "-c20", "-i2ms"));
    }

    @Test
    void tenLinesOfPythonOverTcpCloseAfterOneReply() throws Exception {
        startPython(
                """
                import socket, sys
                s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind(("127.0.0.1", int(sys.argv[1])))
                s.listen(5)
                while True:
                    connection, address = s.accept()
                    connection.send(connection.recv(2048))
                    connection.close()
                """);
        awaitTcp();
        assertThat(ping("tcp", "-c5", "-i200ms"))
                .startsWith("exit 1\n")
                .contains("1 sent, 1 received, 0 lost")
                .contains("must keep the connection open, got closed by the peer after message 1");
    }
}
