package io.echo.bench.command;

import io.echo.bench.load.Endpoint;
import io.echo.bench.load.LoadConfig;
import io.echo.cli.FileName;
import io.echo.cli.FlagValues;
import io.echo.cli.Terminal;
import io.echo.client.figures.Figures;
import io.echo.client.probe.Probe;
import io.echo.client.probe.ProbeSizes;
import io.echo.client.socket.LayerFlags;
import io.echo.client.socket.SourcePorts;
import io.echo.net.Target;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Flags of the load: sizes, phases. */
final class LoadFlags {
    private static final String DURATION = "10s";
    private static final String WARMUP = "2s";
    private static final String TIMEOUT = "1s";

    @Option(
            names = "--connections",
            paramLabel = "N",
            description =
                    "Sockets, each a flow of its own. Default: "
                            + LoadConfig.DEFAULT_CONNECTIONS
                            + ", or one for each of --source-ports.")
    private Optional<String> connections = Optional.empty();

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            description =
                    "Bytes of a probe: one size, a list taken in turn, or a mix. Default: "
                            + LoadConfig.DEFAULT_BYTES
                            + ".")
    private Optional<String> size = Optional.empty();

    @Option(
            names = "--payload-file",
            paramLabel = "FILE",
            description = "Send this after each probe's header of 32 bytes.")
    private Optional<String> payloadFile = Optional.empty();

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            description = "How long to measure. Default: " + DURATION + ".")
    private Optional<String> duration = Optional.empty();

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "How many probes to measure in all, instead of --duration.")
    private Optional<String> count = Optional.empty();

    @Option(
            names = "--warmup",
            paramLabel = "TIME",
            defaultValue = WARMUP,
            description = "Load before it, not measured. Default: ${DEFAULT-VALUE}.")
    private String warmup;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = TIMEOUT,
            description =
                    "A reply that takes longer is late; also waited for after the last"
                            + " probe. Default: ${DEFAULT-VALUE}.")
    private String timeout;

    @Option(
            names = "--start-at",
            paramLabel = "WHEN",
            description =
                    "When the warm-up starts, as 2026-01-31T12:00:00Z or seconds since 1970,"
                            + " so that many generators start together.")
    private Optional<String> startAt = Optional.empty();

    @ArgGroup(validate = false, heading = "%nSockets and loops:%n")
    private SocketFlags sockets = new SocketFlags();

    @ArgGroup(validate = false, heading = LayerFlags.HEADING)
    private LayerFlags layers = new LayerFlags();

    /**
     * Returns the flags as a value.
     *
     * @param targets of which the first is that of the value; none for our own server
     * @param err where a flag that makes things unsafe is told
     */
    LoadConfig config(LoadConfig.Load load, List<Target> targets, PrintStream err)
            throws IOException {
        Optional<byte[]> payload = payload();
        return new LoadConfig(
                targets.stream().findFirst(),
                load,
                connections(),
                sizes(payload),
                payload,
                span(),
                FlagValues.duration("--warmup", warmup),
                FlagValues.timeout("--timeout", timeout),
                sockets.generator(),
                sockets.sockets(layers.config(BenchMain.PROGRAM, err, targets)),
                startAt.map(LoadFlags::time));
    }

    private int connections() {
        return connections
                .map(
                        text ->
                                (int)
                                        FlagValues.count(
                                                "--connections",
                                                text,
                                                1,
                                                LoadConfig.MAX_CONNECTIONS))
                .or(() -> sockets.ports().map(SourcePorts::count))
                .orElse(LoadConfig.DEFAULT_CONNECTIONS);
    }

    /**
     * Throws when a public target has no rate, so that a typing error does not become a flood.
     * Prints the rate to a public target, and that the server is our own when there is no target.
     */
    void requireRateForPublicTarget(Endpoint endpoint, LoadConfig config, PrintStream err) {
        if (endpoint.isEmbedded()) {
            err.println(
                    Terminal.err()
                            .wrap(
                                    "no TARGET: measuring the project's own server in this"
                                            + " process, over UDP; the two share the cores",
                                    0));
        }
        if (!endpoint.isPublic()) {
            return;
        }
        String address = endpoint.addresses().get(0).getAddress().getHostAddress();
        if (config.load().asked().isEmpty()) {
            throw new IllegalArgumentException(
                    address
                            + " is outside loopback and private networks: give a rate for it,"
                            + " as in --rate 1k");
        }
        err.printf(
                java.util.Locale.ROOT,
                "sending %s of %s B each, %.3f Mbit/s of payload, to %s%n",
                config.load().asked().get(),
                Figures.plain(config.sizes().mean()),
                config.load().asked().get().perSecond() * config.sizes().mean() * 8 / 1e6,
                address);
    }

    private LoadConfig.Span span() {
        if (duration.isPresent() && count.isPresent()) {
            throw new IllegalArgumentException("give --duration or --count, not both");
        }
        Optional<Long> probes = count.map(text -> FlagValues.probes("--count", text));
        Duration longest =
                probes.isPresent()
                        ? LoadConfig.Span.LONGEST
                        : FlagValues.positiveDuration("--duration", duration.orElse(DURATION));
        return new LoadConfig.Span(longest, probes);
    }

    private ProbeSizes sizes(Optional<byte[]> payload) {
        if (payload.isPresent()) {
            return ProbeSizes.fixed(Probe.HEADER_BYTES + payload.get().length);
        }
        return size.map(text -> ProbeSizes.parse("--size", text))
                .orElseGet(() -> ProbeSizes.fixed(LoadConfig.DEFAULT_BYTES));
    }

    private Optional<byte[]> payload() throws IOException {
        if (payloadFile.isEmpty()) {
            return Optional.empty();
        }
        if (size.isPresent()) {
            throw new IllegalArgumentException("give --size or --payload-file, not both");
        }
        Path file = FileName.path(payloadFile.get());
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            throw new IOException("--payload-file must be a readable file, got " + file);
        }
        long largest = Probe.MAX_BYTES - Probe.HEADER_BYTES;
        if (Files.size(file) > largest) {
            throw FlagValues.mustBe(
                    "--payload-file", "at most " + largest + " bytes", Files.size(file));
        }
        return Optional.of(Files.readAllBytes(file));
    }

    private static Instant time(String text) {
        try {
            Instant time =
                    text.matches("\\d{1,12}")
                            ? Instant.ofEpochSecond(Long.parseLong(text))
                            : Instant.parse(text);
            if (time.isBefore(Instant.now())) {
                throw FlagValues.mustBe("--start-at", "in the future", text);
            }
            return time;
        } catch (DateTimeParseException e) {
            throw FlagValues.mustBe("--start-at", "a time such as 2026-01-31T12:00:00Z", text);
        }
    }
}
