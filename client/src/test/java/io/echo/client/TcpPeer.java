package io.echo.client;

import io.echo.net.Protocol;
import io.echo.net.Target;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A TCP server of known behaviour, on a free port of the loopback address. */
public final class TcpPeer implements AutoCloseable {
    /** Action on each connection, on a thread of its own; then the connection is closed. */
    public interface Behaviour {
        void accepted(Socket socket) throws IOException;
    }

    private final ServerSocket listener;
    private final Queue<Socket> open = new ConcurrentLinkedQueue<>();

    private TcpPeer(ServerSocket listener) {
        this.listener = listener;
    }

    public static TcpPeer start(Behaviour behaviour) throws IOException {
        TcpPeer peer = new TcpPeer(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        daemon(() -> peer.serve(behaviour));
        return peer;
    }

    public static TcpPeer echo() throws IOException {
        return start(socket -> socket.getInputStream().transferTo(socket.getOutputStream()));
    }

    /** Sends back the first so many bytes and ends the stream, without a reset. */
    public static TcpPeer echoFirst(int bytes) throws IOException {
        return start(
                socket -> {
                    socket.getOutputStream().write(socket.getInputStream().readNBytes(bytes));
                    socket.shutdownOutput();
                    socket.getInputStream().transferTo(OutputStream.nullOutputStream());
                });
    }

    /** Reads everything and says nothing, not even at the end. */
    public static TcpPeer mute() throws IOException {
        return start(
                socket -> {
                    socket.getInputStream().transferTo(OutputStream.nullOutputStream());
                    block(socket);
                });
    }

    public Target target() {
        return new Target(Protocol.TCP, "127.0.0.1", listener.getLocalPort());
    }

    /** Keeps the connection, and reads nothing, until the peer is closed. */
    public static void block(Socket socket) {
        synchronized (socket) {
            while (!socket.isClosed()) {
                try {
                    socket.wait();
                } catch (InterruptedException e) {
                    return;
                }
            }
        }
    }

    private void serve(Behaviour behaviour) {
        try {
            while (true) {
                Socket socket = listener.accept();
                socket.setTcpNoDelay(true);
                open.add(socket);
                daemon(
                        () -> {
                            try (socket) {
                                behaviour.accepted(socket);
                            } catch (IOException e) {
                                // the client has left, as the test wants it
                            }
                        });
            }
        } catch (IOException e) {
            // closed by the test
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "tcp-peer");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
            synchronized (socket) {
                socket.notifyAll();
            }
        }
    }
}
