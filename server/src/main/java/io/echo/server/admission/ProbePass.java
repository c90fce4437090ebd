package io.echo.server.admission;

import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * The address that the server's own background echo comes from at the moment, if any. What comes
 * from there is admitted before every rule and limit.
 *
 * <p>The prober sets it while it has that port open; the rules of both protocols ask for it.
 * Thread-safe.
 */
public final class ProbePass {
    /** Matches no sender: port 0 is refused for datagrams, and no connection comes from it. */
    private static final InetSocketAddress NOWHERE = InetSocketAddress.createUnresolved("none", 0);

    private volatile InetSocketAddress address = NOWHERE;

    /** Admits what comes from this address and port, and from no other. */
    public void grant(InetSocketAddress from) {
        address = from;
    }

    /** Admits nothing any more. */
    public void revoke() {
        address = NOWHERE;
    }

    /** Returns whether this is the address of the server's own probe. */
    public boolean admits(SocketAddress from) {
        return address.equals(from);
    }

    /** Returns the same, faster: comparing the ports is almost always enough. */
    public boolean admits(InetSocketAddress from) {
        InetSocketAddress now = address;
        return from.getPort() == now.getPort() && from.equals(now);
    }
}
