package io.echo.server.command;

import io.echo.cli.CheckedOutput;
import io.echo.cli.CommandLines;
import io.echo.cli.Completion;
import io.echo.cli.ErrorQueue;
import io.echo.cli.FlagValues;
import io.echo.cli.OneLine;
import io.echo.cli.QuickStart;
import io.echo.cli.StopSignals;
import io.echo.cli.UsageMessage;
import io.echo.cli.Utf8Arguments;
import io.echo.cli.Version;
import io.echo.server.EchoServer;
import io.echo.server.config.ServerConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** The process edge of the server: arguments, environment, signals, ready line, exit code. */
public final class ServerMain implements Callable<Integer> {
    private static final String PROGRAM = "echo-server";

    /**
     * Time from ready to the collection of what the start has left behind. Without it the next
     * collection would fall into the first load and pause it for a dozen milliseconds.
     */
    private static final Duration SETTLED = Duration.ofSeconds(1);

    /** Time for a start to end after a signal; else the process ends without it. */
    private static final int START_SECONDS = 1;

    /** Names of the variables that Kubernetes sets for Services. */
    private static final Pattern OF_SERVICE =
            Pattern.compile(
                    "ECHO_(.*_)?(SERVICE_(HOST|PORT)(_.*)?|PORT_\\d+_(TCP|UDP|SCTP)(_.*)?)");

    private final ServerFlags flags = new ServerFlags();
    private final CommandSpec spec = command();

    private final PrintStream out;
    private final Map<String, String> environment;
    private final CompletableFuture<Integer> stop;

    private ServerMain(
            PrintStream out, Map<String, String> environment, CompletableFuture<Integer> stop) {
        this.out = out;
        this.environment = environment;
        this.stop = stop;
    }

    /** Runs until a signal and exits: 0 after a signal, 1 if this machine says no, 2 on usage. */
    public static void main(String[] args) {
        ExhaustedHeap.endsTheProgram();
        QuickStart.prepare();
        // Each would cost a handshake, of which --accept-rate allows one for a connection.
        QuickStart.setUnlessGiven("jdk.tls.rejectClientInitiatedRenegotiation", "true");
        PrintStream err = ErrorQueue.standard().text();
        System.exit(
                run(
                        Utf8Arguments.utf8(args),
                        System.getenv(),
                        CheckedOutput.standard(PROGRAM, err),
                        err));
    }

    private static int run(
            String[] args, Map<String, String> environment, PrintStream out, PrintStream err) {
        CompletableFuture<Integer> stop = StopSignals.first(code -> Runtime.getRuntime().halt(0));
        ServerMain main = new ServerMain(out, environment, stop);
        CommandLine parser = new CommandLine(main.spec);
        List<String> words = List.of(args);
        boolean help = words.contains("--help") || words.contains("-h");
        if (help || !words.isEmpty() && words.get(0).matches("[a-zA-Z].*")) {
            // Only here, since a start is quicker without.
            parser.addSubcommand(new Completion());
            CommandLines.complete(parser);
        }
        parser.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
        // Help shows the defaults of the program, not of this environment.
        if (!help) {
            parser.setDefaultValueProvider(main::fromEnvironment);
        }
        parser.setParameterExceptionHandler(
                (e, given) -> {
                    String problem = UsageMessage.problem(e);
                    String origin = main.origin(problem, given);
                    String hint = UsageMessage.hint(e.getCommandLine());
                    err.println(PROGRAM + ": " + problem + origin + hint);
                    return 2;
                });
        parser.setExecutionExceptionHandler(
                (e, commandLine, parsed) -> {
                    String problem = OneLine.of(e);
                    err.println(PROGRAM + ": " + problem + main.origin(problem, args));
                    return 1;
                });
        return parser.execute(args);
    }

