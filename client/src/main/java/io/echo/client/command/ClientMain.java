package io.echo.client.command;

import io.echo.cli.CommandLines;
import io.echo.cli.Completion;
import io.echo.cli.FlagValues;
import io.echo.cli.OneLine;
import io.echo.cli.QuickStart;
import io.echo.cli.StopSignals;
import io.echo.cli.UsageMessage;
import io.echo.cli.Utf8Arguments;
import io.echo.client.CorruptReplyException;
import io.echo.client.EchoClient;
import io.echo.client.socket.HostLookup;
import io.echo.client.socket.LayerFlags;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.Spec;

/**
 * The process edge of the client: arguments, errors and exit codes.
 *
 * <p>Without a command it is a chat when a person types, and a pipe otherwise.
 */
@Command(
        name = ClientMain.PROGRAM,
        description =
                "Talk to an echo service: type messages at a terminal, or pipe data through it.",
        customSynopsis = {"echo-client [FLAGS] TARGET", "       echo-client COMMAND [FLAGS] ..."},
        sortOptions = false,
        mixinStandardHelpOptions = true,
        addMethodSubcommands = false,
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            FlagValues.TIME_HELP,
            "COMMAND --help lists its flags.",
            "Exit codes: 0 done, 1 refused, lost or not written, 2 wrong usage, 3 a limit",
            "missed, 4 a corrupt reply, 129, 130 or 143 interrupted."
        })
public final class ClientMain implements Callable<Integer> {
    static final String PROGRAM = "echo-client";

    /** All went well. */
    static final int OK = 0;

    /** The peer or this machine said no, or something was lost. */
    static final int FAILED = 1;

    /** The command line is wrong by itself. */
    static final int USAGE = 2;

    /** A limit that was asked for was missed. */
    static final int LIMIT_MISSED = 3;

    /** A reply differed from its message. */
    static final int CORRUPTED = 4;

    /** Time that a command has to sum up after a signal. */
    private static final int PATIENCE_S = 2;

    static final String TARGET_HELP =
            "udp://host:port, tcp://host:port or host:port (TCP); port 2105 when left out; "
                    + "tls://host:port; an IPv6 address in brackets.";

    /** Kept, since the JDK forgets the level of a logger that nobody holds. */
    private static final Logger NETTY_LOG = Logger.getLogger("io.netty");

    private final StandardStreams streams;
    private final Supplier<CompletableFuture<Integer>> interrupt;

    @Spec private CommandSpec spec;

    /** Read when the rest of the command line has been: a flag that is not known comes first. */
    @Parameters(arity = "0..1", paramLabel = "TARGET", description = TARGET_HELP)
    private Optional<String> target = Optional.empty();

    @Mixin private ConnectFlags flags;

    @ArgGroup(validate = false, heading = LayerFlags.HEADING)
    private LayerFlags layers = new LayerFlags();

    private ClientMain(StandardStreams streams, Supplier<CompletableFuture<Integer>> interrupt) {
        this.streams = streams;
        this.interrupt = interrupt;
    }

    /** Runs the program and ends the process. */
    public static void main(String[] args) {
        prepareNetty();
        System.exit(
                run(Utf8Arguments.utf8(args), StandardStreams.ofProcess(), ClientMain::interrupt));
    }

    /**
     * Takes over Ctrl-C, SIGTERM and SIGHUP: completes at the first, and ends what does not end
     * itself.
     */
    private static CompletableFuture<Integer> interrupt() {
        CompletableFuture<Integer> first = StopSignals.first(System::exit);
        first.thenAcceptAsync(
                System::exit, CompletableFuture.delayedExecutor(PATIENCE_S, TimeUnit.SECONDS));
        return first;
    }

    /**
     * Sets what Netty reads once, so before its first class. A logging framework would cost 170 ms
     * before the first message.
     */
    private static void prepareNetty() {
        QuickStart.prepare();
        NETTY_LOG.setLevel(Level.SEVERE);
        InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    }

