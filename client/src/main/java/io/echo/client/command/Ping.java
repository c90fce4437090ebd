package io.echo.client.command;

import io.echo.cli.FlagValues;
import io.echo.cli.Terminal;
import io.echo.client.probe.Flow;
import io.echo.client.probe.FlowConfig;
import io.echo.client.probe.JvmWarmup;
import io.echo.client.probe.LoopBuffers;
import io.echo.client.probe.ProbeSizes;
import io.echo.client.probe.ProbeStats;
import io.echo.client.socket.FailureReason;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Sends probes at an interval and prints a line for each, as ping(8) does.
 *
 * <p>Replies are matched by sequence number on UDP and byte by byte on TCP. One event loop sends,
 * receives and prints; everything but {@link #run} happens there.
 */
final class Ping implements Flow.Events {
    /**
     * The settings of one ping.
     *
     * @param count probes to send; empty for no end
     * @param bytes of each probe
     * @param timeout until a reply is late, and how long the last one is waited for
     */
    record Config(
            Target target,
            Optional<Long> count,
            Duration interval,
            int bytes,
            Duration timeout,
            Transport transport) {}

    /**
     * The outcome of one ping.
     *
     * @param problem why it ended before its count, or what the peer refused
     */
    record Result(Config config, ProbeStats stats, Optional<String> problem) {}

    private static final double NANOS_PER_MILLI = 1e6;

    private final Config config;
    private final EventLoop loop;
    private final Terminal terminal;
    private final Consumer<String> lines;
    private final CompletableFuture<Void> finished = new CompletableFuture<>();

    /** Written on the event loop alone, like the fields that follow. */
    private long sent;

    private boolean sending = true;
    private String problem;

    private Ping(Config config, EventLoop loop, Terminal terminal, Consumer<String> lines) {
        this.config = config;
        this.loop = loop;
        this.terminal = terminal;
        this.lines = lines;
    }

    /**
     * Runs to the end.
     *
     * @param addresses of the target: TCP tries each in order, UDP takes the first
     * @param terminal colours of the lines
     * @param lines takes a line for each reply and each timeout, on the event loop
     * @param stop completes when no more probes should be sent
     * @throws IOException when the target cannot be reached at all
     */
    static Result run(
            Config config,
            List<InetSocketAddress> addresses,
            Terminal terminal,
            Consumer<String> lines,
            CompletableFuture<?> stop)
            throws IOException, InterruptedException {
        config.transport().requireAvailable();
        MultiThreadIoEventLoopGroup group =
                new MultiThreadIoEventLoopGroup(
                        1,
                        new DefaultThreadFactory("echo-ping", true),
                        config.transport().newIoHandlerFactory());
        LoopBuffers buffers = LoopBuffers.of(config.target().protocol(), config.bytes());
        EventLoop loop = group.next();
        try {
            JvmWarmup.run(
                    config.transport(),
                    config.target().protocol(),
                    loop,
                    buffers,
                    ProbeSizes.fixed(config.bytes()));
            Ping ping = new Ping(config, loop, terminal, lines);
            Flow flow = ping.connect(addresses, buffers);
            loop.execute(() -> ping.start(flow));
            stop.thenRun(() -> loop.execute(() -> ping.stop(flow)));
            ping.finished.get();
            flow.close().get();
            ProbeStats stats = loop.submit(() -> buffers.swap(new ProbeStats())).get();
            return new Result(config, stats, Optional.ofNullable(ping.problem));
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException refused
                    ? refused
                    : new IOException(e.getCause().toString(), e);
        } finally {
            // On the loop, after the tasks that closing the flow has left there.
            loop.submit(buffers::close).await();
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
        }
    }

    private Flow connect(List<InetSocketAddress> addresses, LoopBuffers buffers)
            throws ExecutionException, InterruptedException {
        int run = ThreadLocalRandom.current().nextInt();
        for (int i = 0; ; i++) {
            FlowConfig flow =
                    FlowConfig.of(
                            config.transport(),
                            config.target().protocol(),
                            addresses.get(i),
                            run,
                            ProbeSizes.fixed(config.bytes()),
                            config.timeout().toNanos());
            try {
                return Flow.open(flow, loop, buffers, this).get();
            } catch (ExecutionException e) {
                if (i == addresses.size() - 1) {
                    throw e;
                }
            }
        }
    }

    private void start(Flow flow) {
        loop.scheduleAtFixedRate(
                () -> send(flow), 0, config.interval().toNanos(), TimeUnit.NANOSECONDS);
        long checkNs = Math.max(config.timeout().toNanos() / 20, 1_000_000);
        loop.scheduleAtFixedRate(() -> expire(flow), checkNs, checkNs, TimeUnit.NANOSECONDS);
    }

    private void send(Flow flow) {
        if (sending && flow.open()) {
            sent++;
            sending = config.count().map(count -> sent < count).orElse(true);
            flow.send(System.nanoTime(), true);
            flow.flush();
        }
    }

    private void expire(Flow flow) {
        flow.expire(System.nanoTime());
        finishIfDone(flow);
    }

    private void stop(Flow flow) {
        sending = false;
        finishIfDone(flow);
    }

    private void finishIfDone(Flow flow) {
        if (!sending && flow.inFlight() == 0) {
            finished.complete(null);
        }
    }

    @Override
    public void replied(Flow flow, Flow.Kind kind, long sequence, int bytes, long roundTripNs) {
        if (kind == Flow.Kind.FOREIGN) {
            lines.accept(
                    "bytes=" + bytes + " " + terminal.bad("foreign: not the reply to any probe"));
            return;
        }
        String time =
                roundTripNs < 0
                        ? ""
                        : String.format(
                                Locale.ROOT, " time=%.3f ms", roundTripNs / NANOS_PER_MILLI);
        String word =
                kind == Flow.Kind.RECEIVED
                        ? ""
                        : " " + terminal.bad(kind.name().toLowerCase(Locale.ROOT));
        lines.accept("seq=" + sequence + " bytes=" + bytes + time + word);
    }

    @Override
    public void expired(Flow flow, long sequence) {
        lines.accept(
                "seq="
                        + sequence
                        + " "
                        + terminal.bad("no reply within " + FlagValues.show(config.timeout())));
    }

    @Override
    public void drained(Flow flow) {
        finishIfDone(flow);
    }

    @Override
    public void refused(Flow flow, Throwable cause) {
        problem = config.target() + ": " + why(cause);
    }

    @Override
    public void closed(Flow flow, Throwable cause) {
        boolean complete = !sending && flow.inFlight() == 0;
        if (!complete && !finished.isDone()) {
            problem =
                    config.target()
                            + ": "
                            + why(cause)
                            + " after message "
                            + sent
                            + config.count().map(count -> " of " + count).orElse("");
        }
        sending = false;
        finished.complete(null);
    }

    private String why(Throwable cause) {
        return FailureReason.of(config.target().protocol(), cause, config.timeout());
    }
}
