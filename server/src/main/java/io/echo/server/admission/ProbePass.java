package io.echo.server.admission;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;

/**
 * The addresses that the server's own background echoes of one protocol come from. What comes from
 * there is admitted before every rule and limit.
 *
 * <p>The prober adds one while it has that port open: mostly none, one during an echo, and a few
 * while late ones may still be read. The rules of the protocol ask for them. Thread-safe.
 */
public final class ProbePass {
    /** Replaced as a whole, since every datagram asks. */
    private volatile InetSocketAddress[] addresses = {};

    /** Admits what comes from this address and port. */
    public synchronized void grant(InetSocketAddress from) {
        InetSocketAddress[] more = Arrays.copyOf(addresses, addresses.length + 1);
        more[addresses.length] = from;
        addresses = more;
    }

    /** Admits what comes from there no more. */
    public synchronized void revoke(InetSocketAddress from) {
        addresses =
                Arrays.stream(addresses)
                        .filter(granted -> granted != from)
                        .toArray(InetSocketAddress[]::new);
    }

    /** Returns whether this is the address of a probe of the server's own. */
    public boolean admits(SocketAddress from) {
        return from instanceof InetSocketAddress address && admits(address);
    }

    /** Returns the same: comparing the ports is almost always enough. */
    public boolean admits(InetSocketAddress from) {
        for (InetSocketAddress granted : addresses) {
            if (from.getPort() == granted.getPort() && from.equals(granted)) {
                return true;
            }
        }
        return false;
    }
}
