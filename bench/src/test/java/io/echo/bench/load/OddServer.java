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
import java.util.HashMap;
import java.util.Map;

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

    /** Handles a request by the flow on which it came. */
    public interface Flows {
        /** Called for each request, with the number of its flow, from 0 in the order of arrival. */
        void answer(int flow, long n, byte[] request, Reply reply) throws IOException;
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
        return udpFlows((flow, n, request, reply) -> behaviour.answer(n, request, reply));
    }

    public static OddServer udpFlows(Flows behaviour) throws IOException {
        Map<InetSocketAddress, Integer> flows = new HashMap<>();
        DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        socket.setReceiveBufferSize(4 << 20);
        start(
                () -> {
                    byte[] buffer = new byte[65_535];
                    for (long n = 0; ; n++) {
                        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                        socket.receive(packet);
                        InetSocketAddress from = (InetSocketAddress) packet.getSocketAddress();
                        Integer flow = flows.putIfAbsent(from, flows.size());
                        behaviour.answer(
                                flow == null ? flows.size() - 1 : flow,
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
