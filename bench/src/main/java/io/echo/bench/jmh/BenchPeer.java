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
 * A blocking JDK socket, connected to our server in this JVM or to a target elsewhere.
 *
 * <p>The simplest client possible, so that differences come from the server. Packets are numbered.
 * A number that is skipped is a lost packet, which is counted and replaced, so that the same number
 * stays in flight. When no packet comes for {@link #SILENCE_MS}, another thread closes the socket,
 * and {@link #receive} fails instead of waiting for ever. Not thread-safe.
 */
final class BenchPeer implements AutoCloseable {
    /** The target that stands for our server in this JVM. */
    static final String EMBEDDED = "";

    /** Far longer than any round trip, also with a pause of the JVM or a busy machine. */
    static final long SILENCE_MS = 5_000;

    private final Optional<EchoServer> server;
    private final ByteChannel socket;
    private final boolean stream;
    private final ByteBuffer outgoing;
    private final ByteBuffer incoming;
    private final CountDownLatch closed = new CountDownLatch(1);

    /** Odd while {@link #receive} waits; written by the caller only, read by the watch thread. */
    private volatile long waits;

    /** Set by the watch thread before it closes the socket. */
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
     * Connects to the target.
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
     * Receives one packet, of the size that was sent.
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
        return "no packet came back within "
                + SILENCE_MS
                + " ms, with "
                + (sent - expected)
                + " in flight and "
                + lost
                + " lost before";
    }

    /** Returns the packets since the last call that did not come back, or not in order. */
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
            // The socket is closed or the JVM ends: the watch is over.
        }
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        socket.close();
        server.ifPresent(EchoServer::close);
    }
}
