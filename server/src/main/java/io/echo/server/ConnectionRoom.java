package io.echo.server;

import io.echo.server.admin.AdminServer;
import io.echo.server.fault.FaultPorts;
import io.echo.server.loop.Budget;
import io.echo.server.loop.Descriptors;
import io.echo.server.tcp.TcpAdmission;
import io.echo.server.udp.UdpSockets;
import java.io.IOException;
import java.util.OptionalInt;

/**
 * The room that datagram sockets leave for connections: both need descriptors, of which a process
 * has so many. Not thread-safe; its server guards it.
 */
final class ConnectionRoom {
    private final Budget budget;
    private final UdpSockets udp;
    private final FaultPorts faults;
    private final TcpAdmission admission;

    /** Set when the first sockets are bound. */
    private Descriptors descriptors;

    ConnectionRoom(Budget budget, UdpSockets udp, FaultPorts faults, TcpAdmission admission) {
        this.budget = budget;
        this.udp = udp;
        this.faults = faults;
        this.admission = admission;
    }

    /**
     * Divides the descriptors among the plain port and those that misbehave, and limits connections
     * to the rest.
     *
     * @param accepting listeners that may hold a connection of their own at a time
     * @param admin true leaves descriptors for the admin port
     * @param wanted connections that a flag asks for
     * @throws IOException if there are too few
     */
    void divide(int accepting, boolean admin, OptionalInt wanted) throws IOException {
        int others = admin ? AdminServer.DESCRIPTORS : 0;
        Descriptors all = Descriptors.count(datagramSockets(), accepting, others);
        descriptors = faults.accept(all, datagramSockets());
        descriptors.require(datagramSockets(), wanted.orElse(0));
        limit();
    }

    /** Limits connections to what the datagram sockets of now leave. */
    void limit() {
        limit(datagramSockets());
    }

    /**
     * Lowers the limit of connections so far that descriptors are left for more datagram sockets.
     *
     * @return false while more connections are open, or if so many sockets never fit
     */
    boolean make(int moreSockets) {
        int sockets = datagramSockets() + moreSockets;
        if (descriptors.connections(sockets) < 1) {
            return false;
        }
        limit(sockets);
        return admission.open() <= admission.limit();
    }

    int datagramSockets() {
        return udp.channels().size() + faults.datagramSockets();
    }

    private void limit(int datagramSockets) {
        long allowed = descriptors.connections(datagramSockets);
        admission.setLimit((int) Math.min(budget.maxConnections(), allowed));
    }
}