    /** Builds the command in code; picocli's own help options would be read from annotations. */
    private CommandSpec command() {
        CommandSpec command =
                CommandSpec.wrapWithoutInspection(this)
                        .name(PROGRAM)
                        .versionProvider(new Version(PROGRAM));
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
                        FlagValues.TIME_HELP,
                        FlagValues.RATE_HELP,
                        "Each flag is also an environment variable: ECHO_PORT is --port; the flag"
                                + " wins.",
                        "Exit codes: 0 stopped by a signal, 1 this machine says no, 2 wrong"
                                + " usage.");
        return command;
    }

    @Override
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        ServerConfig config;
        try {
            // Before the first logger, and so before the first class of Netty.
            System.setProperty(LogSetup.FORMAT, flags.jsonLog() ? "json" : "text");
            config = flags.config();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        Logger log = LoggerFactory.getLogger(ServerMain.class);
        ignoredVariables().values().forEach(log::warn);
        Optional<SystemdNotifier> systemd = SystemdNotifier.of(environment);
        Optional<EchoServer> started = start(config, systemd);
        if (started.isEmpty()) {
            log.info("stopped by a signal before it was ready");
            return 0;
        }
        try (EchoServer server = started.get()) {
            String where =
                    server.addresses()
                            + " transport="
                            + config.listen().transport()
                            + " loops="
                            + config.listen().loops();
            announce("ready " + where);
            systemd.ifPresent(it -> it.ready(where));
            try {
                stop.get(SETTLED.toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                System.gc();
                stop.join();
            }
            systemd.ifPresent(it -> it.stopping(config.drain().longest()));
        }
        return 0;
    }

    /**
     * Starts the server on a thread of its own, for a name server may keep it waiting. Returns
     * nothing if a signal comes and the start does not end in the next second.
     */
    private Optional<EchoServer> start(ServerConfig config, Optional<SystemdNotifier> systemd)
            throws IOException, InterruptedException {
        CompletableFuture<EchoServer> started = new CompletableFuture<>();
        onThread(
                "echo-start",
                () -> {
                    try {
                        started.complete(
                                systemd.isPresent()
                                        ? EchoServer.start(config, systemd.get()::alive)
                                        : EchoServer.start(config));
                    } catch (IOException | RuntimeException | Error e) {
                        started.completeExceptionally(e);
                    }
                });
        try {
            CompletableFuture.anyOf(started, stop).get();
            return Optional.of(started.get(START_SECONDS, TimeUnit.SECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cannot) {
                throw cannot;
            } else if (e.getCause() instanceof RuntimeException unexpected) {
                throw unexpected;
            }
            throw (Error) e.getCause();
        }
    }

    /**
     * Prints the ready line, behind the first lines of the log. On a thread of its own, for a
     * reader that does not read delays no stop.
     */
    private void announce(String ready) {
        onThread(
                "echo-stdout",
                () -> {
                    ErrorQueue.standard().awaitWritten();
                    out.println(ready);
                });
    }

    private static void onThread(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Returns the value of a flag's variable; null, and so the flag's default, without one. */
    private String fromEnvironment(ArgSpec arg) {
        if (!(arg instanceof OptionSpec option) || option.usageHelp() || option.versionHelp()) {
            return null;
        }
        String name = variable(option.longestName());
        String value = environment.getOrDefault(name, "");
        return value.isEmpty() || isOfService(name, value) ? null : value;
    }

    /** Tells a variable of ours that Kubernetes sets too: {@code ECHO_PORT}, for a Service echo. */
    private static boolean isOfService(String name, String value) {
        return name.endsWith("_PORT") && isTarget(value);
    }

    private static boolean isTarget(String value) {
        return value.startsWith("tcp://") || value.startsWith("udp://");
    }

    /** Returns a warning for each variable of ours that has no effect, by its name. */
    private Map<String, String> ignoredVariables() {
        List<String> known =
                spec.options().stream().map(flag -> variable(flag.longestName())).toList();
        Map<String, String> warnings = new TreeMap<>();
        environment.forEach(
                (name, value) -> {
                    if (known.contains(name) && isOfService(name, value)) {
                        warnings.put(
                                name,
                                name
                                        + "="
                                        + value
                                        + " was set by Kubernetes for a Service: ignored");
                    } else if (name.startsWith("ECHO_")
                            && !known.contains(name)
                            && !isTarget(value)
                            && !OF_SERVICE.matcher(name).matches()) {
                        String meant = UsageMessage.didYouMean(name, known);
                        warnings.put(
                                name, name + " is not the variable of a flag: ignored" + meant);
                    }
                });
        return warnings;
    }

    private static String variable(String flag) {
        return "ECHO_" + flag.substring(2).replace('-', '_').toUpperCase(Locale.ROOT);
    }

    /** Names the variable if the flag that a problem starts with was not given itself. */
    private String origin(String problem, String[] given) {
        String flag = problem.split(" ", 2)[0];
        boolean fromFlag =
                !flag.startsWith("--")
                        || Stream.of(given).anyMatch(arg -> arg.split("=", 2)[0].equals(flag));
        return !fromFlag && environment.containsKey(variable(flag))
                ? " (from " + variable(flag) + ")"
                : "";
    }
}
