package io.echo.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.echo.net.Transport;
import io.echo.testing.FreePorts;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The runnable jar while it starts. */
@Timeout(60)
class StartIT {
    private static final int CLIENTS = 8;
    private static final long BETWEEN_NS = 500_000;

    @TempDir private Path dir;

    /** Clients of a server that restarts connect as soon as its port is open. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void answersWhoeverConnectsFirst(Transport transport) throws Exception {
        TestServers.config(transport);
        int port = FreePorts.first(1);
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                answers.add(clients.submit(() -> firstAnswer(port)));
            }
            try (ServerProcess server =
                    ServerProcess.start(
                            dir.resolve("log"),
                            "--host=127.0.0.1",
                            "--port=" + port,
                            "--admin-port=off",
                            "--transport=" + transport)) {
                assertThat(server.ready()).isNotEmpty();
                for (Future<Integer> answer : answers) {
                    assertThat(answer.get()).isEqualTo(7);
                }
            }
        } finally {
            clients.shutdownNow();
        }
    }

    /** Connects until the port is open, and returns what the first connection answers. */
    private static int firstAnswer(int port) throws IOException {
        while (!Thread.currentThread().isInterrupted()) {
            try (Socket socket = new Socket()) {
                // From another address: from the same one a socket may reach itself.
                socket.bind(new InetSocketAddress("127.0.0.2", 0));
                socket.setSoTimeout(20_000);
                if (connects(socket, port)) {
                    socket.getOutputStream().write(7);
                    return socket.getInputStream().read();
                }
            }
            LockSupport.parkNanos(BETWEEN_NS);
        }
        return -1;
    }

    private static boolean connects(Socket socket, int port) throws IOException {
        try {
            socket.connect(new InetSocketAddress("127.0.0.1", port));
            return true;
        } catch (ConnectException e) {
            return false; // refused
        }
    }
}
