package io.echo.bench;

import io.echo.client.Probe;
import io.echo.client.Sizes;
import io.echo.client.Target;
import io.echo.client.Terminal;
import io.echo.client.Values;
import io.echo.server.Transport;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The flags that say what load to make. */
final class LoadFlags {
    private static final String DURATION = "10s";
    private static final String WARMUP = "2s";
    private static final String TIMEOUT = "1s";
    private static final String TRANSPORT = "nio";
    private static final String SPIN = "spin";
    private static final String TIMER = "timer";

    @Parameters(
            arity = "0..1",
            paramLabel = "TARGET",
            description = "udp://host:port, tcp://host:port or host:port (TCP).")
    private Optional<String> target = Optional.empty();

    @Option(
            names = "--rate",
            paramLabel = "RATE",
            description = "Open loop: so many probes a second, all connections together.")
    private Optional<String> rate = Optional.empty();

    @Option(
            names = "--window",
            paramLabel = "N",
            description = "Closed loop: N in flight on each connection"
                    + " (" + LoadConfig.DEFAULT_WINDOW + ", without --rate).")
    private Optional<String> window = Optional.empty();

    @Option(
            names = "--train",
            paramLabel = "N",
            description = "Closed loop over UDP on epoll: N datagrams of one size leave as one"
                    + " segmented send (" + LoadConfig.DEFAULT_TRAIN + ": each by itself).")
    private Optional<String> train = Optional.empty();

