package io.echo.server;

import io.echo.net.Protocol;
import io.echo.server.config.Addresses;
import io.echo.server.config.ServerConfig;
import io.echo.server.fault.FaultPorts;
import io.echo.server.loop.BindFailure;
import io.echo.server.loop.BindPlan;
import io.echo.server.loop.BindTries;
import io.echo.server.tcp.Listeners;
import io.echo.server.tls.TlsEcho;
import io.echo.server.udp.UdpPolicies;
import io.echo.server.udp.UdpSockets;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The sockets of a server, which are bound together or not at all. Not thread-safe: the server that
 * owns them holds its lock.
 */
final class BoundSockets {
    private final ServerConfig config;
    private final UdpPolicies policies;
    private final UdpSockets udp;
    private final Listeners tcp;
    private final Optional<TlsEcho> tls;
    private final FaultPorts faults;

    /** Makes one without sockets. */
    BoundSockets(
            ServerConfig config,
            UdpPolicies policies,
            UdpSockets udp,
            Listeners tcp,
            Optional<TlsEcho> tls,
            FaultPorts faults) {
        this.config = config;
        this.policies = policies;
        this.udp = udp;
        this.tcp = tcp;
        this.tls = tls;
        this.faults = faults;
    }

    /** Binds every socket. */
    void bind(BindPlan plan) throws BindFailure {
        bindEcho(plan);
        faults.bind(plan, policies, udp.addresses());
    }

    private void bindEcho(BindPlan plan) throws BindFailure {
        boolean anyPort =
                config.listen().port() == 0
                        || config.tls().stream().anyMatch(port -> port.port() == 0);
        BindTries.run(anyPort, () -> bindOnce(plan), this::closeShared);
    }

    private void closeShared() {
        shared().forEach(socket -> socket.close().awaitUninterruptibly());
        tcp.clear();
        tls.ifPresent(TlsEcho::clear);
        udp.clear();
    }

    private void bindOnce(BindPlan plan) throws BindFailure {
        int port = config.listen().port();
        if (config.listen().protocols().contains(Protocol.TCP)) {
            port = tcp.bind(plan, port);
        }
        if (port != 0) {
            policies.refusePort(port);
        }
        policies.refusePort(udp.bind(plan, port));
        if (tls.isPresent()) {
            tls.get().bind(plan);
        }
    }

    /** Accepts connections from now on: those that wait, and all that come. */
    void accept() {
        tcp.accept();
        tls.ifPresent(TlsEcho::accept);
    }

    /** Returns the bound addresses, with that of the admin port. */
    Addresses addresses(Optional<InetSocketAddress> admin) {
        return new Addresses(
                udp.addresses(),
                tcp.addresses(),
                admin,
                tls.map(TlsEcho::addresses).orElse(List.of()),
                faults.numbers());
    }

    /** Returns every listener. */
    List<Channel> listeners() {
        List<Channel> listeners = new ArrayList<>(tcp.channels());
        tls.ifPresent(it -> listeners.addAll(it.channels()));
        return listeners;
    }

    /** Returns every open socket but those of fault ports: datagram channels and listeners. */
    List<Channel> shared() {
        List<Channel> sockets = listeners();
        sockets.addAll(udp.channels());
        return sockets;
    }
}
