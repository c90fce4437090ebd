package io.echo.server.command;

import static io.echo.server.command.FlagTexts.given;
import static io.echo.server.command.FlagTexts.list;
import static io.echo.server.command.FlagTexts.number;
import static io.echo.server.command.FlagTexts.text;
import static io.echo.server.command.FlagTexts.texts;
import static io.echo.server.command.FlagTexts.value;

import io.echo.cli.FlagValues;
import io.echo.net.Protocol;
import io.echo.net.Transport;
import io.echo.net.TransportNames;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import io.echo.server.config.ServerConfig.Access;
import io.echo.server.config.ServerConfig.Admin;
import io.echo.server.config.ServerConfig.Drain;
import io.echo.server.config.ServerConfig.Listen;
import io.echo.server.config.ServerConfig.TcpLimits;
import io.echo.server.config.ServerConfig.UdpLimits;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The flags of the server, as text; {@link #config} reads them. Help prints these defaults.
 *
 * <p>Built in code: reading annotations took picocli 40 ms of a start of 355 ms.
 */
public final class ServerFlags {
    private static final UdpLimits UDP = UdpLimits.DEFAULT;
    private static final TcpLimits TCP = TcpLimits.DEFAULT;
    private static final List<String> PROTOCOLS =
            Stream.of(Protocol.values()).map(Protocol::toString).toList();

    /**
     * Equals {@code Listen.DEFAULT.transport()}, which cannot be asked: it would load classes of
     * Netty, and so the logger, before {@link #jsonLog} has been read.
     */
    private static final String TRANSPORT = "nio";

    private final FlagTexts flags = new FlagTexts();

    private final OptionSpec hosts =
            flags.add(
                    list(
                            "--host",
                            "ADDRESS",
                            "Address or name to listen on; repeatable. Default: every address that"
                                    + " the interfaces list."));
    private final OptionSpec port =
            flags.add(
                    value("--port", "N", "UDP and TCP port, 0 for any free one.")
                            .defaultValue("" + Listen.DEFAULT_PORT));
    private final OptionSpec protocols =
            flags.add(
                    list("--protocols", "LIST", "What to echo over.")
                            .defaultValue(String.join(",", PROTOCOLS))
                            .completionCandidates(PROTOCOLS));
    private final OptionSpec transport =
            flags.add(
                    value("--transport", "NAME", TransportNames.HELP)
                            .defaultValue(TRANSPORT)
                            .completionCandidates(new TransportNames()));
    private final OptionSpec loops =
            flags.add(
                    value(
                            "--loops",
                            "N",
                            "Event loops, each a thread. Default: the number of cores, fewer where"
                                    + " direct memory is small (6 MiB each)."));
    private final OptionSpec adminHost =
            flags.add(
                    value("--admin-host", "ADDRESS", "Address of health, metrics and info.")
                            .defaultValue(Admin.DEFAULT_HOST));
    private final OptionSpec adminPort =
            flags.add(
                    value(
                            "--admin-port",
                            "N",
                            "Its port, 0 for any free one, or off. Default: --port + 1, or any free"
                                    + " one when that is 0."));
    private final OptionSpec adminNames =
            flags.add(
                    list(
                            "--admin-name",
                            "NAME",
                            "Answer there to this name beside localhost; repeatable. Default: any"
                                    + " name, and on loopback localhost alone."));
    private final OptionSpec allow =
            flags.add(
                    list(
                            "--allow",
                            "CIDR",
                            "Answer only these sources; the most specific block decides."));
    private final OptionSpec deny =
            flags.add(list("--deny", "CIDR", "Do not answer these sources."));
    private final OptionSpec trusted =
            flags.add(
                    list(
                            "--trusted",
                            "CIDR",
                            "Sources with --trusted-rate over UDP and without a limit per source"
                                    + " over TCP, or none. Default: this host; over TCP private"
                                    + " sources, over UDP those that ask an address of their own"
                                    + " block; no default gateway."));
    private final OptionSpec proxyFrom =
            flags.add(
                    list(
                            "--proxy-from",
                            "CIDR",
                            "Balancers that send a PROXY header first, for whose clients all of"
                                    + " this is meant; see SECURITY for UDP."));
    private final OptionSpec allowSourcePorts =
            flags.add(
                    list(
                            "--allow-source-ports",
                            "LIST",
                            "Answer datagrams from these ports too, although no client uses them:"
                                    + " 53,1000-1023."));
    private final OptionSpec udpRate =
            flags.add(
                    value("--udp-rate", "RATE", "Datagrams echoed per source, a /24 or /64.")
                            .defaultValue(FlagValues.show(UDP.datagramsPerSecond())));
    private final OptionSpec udpBytesRate =
            flags.add(
                    value("--udp-bytes-rate", "RATE", "Their bytes.")
                            .defaultValue(FlagValues.show(UDP.bytesPerSecond())));
    private final OptionSpec trustedRate =
            flags.add(
                    value(
                            "--trusted-rate",
                            "RATE",
                            "Datagrams echoed per trusted source, and as many times"
                                    + " --udp-bytes-rate; or unlimited. Default: 1000 times"
                                    + " --udp-rate."));
    private final OptionSpec maxDatagram =
            flags.add(
                    value("--max-datagram", "BYTES", "Larger datagrams are dropped, never cut.")
                            .defaultValue(String.valueOf(UDP.maxDatagram())));
    private final OptionSpec maxConnections =
            flags.add(
                    value(
                            "--max-connections",
                            "N",
                            "Open at once. Default: what the descriptor limit, direct memory (256"
                                    + " KiB each), half of the heap (16 KiB each) and a"
                                    + " container's memory allow; 10000 at most."));
    private final OptionSpec maxConnectionsPerSource =
            flags.add(
                    value(
                            "--max-connections-per-source",
                            "N",
                            "Open at once per untrusted source. Default: a quarter of"
                                    + " --max-connections, 256 at most."));
    private final OptionSpec acceptRate =
            flags.add(
                    value("--accept-rate", "RATE", "New connections per untrusted source.")
                            .defaultValue(FlagValues.show(TCP.acceptsPerSecond())));
    private final OptionSpec idleTimeout =
            flags.add(
                    value(
                                    "--idle-timeout",
                                    "TIME",
                                    "Close a silent connection, sooner as the table fills; 0 for"
                                            + " never.")
                            .defaultValue(minutes(TCP.idleTimeout())));
    private final OptionSpec halfClosedTimeout =
            flags.add(
                    value(
                                    "--half-closed-timeout",
                                    "TIME",
                                    "Reset one that has finished sending and takes nothing.")
                            .defaultValue(FlagValues.show(TCP.halfClosedTimeout())));
    private final OptionSpec stallTimeout =
            flags.add(
                    value("--stall-timeout", "TIME", "Reset one that sends and takes nothing.")
                            .defaultValue(FlagValues.show(TCP.stallTimeout())));
    private final OptionSpec drainDelay =
            flags.add(
                    value(
                                    "--drain-delay",
                                    "TIME",
                                    "After SIGTERM: serve on, not ready, for so long.")
                            .defaultValue(FlagValues.show(Drain.DEFAULT.delay())));
    private final OptionSpec drainTimeout =
            flags.add(
                    value(
                                    "--drain-timeout",
                                    "TIME",
                                    "Then let what is in flight finish, for so long at most.")
                            .defaultValue(FlagValues.show(Drain.DEFAULT.timeout())));
    private final TlsFlags tls = new TlsFlags(flags);
    private final FaultFlags faults = new FaultFlags(flags);
    private final OptionSpec logFormat =
            flags.add(
                    value("--log-format", "FORMAT", "Of the log on stderr: text or json.")
                            .defaultValue("text")
                            .completionCandidates(List.of("text", "json")));

    /** Adds the flags to a command, whose parser gives them their values, in the help's order. */
    public CommandSpec addTo(CommandSpec command) {
        return flags.addTo(command);
    }

    /** Tells if the log is JSON, one object a line. */
    boolean jsonLog() {
        return switch (text(logFormat).strip()) {
            case "text" -> false;
            case "json" -> true;
            default ->
                    throw new IllegalArgumentException(
                            "--log-format must be text or json, got " + text(logFormat));
        };
    }

    /**
     * Reads every flag.
     *
     * @throws IllegalArgumentException for the first that cannot be meant
     */
    public ServerConfig config() {
        int portNumber = FlagValues.number("--port", text(port));
        Listen listen =
                new Listen(
                        texts(hosts).stream().map(String::strip).toList(),
                        portNumber,
                        parseProtocols(texts(protocols)),
                        Transport.parse(text(transport)),
                        given(loops)
                                .map(text -> FlagValues.number("--loops", text))
                                .orElse(Listen.DEFAULT.loops()));
        ServerConfig config =
                new ServerConfig(
                        listen,
                        admin(portNumber),
                        new Access(
                                trusted(),
                                Cidr.blocks("--allow", texts(allow)),
                                Cidr.blocks("--deny", texts(deny)),
                                Cidr.blocks("--proxy-from", texts(proxyFrom))),
                        udpLimits(),
                        tcpLimits(),
                        new Drain(
                                FlagValues.duration("--drain-delay", text(drainDelay)),
                                FlagValues.duration("--drain-timeout", text(drainTimeout))),
                        tls.port(),
                        faults.faults());
        config.admin().ifPresent(admin -> requireOtherPort(config.listen(), admin));
        config.tls().ifPresent(tls -> requireOtherPort(config, tls.port()));
        FaultFlags.requireOtherPorts(config);
        return config;
    }

    /** Refuses one TCP port for TLS and for the echo, or for admin. */
    private static void requireOtherPort(ServerConfig config, int tlsPort) {
        Listen listen = config.listen();
        if (tlsPort > 0 && tlsPort == listen.port() && listen.protocols().contains(Protocol.TCP)) {
            throw new IllegalArgumentException("--tls-port must not be --port, got " + tlsPort);
        }
        config.admin()
                .filter(admin -> tlsPort > 0 && admin.port() == tlsPort && meet(listen, admin))
                .ifPresent(
                        admin -> {
                            throw new IllegalArgumentException(
                                    "--tls-port must not be --admin-port, got " + tlsPort);
                        });
    }

    /** Refuses one TCP port for the echo and for admin where an address would be common. */
    private static void requireOtherPort(Listen listen, Admin admin) {
        if (meet(listen, admin)
                && listen.protocols().contains(Protocol.TCP)
                && admin.port() > 0
                && admin.port() == listen.port()) {
            throw new IllegalArgumentException(
                    "--admin-port must not be --port, got " + admin.port());
        }
    }

    /** Tells if an address is common to both. */
    static boolean meet(Listen listen, Admin admin) {
        return listen.hosts().isEmpty()
                || listen.hosts().stream()
                        .anyMatch(host -> meet(host, admin.host()) || meet(admin.host(), host));
    }

    /**
     * Tells if a host equals another one or is a wildcard for it; {@code ::} may be for IPv4 too.
     */
    private static boolean meet(String host, String other) {
        return host.equals(other)
                || host.equals("::")
                || host.equals("0.0.0.0") && !other.contains(":");
    }

    /** Returns the blocks of the flag, none for {@code none}; empty if it was not given. */
    private Optional<List<Cidr>> trusted() {
        List<String> blocks = texts(trusted).stream().map(String::strip).toList();
        if (blocks.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                blocks.equals(List.of("none")) ? List.of() : Cidr.blocks("--trusted", blocks));
    }

    private UdpLimits udpLimits() {
        return new UdpLimits(
                FlagValues.perSecond("--udp-rate", text(udpRate)).doubleValue(),
                FlagValues.perSecond("--udp-bytes-rate", text(udpBytesRate)).doubleValue(),
                given(trustedRate)
                        .map(text -> OptionalDouble.of(trustedPerSecond(text.strip())))
                        .orElse(OptionalDouble.empty()),
                FlagValues.number("--max-datagram", text(maxDatagram)),
                FlagValues.ports("--allow-source-ports", texts(allowSourcePorts)));
    }

    private static double trustedPerSecond(String text) {
        return text.equals("unlimited")
                ? Double.POSITIVE_INFINITY
                : FlagValues.perSecond("--trusted-rate", text).doubleValue();
    }

    private TcpLimits tcpLimits() {
        return new TcpLimits(
                number(maxConnections),
                number(maxConnectionsPerSource),
                FlagValues.perSecond("--accept-rate", text(acceptRate)).doubleValue(),
                FlagValues.duration("--idle-timeout", text(idleTimeout)),
                FlagValues.duration("--half-closed-timeout", text(halfClosedTimeout)),
                FlagValues.duration("--stall-timeout", text(stallTimeout)));
    }

    private Optional<Admin> admin(int echoPort) {
        List<String> names = texts(adminNames).stream().map(String::strip).toList();
        String given = text(adminPort);
        if (given != null && given.strip().equals("off")) {
            return Optional.empty();
        }
        if (given == null && echoPort == 65_535) {
            throw new IllegalArgumentException(
                    "--admin-port must be given when --port is 65535, got none");
        }
        int byDefault = echoPort <= 0 ? 0 : echoPort + 1;
        int number = given == null ? byDefault : FlagValues.number("--admin-port", given);
        return Optional.of(new Admin(text(adminHost), number, names));
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

    /** Writes a duration in minutes where they keep it whole: {@code 5m}. */
    private static String minutes(Duration duration) {
        return duration.equals(Duration.ofMinutes(duration.toMinutes()))
                ? duration.toMinutes() + "m"
                : FlagValues.show(duration);
    }
}
