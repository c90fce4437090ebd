package io.echo.client;

import io.echo.net.Protocol;
import io.echo.net.Target;
import java.io.IOException;
import java.net.Socket;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** A TLS server of known behaviour, made of the JDK's, on a free port of the loopback address. */
public final class TlsPeer implements AutoCloseable {
    /** Action on each connection; then it is closed, with a close_notify unless it is by then. */
    public interface Behaviour {
        /**
         * Serves a connection.
         *
         * @param tls the stream, before its handshake
         * @param plain the socket below it, for those who cut it off
         */
        void accepted(SSLSocket tls, Socket plain) throws IOException;
    }

    private final TcpPeer peer;

    private TlsPeer(TcpPeer peer) {
        this.peer = peer;
    }

    /**
     * Starts a server.
     *
     * @param version of the protocol: TLSv1.2 or TLSv1.3
     */
    public static TlsPeer start(SSLContext context, String version, Behaviour behaviour)
            throws IOException {
        return new TlsPeer(
                TcpPeer.start(
                        plain -> {
                            SSLSocket tls =
                                    (SSLSocket)
                                            context.getSocketFactory()
                                                    .createSocket(
                                                            plain,
                                                            "localhost",
                                                            plain.getPort(),
                                                            true);
                            try (tls) {
                                tls.setUseClientMode(false);
                                tls.setEnabledProtocols(new String[] {version});
                                behaviour.accepted(tls, plain);
                            }
                        }));
    }

    /** Starts one that echoes what it reads, and ends its stream after the client's. */
    public static TlsPeer echo(SSLContext context, String version) throws IOException {
        return start(
                context,
                version,
                (tls, plain) -> tls.getInputStream().transferTo(tls.getOutputStream()));
    }

    public Target target() {
        return new Target(Protocol.TCP, "127.0.0.1", peer.target().port(), true);
    }

    @Override
    public void close() throws IOException {
        peer.close();
    }
}
