package io.echo.client.command;

import com.google.gson.JsonObject;
import io.echo.cli.FlagValues;
import io.echo.cli.ResultFiles;
import io.echo.cli.Terminal;
import io.echo.client.ping.Ping;
import io.echo.client.ping.PingConfig;
import io.echo.client.ping.PingLimits;
import io.echo.client.ping.PingResult;
import io.echo.client.ping.PingSummary;
import io.echo.client.ping.ProbeFate;
import io.echo.client.probe.Probe;
import io.echo.client.socket.HostLookup;
import io.echo.client.socket.LayerFlags;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.echo.net.TransportNames;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The {@code ping} command: flags in, lines or one JSON object out, and the exit code.
 *
 * <p>Throws {@link IllegalArgumentException} for a wrong flag and {@link IOException} for a target
 * that cannot be reached, each with a message of one line.
 */
@Command(
        name = "ping",
        description = "Send numbered messages; print each reply's time and a summary.",
        customSynopsis = "echo-client ping [FLAGS] TARGET",
        sortOptions = false,
        footer = {"", FlagValues.TIME_HELP, FlagValues.SIZE_HELP},
        mixinStandardHelpOptions = true,
        addMethodSubcommands = false)
final class PingCommand implements Callable<Integer> {
    static final String INTERVAL = "1s";
    static final String SIZE = "64";
    static final String TIMEOUT = "1s";

    /** Faster messages to others than oneself and one's own networks look like a flood. */
    private static final Duration SHORTEST_TO_PUBLIC = Duration.ofMillis(10);

    private final PrintStream out;
    private final PrintStream err;
    private final Supplier<CompletableFuture<Integer>> interrupt;

    @Parameters(paramLabel = "TARGET", description = ClientMain.TARGET_HELP)
    private String target;

    @Option(names = "-c", paramLabel = "COUNT", description = "Stop after so many. Default: never.")
    private String count;

    @Option(
            names = "-i",
            paramLabel = "TIME",
            defaultValue = INTERVAL,
            description = "From one message to the next. Default: ${DEFAULT-VALUE}.")
    private String interval;

