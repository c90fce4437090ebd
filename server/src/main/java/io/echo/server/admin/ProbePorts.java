package io.echo.server.admin;

import io.echo.server.admission.ProbePass;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * The sockets of the probes of one protocol. Each has its pass for as long as it is open, so that
 * the next owner of its port is a client like any other.
 *
 * <p>One whose probe has failed stays open for a while: a server under load reads the datagram, or
 * accepts the connection, later, and must know it then. So at the most {@value #LATE} sockets are
 * open beside the one that probes. Thread-safe.
 */
final class ProbePorts {
    /** Most sockets that are kept after their probe. */
    static final int LATE = 4;

    /** Time after which a late probe counts as lost; longer than so many take to fail. */
    private static final long LATE_NS = TimeUnit.SECONDS.toNanos(10);

    private record Port(Closeable socket, InetSocketAddress address, long openedNs) {}

    private final ProbePass pass;

    /** Oldest first; guarded by this. */
    private final Deque<Port> open = new ArrayDeque<>();

    /** Guarded by this. */
    private boolean closed;

    ProbePorts(ProbePass pass) {
        this.pass = pass;
    }

    /** Grants a pass to a socket that is about to probe, and lets go of those that are too late. */
    synchronized void open(Closeable socket, InetSocketAddress address) throws IOException {
        if (closed) {
            socket.close();
            throw new IOException("the server is stopping");
        }
        long nowNs = System.nanoTime();
        while (open.size() > LATE
                || !open.isEmpty() && nowNs - open.element().openedNs() > LATE_NS) {
            close(open.remove());
        }
        pass.grant(address);
        open.add(new Port(socket, address, nowNs));
    }

    /** Closes the last one: its probe is over, or has never left. */
    synchronized void closeLast() {
        if (!closed) {
            close(open.removeLast());
        }
    }

    /** Closes all, once nothing can be read any more, and what is opened later at once. */
    synchronized void close() {
        closed = true;
        open.forEach(this::close);
        open.clear();
    }

    private void close(Port port) {
        try {
            port.socket().close();
        } catch (IOException e) {
            // It is closed all the same.
        }
        pass.revoke(port.address());
    }
}
