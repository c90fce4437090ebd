package io.echo.server.command;

import io.echo.cli.Build;
import io.echo.cli.StopSignals;
import io.echo.server.EchoServer;
import io.echo.server.config.ServerConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Ansi.Style;
import picocli.CommandLine.Help.ColorScheme;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** The process edge of the server: arguments, environment, signals, ready line, exit code. */
public final class ServerMain implements Callable<Integer> {
    /**
     * When the start is over and what it left behind is collected: the next collection would else
     * fall into the first load, and copy everything that lives, a dozen milliseconds long.
     */
    private static final Duration SETTLED = Duration.ofSeconds(1);

    private final ServerFlags flags = new ServerFlags();
    private final CommandSpec spec = command();

    private final PrintStream out;
    private final StopSignals signals;

    /** Variables that are left alone, with their values. */
    private final Map<String, String> ignored = new LinkedHashMap<>();

    private ServerMain(PrintStream out, StopSignals signals) {
        this.out = out;
        this.signals = signals;
    }

    /** Runs until a signal and exits: 0 after a signal, 1 if this machine says no, 2 on usage. */
    public static void main(String[] args) {
        // Before the first Netty class: with the manifest's Add-Opens, the cheap direct buffers.
        setUnlessGiven("io.netty.tryReflectionSetAccessible", "true");
        setUnlessGiven("io.netty.leakDetection.level", "disabled");
        // Events of the allocator for a flight recorder: the first echo would wait for their setup.
        setUnlessGiven("io.netty.jfr.enabled", "false");
        // Only in channel ids, which nobody sees: without a network card, looking for one warns,
        // and the process is looked up by reflection.
        setUnlessGiven("io.netty.machineId", "02:00:00:00:00:00");
        setUnlessGiven("io.netty.processId", "1");
        System.exit(run(args, System.getenv(), System.out, System.err));
    }

    private static int run(
            String[] args, Map<String, String> environment, PrintStream out, PrintStream err) {
        ServerMain main = new ServerMain(out, StopSignals.install());
        CommandLine parser = new CommandLine(main.spec);
        List<String> words = List.of(args);
        boolean help = words.contains("--help") || words.contains("-h");
        if (help || words.indexOf(Completion.NAME) == 0) {
            // Nobody else waits for it: a start is quicker without.
            parser.addSubcommand(new Completion()).setColorScheme(helpColours(environment));
        }
        // Help shows the defaults of the program, not of this environment.
        if (!help) {
            parser.setDefaultValueProvider(arg -> main.fromEnvironment(arg, environment));
        }
        parser.setParameterExceptionHandler(
                (e, given) -> {
                    String origin = origin(e, given, environment);
                    err.println("echo-server: " + oneLine(e) + origin + "; see --help");
                    return 2;
                });
        parser.setExecutionExceptionHandler(
                (e, commandLine, parsed) -> {
                    err.println("echo-server: " + oneLine(e));
                    return 1;
                });
        return parser.execute(args);
    }

    /** picocli's own help options would be read from annotations, as all else was. */
    private CommandSpec command() {
        CommandSpec command =
                CommandSpec.wrapWithoutInspection(this)
                        .name("echo-server")
                        .versionProvider(new Version());
        flags.addTo(command)
                .addOption(
                        OptionSpec.builder("-h", "--help")
                                .usageHelp(true)
                                .description("Show this help message and exit.")
                                .build())
                .addOption(
                        OptionSpec.builder("-V", "--version")
                                .versionHelp(true)
                                .description("Print version information and exit.")
                                .build());
        command.usageMessage()
                .description("Sends back every datagram and every byte it is given (RFC 862).")
                .synopsisHeading("Usage: ")
                .customSynopsis("echo-server [FLAGS]")
                .sortOptions(false)
                .commandListHeading("%nCommands:%n")
                .footer(
                        "",
                        "Each flag is also an environment variable: ECHO_PORT is --port; the flag"
                                + " wins.",
                        "Exit codes: 0 stopped by a signal, 1 this machine says no, 2 wrong"
                                + " usage.");
        return command;
    }

    /** Where colours can be shown, unless NO_COLOR is set. */
    private static ColorScheme helpColours(Map<String, String> environment) {
        boolean dumb = Set.of("", "dumb").contains(environment.getOrDefault("TERM", ""));
        return new ColorScheme.Builder(dumb ? Ansi.OFF : Ansi.AUTO)
                .commands(Style.bold)
                .options(Style.bold)
                .parameters(Style.bold)
                .build();
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        ServerConfig config;
        try {
            // Before the first logger, and so before the first class of Netty.
            System.setProperty(LogSetup.FORMAT, flags.jsonLog() ? "json" : "text");
            config = flags.config();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        Logger log = LoggerFactory.getLogger(ServerMain.class);
        ignored.forEach(
                (name, value) ->
                        log.warn(
                                "{}={} was set by Kubernetes for a Service: ignored", name, value));
        try (EchoServer server = EchoServer.start(config)) {
            out.println(
                    "ready "
                            + server.addresses()
                            + " transport="
                            + config.listen().transport()
                            + " loops="
                            + config.listen().loops());
            if (out.checkError()) {
                throw new IOException("stdout must take the ready line, got a write error");
            }
            if (!signals.await(SETTLED)) {
                System.gc();
                signals.await();
            }
        }
        return 0;
    }

    /** The value of a flag's variable; picocli falls back to the default where there is none. */
    private String fromEnvironment(ArgSpec arg, Map<String, String> environment) {
        if (!(arg instanceof OptionSpec option) || option.usageHelp() || option.versionHelp()) {
            return null;
        }
        String name = variable(option.longestName());
        String value = environment.getOrDefault(name, "");
        if (value.startsWith("tcp://") || value.startsWith("udp://")) {
            ignored.put(name, value);
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
                        || Stream.of(given).anyMatch(arg -> arg.split("=", 2)[0].equals(flag));
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
            return new String[] {"echo-server " + Build.version() + " (" + Build.commit() + ")"};
        }
    }
}
