package io.echo.client.mtu;

import io.echo.client.mtu.MtuResult.Ports;
import io.echo.client.socket.SourcePorts;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Finds a local port that the echo answers, where the first one hears nothing: routers and
 * balancers spread traffic by ports, so one port may be dead while others live.
 *
 * <p>Seven more ports, those that follow the first where they are free, have five small datagrams
 * each. Waits until each port has its answer, at most one timeout; where some are refused and none
 * is answered, 300 ms, since hosts limit the number of their ICMP errors.
 */
final class PortSearch {
    /** Ports in all. */
    private static final int PORTS = 8;

    private static final int TRIES = 5;
    private static final long GAP_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long GRACE_NS = TimeUnit.MILLISECONDS.toNanos(300);

    /** Time between two looks at all ports. */
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(5);

    /** Opens one more socket; port 0 is one that the kernel picks. */
    interface Opener {
        PathSocket open(int port) throws IOException;
    }

    private final List<PathSocket> sockets = new ArrayList<>();
    private final PathSocket first;
    private final long timeoutNs;

    PortSearch(PathSocket first, Duration timeout) {
        this.first = first;
        this.timeoutNs = timeout.toNanos();
        sockets.add(first);
    }

    /** Asks, and returns the first port that was answered; the first of all when none was. */
    PathSocket run(Opener opener) throws StoppedException, IOException {
        for (int i = 1; i < PORTS; i++) {
            sockets.add(open(opener, SourcePorts.after(first.local().getPort(), i)));
        }
        long gapNs = Math.min(GAP_NS, timeoutNs / (2 * TRIES));
        for (int i = 0; i < TRIES && !isSettled(); i++) {
            for (PathSocket socket : sockets) {
                if (!isSettled(socket)) {
                    socket.send(DatagramBook.SMALL_BYTES);
                }
            }
            waitUntil(System.nanoTime() + gapNs);
        }
        long lastNs = System.nanoTime();
        waitUntil(lastNs + Math.min(timeoutNs, GRACE_NS));
        boolean refused = sockets.stream().anyMatch(socket -> socket.book().isRefused());
        if (!refused || sockets.stream().anyMatch(PortSearch::isHeard)) {
            waitUntil(lastNs + timeoutNs);
        }
        return sockets.stream().filter(PortSearch::isHeard).findFirst().orElse(first);
    }

    /** Returns how many ports were asked, and which of them got no answer. */
    Ports ports() {
        return new Ports(
                sockets.size(),
                sockets.stream()
                        .filter(socket -> !isHeard(socket))
                        .map(socket -> socket.local().getPort())
                        .toList());
    }

    private static PathSocket open(Opener opener, int port) throws IOException {
        try {
            return opener.open(port);
        } catch (IOException e) {
            return opener.open(0); // taken; another one
        }
    }

    private void waitUntil(long timeNs) throws StoppedException {
        while (!isSettled() && System.nanoTime() - timeNs < 0) {
            long lookNs = Math.min(timeNs, System.nanoTime() + LOOK_NS);
            first.book().await(lookNs, this::isSettled);
        }
    }

    private boolean isSettled() {
        return sockets.stream().allMatch(PortSearch::isSettled);
    }

    private static boolean isSettled(PathSocket socket) {
        return isHeard(socket) || socket.book().isRefused();
    }

    private static boolean isHeard(PathSocket socket) {
        return socket.book().smallReceived() > 0;
    }
}