    @Option(
            names = "-s",
            paramLabel = "SIZE",
            defaultValue = SIZE,
            description = "Bytes of a message. Default: ${DEFAULT-VALUE}.")
    private String size;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = TIMEOUT,
            description = "A reply that takes longer is late. Default: ${DEFAULT-VALUE}.")
    private String timeout;

    @Option(
            names = "--transport",
            paramLabel = "NAME",
            defaultValue = ConnectFlags.TRANSPORT,
            completionCandidates = TransportNames.class,
            description = ConnectFlags.TRANSPORT_HELP)
    private String transport;

    @Option(
            names = "-w",
            paramLabel = "TIME",
            description = "Stop this long after the first message, whatever was sent.")
    private Optional<String> deadline = Optional.empty();

    @Option(names = "-q", description = "No lines, only the summary.")
    private boolean quiet;

    @Option(names = "--json", description = "No lines; one JSON object at the end.")
    private boolean json;

    @Option(
            names = "--json-stream",
            paramLabel = "FILE",
            description =
                    "Write a line of JSON for each message; - for stdout, the summary to stderr.")
    private Optional<String> jsonStream = Optional.empty();

    @Option(names = "--force", description = "Replace a file that is there already.")
    private boolean force;

    @ArgGroup(validate = false, heading = PingFlags.HEADING)
    private PingFlags flags = new PingFlags();

    @ArgGroup(validate = false, heading = PingLimitFlags.HEADING)
    private PingLimitFlags limitFlags = new PingLimitFlags();

    @ArgGroup(validate = false, heading = LayerFlags.HEADING)
    private LayerFlags layers = new LayerFlags();

    /** Makes the command; it ends early, with its summary, when the interrupt completes. */
    PingCommand(PrintStream out, PrintStream err, Supplier<CompletableFuture<Integer>> interrupt) {
        this.out = out;
        this.err = err;
        this.interrupt = interrupt;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        PingConfig config = config();
        flags.requireFamily(config.target());
        PingLimits within = limitFlags.limits();
        boolean streamed = onStandardOutput();
        try (ResultFiles files = new ResultFiles(force, out)) {
            Optional<OutputStream> stream = files.prepare("--json-stream", jsonStream);
            List<InetSocketAddress> addresses =
                    flags.addresses(config.target(), config.timeout(), config.origin());
            requireSlowForPublic(addresses, config.interval());
            tellWhichAddress(config.target(), addresses);
            Terminal terminal = streamed ? Terminal.err() : Terminal.out();
            List<Consumer<ProbeFate>> tellers = new ArrayList<>();
            if (!json && !quiet && !streamed) {
                tellers.add(fate -> printLine(out, fate.toText(terminal)));
            }
            stream.ifPresent(file -> tellers.add(fate -> write(file, fate.toJson())));
            ProbeFate.warmUp(terminal);
            CompletableFuture<Integer> stop = interrupt.get();
            PingResult result =
                    Ping.run(
                            config,
                            addresses,
                            fate -> tellers.forEach(teller -> teller.accept(fate)),
                            stop);
            if (stop.isDone() && terminal.present()) {
                printLine(out, ""); // the terminal has written ^C where the next line would stand
            }
            files.commit();
            sumUp(result, streamed ? err : out, terminal);
            within.blindness(config).ifPresent(this::complain);
            within.missed(result).forEach(this::complain);
            return exitCode(result, within);
        }
    }

    private PingConfig config() throws IOException {
        Target peer = Target.parse(target);
        return new PingConfig(
                peer,
                Optional.ofNullable(count).map(text -> FlagValues.probes("-c", text)),
                deadline.map(text -> FlagValues.positiveDuration("-w", text)),
                FlagValues.positiveDuration("-i", interval),
                (int) FlagValues.count("-s", size, Probe.HEADER_BYTES, Probe.MAX_BYTES),
                FlagValues.timeout("--timeout", timeout),
                Transport.parse(transport),
                flags.origin(),
                layers.config(ClientMain.PROGRAM, err, List.of(peer)).to(peer));
    }

    /** Tells whether the lines of JSON go to standard output, and text to standard error. */
    private boolean onStandardOutput() throws IOException {
        Map<String, Optional<String>> named = new HashMap<>();
        named.put("--json-stream", jsonStream);
        named.put("--json", json ? Optional.of("-") : Optional.empty());
        return ResultFiles.onStandardOutput(named) && !json;
    }

    /** Throws when messages to a public address would come so fast that they look like a flood. */
    private static void requireSlowForPublic(List<InetSocketAddress> addresses, Duration interval) {
        if (interval.compareTo(SHORTEST_TO_PUBLIC) >= 0) {
            return;
        }
        for (InetSocketAddress address : addresses) {
            if (HostLookup.isPublic(address.getAddress())) {
                throw FlagValues.mustBe(
                        "-i",
                        "at least "
                                + FlagValues.show(SHORTEST_TO_PUBLIC)
                                + " for "
                                + address.getAddress().getHostAddress()
                                + ", which is outside loopback and private networks",
                        FlagValues.show(interval));
            }
        }
    }

    private void tellWhichAddress(Target whom, List<InetSocketAddress> addresses) {
        if (addresses.size() > 1 && whom.protocol() == Protocol.UDP) {
            complain(
                    whom.host()
                            + " has "
                            + addresses.size()
                            + " addresses, UDP takes the first: "
                            + addresses.get(0).getAddress().getHostAddress());
        }
    }

    private void sumUp(PingResult result, PrintStream text, Terminal terminal) {
        result.problem().ifPresent(this::complain);
        if (!result.longestStall().isZero()) {
            complain(
                    "this process stood still for at least "
                            + result.longestStall().toMillis()
                            + " ms: times and losses have it in them");
        }
        PingSummary.advice(result).ifPresent(this::complain);
        if (json) {
            printLine(out, PingSummary.json(result).toString());
        } else {
            PingSummary.lines(result, terminal).forEach(line -> printLine(text, line));
        }
    }

    private static int exitCode(PingResult result, PingLimits limits) {
        // Over TCP there are no strangers: what was not sent came from the peer.
        boolean strange =
                result.config().target().protocol() == Protocol.TCP && result.stats().foreign() > 0;
        if (result.stats().corrupted() > 0 || strange) {
            return ClientMain.CORRUPTED;
        }
        boolean nothing = result.config().deadline().isPresent() || limits.any();
        boolean failed =
                limits.any()
                        ? result.ended() || result.lost() > 0 && result.stats().received() == 0
                        : result.lost() > 0 || result.problem().isPresent();
        if (failed) {
            return ClientMain.FAILED;
        }
        if (!limits.missed(result).isEmpty()) {
            return ClientMain.LIMIT_MISSED;
        }
        if (result.incomplete()) {
            return result.interrupted().getAsInt();
        }
        return nothing && result.stats().received() == 0 ? ClientMain.FAILED : ClientMain.OK;
    }

    /** One line, from whichever thread, seen at once. */
    private static void printLine(PrintStream stream, String line) {
        stream.println(line);
        stream.flush();
    }

    private static void write(OutputStream file, JsonObject object) {
        try {
            file.write((object + "\n").getBytes(StandardCharsets.UTF_8));
            file.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    private void complain(String problem) {
        err.println("echo-client: " + problem);
    }
}
