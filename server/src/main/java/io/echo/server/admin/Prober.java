package io.echo.server.admin;

import io.echo.cli.OneLine;
import io.echo.net.Protocol;
import io.echo.server.admission.ProbePass;
import io.echo.server.config.Addresses;
import io.echo.server.loop.BindPlan;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Echoes a nonce through the real ports once a second, so that readiness means that an echo works,
 * not only that the process runs.
 *
 * <p>Its address and port pass every guard and are counted apart, so that no limit and no access
 * list makes the server look broken. That ends with its port ({@link ProbePorts}): the next owner
 * may be a client. Blocking sockets, on a thread of its own.
 */
public final class Prober implements AutoCloseable {
    /** Failures in a row after which the server is not ready. */
    static final int FAILURES = 3;

    /** Age of the last echo from which on the server is not ready; {@link #FAILURES} take less. */
    static final long STALE_NS = TimeUnit.SECONDS.toNanos(10);

    private static final long TIMEOUT_NS = TimeUnit.MILLISECONDS.toNanos(900);

    /** Results of the probes of a protocol; written by the probing thread. */
    private static final class Record {
        /** Empty while no socket of the protocol is bound. */
        private volatile Optional<InetSocketAddress> target = Optional.empty();

        private volatile long succeeded;
        private volatile long failed;
        private volatile int failures;
        private volatile String problem = "";

        /** Time of the last echo; of the start before the first. */
        private volatile long echoedNs;

        private final ProbePorts ports;

        Record(ProbePass pass, long nowNs) {
            ports = new ProbePorts(pass);
            echoedNs = nowNs;
        }
    }

    private final Supplier<Addresses> addresses;
    private final Map<Protocol, Record> records = new EnumMap<>(Protocol.class);
    private final LongSupplier clock;

    /**
     * Makes a prober.
     *
     * @param addresses current addresses of the server; one of each protocol is probed
     * @param protocols protocols that are served
     * @param passes let the address of a probe in while that holds its port
     */
    public Prober(
            Supplier<Addresses> addresses,
            Set<Protocol> protocols,
            Map<Protocol, ProbePass> passes) {
        this(addresses, protocols, passes, System::nanoTime);
    }

    /** The same with another clock for the age of echoes. */
    Prober(
            Supplier<Addresses> addresses,
            Set<Protocol> protocols,
            Map<Protocol, ProbePass> passes,
            LongSupplier clock) {
        this.addresses = addresses;
        this.clock = clock;
        protocols.forEach(p -> records.put(p, new Record(passes.get(p), clock.getAsLong())));
    }

    /**
     * Probes each protocol once; takes a second each at most.
     *
     * @return true if one of them echoed
     */
    public boolean probe() {
        boolean echoed = false;
        for (Map.Entry<Protocol, Record> record : records.entrySet()) {
            echoed |= probe(record.getKey(), record.getValue());
        }
        return echoed;
    }

    /** Lets go of every port, once the server can read nothing any more; probes after it fail. */
    @Override
    public void close() {
        records.values().forEach(record -> record.ports.close());
    }

    /**
     * Returns what is wrong, if the last probes of a protocol have all failed, or the last echo is
     * old: whatever keeps the prober from probing, readiness does not outlive its evidence.
     */
    Optional<String> problem() {
        List<String> problems = new ArrayList<>();
        records.forEach(
                (protocol, record) -> {
                    if (record.failures >= FAILURES) {
                        problems.add(
                                "no echo over "
                                        + protocol
                                        + record.target
                                                .map(a -> " through " + Addresses.text(a))
                                                .orElse("")
                                        + ": "
                                        + record.problem);
                    }
                });
        long ageNs = ageNs();
        if (problems.isEmpty() && ageNs > STALE_NS) {
            problems.add("no probe for " + TimeUnit.NANOSECONDS.toSeconds(ageNs) + " s");
        }
        return problems.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", problems));
    }

    /** Returns the time since the last echo, of the protocol whose last is older. Any thread. */
    long ageNs() {
        long nowNs = clock.getAsLong();
        return records.values().stream().mapToLong(r -> nowNs - r.echoedNs).max().orElse(0);
    }

    long succeeded(Protocol protocol) {
        return records.containsKey(protocol) ? records.get(protocol).succeeded : 0;
    }

