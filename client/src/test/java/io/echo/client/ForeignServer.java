package io.echo.client;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.testing.FreePorts;
import java.io.File;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** An echo server that somebody else wrote, on a free port of 127.0.0.1. */
final class ForeignServer implements AutoCloseable {
    private static final long READY_NS = TimeUnit.SECONDS.toNanos(30);
    private static final byte[] KNOCK = {'?'};

    private static final String PYTHON_UDP =
            """
            import socket, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind(("127.0.0.1", int(sys.argv[1])))
            while True:
                data, address = s.recvfrom(2048)
                s.sendto(data, address)
            """;

    private static final String PYTHON_TCP =
            """
            import socket, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(("127.0.0.1", int(sys.argv[1])))
            s.listen(5)
            while True:
                connection, address = s.accept()
                connection.sendall(connection.recv(2048))
                connection.close()
            """;

    private static final String XINETD =
            """
            service echo
            {
             type = INTERNAL UNLISTED
             id = echo-%1$s
             socket_type = %1$s
             protocol = %2$s
             wait = %3$s
             cps = 1000000 1
             instances = UNLIMITED
             bind = 127.0.0.1
             user = %4$s
             port = %5$d
            }
            """;

    private final Process process;
    private final Target target;

    private ForeignServer(Process process, Target target) {
        this.process = process;
        this.target = target;
    }

    static ForeignServer socat(Protocol protocol, Path directory) throws Exception {
        int port = FreePorts.first(1);
        String command =
                (protocol == Protocol.UDP ? "UDP4-RECVFROM:" : "TCP4-LISTEN:")
                        + port
                        + ",bind=127.0.0.1,fork";
        List<String> all = new ArrayList<>(List.of("socat"));
        if (protocol == Protocol.TCP) {
            // It reads and writes in turn, and hangs on a write that its own pipe cannot take.
            all.add("-b4096");
        }
        all.addAll(List.of(command, "PIPE"));
        return start(new Target(protocol, "127.0.0.1", port), directory, all);
    }

    static ForeignServer xinetd(Protocol protocol, Path directory) throws Exception {
        int port = FreePorts.first(1);
        String user = System.getProperty("user.name");
        String services =
                "defaults\n{\n}\n"
                        + XINETD.formatted("stream", "tcp", "no", user, port)
                        + XINETD.formatted("dgram", "udp", "yes", user, port);
        Path file = Files.writeString(directory.resolve("xinetd.conf"), services);
        return start(
                new Target(protocol, "127.0.0.1", port),
                directory,
                List.of(
                        "xinetd",
                        "-dontfork",
                        "-f",
                        file.toString(),
                        "-pidfile",
                        directory.resolve("pid").toString()));
    }

    static ForeignServer python(Protocol protocol, Path directory) throws Exception {
        int port = FreePorts.first(1);
        Path file =
                Files.writeString(
                        directory.resolve("server.py"),
                        protocol == Protocol.UDP ? PYTHON_UDP : PYTHON_TCP);
        return start(
                new Target(protocol, "127.0.0.1", port),
                directory,
                List.of("python3", file.toString(), "" + port));
    }

    /** Aborts the test when a program is not installed, or fails it where all must be. */
    static void require(String program) {
        boolean present =
                Arrays.stream((System.getenv("PATH") + ":/usr/sbin").split(File.pathSeparator))
                        .anyMatch(place -> Files.isExecutable(Path.of(place, program)));
        if (!present) {
            String absent = program + " is not installed";
            if (Boolean.getBoolean("peers.required")) {
                fail(absent);
            }
            abort(absent);
        }
    }

    Target target() {
        return target;
    }

    private static ForeignServer start(Target target, Path directory, List<String> command)
            throws Exception {
        require(command.get(0));
        Path log = directory.resolve("log");
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().merge("PATH", ":/usr/sbin", String::concat);
        ForeignServer server =
                new ForeignServer(
                        builder.redirectErrorStream(true).redirectOutput(log.toFile()).start(),
                        target);
        long deadlineNs = System.nanoTime() + READY_NS;
        while (!server.answers()) {
            LockSupport.parkNanos(5_000_000);
            if (!server.process.isAlive() || System.nanoTime() - deadlineNs > 0) {
                server.close();
                fail(command + " does not answer: " + Files.readString(log));
            }
        }
        return server;
    }

    private boolean answers() throws IOException {
        InetSocketAddress address = new InetSocketAddress(target.host(), target.port());
        if (target.protocol() == Protocol.UDP) {
            try (DatagramSocket socket = new DatagramSocket()) {
                socket.connect(address); // Refused at once as long as nobody listens.
                socket.setSoTimeout(1_000);
                socket.send(new DatagramPacket(KNOCK, 1));
                socket.receive(new DatagramPacket(new byte[8], 8));
                return true;
            } catch (PortUnreachableException | SocketTimeoutException e) {
                return false;
            }
        }
        try (Socket socket = new Socket()) {
            socket.connect(address, 1_000);
            socket.setSoTimeout(1_000);
            socket.getOutputStream().write(KNOCK);
            return socket.getInputStream().read() == KNOCK[0];
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
    }
}
