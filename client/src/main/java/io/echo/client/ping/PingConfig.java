package io.echo.client.ping;

import io.echo.client.socket.Layers;
import io.echo.client.socket.SocketOptions;
import io.echo.client.socket.SourcePorts;
import io.echo.net.Target;
import io.echo.net.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The settings of one ping.
 *
 * @param count probes to send; empty for no end
 * @param deadline when it ends, from the first probe on, whatever was sent; empty for never
 * @param bytes of each probe
 * @param timeout until a reply is late, and how long the last one is waited for
 * @param layers between the sockets and the probes
 */
public record PingConfig(
        Target target,
        Optional<Long> count,
        Optional<Duration> deadline,
        Duration interval,
        int bytes,
        Duration timeout,
        Transport transport,
        Origin origin,
        Layers layers) {
    /**
     * Where probes leave from, and how.
     *
     * @param bind the local address; empty for the kernel's choice
     * @param ports of the flows, which send in turn; empty for one flow of any port
     */
    public record Origin(
            Optional<InetAddress> bind, Optional<SourcePorts> ports, SocketOptions options) {
        int flows() {
            return ports.map(SourcePorts::count).orElse(1);
        }

        /** Returns where a flow sends from; empty for the kernel's choice. */
        Optional<InetSocketAddress> local(int flow, boolean ipv4) {
            List<InetAddress> addresses = bind.map(List::of).orElse(List.of());
            return ports.map(from -> from.local(flow, addresses, ipv4))
                    .or(() -> bind.map(address -> new InetSocketAddress(address, 0)));
        }
    }
}