    long failed(Protocol protocol) {
        return records.containsKey(protocol) ? records.get(protocol).failed : 0;
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField") // One thread writes.
    private boolean probe(Protocol protocol, Record record) {
        byte[] nonce =
                ByteBuffer.allocate(Long.BYTES)
                        .putLong(ThreadLocalRandom.current().nextLong())
                        .array();
        Addresses now = addresses.get();
        record.target = target(protocol == Protocol.UDP ? now.udp() : now.tcp());
        try {
            InetSocketAddress target =
                    record.target.orElseThrow(() -> new IOException("no address to ask"));
            if (protocol == Protocol.UDP) {
                overUdp(target, nonce, record.ports);
            } else {
                overTcp(target, nonce, record.ports);
            }
            record.succeeded++;
            record.failures = 0;
            record.echoedNs = clock.getAsLong();
            return true;
        } catch (IOException | RuntimeException e) { // One that got out would end the probing.
            record.problem = OneLine.of(e);
            record.failed++;
            record.failures++;
            return false;
        }
    }

    @SuppressWarnings("resource") // Closed by its ports.
    private static void overUdp(InetSocketAddress target, byte[] nonce, ProbePorts ports)
            throws IOException {
        DatagramSocket socket = new DatagramSocket(0, target.getAddress());
        ports.open(socket, (InetSocketAddress) socket.getLocalSocketAddress());
        long deadlineNs = System.nanoTime() + TIMEOUT_NS;
        socket.connect(target); // From now on the kernel drops what others send.
        socket.send(new DatagramPacket(nonce, nonce.length, target));
        awaitNonce(socket, nonce, deadlineNs);
        ports.closeLast();
    }

    /**
     * Receives until the nonce has come. Other datagrams, with a forged address, neither end the
     * wait nor make it longer.
     */
    private static void awaitNonce(DatagramSocket socket, byte[] nonce, long deadlineNs)
            throws IOException {
        int longest = nonce.length + 1; // Shows that a datagram is longer than the nonce.
        DatagramPacket reply = new DatagramPacket(new byte[longest], longest);
        for (long others = 0; ; others++) {
            try {
                socket.setSoTimeout(millisUntil(deadlineNs));
                reply.setLength(longest);
                socket.receive(reply);
            } catch (SocketTimeoutException e) {
                throw others == 0
                        ? e
                        : new IOException(
                                "something else came back, " + others + " times, and no echo", e);
            }
            if (Arrays.equals(reply.getData(), 0, reply.getLength(), nonce, 0, nonce.length)) {
                return;
            }
        }
    }

    /** Accepts an echo only as the first bytes of the connection. */
    @SuppressWarnings("resource") // Closed by its ports.
    private static void overTcp(InetSocketAddress target, byte[] nonce, ProbePorts ports)
            throws IOException {
        Socket socket = new Socket(Proxy.NO_PROXY); // Whatever proxy the JVM was told.
        try {
            socket.bind(new InetSocketAddress(target.getAddress(), 0));
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        ports.open(socket, (InetSocketAddress) socket.getLocalSocketAddress());
        long deadlineNs = System.nanoTime() + TIMEOUT_NS;
        try {
            socket.connect(target, millisUntil(deadlineNs));
        } catch (IOException e) {
            ports.closeLast(); // It has lost its port.
            throw e;
        }
        socket.getOutputStream().write(nonce);
        for (byte expected : nonce) {
            socket.setSoTimeout(millisUntil(deadlineNs));
            int received = socket.getInputStream().read();
            if (received < 0) {
                throw new IOException("the connection was closed before the reply");
            }
            if ((byte) received != expected) {
                throw new IOException("something else came back");
            }
        }
        socket.setSoLinger(true, 0); // Leaves no TIME_WAIT behind, once a second.
        ports.closeLast();
    }

    /**
     * Returns a timeout for one blocking call.
     *
     * @throws SocketTimeoutException when there is no time left
     */
    private static int millisUntil(long deadlineNs) throws SocketTimeoutException {
        long leftNs = deadlineNs - System.nanoTime();
        if (leftNs <= 0) {
            throw new SocketTimeoutException("no reply in time");
        }
        return (int) TimeUnit.NANOSECONDS.toMillis(leftNs) + 1; // 0 would be for ever.
    }

    /**
     * Returns the first address that needs no interface name, or the first of those that do;
     * loopback for a wildcard.
     */
    private static Optional<InetSocketAddress> target(List<InetSocketAddress> addresses) {
        return addresses.stream()
                .min(Comparator.comparing(Prober::needsInterface)) // The first of equal ones.
                .map(
                        a ->
                                a.getAddress().isAnyLocalAddress()
                                        ? new InetSocketAddress(
                                                loopback(a.getAddress()), a.getPort())
                                        : a);
    }

    private static boolean needsInterface(InetSocketAddress address) {
        return BindPlan.isV6(address.getAddress()) && address.getAddress().isLinkLocalAddress();
    }

    /** Returns loopback of the wildcard's family; of IPv4 where a machine has no IPv6. */
    private static InetAddress loopback(InetAddress wildcard) {
        try {
            byte[] v6 = new byte[16];
            v6[15] = 1;
            InetAddress loopback = InetAddress.getByAddress(v6);
            return BindPlan.isV6(wildcard) && NetworkInterface.getByInetAddress(loopback) != null
                    ? loopback
                    : InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        } catch (IOException e) {
            throw new IllegalStateException(e); // Both have a legal length.
        }
    }
}
