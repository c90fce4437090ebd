package io.echo.client.command;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.echo.cli.FlagValues;
import io.echo.cli.Terminal;
import io.echo.client.probe.LatencyUs;
import io.echo.client.probe.Probe;
import io.echo.client.probe.ProbeStats;
import io.echo.client.socket.HostLookup;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.echo.net.TransportNames;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
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
        mixinStandardHelpOptions = true)
final class PingCommand implements Callable<Integer> {
    static final String INTERVAL = "1s";
    static final String SIZE = "64";
    static final String TIMEOUT = "1s";

    private static final int SCHEMA = 1;

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

    @Option(names = "--json", description = "No lines; one JSON object at the end.")
    private boolean json;

    /** Makes the command; it ends early, with its summary, when the interrupt completes. */
    PingCommand(PrintStream out, PrintStream err, Supplier<CompletableFuture<Integer>> interrupt) {
        this.out = out;
        this.err = err;
        this.interrupt = interrupt;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Ping.Config config =
                new Ping.Config(
                        Target.parse(target),
                        Optional.ofNullable(count).map(text -> FlagValues.probes("-c", text)),
                        FlagValues.positiveDuration("-i", interval),
                        (int) FlagValues.count("-s", size, Probe.HEADER_BYTES, Probe.MAX_BYTES),
                        FlagValues.timeout("--timeout", timeout),
                        Transport.parse(transport));
        List<InetSocketAddress> addresses = HostLookup.addresses(config.target(), config.timeout());
        if (addresses.size() > 1 && config.target().protocol() == Protocol.UDP) {
            complain(
                    config.target().host()
                            + " has "
                            + addresses.size()
                            + " addresses, UDP takes the first: "
                            + addresses.get(0).getAddress().getHostAddress());
        }
        Terminal terminal = Terminal.out();
        CompletableFuture<Integer> stop = interrupt.get();
        Ping.Result result =
                Ping.run(config, addresses, terminal, json ? line -> {} : this::printLine, stop);
        if (stop.isDone() && terminal.present()) {
            printLine(""); // the terminal has written ^C where the next line would stand
        }
        result.problem().ifPresent(this::complain);
        if (!result.longestStall().isZero()) {
            complain(
                    "this process stood still for at least "
                            + result.longestStall().toMillis()
                            + " ms: times and losses have it in them");
        }
        if (json) {
            printLine(toJson(result).toString());
        } else {
            printSummary(result, terminal);
        }
        // Over TCP there are no strangers: what was not sent came from the peer.
        boolean strange =
                config.target().protocol() == Protocol.TCP && result.stats().foreign() > 0;
        if (result.stats().corrupted() > 0 || strange) {
            return ClientMain.CORRUPTED;
        }
        if (result.lost() > 0 || result.problem().isPresent()) {
            return ClientMain.FAILED;
        }
        return result.incomplete() ? result.interrupted().getAsInt() : ClientMain.OK;
    }

    /** One line, from whichever thread, seen at once. */
    private void printLine(String line) {
        out.println(line);
        out.flush();
    }

    private void complain(String problem) {
        err.println("echo-client: " + problem);
    }

    private void printSummary(Ping.Result result, Terminal terminal) {
        ProbeStats stats = result.stats();
        List<String> counts =
                new ArrayList<>(
                        List.of(
                                stats.sent() + " sent",
                                stats.received() + " received",
                                terminal.alarm(result.lost(), result.lost() + " lost"),
                                terminal.alarm(stats.late(), stats.late() + " late"),
                                terminal.alarm(
                                        stats.duplicated(), stats.duplicated() + " duplicated"),
                                terminal.alarm(
                                        stats.corrupted(), stats.corrupted() + " corrupted")));
        // Rare ones, without which the line fits a terminal.
        if (stats.reordered() > 0) {
            counts.add(terminal.alarm(stats.reordered(), stats.reordered() + " reordered"));
        }
        if (stats.foreign() > 0) {
            counts.add(terminal.alarm(stats.foreign(), stats.foreign() + " foreign"));
        }
        if (result.unanswered() > 0) {
            counts.add(result.unanswered() + " in flight");
        }
        printLine(String.join(", ", counts));
        LatencyUs.of(stats.service())
                .ifPresent(
                        us ->
                                printLine(
                                        String.format(
                                                Locale.ROOT,
                                                "min/p50/p99/max %.3f/%.3f/%.3f/%.3f ms",
                                                us.min() / 1_000,
                                                us.p50() / 1_000,
                                                us.p99() / 1_000,
                                                us.max() / 1_000)));
    }

    private static JsonObject toJson(Ping.Result result) {
        ProbeStats stats = result.stats();
        JsonObject object = new JsonObject();
        object.addProperty("schema", SCHEMA);
        object.addProperty("target", result.config().target().toString());
        object.addProperty("protocol", result.config().target().protocol().toString());
        object.addProperty("size_bytes", result.config().bytes());
        object.addProperty("sent", stats.sent());
        object.addProperty("received", stats.received());
        object.addProperty("lost", result.lost());
        object.addProperty("late", stats.late());
        object.addProperty("duplicated", stats.duplicated());
        object.addProperty("reordered", stats.reordered());
        object.addProperty("corrupted", stats.corrupted());
        object.addProperty("foreign", stats.foreign());
        object.addProperty("interrupted", result.incomplete());
        Optional<LatencyUs> latency = LatencyUs.of(stats.service());
        object.add("latency_us", latency.isPresent() ? latency.get().toJson() : JsonNull.INSTANCE);
        return object;
    }
}
