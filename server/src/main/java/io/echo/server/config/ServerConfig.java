package io.echo.server.config;

import io.echo.cli.FlagValues;
import io.echo.net.HostText;
import io.echo.net.Protocol;
import io.echo.net.Transport;
import io.echo.server.EchoServer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Configuration of a server, by concern; immutable, and valid once it exists.
 *
 * <p>Constructors reject wrong values with an {@link IllegalArgumentException} in the words of the
 * command line: {@code --port must be a number from 0 to 65535, got 70000}. {@link
 * EchoServer#start} checks what depends on the machine: a free port, an address of ours.
 *
 * @param listen addresses, port and protocols to listen on
 * @param admin the admin port; empty for none
 * @param access sources that may be answered
 * @param udp limits of the answers to one source over UDP
 * @param tcp limits of connections
 * @param drain time for a stop to let work finish
 * @param tls the port for TLS; empty for none
 * @param faults ports that misbehave as told; none in the default
 */
public record ServerConfig(
        Listen listen,
        Optional<Admin> admin,
        Access access,
        UdpLimits udp,
        TcpLimits tcp,
        Drain drain,
        Optional<TlsPort> tls,
        Faults faults) {
    /** Every address of this machine on port 2105, UDP and TCP; health on loopback, port 2106. */
    public static final ServerConfig DEFAULT =
            new ServerConfig(
                    Listen.DEFAULT,
                    Optional.of(Admin.DEFAULT),
                    Access.DEFAULT,
                    UdpLimits.DEFAULT,
                    TcpLimits.DEFAULT,
                    Drain.DEFAULT,
                    Optional.empty(),
                    Faults.NONE);

    /** Returns a copy with other addresses, protocols or loops. */
    public ServerConfig withListen(Listen changed) {
        return new ServerConfig(changed, admin, access, udp, tcp, drain, tls, faults);
    }

    /** Returns a copy with another admin port, or none. */
    public ServerConfig withAdmin(Optional<Admin> changed) {
        return new ServerConfig(listen, changed, access, udp, tcp, drain, tls, faults);
    }

    /** Returns a copy that answers or trusts others. */
    public ServerConfig withAccess(Access changed) {
        return new ServerConfig(listen, admin, changed, udp, tcp, drain, tls, faults);
    }

    /** Returns a copy with other limits for datagrams. */
    public ServerConfig withUdp(UdpLimits changed) {
        return new ServerConfig(listen, admin, access, changed, tcp, drain, tls, faults);
    }

    /** Returns a copy with other limits for connections. */
    public ServerConfig withTcp(TcpLimits changed) {
        return new ServerConfig(listen, admin, access, udp, changed, drain, tls, faults);
    }

    /** Returns a copy with other times for a stop. */
    public ServerConfig withDrain(Drain changed) {
        return new ServerConfig(listen, admin, access, udp, tcp, changed, tls, faults);
    }

    /** Returns a copy with a port for TLS, or none. */
    public ServerConfig withTls(Optional<TlsPort> changed) {
        return new ServerConfig(listen, admin, access, udp, tcp, drain, changed, faults);
    }

    /** Returns a copy with other ports that misbehave. */
    public ServerConfig withFaults(Faults changed) {
        return new ServerConfig(listen, admin, access, udp, tcp, drain, tls, changed);
    }

    /**
     * Addresses, port, protocols, transport and loops.
     *
     * @param hosts addresses or names; empty for every address that the interfaces list; {@code
     *     0.0.0.0} and {@code ::} for every one of their family
     * @param port 1..65535, or 0 for one that is free on UDP, TCP and every address alike
     * @param protocols at least one
     * @param transport the mechanism, exactly: an unavailable one is not replaced
     * @param loops event loops, each a thread; UDP shards every address over all of them
     */
    public record Listen(
            List<String> hosts, int port, Set<Protocol> protocols, Transport transport, int loops) {
        /** 2105, UDP and TCP alike. */
        public static final int DEFAULT_PORT = 2105;

        /** Most loops that a server takes; far above any sensible number of cores. */
        public static final int MAX_LOOPS = 1024;

        /**
         * Every listed address, port 2105, UDP and TCP, NIO, a loop for each core; fewer loops
         * where direct memory is small.
         */
        public static final Listen DEFAULT =
                new Listen(
                        List.of(),
                        DEFAULT_PORT,
                        Set.of(Protocol.values()),
                        Transport.NIO,
                        DefaultLoops.count(
                                Math.min(Runtime.getRuntime().availableProcessors(), MAX_LOOPS)));

        /** Copies the collections and checks the ranges. */
        public Listen {
            hosts = hosts.stream().map(host -> HostText.read("--host", host)).toList();
            protocols = Set.copyOf(protocols);
            FlagValues.requireRange("--port", port, 0, 65_535);
            FlagValues.requireRange("--loops", loops, 1, MAX_LOOPS);
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
     * The admin port, which serves HTTP on an event loop of its own.
     *
     * @param host one address or name; loopback unless a network policy guards the port
     * @param port 1..65535, or 0 for any free one
     * @param names names in a request's Host that are answered beside loopback's; empty for those
     *     alone where a connection arrives on loopback, and any name elsewhere
     */
    public record Admin(String host, int port, List<String> names) {
        /** Loopback. */
        public static final String DEFAULT_HOST = "127.0.0.1";

        /** Loopback, one above the default echo port. */
        public static final Admin DEFAULT = new Admin(DEFAULT_HOST, Listen.DEFAULT_PORT + 1);

        private static final Pattern NAME = Pattern.compile("[^\\s/@:]+|[0-9a-fA-F:.]+");

        /** Makes one that is asked by any name, and on loopback by loopback's. */
        public Admin(String host, int port) {
            this(host, port, List.of());
        }

        /** Copies the names and checks the ranges. */
        public Admin {
            host = HostText.read("--admin-host", host);
            names = names.stream().map(Admin::readName).toList();
            FlagValues.requireRange("--admin-port", port, 0, 65_535);
            if (host.isBlank()) {
                throw new IllegalArgumentException("--admin-host must be an address, got nothing");
            }
        }

        private static String readName(String name) {
            String read = HostText.read("--admin-name", name);
            if (!NAME.matcher(read).matches()) {
                throw new IllegalArgumentException(
                        "--admin-name must be a name or an address without a port, got " + name);
            }
            return read;
        }
    }

    /**
     * Sources that may be answered, and those that are trusted.
     *
     * @param trusted sources with a rate of their own over UDP, and without a limit per source over
     *     TCP; nobody if it is an empty list. Empty for the default: loopback, this host's own
     *     addresses, over UDP private sources that ask an address of their own block, over TCP all
     *     private ones; no default gateway
     * @param allow if not empty, only these may be answered
     * @param deny these may not; of an allowed and a denied block that hold a source, the more
     *     specific decides
     * @param proxies balancers that say whom they speak for: a PROXY header comes first in what
     *     they send, and all of this is about the client that it names
     */
    public record Access(
            Optional<List<Cidr>> trusted, List<Cidr> allow, List<Cidr> deny, List<Cidr> proxies) {
        /** Trusts no address of the public internet but this host's own; lets everybody in. */
        public static final Access DEFAULT = new Access(Optional.empty(), List.of(), List.of());

        /** Trusts nobody, loopback included; lets everybody in. */
        public static final Access WITHOUT_TRUST = DEFAULT.withTrusted(List.of());

        /** Copies the lists. */
        public Access {
            trusted = trusted.map(List::copyOf);
            allow = List.copyOf(allow);
            deny = List.copyOf(deny);
            proxies = List.copyOf(proxies);
        }

        /** Makes one without balancers. */
        public Access(Optional<List<Cidr>> trusted, List<Cidr> allow, List<Cidr> deny) {
            this(trusted, allow, deny, List.of());
        }

        /** Returns a copy that trusts these and nobody else. */
        public Access withTrusted(List<Cidr> changed) {
            return new Access(Optional.of(changed), allow, deny, proxies);
        }

        /** Returns a copy that answers these alone. */
        public Access withAllow(List<Cidr> changed) {
            return new Access(trusted, changed, deny, proxies);
        }

        /** Returns a copy that does not answer these. */
        public Access withDeny(List<Cidr> changed) {
            return new Access(trusted, allow, changed, proxies);
        }

        /** Returns a copy that believes the PROXY headers of these. */
        public Access withProxies(List<Cidr> changed) {
            return new Access(trusted, allow, deny, changed);
        }
    }

    /**
     * Limits of the answers to one source over UDP.
     *
     * @param datagramsPerSecond for each source prefix (/24 of IPv4, /64 of IPv6), burst one second
     * @param bytesPerSecond of payload, likewise
     * @param trustedDatagramsPerSecond the same for a trusted prefix, and the same multiple of the
     *     bytes; infinite for no limit, empty for {@value #TRUSTED_MULTIPLE} times the others' rate
     * @param maxDatagram larger payloads, in bytes, are dropped whole: 0..65527
     * @param allowedSourcePorts answered although no client uses them
     */
    public record UdpLimits(
            double datagramsPerSecond,
            double bytesPerSecond,
            OptionalDouble trustedDatagramsPerSecond,
            int maxDatagram,
            Set<Integer> allowedSourcePorts) {
        /** Rate of a trusted source, as a multiple of the others', unless one is given. */
        public static final int TRUSTED_MULTIPLE = 1_000;

        /** 1000 datagrams and 1 MiB a second, any size, no refused port. */
        public static final UdpLimits DEFAULT = new UdpLimits(1_000, 1 << 20, 65_527, Set.of());

        /** Copies the set and checks the ranges. */
        public UdpLimits {
            allowedSourcePorts = Set.copyOf(allowedSourcePorts);
            FlagValues.requireRate("--udp-rate", datagramsPerSecond);
            FlagValues.requireRate("--udp-bytes-rate", bytesPerSecond);
            trustedDatagramsPerSecond.stream()
                    .filter(rate -> rate != Double.POSITIVE_INFINITY)
                    .forEach(rate -> FlagValues.requireRate("--trusted-rate", rate));
            FlagValues.requireRange("--max-datagram", maxDatagram, 0, 65_527);
        }

        /** Makes limits with the default multiple for trusted sources. */
        public UdpLimits(
                double datagramsPerSecond,
                double bytesPerSecond,
                int maxDatagram,
                Set<Integer> allowedSourcePorts) {
            this(
                    datagramsPerSecond,
                    bytesPerSecond,
                    OptionalDouble.empty(),
                    maxDatagram,
                    allowedSourcePorts);
        }

        /** Returns the rate of a trusted prefix; infinite without a limit. */
        public double trustedPerSecond() {
            return trustedDatagramsPerSecond.orElse(TRUSTED_MULTIPLE * datagramsPerSecond);
        }
    }

    /**
     * Limits of connections.
     *
     * @param maxConnections open at once; empty for as many as the descriptor limit, direct memory
     *     (256 KiB each) and a container's memory (256 KiB each in half of what the JVM leaves)
     *     allow, 10000 at most
     * @param maxConnectionsPerSource open at once for each untrusted source prefix; empty for a
     *     quarter of all, 256 at most
     * @param acceptsPerSecond new ones for each untrusted source prefix, burst one second
     * @param idleTimeout silence with nothing in flight, shorter as the table fills; zero for never
     * @param halfClosedTimeout no byte taken by a peer that has finished sending
     * @param stallTimeout no byte taken by a peer that is still sending
     */
    public record TcpLimits(
            OptionalInt maxConnections,
            OptionalInt maxConnectionsPerSource,
            double acceptsPerSecond,
            Duration idleTimeout,
            Duration halfClosedTimeout,
            Duration stallTimeout) {
        /** Safe on a public address. */
        public static final TcpLimits DEFAULT =
                new TcpLimits(
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        100,
                        Duration.ofMinutes(5),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(30));

        /** Checks the ranges. */
        public TcpLimits {
            maxConnections.ifPresent(
                    max -> FlagValues.requireRange("--max-connections", max, 1, 1_000_000));
            maxConnectionsPerSource.ifPresent(
                    max ->
                            FlagValues.requireRange(
                                    "--max-connections-per-source", max, 1, 1_000_000));
            FlagValues.requireRate("--accept-rate", acceptsPerSecond);
            FlagValues.requireNotNegative("--idle-timeout", idleTimeout);
            FlagValues.requirePositive("--half-closed-timeout", halfClosedTimeout);
            FlagValues.requirePositive("--stall-timeout", stallTimeout);
        }

        /** Returns how many connections one source may have where so many may be open in all. */
        public int perSource(int allConnections) {
            return maxConnectionsPerSource.orElse(Math.min(256, Math.max(1, allConnections / 4)));
        }
    }

    /**
     * Time for a stop to let work finish.
     *
     * @param delay time of serving on while not ready, for balancers to take note
     * @param timeout longest time for work in flight to finish
     */
    public record Drain(Duration delay, Duration timeout) {
        /** No delay, five seconds. */
        public static final Drain DEFAULT = new Drain(Duration.ZERO, Duration.ofSeconds(5));

        /** Stops at once. */
        public static final Drain NONE = new Drain(Duration.ZERO, Duration.ZERO);

        /** Checks the ranges. */
        public Drain {
            FlagValues.requireNotNegative("--drain-delay", delay);
            FlagValues.requireNotNegative("--drain-timeout", timeout);
        }

        /** Returns the longest time that work in flight may keep a stop. */
        public Duration longest() {
            return delay.plus(timeout);
        }
    }

    /**
     * Ports that misbehave as told, for the tests of others.
     *
     * @param ports none for no faults at all
     * @param forAnybody whether they answer others than trusted sources; a duplicate is more than
     *     was asked for, so that a forged source gets more bytes than were sent in its name
     */
    public record Faults(List<FaultPort> ports, boolean forAnybody) {
        /** No such port. */
        public static final Faults NONE = new Faults(List.of(), false);

        /** Most ports: each has a thread of its own, with some 3 MiB of direct memory. */
        public static final int MAX_PORTS = 16;

        /** Copies the list and checks its length. */
        public Faults {
            ports = List.copyOf(ports);
            if (ports.size() > MAX_PORTS) {
                throw new IllegalArgumentException(
                        String.format(
                                "--fault must be given at most %d times, got %d",
                                MAX_PORTS, ports.size()));
            }
        }
    }
}
