package io.echo.bench.load;

import io.echo.net.Protocol;
import io.echo.net.Target;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;

/** A server of known behaviour in plain java.net, which shares no code with what is tested. */
public final class OddServer implements AutoCloseable {
    /** Sends one datagram back to where the request came from. */
    public interface Reply {
        void send(byte[] bytes) throws IOException;
    }

    /** Handles request {@code n} of a datagram server, from 0. */
    public interface Datagrams {
        void answer(long n, byte[] request, Reply reply) throws IOException;
    }

    /** Handles a connection of a stream server, which is closed afterwards. */
    public interface Stream {
        void serve(Socket connection) throws IOException;
    }

    private final AutoCloseable socket;
    private final Target target;

    private OddServer(AutoCloseable socket, Target target) {
        this.socket = socket;
        this.target = target;
    }

    public static OddServer udp(Datagrams behaviour) throws IOException {
        DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        socket.setReceiveBufferSize(4 << 20);
        start(
                () -> {
                    byte[] buffer = new byte[65_535];
                    for (long n = 0; ; n++) {
                        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                        socket.receive(packet);
                        InetSocketAddress from = (InetSocketAddress) packet.getSocketAddress();
                        behaviour.answer(
                                n,
                                Arrays.copyOf(buffer, packet.getLength()),
                                bytes ->
                                        socket.send(new DatagramPacket(bytes, bytes.length, from)));
                    }
                });
        return new OddServer(socket, new Target(Protocol.UDP, "127.0.0.1", socket.getLocalPort()));
    }

    public static OddServer tcp(Stream behaviour) throws IOException {
        ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(
                () -> {
                    while (true) {
                        Socket connection = socket.accept();
                        connection.setTcpNoDelay(true);
                        start(
                                () -> {
                                    try (connection) {
                                        behaviour.serve(connection);
                                    }
                                });
                    }
                });
        return new OddServer(socket, new Target(Protocol.TCP, "127.0.0.1", socket.getLocalPort()));
    }

    public Target target() {
        return target;
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** A server thread's work; ends with an exception when its socket is closed, or before. */
    private interface Work {
        void run() throws IOException;
    }

    private static void start(Work work) {
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                work.run();
                            } catch (IOException | UncheckedIOException e) {
                                // Closed: the test is over, or the peer has gone.
                            }
                        },
                        "odd-server");
        thread.setDaemon(true);
        thread.start();
    }
}