    /**
     * Runs the program on these streams and returns its exit code.
     *
     * @param interrupt called when there is something to sum up; completes when it should end, with
     *     an exit code. Before, a signal ends the process as it does any other.
     */
    static int run(
            String[] args,
            StandardStreams streams,
            Supplier<CompletableFuture<Integer>> interrupt) {
        CommandLine line =
                new CommandLine(new ClientMain(streams, interrupt))
                        .addSubcommand(new SendCommand(streams))
                        .addSubcommand(new PingCommand(streams.out(), streams.err(), interrupt))
                        .addSubcommand(new MtuCommand(streams, interrupt))
                        .addSubcommand(new CheckCommand(streams))
                        .addSubcommand(new Completion())
                        .setDefaultValueProvider(new ConnectFlags.Defaults())
                        .setOut(new PrintWriter(streams.out(), true, StandardCharsets.UTF_8));
        CommandLines.complete(line);
        line.setExpandAtFiles(false); // a text that begins with @ is text
        line.setParameterExceptionHandler(
                (e, words) -> {
                    streams.complain(UsageMessage.of(e, words));
                    return USAGE;
                });
        line.setExecutionExceptionHandler((e, command, parsed) -> exitCode(e, command, streams));
        line.setExecutionStrategy(ClientMain::execute);
        return line.execute(args);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Target peer =
                target.map(Target::parse)
                        .orElseThrow(
                                () ->
                                        new ParameterException(
                                                spec.commandLine(),
                                                "TARGET is missing, as in echo-client"
                                                        + " udp://localhost"));
        try {
            return talk(peer);
        } catch (UnknownHostException e) {
            String meant = UsageMessage.didYouMean(peer.host(), spec.subcommands().keySet());
            throw new IOException(e.getMessage() + meant, e);
        }
    }

    private int talk(Target peer) throws IOException, InterruptedException {
        EchoClient.Options options = options(peer, flags, layers, streams);
        nameAddress(peer, options, streams);
        if (streams.interactive()) {
            return Chat.run(peer, options, streams);
        }
        return switch (peer.protocol()) {
            case UDP -> UdpPipe.run(peer, options, streams, interrupt);
            case TCP -> TcpPipe.run(peer, options, streams, interrupt);
        };
    }

    /** Returns the flags of a command as options of a connection. */
    static EchoClient.Options options(
            Target peer, ConnectFlags flags, LayerFlags layers, StandardStreams streams)
            throws IOException {
        return flags.options()
                .withLayers(layers.config(PROGRAM, streams.err(), List.of(peer)).to(peer)::addTo);
    }

    /** Tells which address UDP takes of a host that has several. */
    static void nameAddress(Target target, EchoClient.Options options, StandardStreams streams)
            throws IOException, InterruptedException {
        if (target.protocol() == Protocol.UDP) {
            List<InetSocketAddress> addresses = HostLookup.addresses(target, options.timeout());
            if (addresses.size() > 1) {
                streams.complain(
                        target.host()
                                + " has "
                                + addresses.size()
                                + " addresses, UDP takes the first: "
                                + addresses.get(0).getAddress().getHostAddress());
            }
        }
    }

    /** Returns the reason for which an exchange failed. */
    static IOException failure(ExecutionException e) {
        return e.getCause() instanceof IOException failure
                ? failure
                : new IOException(OneLine.of(e.getCause()), e.getCause());
    }

    private static int execute(ParseResult parsed) {
        if (parsed.hasSubcommand()
                && !parsed.isUsageHelpRequested()
                && !parsed.matchedArgs().isEmpty()) {
            throw new ParameterException(
                    parsed.commandSpec().commandLine(),
                    "the command comes first, as in echo-client "
                            + parsed.subcommand().commandSpec().name()
                            + " TARGET");
        }
        return new RunLast().execute(parsed);
    }

    private static int exitCode(Exception thrown, CommandLine command, StandardStreams streams)
            throws Exception {
        if (thrown instanceof IllegalArgumentException) {
            streams.complain(OneLine.of(thrown) + UsageMessage.hint(command));
            return USAGE;
        }
        if (thrown instanceof IOException || thrown instanceof UncheckedIOException) {
            streams.complain(thrown.getMessage());
            return thrown instanceof CorruptReplyException ? CORRUPTED : FAILED;
        }
        throw thrown;
    }
}
