package io.echo.server.admission;

import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * The address that the server's own background echo comes from now, if any: it is admitted before
 * every rule and limit.
 *
 * <p>Given by the prober for as long as it holds that port, and asked by the rules of both
 * protocols. Thread-safe.
 */
public final class ProbePass {
    /** Holds for nobody: no datagram is taken from port 0, and nobody connects from it. */
    private static final InetSocketAddress NOWHERE = InetSocketAddress.createUnresolved("none", 0);

    private volatile InetSocketAddress address = NOWHERE;

    /** Admits what comes from this address, to the port, and from no other. */
    public void grant(InetSocketAddress from) {
        address = from;
    }

    /** Admits nothing any more. */
    public void revoke() {
        address = NOWHERE;
    }

    /** Tells whether what comes from there is the server's own. */
    public boolean admits(SocketAddress from) {
        return address.equals(from);
    }

    /** The same, for each datagram: the ports alone decide almost always. */
    public boolean admits(InetSocketAddress from) {
        InetSocketAddress now = address;
        return from.getPort() == now.getPort() && from.equals(now);
    }
}
