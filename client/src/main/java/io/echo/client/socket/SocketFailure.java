package io.echo.client.socket;

import io.echo.cli.OneLine;
import io.netty.channel.ConnectTimeoutException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.util.List;
import java.util.Locale;

/**
 * Kinds of errors of sockets, the same on every transport.
 *
 * <p>The JDK and the native transports have types for few of them, so most are told by the kernel's
 * text within the message. Linux maps several codes of ICMP to one error (icmp_err_convert in
 * net/ipv4/icmp.c, tab_unreach in net/ipv6/icmp.c): IPv4's "prohibited" arrives as {@link
 * #HOST_UNREACHABLE} or {@link #NETWORK_UNREACHABLE}.
 */
public enum SocketFailure {
    /** A connection was not accepted in time. */
    TIMEOUT,
    /** ECONNREFUSED: a reset in answer to the SYN, or ICMP port unreachable. */
    REFUSED("refused"),
    /** ECONNRESET, EPIPE: a reset of a connection. */
    RESET("connection reset", "broken pipe"),
    /** One of the next two: Netty's native transports keep no more of them over TCP. */
    UNREACHABLE,
    /** ENETUNREACH: no route, here or on the way. */
    NETWORK_UNREACHABLE("network is unreachable"),
    /** EHOSTUNREACH and its rare relatives. */
    HOST_UNREACHABLE("no route to host", "host is down", "machine is not on the network"),
    /** ENOPROTOOPT: the host does not speak the protocol at all. */
    PROTOCOL_UNREACHABLE("protocol not available"),
    /** EACCES: ICMPv6 "administratively prohibited" or a route that prohibits. */
    PROHIBITED("permission denied"),
    /** EPERM: a packet filter of this machine. */
    FILTERED_HERE("operation not permitted"),
    /** EADDRNOTAVAIL: no address of this machine to send from. */
    NO_SOURCE("cannot assign requested address"),
    /** EINVAL: a route that is a black hole, or a link-local address without its interface. */
    INVALID("invalid argument"),
    /** IPv4 from a socket of IPv6, or the other way round. */
    WRONG_FAMILY("unsupported address type", "address family not"),
    /** Anything else; the message tells it. */
    OTHER;

    private final List<String> texts;

    SocketFailure(String... texts) {
        this.texts = List.of(texts);
    }

    /** Returns the kind of what a socket threw. */
    public static SocketFailure of(Throwable thrown) {
        if (thrown instanceof ConnectTimeoutException) {
            return TIMEOUT;
        }
        if (thrown instanceof PortUnreachableException) {
            return REFUSED;
        }
        // The JDK's exception has a text, the one that Netty makes has none.
        if (thrown instanceof NoRouteToHostException && text(thrown).equals("null")) {
            return UNREACHABLE;
        }
        String kernel = text(thrown).toLowerCase(Locale.ROOT);
        for (SocketFailure failure : values()) {
            if (failure.texts.stream().anyMatch(kernel::contains)) {
                return failure;
            }
        }
        return OTHER;
    }

    /** Returns the first line of the message, without the call and the address that Netty adds. */
    static String text(Throwable thrown) {
        return OneLine.of(thrown)
                .replaceFirst("^\\w+\\(\\.\\.\\) failed with error\\(-?\\d+\\): ", "")
                .replaceFirst(": [^:]*/.*$", "");
    }
}
