package io.echo.bench.load;

import io.echo.client.socket.HostLookup;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.echo.server.EchoServer;
import io.echo.server.config.ServerConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The service under test: the target, or our own server in this process.
 *
 * @param addresses of the target: TCP tries each in order, UDP takes the first
 * @param server our own server, which {@link #close} ends; empty for a target
 */
public record Endpoint(
        Target target, List<InetSocketAddress> addresses, Optional<EchoServer> server)
        implements AutoCloseable {
    /** The largest packet on most networks. */
    private static final int ETHERNET_BYTES = 1_500;

    /** Looks up the target's addresses; sends nothing to it. */
    public static Endpoint of(Target target, Duration timeout)
            throws IOException, InterruptedException {
        return of(target, timeout, new CompletableFuture<>());
    }

    /** Does the same until it is stopped; it has no addresses then, and the run does not begin. */
    public static Endpoint of(Target target, Duration timeout, CompletableFuture<?> stop)
            throws IOException, InterruptedException {
        return new Endpoint(target, HostLookup.addresses(target, timeout, stop), Optional.empty());
    }

    /** Starts our own server on a free loopback port, with this number of event loops. */
    public static Endpoint embedded(Transport transport, Protocol protocol, int loops)
            throws IOException {
        EchoServer server =
                EchoServer.start(
                        ServerConfig.DEFAULT
                                .withListen(
                                        ServerConfig.Listen.DEFAULT
                                                .withHosts("127.0.0.1")
                                                .withPort(0)
                                                .withProtocols(protocol)
                                                .withTransport(transport)
                                                .withLoops(loops))
                                .withAdmin(Optional.empty()));
        boolean udp = protocol == Protocol.UDP;
        InetSocketAddress address =
                (udp ? server.addresses().udp() : server.addresses().tcp()).get(0);
        Protocol scheme = udp ? Protocol.UDP : Protocol.TCP;
        return new Endpoint(
                new Target(scheme, address.getAddress().getHostAddress(), address.getPort()),
                List.of(address),
                Optional.of(server));
    }

    public boolean isEmbedded() {
        return server.isPresent();
    }

    /** Returns the place of the service, which probes reach over this version of IP. */
    Measurement.Place place(boolean ipv6) {
        boolean local =
                addresses.stream().map(InetSocketAddress::getAddress).anyMatch(Endpoint::isOurs);
        return new Measurement.Place(
                isEmbedded(), local, ipv6, local ? loopbackBytes() : ETHERNET_BYTES);
    }

    /** Returns the largest packet on the interface that carries what a machine sends to itself. */
    private static int loopbackBytes() {
        try {
            NetworkInterface loopback =
                    NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
            return loopback == null ? ETHERNET_BYTES : loopback.getMTU();
        } catch (SocketException e) {
            return ETHERNET_BYTES;
        }
    }

    private static boolean isOurs(InetAddress address) {
        try {
            return address.isLoopbackAddress()
                    || NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return false; // interfaces cannot be listed
        }
    }

    /** Returns whether an address is outside loopback and private networks. */
    public boolean isPublic() {
        return addresses.stream().map(InetSocketAddress::getAddress).anyMatch(HostLookup::isPublic);
    }

    @Override
    public void close() {
        server.ifPresent(EchoServer::close);
    }
}
