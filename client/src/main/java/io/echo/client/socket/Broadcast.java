package io.echo.client.socket;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;

/**
 * Tells addresses to which only a broadcast goes: of all hosts, or of all of a network here.
 *
 * <p>The kernel answers, by its routes: it forbids such an address to a socket that may not
 * broadcast, and to no other. Connecting a datagram socket sends nothing.
 */
final class Broadcast {
    private static final String ALL_HOSTS = "255.255.255.255";

    private Broadcast() {}

    static boolean is(InetSocketAddress remote) {
        InetAddress address = remote.getAddress();
        if (!(address instanceof Inet4Address)) {
            return false;
        }
        return address.getHostAddress().equals(ALL_HOSTS)
                || !connects(remote, false) && connects(remote, true);
    }

    private static boolean connects(InetSocketAddress remote, boolean broadcast) {
        try (DatagramChannel socket = DatagramChannel.open(StandardProtocolFamily.INET)) {
            socket.setOption(StandardSocketOptions.SO_BROADCAST, broadcast);
            socket.connect(remote);
            return true;
        } catch (UnsupportedOperationException | IOException e) {
            return false;
        }
    }
}
