package io.echo.testing;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Finds ports that nothing has, one after the other. */
public final class FreePorts {
    private FreePorts() {}

    /** Returns the first of so many ports that are free over UDP and TCP, on every address. */
    public static int first(int count) throws IOException {
        while (true) {
            int first;
            try (DatagramSocket any = new DatagramSocket()) {
                first = any.getLocalPort();
            }
            if (areFree(first, count)) {
                return first;
            }
        }
    }

    private static boolean areFree(int first, int count) {
        List<AutoCloseable> held = new ArrayList<>();
        try {
            for (int port = first; port < first + count; port++) {
                held.add(new DatagramSocket(new InetSocketAddress(port)));
                held.add(new ServerSocket(port));
            }
            return true;
        } catch (IOException | IllegalArgumentException e) {
            return false; // taken, or beyond the last port
        } finally {
            held.forEach(FreePorts::close);
        }
    }

    private static void close(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
