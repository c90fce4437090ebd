package io.echo.server.tcp;

import io.echo.server.config.Cidr;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.ObjLongConsumer;

/**
 * Reads from Linux how many bytes of each connection its peer has not acknowledged yet: {@code
 * tx_queue} in {@code /proc/net/tcp} and {@code tcp6} (kernel document {@code proc_net_tcp.rst}),
 * which works for every transport. A FIN counts as one byte.
 *
 * <p>Both files stay open, so that a process without free descriptors can go on. A reading takes
 * about 3 ms, and 2 ms more for each 1,000 connections of the network namespace, whoever they
 * belong to. Used by one thread.
 */
final class SendQueues implements AutoCloseable {
    private static final String[] FILES = {"/proc/self/net/tcp", "/proc/self/net/tcp6"};
    private static final boolean REVERSED = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private final List<RandomAccessFile> files = new ArrayList<>();

    /** A page: the kernel gives whole lines of at most that; more would be a malloc each. */
    private final byte[] page = new byte[8192];

    /** Both ends of a connection; IPv4 addresses are mapped ones. */
    record Ends(long localHigh, long localLow, long remoteHigh, long remoteLow, int ports) {
        int localPort() {
            return ports >>> 16;
        }

        static Ends of(InetSocketAddress local, InetSocketAddress remote) {
            InetAddress here = local.getAddress();
            InetAddress there = remote.getAddress();
            return new Ends(
                    Cidr.high(here.getAddress()),
                    Cidr.low(here.getAddress()),
                    Cidr.high(there.getAddress()),
                    Cidr.low(there.getAddress()),
                    local.getPort() << 16 | remote.getPort());
        }
    }

    /**
     * Opens the files.
     *
     * @throws IOException where the system has none: not Linux, or no {@code /proc}
     */
    SendQueues() throws IOException {
        for (String file : FILES) {
            try {
                files.add(new RandomAccessFile(file, "r"));
            } catch (FileNotFoundException e) {
                // No IPv6, perhaps.
            }
        }
        if (files.isEmpty()) {
            throw new FileNotFoundException(FILES[0]);
        }
    }

    /**
     * Tells of connections the bytes that wait for their peer.
     *
     * @param ports local ports of the connections to tell of
     */
    void read(IntPredicate ports, ObjLongConsumer<Ends> queue) throws IOException {
        for (RandomAccessFile file : files) {
            file.seek(0);
            int kept = 0;
            for (int n; (n = file.read(page, kept, page.length - kept)) > 0; ) {
                int end = kept + n;
                int line = 0;
                for (int i = kept; i < end; i++) {
                    if (page[i] == '\n') {
                        readLine(line, i, ports, queue);
                        line = i + 1;
                    }
                }
                kept = end - line;
                System.arraycopy(page, line, page, 0, kept);
            }
        }
    }

    /** Reads {@code sl: local:port remote:port state tx_queue:rx_queue ...}, all hexadecimal. */
    private void readLine(int from, int to, IntPredicate ports, ObjLongConsumer<Ends> queue) {
        int local = from;
        while (local < to && page[local] != ':') {
            local++;
        }
        local += 2;
        int digits = 0;
        while (local + digits < to && page[local + digits] != ':') {
            digits++;
        }
        if (digits != 8 && digits != 32) {
            return; // The heading.
        }
        int remote = local + digits + 6;
        int state = remote + digits + 6;
        if (state + 11 > to) {
            return;
        }
        int port = (int) hex(local + digits + 1, 4);
        if (!ports.test(port)) {
            return;
        }
        boolean v4 = digits == 8;
        queue.accept(
                new Ends(
                        v4 ? 0 : words(local, 2),
                        v4 ? Cidr.MAPPED | words(local, 1) : words(local + 16, 2),
                        v4 ? 0 : words(remote, 2),
                        v4 ? Cidr.MAPPED | words(remote, 1) : words(remote + 16, 2),
                        port << 16 | (int) hex(remote + digits + 1, 4)),
                hex(state + 3, 8));
    }

    /** Reads one or two 32-bit words, which the kernel prints in the order of the processor. */
    private long words(int from, int count) {
        long bits = 0;
        for (int i = 0; i < count; i++) {
            int word = (int) hex(from + 8 * i, 8);
            bits = bits << 32 | (REVERSED ? Integer.reverseBytes(word) : word) & 0xFFFF_FFFFL;
        }
        return bits;
    }

    private long hex(int from, int digits) {
        long value = 0;
        for (int i = from; i < from + digits; i++) {
            int letter = page[i];
            value = value << 4 | (letter <= '9' ? letter - '0' : letter - 'A' + 10);
        }
        return value;
    }

    @Override
    public void close() throws IOException {
        for (RandomAccessFile file : files) {
            file.close();
        }
    }
}
