package io.echo.testing;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for what a test binds later, or that nobody is to have.
 *
 * <p>They lie below those that the kernel gives to sockets without one: from there another test
 * gets a port that was free a moment ago. Each call takes a block of ports, whose last one a
 * listener keeps until this JVM ends: so no other call gets the block, and no other JVM.
 */
public final class FreePorts {
    private static final int LOWEST = 10_240;
    private static final int LAST = 65_535;
    private static final int BLOCK = 16;
    private static final int FEWEST = 256;
    private static final List<ServerSocket> KEPT = new ArrayList<>();

    private FreePorts() {}

    /**
     * Returns the first of so many ports that are free over UDP and TCP, on every address.
     *
     * @param count below 16
     */
    public static int first(int count) throws IOException {
        if (count >= BLOCK) {
            throw new IllegalArgumentException("count must be below " + BLOCK + ", got " + count);
        }
        int blocks = (end() - LOWEST) / BLOCK;
        int start = ThreadLocalRandom.current().nextInt(blocks);
        for (int i = 0; i < blocks; i++) {
            int first = LOWEST + (start + i) % blocks * BLOCK;
            if (keep(first + BLOCK - 1) && areFree(first, count)) {
                return first;
            }
        }
        throw new SocketException("none of " + blocks + " blocks of ports is free");
    }

    /** Returns a port of 127.0.0.1 where nobody listens, over UDP or TCP. */
    public static int ofNobody() throws IOException {
        return first(1);
    }

    /** Returns the first port that the kernel gives away, or the last of all if that is too low. */
    private static int end() throws IOException {
        Path range = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
        // By lines: such a file must be read in one piece.
        int end = Integer.parseInt(Files.readAllLines(range).get(0).split("\\s+")[0]);
        return end >= LOWEST + FEWEST * BLOCK ? end : LAST;
    }

    private static boolean keep(int port) {
        try {
            ServerSocket keeper = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
            synchronized (KEPT) {
                return KEPT.add(keeper);
            }
        } catch (IOException e) {
            return false; // another's block
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
        } catch (IOException e) {
            return false; // something on this machine listens there
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