    @Option(
            names = "--connections",
            paramLabel = "N",
            defaultValue = "" + LoadConfig.DEFAULT_CONNECTIONS,
            description = "Sockets (${DEFAULT-VALUE}).")
    private String connections;

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            description = "Bytes of a probe, 32 to 65507; a list such as 64,1400 or a mix such as"
                    + " 64:70%%,1400:30%% (" + LoadConfig.DEFAULT_BYTES + ").")
    private Optional<String> size = Optional.empty();

    @Option(
            names = "--payload-file",
            paramLabel = "FILE",
            description = "What probes carry after their header of 32 bytes.")
    private Optional<Path> payloadFile = Optional.empty();

    @Option(
            names = "--duration",
            paramLabel = "DURATION",
            description = "Of the measured phase (" + DURATION + ").")
    private Optional<String> duration = Optional.empty();

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "Measured probes in all, instead of a duration.")
    private Optional<String> count = Optional.empty();

    @Option(
            names = "--warmup",
            paramLabel = "DURATION",
            defaultValue = WARMUP,
            description = "Before the measured phase, discarded (${DEFAULT-VALUE}).")
    private String warmup;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = TIMEOUT,
            description = "A reply that takes longer is late; also waited for after the last"
                    + " probe (${DEFAULT-VALUE}).")
    private String timeout;

    @Option(
            names = "--transport",
            paramLabel = "NAME",
            defaultValue = TRANSPORT,
            description = "nio, epoll, io_uring or auto (${DEFAULT-VALUE}).")
    private String transport;

    @Option(
            names = "--loops",
            paramLabel = "N",
            description = "Event loops (half the cores).")
    private Optional<String> loops = Optional.empty();

    @Option(
            names = "--pacing",
            paramLabel = "HOW",
            defaultValue = SPIN,
            description = "spin: each loop takes a core, and probes leave within microseconds of"
                    + " their time; timer: the transport's own, some 70 us late and half the CPU"
                    + " on epoll, up to 1 ms late on nio (${DEFAULT-VALUE}).")
    private String pacing;

    @Option(
            names = "--bind",
            paramLabel = "ADDRESS",
            description = "Send from this address; repeated, connections take them in turn.")
    private List<String> bind = new ArrayList<>();

    @Option(names = "--dscp", paramLabel = "N", description = "Mark packets, 0 to 63.")
    private Optional<String> dscp = Optional.empty();

    @Option(names = "--dont-fragment", description = "Lose a datagram rather than fragment it.")
    private boolean dontFragment;

    @Option(
            names = "--connect-rate",
            paramLabel = "RATE",
            description = "Connections opened a second, at most.")
    private Optional<String> connectRate = Optional.empty();

    @Option(
            names = "--connection-lifetime",
            paramLabel = "DURATION",
            description = "Replace each connection after this time.")
    private Optional<String> lifetime = Optional.empty();

    @Option(
            names = "--start-at",
            paramLabel = "TIME",
            description = "When the warm-up starts, such as 2026-01-31T12:00:00Z, or in seconds"
                    + " since 1970; many generators start together.")
    private Optional<String> startAt = Optional.empty();

    /** The flags as a value for a sweep, which sets the rate itself. */
    LoadConfig sweepConfig() throws IOException {
        if (rate.isPresent() || window.isPresent()) {
            throw Values.mustBe(
                    rate.isPresent() ? "--rate" : "--window",
                    "left out: sweep sets the rate itself, between --from and --to",
                    rate.or(() -> window).get());
        }
        if (train.isPresent()) {
            throw Values.mustBe("--train", "left out: sweep is an open loop", train.get());
        }
        return config();
    }

    /** The flags as a value. */
    LoadConfig config() throws IOException {
        Optional<byte[]> payload = payload();
        return new LoadConfig(
                target.map(Target::parse),
                load(),
                (int) Values.count("--connections", connections, 1, Integer.MAX_VALUE),
                sizes(payload),
                payload,
                span(),
                Values.duration("--warmup", warmup),
                Values.positiveDuration("--timeout", timeout),
                new LoadConfig.Generator(
                        transport(transport),
                        loops.map(text -> (int) Values.count("--loops", text, 1, 1024))
                                .orElse(LoadConfig.Generator.DEFAULT_LOOPS),
                        spins()),
                new LoadConfig.Sockets(
                        addresses(),
                        dscp.map(text -> (int) Values.count("--dscp", text, 0, 63)),
                        dontFragment,
                        connectRate.map(text -> Values.rate("--connect-rate", text)),
                        lifetime.map(
                                text -> Values.positiveDuration("--connection-lifetime", text))),
                startAt.map(LoadFlags::time));
    }

    /**
     * Says what a run does that may not be meant: measures its own server, or sends to a network
     * that is not ours, where a typing error must not become a flood.
     */
    void announce(Endpoint endpoint, LoadConfig config, PrintStream err) {
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
            throw Values.mustBe(
                    "--rate",
                    "given for a target outside loopback and private networks",
                    "none for " + address);
        }
        err.printf(
                java.util.Locale.ROOT,
                "sending %s of %s B each, %.3f Mbit/s of payload, to %s%n",
                config.load().asked().get(),
                Figures.plain(config.sizes().mean()),
                config.load().asked().get().perSecond() * config.sizes().mean() * 8 / 1e6,
                address);
    }

    private LoadConfig.Load load() {
        if (rate.isPresent() && window.isPresent()) {
            throw new IllegalArgumentException(
                    "either --rate or --window must be given, got both");
        }
        if (rate.isPresent() && train.isPresent()) {
            throw Values.mustBe("--train", "left out with --rate", train.get());
        }
        if (rate.isPresent()) {
            return new LoadConfig.Load.Open(Values.rate("--rate", rate.get()));
        }
        return new LoadConfig.Load.Closed(
                window.map(text -> (int) Values.count("--window", text, 1, 65_536))
                        .orElse(LoadConfig.DEFAULT_WINDOW),
                train.map(LoadFlags::train).orElse(LoadConfig.DEFAULT_TRAIN));
    }

    private static int train(String text) {
        return (int) Values.count("--train", text, 1, LoadConfig.Load.Closed.LONGEST_TRAIN);
    }

    private LoadConfig.Span span() {
        if (duration.isPresent() && count.isPresent()) {
            throw new IllegalArgumentException(
                    "either --duration or --count must be given, got both");
        }
        Optional<Long> probes =
                count.map(text -> Values.count("--count", text, 1, 1_000_000_000_000L));
        Duration longest =
                probes.isPresent()
                        ? LoadConfig.Span.LONGEST
                        : Values.positiveDuration("--duration", duration.orElse(DURATION));
        return new LoadConfig.Span(longest, probes);
    }

    private Sizes sizes(Optional<byte[]> payload) {
        if (payload.isPresent()) {
            return Sizes.fixed(Probe.HEADER_BYTES + payload.get().length);
        }
        return size.map(text -> Sizes.parse("--size", text))
                .orElseGet(() -> Sizes.fixed(LoadConfig.DEFAULT_BYTES));
    }

    private Optional<byte[]> payload() throws IOException {
        if (payloadFile.isEmpty()) {
            return Optional.empty();
        }
        if (size.isPresent()) {
            throw new IllegalArgumentException(
                    "either --size or --payload-file must be given, got both");
        }
        Path file = payloadFile.get();
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            throw new IOException("--payload-file must be a readable file, got " + file);
        }
        long largest = Probe.MAX_BYTES - Probe.HEADER_BYTES;
        if (Files.size(file) > largest) {
            throw Values.mustBe(
                    "--payload-file", "at most " + largest + " bytes", Files.size(file));
        }
        return Optional.of(Files.readAllBytes(file));
    }

    private List<InetAddress> addresses() throws IOException {
        List<InetAddress> addresses = new ArrayList<>();
        for (String text : bind) {
            for (String part : text.split(",")) {
                try {
                    addresses.add(InetAddress.getByName(part.replaceAll("^\\[(.*)]$", "$1")));
                } catch (UnknownHostException e) {
                    throw new IOException("--bind must be an address of ours, got " + part, e);
                }
            }
        }
        return addresses;
    }

    private boolean spins() {
        if (!pacing.equals(SPIN) && !pacing.equals(TIMER)) {
            throw Values.mustBe("--pacing", "spin or timer", pacing);
        }
        return pacing.equals(SPIN);
    }

    private static Instant time(String text) {
        try {
            Instant time =
                    text.matches("\\d{1,12}")
                            ? Instant.ofEpochSecond(Long.parseLong(text))
                            : Instant.parse(text);
            if (time.isBefore(Instant.now())) {
                throw Values.mustBe("--start-at", "in the future", text);
            }
            return time;
        } catch (DateTimeParseException e) {
            throw Values.mustBe("--start-at", "a time such as 2026-01-31T12:00:00Z", text);
        }
    }

    /** Reads a transport by its name; {@code auto} is the fastest that is known to be safe. */
    static Transport transport(String name) {
        if (name.equals("auto")) {
            return Transport.best();
        }
        return Arrays.stream(Transport.values())
                .filter(transport -> transport.toString().equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                Values.mustBe(
                                        "--transport", "nio, epoll, io_uring or auto", name));
    }
}
