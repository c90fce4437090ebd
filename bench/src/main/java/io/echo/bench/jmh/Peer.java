package io.echo.bench.jmh;

import io.echo.client.Target;
import io.echo.server.EchoServer;
import io.echo.server.Protocol;
import io.echo.server.ServerConfig;
import io.echo.server.Transport;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.util.Locale;
import java.util.Optional;

/**
 * A blocking JDK socket and what it talks to: the real server in this JVM, or a target elsewhere.
 *
 * <p>The plainest client there is, so that what varies is the server. Not thread-safe.
 */
final class Peer implements AutoCloseable {
    /** Stands for the project's own server in this JVM. */
    static final String EMBEDDED = "";

    private final Optional<EchoServer> server;
    private final ByteChannel socket;
    private final boolean stream;
    private final ByteBuffer outgoing;
    private final ByteBuffer incoming;

    private Peer(Optional<EchoServer> server, ByteChannel socket, int payloadBytes) {
        this.server = server;
        this.socket = socket;
        this.stream = socket instanceof SocketChannel;
        this.outgoing = ByteBuffer.allocateDirect(payloadBytes);
        this.incoming = ByteBuffer.allocateDirect(payloadBytes);
    }

    /**
     * Connects.
     *
     * @param target as on the command line, or {@link #EMBEDDED}
     * @param protocol of the embedded server; a target brings its own
     */
    static Peer of(String target, String protocol, String transport, int payloadBytes)
            throws IOException {
        if (!target.equals(EMBEDDED)) {
            Target given = Target.parse(target);
            InetSocketAddress address = new InetSocketAddress(given.host(), given.port());
            boolean udp = given.protocol() == Target.Protocol.UDP;
            return new Peer(Optional.empty(), connect(udp, address), payloadBytes);
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
                                                .withTransport(
                                                        Transport.valueOf(
                                                                transport.toUpperCase(Locale.ROOT)))
                                                .withLoops(1))
                                .withAdmin(Optional.empty()));
        boolean udp = ours == Protocol.UDP;
        InetSocketAddress address =
                (udp ? server.addresses().udp() : server.addresses().tcp()).get(0);
        return new Peer(Optional.of(server), connect(udp, address), payloadBytes);
    }

    private static ByteChannel connect(boolean udp, InetSocketAddress address)
            throws IOException {
        if (udp) {
            return DatagramChannel.open().connect(address);
        }
        SocketChannel socket = SocketChannel.open(address);
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return socket;
    }

    /** Sends one packet. */
    void send() throws IOException {
        outgoing.clear();
        while (outgoing.hasRemaining()) {
            socket.write(outgoing);
        }
    }

    /** Receives one packet, of as many bytes as were sent. */
    int receive() throws IOException {
        incoming.clear();
        do {
            if (socket.read(incoming) < 0) {
                throw new EOFException("the target closed the connection");
            }
        } while (stream && incoming.hasRemaining());
        return incoming.position();
    }

    @Override
    public void close() throws IOException {
        socket.close();
        server.ifPresent(EchoServer::close);
    }
}
