package io.echo.bench.jmh;

import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.config.ServerConfig;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A blocking JDK socket and what it talks to: the real server in this JVM, or a target elsewhere.
 *
 * <p>The plainest client there is, so that what varies is the server. Packets are numbered: a
 * number that is passed over is a packet lost, which is counted and replaced, so that as many stay
 * in flight. When no packet comes for {@link #SILENCE_MS}, another thread closes the socket, and
 * {@link #receive} fails instead of waiting for ever. Not thread-safe.
 */
final class BenchPeer implements AutoCloseable {
    /** Stands for the project's own server in this JVM. */
    static final String EMBEDDED = "";

    /** Far longer than a round trip, a pause of the JVM or a busy machine takes. */
    static final long SILENCE_MS = 5_000;

    private final Optional<EchoServer> server;
    private final ByteChannel socket;
    private final boolean stream;
    private final ByteBuffer outgoing;
    private final ByteBuffer incoming;
    private final CountDownLatch closed = new CountDownLatch(1);

    /** Odd while a packet is waited for; written by the caller alone, read by the watch. */
    private volatile long waits;

    /** Written by the watch, before it closes the socket. */
    private volatile boolean silent;

    private long sent;
    private long expected;
    private int lost;

    private BenchPeer(Optional<EchoServer> server, ByteChannel socket, int payloadBytes) {
        this.server = server;
        this.socket = socket;
        this.stream = socket instanceof SocketChannel;
        this.outgoing = ByteBuffer.allocateDirect(payloadBytes);
        this.incoming = ByteBuffer.allocateDirect(payloadBytes);
        Thread watch = new Thread(this::watch, "jmh-watch");
        watch.setDaemon(true);
        watch.start();
    }

    /**
     * Connects.
     *
     * @param target as on the command line, or {@link #EMBEDDED}
     * @param protocol of the embedded server; a target brings its own
     */
    static BenchPeer of(String target, String protocol, String transport, int payloadBytes)
            throws IOException {
        if (!target.equals(EMBEDDED)) {
            Target given = Target.parse(target);
            InetSocketAddress address = new InetSocketAddress(given.host(), given.port());
            boolean udp = given.protocol() == Protocol.UDP;
            return new BenchPeer(Optional.empty(), connect(udp, address), payloadBytes);
        }
        Protocol ours = Protocol.valueOf(protocol.toUpperCase(Locale.ROOT));
        EchoServer server =
                EchoServer.start(
                        ServerConfig.DEFAULT
                                .withListen(
                                        ServerConfig.Listen.DEFAULT
                                                .withHosts("127.0.0.1")
                                                .withPort(0)
                                                .withProtocols(ours)
                                                .withTransport(Transport.parse(transport))
                                                .withLoops(1))
                                .withAdmin(Optional.empty()));
        boolean udp = ours == Protocol.UDP;
        InetSocketAddress address =
                (udp ? server.addresses().udp() : server.addresses().tcp()).get(0);
        return new BenchPeer(Optional.of(server), connect(udp, address), payloadBytes);
    }

    private static ByteChannel connect(boolean udp, InetSocketAddress address) throws IOException {
        if (udp) {
            return DatagramChannel.open().connect(address);
        }
        SocketChannel socket = SocketChannel.open(address);
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return socket;
    }

    /** Sends one packet, of at least eight bytes. */
    void send() throws IOException {
        outgoing.clear().putLong(0, sent++);
        while (outgoing.hasRemaining()) {
            socket.write(outgoing);
        }
    }

    /**
     * Receives one packet, of as many bytes as were sent.
     *
     * @throws IOException when none comes for {@link #SILENCE_MS}
     */
    int receive() throws IOException {
        incoming.clear();
        waits++;
        try {
            do {
                if (socket.read(incoming) < 0) {
                    throw new EOFException("the target closed the connection");
                }
            } while (stream && incoming.hasRemaining());
        } catch (ClosedChannelException e) {
            throw silent ? new IOException(silence(), e) : e;
        }
        waits++;
        for (long number = incoming.getLong(0); expected < number; expected++) {
            lost++;
            send();
        }
        expected++;
        return incoming.position();
    }

    private String silence() {
        return "a packet must come back within "
                + SILENCE_MS
                + " ms, got none with "
                + (sent - expected)
                + " in flight and "
                + lost
                + " lost before";
    }

    /** Packets that never came back, or not in order, since the last call. */
    int takeLost() {
        int taken = lost;
        lost = 0;
        return taken;
    }

    private void watch() {
        long before = 0;
        try {
            while (!closed.await(SILENCE_MS, TimeUnit.MILLISECONDS)) {
                long now = waits;
                if (now == before && (now & 1) == 1) {
                    silent = true;
                    socket.close();
                    return;
                }
                before = now;
            }
        } catch (IOException | InterruptedException e) {
            // Nothing is left to watch.
        }
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        socket.close();
        server.ifPresent(EchoServer::close);
    }
}
