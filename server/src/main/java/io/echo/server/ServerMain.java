package io.echo.server;

import io.echo.server.ServerConfig.Admin;
import io.echo.server.ServerConfig.Listen;
import java.io.IOException;
import java.io.PrintStream;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The process edge of the server: arguments, environment, signals, ready line, exit code. */
@Command(
        name = "echo-server",
        description = "Sends back every datagram and every byte it is given (RFC 862).",
        mixinStandardHelpOptions = true,
        versionProvider = ServerMain.Version.class,
        sortOptions = false,
        usageHelpWidth = 80,
        footer = {
            "",
            "Each flag is also an environment variable: ECHO_PORT is --port; the flag wins.",
            "Exit codes: 0 stopped by a signal, 1 this machine says no, 2 wrong usage."
        })
public final class ServerMain implements Callable<Integer> {
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
            description = "UDP and TCP port, 0 for any free one. Default: ${DEFAULT-VALUE}.")
    private String port;

    @Option(
            names = "--protocols",
            paramLabel = "LIST",
            split = ",",
            defaultValue = "udp,tcp",
            description = "What to echo over. Default: ${DEFAULT-VALUE}.")
    private List<String> protocols;

    @Option(
            names = "--transport",
            paramLabel = "NAME",
            defaultValue = "nio",
            description =
                    "nio, epoll, io_uring, or auto: epoll where it works, else nio."
                            + " Default: ${DEFAULT-VALUE}.")
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
            description = "Address of /livez and /readyz. Default: ${DEFAULT-VALUE}.")
    private String adminHost;

    @Option(
            names = "--admin-port",
            paramLabel = "N",
            description =
                    "Its port, 0 for any free one, or off. Default: --port + 1, or any free one"
                            + " when that is 0.")
    private Optional<String> adminPort;

    private final PrintStream out;
    private final StopSignals signals;

    private ServerMain(PrintStream out, StopSignals signals) {
        this.out = out;
        this.signals = signals;
    }

    /** Runs until a signal and exits with the code of FACE: 0, 1 or 2. */
    public static void main(String[] args) {
        // Before the first Netty class: with the manifest's Add-Opens, the cheap direct buffers.
        setUnlessGiven("io.netty.tryReflectionSetAccessible", "true");
        setUnlessGiven("io.netty.leakDetection.level", "disabled");
        System.exit(run(args, System.getenv(), System.out, System.err));
    }

    private static int run(
            String[] args, Map<String, String> environment, PrintStream out, PrintStream err) {
        ServerMain main = new ServerMain(out, StopSignals.install());
        CommandLine parser = new CommandLine(main);
        // Help shows the defaults of the program, not of this environment.
        parser.setDefaultValueProvider(
                List.of(args).contains("--help") || List.of(args).contains("-h")
                        ? null
                        : arg -> fromEnvironment(arg, environment));
        parser.setParameterExceptionHandler(
                (e, given) -> {
                    err.println("echo-server: " + oneLine(e) + origin(e, given, environment)
                            + "; see --help");
                    return 2;
                });
        parser.setExecutionExceptionHandler(
                (e, ignored, parsed) -> {
                    err.println("echo-server: " + oneLine(e));
                    return 1;
                });
        return parser.execute(args);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        ServerConfig config;
        try {
            config = config();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(new CommandLine(this), e.getMessage(), e);
        }
        try (EchoServer server = EchoServer.start(config)) {
            out.println(readyLine(config, server.addresses()));
            if (out.checkError()) {
                throw new IOException("stdout must take the ready line, got a write error");
            }
            signals.await();
        }
        return 0;
    }

    private ServerConfig config() {
        int portNumber = number("--port", port);
        Listen listen =
                new Listen(
                        hosts,
                        portNumber,
                        parseProtocols(protocols),
                        parseTransport(transport),
                        loops.map(text -> number("--loops", text))
                                .orElse(Listen.DEFAULT.loops()));
        return new ServerConfig(listen, admin(portNumber));
    }

    private Optional<Admin> admin(int echoPort) {
        if (adminPort.isPresent()) {
            return adminPort.get().equals("off")
                    ? Optional.empty()
                    : Optional.of(new Admin(adminHost, number("--admin-port", adminPort.get())));
        }
        if (echoPort == 65_535) {
            throw new IllegalArgumentException(
                    "--admin-port must be given when --port is 65535, got none");
        }
        return Optional.of(new Admin(adminHost, echoPort == 0 ? 0 : echoPort + 1));
    }

    private static String readyLine(ServerConfig config, Addresses bound) {
        return "ready " + bound
                + " transport=" + config.listen().transport()
                + " loops=" + config.listen().loops();
    }

    private static int number(String flag, String text) {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(flag + " must be a whole number, got " + text, e);
        }
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

    /** The value of a flag's variable; picocli falls back to the default where there is none. */
    private static String fromEnvironment(ArgSpec arg, Map<String, String> environment) {
        if (!(arg instanceof OptionSpec option) || option.usageHelp() || option.versionHelp()) {
            return null;
        }
        String name = variable(option.longestName());
        String value = environment.getOrDefault(name, "");
        if (value.startsWith("tcp://") || value.startsWith("udp://")) {
            Logger log = LoggerFactory.getLogger(ServerMain.class);
            log.warn("{}={} was set by Kubernetes for a Service: ignored", name, value);
            return null;
        }
        return value.isEmpty() ? null : value;
    }

    private static String variable(String flag) {
        return "ECHO_" + flag.substring(2).replace('-', '_').toUpperCase(Locale.ROOT);
    }

    /** Names the variable when the flag that a message starts with was not given itself. */
    private static String origin(Exception e, String[] given, Map<String, String> environment) {
        String flag = oneLine(e).split(" ", 2)[0];
        boolean fromFlag =
                !flag.startsWith("--")
                        || List.of(given).stream().anyMatch(arg -> arg.split("=")[0].equals(flag));
        return !fromFlag && environment.containsKey(variable(flag))
                ? " (from " + variable(flag) + ")"
                : "";
    }

    private static String oneLine(Exception e) {
        String text = e.getMessage() == null ? e.toString() : e.getMessage();
        return text.lines().findFirst().orElse(text);
    }

    private static void setUnlessGiven(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = ServerMain.class.getPackage().getImplementationVersion();
            return new String[] {"echo-server " + (version == null ? "(unpackaged)" : version)};
        }
    }
}
