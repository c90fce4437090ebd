package io.echo.server;

import io.echo.server.ServerConfig.Access;
import io.echo.server.ServerConfig.Admin;
import io.echo.server.ServerConfig.Drain;
import io.echo.server.ServerConfig.Listen;
import io.echo.server.ServerConfig.TcpLimits;
import io.echo.server.ServerConfig.UdpLimits;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import picocli.CommandLine.Option;

/** The flags of the server, as text; {@link #config} reads them. Help prints these defaults. */
final class ServerFlags {
    private static final String DEFAULTS = " Default: ${DEFAULT-VALUE}.";

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            split = ",",
            description =
                    "Address or name to listen on; repeatable. Default: every address that the"
                            + " interfaces list.")
    private List<String> hosts = List.of();

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "" + Listen.DEFAULT_PORT,
            description = "UDP and TCP port, 0 for any free one." + DEFAULTS)
    private String port;

    @Option(
            names = "--protocols",
            paramLabel = "LIST",
            split = ",",
            defaultValue = "udp,tcp",
            completionCandidates = Completion.Protocols.class,
            description = "What to echo over." + DEFAULTS)
    private List<String> protocols;

    @Option(
            names = "--transport",
            paramLabel = "NAME",
            defaultValue = "nio",
            completionCandidates = Completion.Transports.class,
            description =
                    "nio, epoll, io_uring, or auto: epoll where it works, else nio." + DEFAULTS)
    private String transport;

    @Option(
            names = "--loops",
            paramLabel = "N",
            description = "Event loops, each a thread. Default: the number of cores.")
    private Optional<String> loops;

    @Option(
            names = "--admin-host",
            paramLabel = "ADDRESS",
            defaultValue = Admin.DEFAULT_HOST,
            description = "Address of health, metrics and info." + DEFAULTS)
    private String adminHost;

    @Option(
            names = "--admin-port",
            paramLabel = "N",
            description =
                    "Its port, 0 for any free one, or off. Default: --port + 1, or any free one"
                            + " when that is 0.")
    private Optional<String> adminPort;

    @Option(
            names = "--allow",
            paramLabel = "CIDR",
            split = ",",
            description = "Answer only these sources; the most specific block decides.")
    private List<String> allow = List.of();

    @Option(
            names = "--deny",
            paramLabel = "CIDR",
            split = ",",
            description = "Do not answer these sources.")
    private List<String> deny = List.of();

    @Option(
            names = "--trusted",
            paramLabel = "CIDR",
            split = ",",
            description =
                    "Sources exempt from limits per source, or none. Default: loopback, private,"
                            + " link-local, unique local, 100.64.0.0/10, and this host's own.")
    private List<String> trusted = List.of();

    @Option(
            names = "--allow-source-ports",
            paramLabel = "LIST",
            split = ",",
            description =
                    "Answer datagrams from these ports too, although no client uses them:"
                            + " 53,1000-1023.")
    private List<String> allowSourcePorts = List.of();

    @Option(
            names = "--udp-rate",
            paramLabel = "RATE",
            defaultValue = "1000/s",
            description = "Datagrams echoed per source, a /24 or /64." + DEFAULTS)
    private String udpRate;

    @Option(
            names = "--udp-bytes-rate",
            paramLabel = "RATE",
            defaultValue = "1048576/s",
            description = "Their bytes." + DEFAULTS)
    private String udpBytesRate;

    @Option(
            names = "--max-datagram",
            paramLabel = "BYTES",
            defaultValue = "65527",
            description = "Larger datagrams are dropped, never cut." + DEFAULTS)
    private String maxDatagram;

    @Option(
            names = "--max-connections",
            paramLabel = "N",
            description =
                    "Open at once. Default: what the descriptor limit, direct memory (256 KiB each)"
                            + " and half of a container's memory (1 MiB each) allow; 10000 at"
                            + " most.")
    private Optional<String> maxConnections;

    @Option(
            names = "--max-connections-per-source",
            paramLabel = "N",
            defaultValue = "256",
            description = "Open at once per untrusted source." + DEFAULTS)
    private String maxConnectionsPerSource;

    @Option(
            names = "--accept-rate",
            paramLabel = "RATE",
            defaultValue = "100/s",
            description = "New connections per untrusted source." + DEFAULTS)
    private String acceptRate;

    @Option(
            names = "--idle-timeout",
            paramLabel = "TIME",
            defaultValue = "5m",
            description =
                    "Close a silent connection, sooner as the table fills; 0 for never." + DEFAULTS)
    private String idleTimeout;

    @Option(
            names = "--half-closed-timeout",
            paramLabel = "TIME",
            defaultValue = "30s",
            description = "Reset one that has finished sending and takes nothing." + DEFAULTS)
    private String halfClosedTimeout;

    @Option(
            names = "--stall-timeout",
            paramLabel = "TIME",
            defaultValue = "30s",
            description = "Reset one that sends and takes nothing." + DEFAULTS)
    private String stallTimeout;

    @Option(
            names = "--drain-delay",
            paramLabel = "TIME",
            defaultValue = "0s",
            description = "After SIGTERM: serve on, not ready, for so long." + DEFAULTS)
    private String drainDelay;

    @Option(
            names = "--drain-timeout",
            paramLabel = "TIME",
            defaultValue = "5s",
            description = "Then let what is in flight finish, for so long at most." + DEFAULTS)
    private String drainTimeout;

    @Option(
            names = "--log-format",
            paramLabel = "FORMAT",
            defaultValue = "text",
            completionCandidates = Completion.Formats.class,
            description = "Of the log on stderr: text or json." + DEFAULTS)
    private String logFormat;

    /** Whether the log is JSON, one object a line. */
    boolean jsonLog() {
        return switch (logFormat.strip()) {
            case "text" -> false;
            case "json" -> true;
            default ->
                    throw new IllegalArgumentException(
                            "--log-format must be text or json, got " + logFormat);
        };
    }

    /**
     * Reads every flag.
     *
     * @throws IllegalArgumentException for the first that cannot be meant
     */
    ServerConfig config() {
        int portNumber = Values.number("--port", port);
        Listen listen =
                new Listen(
                        hosts.stream().map(String::strip).toList(),
                        portNumber,
                        parseProtocols(protocols),
                        parseTransport(transport),
                        loops.map(text -> Values.number("--loops", text))
                                .orElse(Listen.DEFAULT.loops()));
        ServerConfig config = new ServerConfig(
                listen,
                admin(portNumber),
                new Access(
                        trusted(),
                        Values.blocks("--allow", allow),
                        Values.blocks("--deny", deny)),
                new UdpLimits(
                        Values.rate("--udp-rate", udpRate),
                        Values.rate("--udp-bytes-rate", udpBytesRate),
                        Values.number("--max-datagram", maxDatagram),
                        Values.ports("--allow-source-ports", allowSourcePorts)),
                tcpLimits(),
                new Drain(
                        Values.duration("--drain-delay", drainDelay),
                        Values.duration("--drain-timeout", drainTimeout)));
        config.admin().ifPresent(admin -> requireOtherPort(config.listen(), admin));
        return config;
    }

    /** Refuses one TCP port for the echo and for admin where an address would be common. */
    private static void requireOtherPort(Listen listen, Admin admin) {
        boolean common =
                listen.hosts().isEmpty()
                        || listen.hosts().stream().anyMatch(
                                host -> meet(host, admin.host()) || meet(admin.host(), host));
        if (common
                && listen.protocols().contains(Protocol.TCP)
                && admin.port() > 0
                && admin.port() == listen.port()) {
            throw new IllegalArgumentException(
                    "--admin-port must not be --port, got " + admin.port());
        }
    }

    /** Whether a host is another one, or a wildcard that takes it in: {@code ::} may take both. */
    private static boolean meet(String host, String other) {
        return host.equals(other)
                || host.equals("::")
                || host.equals("0.0.0.0") && !other.contains(":");
    }

    private List<Cidr> trusted() {
        if (trusted.isEmpty()) {
            return Access.DEFAULT.trusted();
        }
        return trusted.equals(List.of("none"))
                ? List.of()
                : Values.blocks("--trusted", trusted);
    }

    private TcpLimits tcpLimits() {
        return new TcpLimits(
                maxConnections
                        .map(text -> OptionalInt.of(Values.number("--max-connections", text)))
                        .orElse(OptionalInt.empty()),
                Values.number("--max-connections-per-source", maxConnectionsPerSource),
                Values.rate("--accept-rate", acceptRate),
                Values.duration("--idle-timeout", idleTimeout),
                Values.duration("--half-closed-timeout", halfClosedTimeout),
                Values.duration("--stall-timeout", stallTimeout));
    }

    private Optional<Admin> admin(int echoPort) {
        if (adminPort.isPresent()) {
            return adminPort.get().equals("off")
                    ? Optional.empty()
                    : Optional.of(
                            new Admin(adminHost, Values.number("--admin-port", adminPort.get())));
        }
        if (echoPort == 65_535) {
            throw new IllegalArgumentException(
                    "--admin-port must be given when --port is 65535, got none");
        }
        return Optional.of(new Admin(adminHost, echoPort <= 0 ? 0 : echoPort + 1));
    }

    private static Set<Protocol> parseProtocols(List<String> names) {
        Set<Protocol> parsed = EnumSet.noneOf(Protocol.class);
        for (String name : names) {
            parsed.add(
                    switch (name.strip()) {
                        case "udp" -> Protocol.UDP;
                        case "tcp" -> Protocol.TCP;
                        default ->
                                throw new IllegalArgumentException(
                                        "--protocols must be udp, tcp or both, got " + name);
                    });
        }
        return parsed;
    }

    private static Transport parseTransport(String name) {
        return switch (name.strip()) {
            case "nio" -> Transport.NIO;
            case "epoll" -> Transport.EPOLL;
            case "io_uring" -> Transport.IO_URING;
            case "auto" -> Transport.best();
            default ->
                    throw new IllegalArgumentException(
                            "--transport must be nio, epoll, io_uring or auto, got " + name);
        };
    }
}
