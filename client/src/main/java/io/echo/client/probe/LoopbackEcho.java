package io.echo.client.probe;

import io.echo.net.Protocol;
import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * A private echo in this process, on a free port of loopback, for probes that warm up the JVM. It
 * serves datagrams of anybody, or one connection, on a thread of its own until it is closed.
 */
public final class LoopbackEcho implements AutoCloseable {
    private final Closeable socket;
    private final InetSocketAddress address;

    private LoopbackEcho(Closeable socket, int port) {
        this.socket = socket;
        this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /**
     * Starts to serve.
     *
     * @throws IOException when there is no loopback, or no descriptor left
     */
    public static LoopbackEcho start(Protocol protocol) throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        if (protocol == Protocol.UDP) {
            DatagramSocket socket = new DatagramSocket(0, loopback);
            start(() -> serve(socket));
            return new LoopbackEcho(socket, socket.getLocalPort());
        }
        ServerSocket listener = new ServerSocket(0, 1, loopback);
        start(() -> serve(listener));
        return new LoopbackEcho(listener, listener.getLocalPort());
    }

    /** Returns where it serves. */
    public InetSocketAddress address() {
        return address;
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "echo-warmup");
        thread.setDaemon(true);
        thread.start();
    }

    private static void serve(DatagramSocket socket) {
        DatagramPacket packet = new DatagramPacket(new byte[Probe.MAX_BYTES], Probe.MAX_BYTES);
        try {
            while (true) {
                packet.setLength(Probe.MAX_BYTES);
                socket.receive(packet);
                socket.send(packet);
            }
        } catch (IOException e) {
            socket.close(); // the warm-up has ended
        }
    }

    private static void serve(ServerSocket listener) {
        try (Socket peer = listener.accept()) {
            peer.setTcpNoDelay(true);
            peer.getInputStream().transferTo(peer.getOutputStream());
        } catch (IOException e) {
            // The warm-up has ended.
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
