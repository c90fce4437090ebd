package io.echo.server.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernel's tables, read as they are on this machine. */
class SendQueuesTest {
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.1.2.3", "::1"})
    void tellsWhatThePeerHasNotAcknowledged(String address) throws Exception {
        InetAddress host = InetAddress.getByName(address);
        try (ServerSocket listener = new ServerSocket()) {
            listener.setReceiveBufferSize(4096);
            listener.bind(new InetSocketAddress(host, 0));
            try (Socket sender = new Socket(host, listener.getLocalPort());
                    Socket reader = listener.accept()) {
                sender.setSendBufferSize(1 << 20);
                assertThat(queue(sender)).isZero();
                sender.getOutputStream().write(new byte[200_000]);
                long waiting = queue(sender);
                assertThat(waiting).isBetween(100_000L, 200_000L);
                assertThat(queue(reader)).isZero();
                reader.getInputStream().readNBytes(200_000);
                while (queue(sender) > 0) {
                    Thread.onSpinWait(); // The last acknowledgement may come a moment later.
                }
                sender.shutdownOutput();
                while (queue(sender) > 0) {
                    Thread.onSpinWait();
                }
            }
        }
    }

    @Test
    void findsEachOfManyConnections() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 500, InetAddress.getByName("127.0.0.1"))) {
            List<Socket> open = new ArrayList<>();
            try {
                for (int i = 0; i < 300; i++) {
                    open.add(new Socket(listener.getInetAddress(), listener.getLocalPort()));
                    open.add(listener.accept());
                }
                Map<SendQueues.Ends, Long> told = read(listener.getLocalPort());
                for (int i = 1; i < open.size(); i += 2) {
                    assertThat(told).containsEntry(ends(open.get(i)), 0L);
                }
                assertThat(told.keySet())
                        .allMatch(ends -> ends.localPort() == listener.getLocalPort());
            } finally {
                for (Socket socket : open) {
                    socket.close();
                }
            }
        }
    }

    private static long queue(Socket socket) throws IOException {
        return read(socket.getLocalPort()).get(ends(socket));
    }

    private static SendQueues.Ends ends(Socket socket) {
        return SendQueues.Ends.of(
                (InetSocketAddress) socket.getLocalSocketAddress(),
                (InetSocketAddress) socket.getRemoteSocketAddress());
    }

    private static Map<SendQueues.Ends, Long> read(int port) throws IOException {
        Map<SendQueues.Ends, Long> told = new HashMap<>();
        try (SendQueues queues = new SendQueues()) {
            queues.read(p -> p == port, told::put);
            queues.read(p -> p == port, told::put); // A second reading begins anew.
        }
        return told;
    }
}
