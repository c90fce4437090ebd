package io.echo.client.ping;

import io.echo.client.probe.Flow;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.OptionalInt;
import java.util.Set;

/** One socket of a ping, on its event loop. */
final class PingSocket {
    final Flow flow;

    /** Its place among the sockets, from 0. */
    final int number;

    final InetSocketAddress local;
    final InetSocketAddress remote;

    /** Its local port, where there are several sockets. */
    final OptionalInt port;

    /** Probes in flight, oldest first, of which nothing was told. */
    final Set<Long> waiting = new LinkedHashSet<>();

    /** The latest probe that an intact reply has come to. */
    long latest = -1;

    PingSocket(Flow flow, int number, InetSocketAddress remote, boolean several) {
        this.flow = flow;
        this.number = number;
        this.local = flow.localAddress();
        this.remote = remote;
        this.port = several ? OptionalInt.of(local.getPort()) : OptionalInt.empty();
    }
}
