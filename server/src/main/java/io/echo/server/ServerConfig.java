package io.echo.server;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Everything a server can be told, by concern; immutable, and valid once it exists.
 *
 * <p>Constructors reject what cannot be meant with an {@link IllegalArgumentException} in the words
 * of the command line: {@code --port must be a number from 0 to 65535, got 70000}. What only this
 * machine can say (is the port free, is the address ours) is for {@link EchoServer#start}.
 *
 * @param listen where to listen, and on what
 * @param admin where health is asked for; empty for nowhere
 */
public record ServerConfig(Listen listen, Optional<Admin> admin) {
    /** Every address of this machine on port 2105, UDP and TCP; health on loopback, port 2106. */
    public static final ServerConfig DEFAULT =
            new ServerConfig(Listen.DEFAULT, Optional.of(Admin.DEFAULT));

    /** Returns a copy that listens otherwise. */
    public ServerConfig withListen(Listen changed) {
        return new ServerConfig(changed, admin);
    }

    /** Returns a copy whose health is asked for elsewhere, or nowhere. */
    public ServerConfig withAdmin(Optional<Admin> changed) {
        return new ServerConfig(listen, changed);
    }

    /**
     * Where to listen, and on what.
     *
     * @param hosts addresses or names; empty for every address that the interfaces list; {@code
     *     0.0.0.0} and {@code ::} for every one of their family
     * @param port 1..65535, or 0 for one that is free on UDP, TCP and every address alike
     * @param protocols at least one
     * @param transport the mechanism, exactly: an unavailable one is not replaced
     * @param loops event loops, each a thread; UDP shards every address over all of them
     */
    public record Listen(
            List<String> hosts,
            int port,
            Set<Protocol> protocols,
            Transport transport,
            int loops) {
        /** 2105, UDP and TCP alike. */
        public static final int DEFAULT_PORT = 2105;

        /** Far above any sensible number of cores. */
        private static final int MAX_LOOPS = 1024;

        /** Every listed address, port 2105, UDP and TCP, NIO, a loop for each core. */
        public static final Listen DEFAULT =
                new Listen(
                        List.of(),
                        DEFAULT_PORT,
                        Set.of(Protocol.values()),
                        Transport.NIO,
                        Math.min(Runtime.getRuntime().availableProcessors(), MAX_LOOPS));

        /** Copies the collections and checks the ranges. */
        public Listen {
            hosts = List.copyOf(hosts);
            protocols = Set.copyOf(protocols);
            Require.range("--port", port, 0, 65_535);
            Require.range("--loops", loops, 1, MAX_LOOPS);
            if (protocols.isEmpty()) {
                throw new IllegalArgumentException("--protocols must name udp or tcp, got none");
            }
            for (String host : hosts) {
                if (host.isBlank()) {
                    throw new IllegalArgumentException("--host must be an address, got nothing");
                }
            }
        }

        /** Returns a copy that listens on these addresses only. */
        public Listen withHosts(String... changed) {
            return new Listen(List.of(changed), port, protocols, transport, loops);
        }

        /** Returns a copy on another port. */
        public Listen withPort(int changed) {
            return new Listen(hosts, changed, protocols, transport, loops);
        }

        /** Returns a copy that echoes over these protocols only. */
        public Listen withProtocols(Protocol... changed) {
            return new Listen(hosts, port, Set.of(changed), transport, loops);
        }

        /** Returns a copy on another transport. */
        public Listen withTransport(Transport changed) {
            return new Listen(hosts, port, protocols, changed, loops);
        }

        /** Returns a copy with another number of event loops. */
        public Listen withLoops(int changed) {
            return new Listen(hosts, port, protocols, transport, changed);
        }
    }

    /**
     * Where health is asked for over HTTP, on an event loop of its own.
     *
     * @param host one address or name; loopback unless a network policy guards the port
     * @param port 1..65535, or 0 for any free one
     */
    public record Admin(String host, int port) {
        /** Loopback. */
        public static final String DEFAULT_HOST = "127.0.0.1";

        /** Loopback, one above the default echo port. */
        public static final Admin DEFAULT = new Admin(DEFAULT_HOST, Listen.DEFAULT_PORT + 1);

        /** Checks the range. */
        public Admin {
            Require.range("--admin-port", port, 0, 65_535);
            if (host.isBlank()) {
                throw new IllegalArgumentException("--admin-host must be an address, got nothing");
            }
        }
    }
}
