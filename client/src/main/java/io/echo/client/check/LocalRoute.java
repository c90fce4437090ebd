package io.echo.client.check;

import io.echo.client.socket.FailureReason;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.util.Optional;

/**
 * The answer of this machine's own routes, apart from what the path says.
 *
 * <p>Connecting a datagram socket looks a route up and sends nothing, the same on every transport.
 */
final class LocalRoute {
    /** A reason for which nothing can leave this machine. */
    record Obstacle(PathState state, String reason) {}

    private LocalRoute() {}

    /** Returns why nothing can leave this machine for an address; empty if it can. */
    static Optional<Obstacle> obstacle(ServicePath path, InetSocketAddress address) {
        try (DatagramChannel socket = DatagramChannel.open(family(path))) {
            socket.connect(address);
            return Optional.empty();
        } catch (UnsupportedOperationException e) {
            return Optional.of(new Obstacle(PathState.NO_ROUTE, FailureWords.noVersion(path)));
        } catch (IOException e) {
            return Optional.of(
                    FailureReason.ofBroadcast(address, e)
                            .map(reason -> new Obstacle(PathState.FAILED, reason))
                            .orElseGet(
                                    () ->
                                            new Obstacle(
                                                    PathState.NO_ROUTE,
                                                    FailureWords.unrouted(path, e))));
        }
    }

    /** Tells if this machine has a version of IP at all. */
    static boolean has(ServicePath path) {
        try (DatagramChannel socket = DatagramChannel.open(family(path))) {
            return socket.isOpen();
        } catch (UnsupportedOperationException | IOException e) {
            return false;
        }
    }

    private static ProtocolFamily family(ServicePath path) {
        return path.ipv4() ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
    }
}
