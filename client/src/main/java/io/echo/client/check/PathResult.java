package io.echo.client.check;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The result of one check. Immutable.
 *
 * @param address that was asked, the last one of several; empty if there is none
 * @param timeNs from the message (TCP: from the SYN, if that was all) to what came back, an error
 *     included; empty if nothing did
 * @param connectNs from the SYN to the connection; empty over UDP and without a connection
 * @param reason in words, without the times; empty if there is nothing to add
 * @param ports from which UDP asked; empty over TCP, and where nothing was sent
 */
public record PathResult(
        ServicePath path,
        PathState state,
        Optional<InetSocketAddress> address,
        OptionalLong timeNs,
        OptionalLong connectNs,
        String reason,
        Optional<PortAnswers> ports) {

    /** Returns a result without an address. */
    static PathResult unasked(ServicePath path, PathState state, String reason) {
        return new PathResult(
                path,
                state,
                Optional.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                reason,
                Optional.empty());
    }

    /** Returns the same with something more to say. */
    PathResult withNote(String note) {
        String all = reason.isEmpty() || note.isEmpty() ? reason + note : reason + "; " + note;
        return new PathResult(path, state, address, timeNs, connectNs, all, ports);
    }

    /** Tells if what was sent came back, over UDP to each port from which it was sent. */
    public boolean echoes() {
        return state == PathState.ECHOING && ports.map(PortAnswers::allEcho).orElse(true);
    }

    /** Tells if the host has an address of this version of IP. */
    public boolean hasAddress() {
        return state != PathState.NO_ADDRESS;
    }

    /**
     * Returns the command that shows which host on the way says so, or how far packets get, which
     * no JVM can see; empty where there is nothing to ask, and on loopback.
     */
    public Optional<String> traceroute() {
        boolean asked =
                switch (state) {
                    case REFUSED, UNREACHABLE -> timeNs.isPresent();
                    case SILENT -> true;
                    default -> false;
                };
        return address.filter(at -> asked && !at.getAddress().isLoopbackAddress())
                .map(
                        at ->
                                "traceroute "
                                        + switch (path.protocol()) {
                                            case UDP -> "-U";
                                            case TCP -> "-T";
                                        }
                                        + " -p "
                                        + at.getPort()
                                        + ' '
                                        + text(at.getAddress()));
    }

    /** Writes a numeric address; an IPv6 one compressed, with its zone. */
    public static String text(InetAddress address) {
        String whole = address.getHostAddress();
        int zone = whole.indexOf('%');
        return NetUtil.toAddressString(address) + (zone < 0 ? "" : whole.substring(zone));
    }

    /** Writes a numeric address and port, an IPv6 address in brackets. */
    public static String text(InetSocketAddress address) {
        String host = text(address.getAddress());
        return (host.indexOf(':') < 0 ? host : '[' + host + ']') + ':' + address.getPort();
    }
}
