package io.echo.server;

import java.io.IOException;
import java.net.Socket;

/** Clients of a server in this process, over loopback. */
final class TcpPeers {
    private static final int TIMEOUT_MILLIS = 20_000;

    private TcpPeers() {}

    /** Connects; no read waits for ever. */
    static Socket connect(EchoServer server) throws IOException {
        Socket peer = new Socket(TestServers.loopback(), TestServers.port(server));
        peer.setSoTimeout(TIMEOUT_MILLIS);
        return peer;
    }

    /** Sends a byte and reads it back; fails if another or none comes. */
    static void exchange(Socket peer) throws IOException {
        peer.getOutputStream().write(7);
        int back = peer.getInputStream().read();
        if (back != 7) {
            throw new IOException("sent 7, got back " + back);
        }
    }
}
