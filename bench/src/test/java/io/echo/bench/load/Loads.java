package io.echo.bench.load;

import io.echo.bench.pacing.Pacing;
import io.echo.client.probe.ProbeSizes;
import io.echo.client.probe.Rate;
import io.echo.net.Target;
import io.echo.net.Transport;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Short loads for tests: no warm-up, so that every probe counts, and no spinning, which would take
 * a core from the tests beside.
 */
public final class Loads {
    /** A rate that is soon over, and that a simple server keeps up with on a busy machine. */
    public static final LoadConfig.Load OPEN = new LoadConfig.Load.Open(Rate.perSecond(5_000));

    private Loads() {}

    public static LoadConfig of(Target target, LoadConfig.Load load, long count) {
        return new LoadConfig(
                Optional.of(target),
                load,
                1,
                ProbeSizes.fixed(64),
                Optional.empty(),
                new LoadConfig.Span(LoadConfig.Span.LONGEST, Optional.of(count)),
                Duration.ZERO,
                Duration.ofSeconds(1),
                new LoadConfig.Generator(Transport.NIO, 1, Pacing.TIMER),
                LoadConfig.Sockets.DEFAULT,
                Optional.empty());
    }

    public static LoadConfig with(LoadConfig config, int connections, ProbeSizes sizes, int loops) {
        return new LoadConfig(
                config.target(),
                config.load(),
                connections,
                sizes,
                config.payload(),
                config.span(),
                config.warmup(),
                config.timeout(),
                new LoadConfig.Generator(
                        config.generator().transport(), loops, config.generator().pacing()),
                config.sockets(),
                config.startAt());
    }

    /** The same, on time within microseconds at the price of a core. */
    public static LoadConfig spinning(LoadConfig config) {
        return new LoadConfig(
                config.target(),
                config.load(),
                config.connections(),
                config.sizes(),
                config.payload(),
                config.span(),
                config.warmup(),
                config.timeout(),
                new LoadConfig.Generator(
                        config.generator().transport(), config.generator().loops(), Pacing.SPIN),
                config.sockets(),
                config.startAt());
    }

    public static LoadConfig with(LoadConfig config, Transport transport) {
        return new LoadConfig(
                config.target(),
                config.load(),
                config.connections(),
                config.sizes(),
                config.payload(),
                config.span(),
                config.warmup(),
                config.timeout(),
                new LoadConfig.Generator(
                        transport, config.generator().loops(), config.generator().pacing()),
                config.sockets(),
                config.startAt());
    }

    public static LoadConfig with(LoadConfig config, Duration duration, Duration warmup) {
        return new LoadConfig(
                config.target(),
                config.load(),
                config.connections(),
                config.sizes(),
                config.payload(),
                new LoadConfig.Span(duration, Optional.empty()),
                warmup,
                config.timeout(),
                config.generator(),
                config.sockets(),
                config.startAt());
    }

    public static LoadConfig with(LoadConfig config, LoadConfig.Sockets sockets) {
        return new LoadConfig(
                config.target(),
                config.load(),
                config.connections(),
                config.sizes(),
                config.payload(),
                config.span(),
                config.warmup(),
                config.timeout(),
                config.generator(),
                sockets,
                config.startAt());
    }

    /** Connections that are replaced at this age. */
    public static LoadConfig.Sockets replaced(Duration lifetime) {
        return new LoadConfig.Sockets(
                List.of(), Optional.empty(), false, Optional.empty(), Optional.of(lifetime));
    }

    public static LoadConfig waiting(LoadConfig config, Duration timeout) {
        return new LoadConfig(
                config.target(),
                config.load(),
                config.connections(),
                config.sizes(),
                config.payload(),
                config.span(),
                config.warmup(),
                timeout,
                config.generator(),
                config.sockets(),
                config.startAt());
    }

    public static LoadConfig startingAt(LoadConfig config, Instant time) {
        return new LoadConfig(
                config.target(),
                config.load(),
                config.connections(),
                config.sizes(),
                config.payload(),
                config.span(),
                config.warmup(),
                config.timeout(),
                config.generator(),
                config.sockets(),
                Optional.of(time));
    }

    public static Measurement run(LoadConfig config) throws IOException, InterruptedException {
        try (Endpoint endpoint = Endpoint.of(config.target().orElseThrow(), config.timeout())) {
            return LoadRun.run(config, endpoint, LoadRun.Listener.NONE, new CompletableFuture<>());
        }
    }
}
