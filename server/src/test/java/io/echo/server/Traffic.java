package io.echo.server;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Datagrams and the bytes of a stream, there and back, some thousand times a second at most. */
public final class Traffic implements AutoCloseable {
    private static final int AT_ONCE = 10;
    private static final int EVERY_MILLIS = 5;

    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final InetSocketAddress server;
    private final DatagramSocket datagrams;
    private final Socket stream;

    /** Begins, at a server that has one port for both protocols. */
    public Traffic(int port) throws IOException {
        server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        datagrams = new DatagramSocket(0, server.getAddress());
        datagrams.setSoTimeout(20_000);
        stream = new Socket(server.getAddress(), port);
        stream.setSoTimeout(20_000);
        clock.scheduleWithFixedDelay(this::exchange, 0, EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Sends so many datagrams from an address of its own; no answer is waited for. */
    public static void sendFrom(String address, int port, int count) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getByName(address))) {
            InetSocketAddress to = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            for (int i = 0; i < count; i++) {
                socket.send(new DatagramPacket(new byte[10], 10, to));
            }
        }
    }

    private void exchange() {
        byte[] bytes = new byte[100];
        try {
            for (int i = 0; i < AT_ONCE; i++) {
                datagrams.send(new DatagramPacket(bytes, bytes.length, server));
                datagrams.receive(new DatagramPacket(bytes, bytes.length));
                stream.getOutputStream().write(bytes);
                stream.getInputStream().readNBytes(bytes.length);
            }
        } catch (IOException e) {
            clock.shutdown(); // The server or the test is over.
        }
    }

    @Override
    public void close() throws IOException {
        clock.shutdownNow();
        datagrams.close();
        stream.close();
    }
}
