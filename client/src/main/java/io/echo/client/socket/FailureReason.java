package io.echo.client.socket;

import io.echo.cli.FlagValues;
import io.echo.cli.OneLine;
import io.echo.client.tls.TlsFailure;
import io.echo.net.Protocol;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * Plain words for why a socket failed: {@code connection refused, nobody listens there or a
 * firewall rejects}.
 *
 * <p>The same words on every transport, from the {@link SocketFailure}.
 */
public final class FailureReason {
    /** Linux lets programs of other users bind ports from here on. */
    private static final int PRIVILEGED = 1_024;

    private FailureReason() {}

    /**
     * Describes what a socket threw, in one line without the peer's address.
     *
     * @param timeout for a connection, named when it has passed
     */
    public static String of(Protocol protocol, Throwable thrown, Duration timeout) {
        if (thrown instanceof TlsFailure) {
            return OneLine.of(thrown);
        }
        return switch (SocketFailure.of(thrown)) {
            case TIMEOUT -> "no answer within " + FlagValues.show(timeout);
            case REFUSED ->
                    protocol == Protocol.UDP
                            ? "port unreachable, nobody listens there or a firewall rejects"
                            : "connection refused, nobody listens there or a firewall rejects";
            case RESET -> "connection reset by the peer";
            case UNREACHABLE -> "host or network unreachable";
            case NETWORK_UNREACHABLE -> "network unreachable";
            case HOST_UNREACHABLE -> "no route to host";
            case WRONG_FAMILY -> "IPv4 and IPv6 do not mix";
            case PROTOCOL_UNREACHABLE, PROHIBITED, FILTERED_HERE, NO_SOURCE, INVALID, OTHER ->
                    SocketFailure.text(thrown);
        };
    }

    /**
     * Describes why a socket could not connect to an address, in one line.
     *
     * <p>As {@link #of(Protocol, Throwable, Duration)}, but for what the address explains: to one
     * of a broadcast UDP is "prohibited" and TCP has "no route", and neither is true of the routes.
     *
     * @param timeout for a connection, named when it has passed
     */
    public static String ofConnecting(
            Protocol protocol, InetSocketAddress remote, Throwable thrown, Duration timeout) {
        return ofBroadcast(remote, thrown).orElseGet(() -> of(protocol, thrown, timeout));
    }

    /** Describes why an address cannot be connected to if it is one of a broadcast; else empty. */
    public static Optional<String> ofBroadcast(InetSocketAddress remote, Throwable thrown) {
        return switch (SocketFailure.of(thrown)) {
            case PROHIBITED, UNREACHABLE, NETWORK_UNREACHABLE ->
                    Broadcast.is(remote)
                            ? Optional.of(
                                    remote.getAddress().getHostAddress()
                                            + " is a broadcast address, an echo is asked by"
                                            + " unicast: give the address of one host")
                            : Optional.empty();
            default -> Optional.empty();
        };
    }

    /**
     * Describes why a socket could not have the local port that it was given; empty if that is not
     * why it failed.
     *
     * @param local where it was to send from; port 0 left the choice to the kernel
     */
    public static Optional<String> ofLocalPort(InetSocketAddress local, Throwable thrown) {
        int port = local.getPort();
        String kernel = SocketFailure.text(thrown).toLowerCase(Locale.ROOT);
        if (port == 0) {
            return Optional.empty();
        }
        if (kernel.contains("address already in use")) {
            return Optional.of("port " + port + " is in use: end what has it, or give another");
        }
        // The kernel says the same of an address that is not ours.
        if (kernel.contains("cannot assign requested address") && isOurs(local.getAddress())) {
            return Optional.of(
                    "port "
                            + port
                            + " has a connection to it already: give another, or wait a minute if"
                            + " that has ended");
        }
        return kernel.contains("permission denied") && port < PRIVILEGED
                ? Optional.of("port " + port + " is for root alone: give one from 1024 on")
                : Optional.empty();
    }

    private static boolean isOurs(InetAddress address) {
        try {
            return address.isAnyLocalAddress()
                    || address.isLoopbackAddress()
                    || NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return false; // interfaces cannot be listed
        }
    }
}
