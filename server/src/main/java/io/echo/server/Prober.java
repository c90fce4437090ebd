package io.echo.server;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * Echoes something through the real ports once a second, so that readiness stands for an echo and
 * not for a process that exists.
 *
 * <p>Its socket address, to the port, is admitted before every guard and counted apart, so that no
 * limit and no access list makes the server look ill. Blocking sockets on a thread of its own.
 */
final class Prober {
    /** How often it must fail in a row before the server is not ready. */
    static final int FAILURES = 3;

    private static final int TIMEOUT_MILLIS = 900;

    /** What became of the probes of a protocol; written by the probing thread. */
    private static final class Record {
        private final InetSocketAddress target;
        private volatile long succeeded;
        private volatile long failed;
        private volatile int failures;
        private volatile String problem = "";

        Record(InetSocketAddress target) {
            this.target = target;
        }
    }

    private final Map<Protocol, Record> records = new EnumMap<>(Protocol.class);
    private final Map<Protocol, Consumer<InetSocketAddress>> admit;

    /**
     * Makes a prober.
     *
     * @param addresses one of each protocol is probed, if there is any
     * @param admit told, for each protocol, which address the next probe comes from
     */
    Prober(Addresses addresses, Map<Protocol, Consumer<InetSocketAddress>> admit) {
        this.admit = admit;
        target(addresses.udp()).ifPresent(a -> records.put(Protocol.UDP, new Record(a)));
        target(addresses.tcp()).ifPresent(a -> records.put(Protocol.TCP, new Record(a)));
    }

    /** Probes each protocol once; takes a second each at most. */
    void probe() {
        records.forEach(this::probe);
    }

    /** What is wrong, if the last probes of a protocol have all failed. */
    Optional<String> problem() {
        List<String> problems = new ArrayList<>();
        records.forEach(
                (protocol, record) -> {
                    if (record.failures >= FAILURES) {
                        problems.add(
                                "no echo over " + protocol + " through "
                                        + Addresses.text(record.target) + ": " + record.problem);
                    }
                });
        return problems.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", problems));
    }

    long succeeded(Protocol protocol) {
        return records.containsKey(protocol) ? records.get(protocol).succeeded : 0;
    }

    long failed(Protocol protocol) {
        return records.containsKey(protocol) ? records.get(protocol).failed : 0;
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField") // One thread writes.
    private void probe(Protocol protocol, Record record) {
        byte[] nonce = ByteBuffer.allocate(Long.BYTES)
                .putLong(ThreadLocalRandom.current().nextLong())
                .array();
        try {
            byte[] reply = protocol == Protocol.UDP
                    ? overUdp(record.target, nonce)
                    : overTcp(record.target, nonce);
            if (!Arrays.equals(reply, nonce)) {
                throw new IOException("something else came back");
            }
            record.succeeded++;
            record.failures = 0;
        } catch (IOException e) {
            record.problem = String.valueOf(e.getMessage());
            record.failed++;
            record.failures++;
        }
    }

    private byte[] overUdp(InetSocketAddress target, byte[] nonce) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, target.getAddress())) {
            admit.get(Protocol.UDP).accept((InetSocketAddress) socket.getLocalSocketAddress());
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.send(new DatagramPacket(nonce, nonce.length, target));
            DatagramPacket reply = new DatagramPacket(new byte[nonce.length + 1], nonce.length + 1);
            socket.receive(reply);
            return Arrays.copyOf(reply.getData(), reply.getLength());
        }
    }

    private byte[] overTcp(InetSocketAddress target, byte[] nonce) throws IOException {
        try (Socket socket = new Socket()) {
            socket.bind(new InetSocketAddress(target.getAddress(), 0));
            admit.get(Protocol.TCP).accept((InetSocketAddress) socket.getLocalSocketAddress());
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(target, TIMEOUT_MILLIS);
            socket.getOutputStream().write(nonce);
            byte[] reply = socket.getInputStream().readNBytes(nonce.length);
            socket.setSoLinger(true, 0); // Leaves no TIME_WAIT behind, once a second.
            return reply;
        }
    }

    /** The first address that can be asked without naming an interface; loopback of a wildcard. */
    private static Optional<InetSocketAddress> target(List<InetSocketAddress> addresses) {
        return addresses.stream()
                .filter(a -> !a.getAddress().isLinkLocalAddress())
                .findFirst()
                .map(a -> a.getAddress().isAnyLocalAddress()
                        ? new InetSocketAddress(loopback(a.getAddress()), a.getPort())
                        : a);
    }

    private static InetAddress loopback(InetAddress wildcard) {
        try {
            byte[] v6 = new byte[16];
            v6[15] = 1;
            return InetAddress.getByAddress(
                    BindPlan.isV6(wildcard) ? v6 : new byte[] {127, 0, 0, 1});
        } catch (IOException e) {
            throw new IllegalStateException(e); // Both have a legal length.
        }
    }
}
