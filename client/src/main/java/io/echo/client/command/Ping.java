package io.echo.client.command;

import io.echo.cli.FlagValues;
import io.echo.cli.OneLine;
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
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
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
     * @param unanswered probes whose time had not passed when it ended: neither received nor lost
     * @param problem why it ended before its count, or what the peer refused
     * @param longestStall for which this process itself stood still; zero below a tenth of a second
     * @param interrupted the exit code of the signal that ended it, if one did
     */
    record Result(
            Config config,
            ProbeStats stats,
            int unanswered,
            Optional<String> problem,
            Duration longestStall,
            OptionalInt interrupted) {
        /** Probes that were not answered. */
        long lost() {
            return stats.lost() - unanswered;
        }

        /** Tells if something that was asked for is missing, because of a signal. */
        boolean incomplete() {
            boolean measured = stats.received() + lost() > 0;
            boolean all =
                    config.count().isEmpty()
                            || unanswered == 0 && stats.sent() == config.count().get();
            return interrupted.isPresent() && !(measured && all);
        }
    }

    /** Time after a signal in which what is in flight may still be answered. */
    private static final long GRACE_MS = 100;

    private static final double NANOS_PER_MILLI = 1e6;

    /** A check that is later than this was kept from its core, and the replies with it. */
    private static final long STALL_NS = 100_000_000;

    private static final long LONGEST_CHECK_NS = 50_000_000;

    private final Config config;
    private final EventLoop loop;
    private final Terminal terminal;
    private final Consumer<String> lines;
    private final CompletableFuture<Void> finished = new CompletableFuture<>();

    /** Written on the event loop alone, like the fields that follow. */
    private long sent;

    /** Sequence numbers of the probes in flight, oldest first, of which nothing was printed. */
    private final Set<Long> waiting = new LinkedHashSet<>();

    private boolean sending = true;
    private String problem;

    /** When probes were last looked for whose time has passed. */
    private long checkedNs;

    private long longestStallNs;

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
     * @param stop completes with an exit code when it should end at once
     * @throws IOException when the target cannot be reached at all
     */
    static Result run(
            Config config,
            List<InetSocketAddress> addresses,
            Terminal terminal,
            Consumer<String> lines,
            CompletableFuture<Integer> stop)
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
                    ProbeSizes.fixed(config.bytes()),
                    stop);
            Ping ping = new Ping(config, loop, terminal, lines);
            CompletableFuture<Flow> connecting = ping.connect(addresses, buffers);
            CompletableFuture.anyOf(connecting, stop).get();
            if (connecting.isDone()) {
                Flow flow = connecting.get();
                loop.execute(() -> ping.start(flow));
                stop.thenRun(() -> loop.execute(() -> ping.stop(flow)));
                ping.finished.get();
                flow.close().get();
            }
            ProbeStats stats = loop.submit(() -> buffers.swap(new ProbeStats())).get();
            return new Result(
                    config,
                    stats,
                    ping.waiting.size(),
                    Optional.ofNullable(ping.problem),
                    Duration.ofNanos(ping.longestStallNs),
                    stop.isDone() ? OptionalInt.of(stop.get()) : OptionalInt.empty());
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException refused
                    ? refused
                    : new IOException(OneLine.of(e.getCause()), e);
        } finally {
            // On the loop, after the tasks that closing the flow has left there.
            loop.submit(buffers::close).await();
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
        }
    }

    /** Connects to the first address that accepts. */
    private CompletableFuture<Flow> connect(
            List<InetSocketAddress> addresses, LoopBuffers buffers) {
        int run = ThreadLocalRandom.current().nextInt();
        CompletableFuture<Flow> opened = new CompletableFuture<>();
        tryNext(addresses.iterator(), run, buffers, opened);
        return opened;
    }

    private void tryNext(
            Iterator<InetSocketAddress> addresses,
            int run,
            LoopBuffers buffers,
            CompletableFuture<Flow> opened) {
        FlowConfig flow =
                FlowConfig.of(
                        config.transport(),
                        config.target().protocol(),
                        addresses.next(),
                        run,
                        ProbeSizes.fixed(config.bytes()),
                        config.timeout().toNanos());
        Flow.open(flow, loop, buffers, this)
                .whenComplete(
                        (done, failure) -> {
                            if (failure == null) {
                                opened.complete(done);
                            } else if (addresses.hasNext()) {
                                tryNext(addresses, run, buffers, opened);
                            } else {
                                opened.completeExceptionally(
                                        failure instanceof CompletionException
                                                ? failure.getCause()
                                                : failure);
                            }
                        });
    }

    private void start(Flow flow) {
        long checkNs =
                Math.min(Math.max(config.timeout().toNanos() / 20, 1_000_000), LONGEST_CHECK_NS);
        checkedNs = System.nanoTime();
        loop.scheduleWithFixedDelay(
                () -> expire(flow, checkNs), checkNs, checkNs, TimeUnit.NANOSECONDS);
        send(flow, System.nanoTime());
    }

    /**
     * Plans the next probe and sends this one, after all that takes a fresh JVM its time. A probe
     * whose time has passed already is left out.
     */
    private void send(Flow flow, long dueNs) {
        if (!sending || !flow.open()) {
            return;
        }
        sent++;
        sending = config.count().isEmpty() || sent < config.count().get();
        long intervalNs = config.interval().toNanos();
        long sinceNs = System.nanoTime() - dueNs;
        long nextNs = dueNs + (sinceNs / intervalNs + 1) * intervalNs;
        loop.schedule(() -> send(flow, nextNs), nextNs - dueNs - sinceNs, TimeUnit.NANOSECONDS);
        waiting.add(flow.send(System.nanoTime(), true));
        flow.flush();
    }

    private void expire(Flow flow, long checkNs) {
        long nowNs = System.nanoTime();
        long stoodNs = nowNs - checkedNs - checkNs;
        checkedNs = nowNs;
        if (stoodNs > STALL_NS) {
            longestStallNs = Math.max(longestStallNs, stoodNs);
            return; // what came meanwhile is read first
        }
        flow.expire(nowNs);
        finishIfDone(flow);
    }

    private void stop(Flow flow) {
        sending = false;
        finishIfDone(flow);
        long graceMs = Math.min(GRACE_MS, config.timeout().toMillis());
        loop.schedule(() -> finished.complete(null), graceMs, TimeUnit.MILLISECONDS);
    }

    private void finishIfDone(Flow flow) {
        if (flow.inFlight() == 0) {
            waiting.clear(); // one that could not be sent
        }
        if (!sending && waiting.isEmpty()) {
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
        waiting.remove(sequence);
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
        if (waiting.remove(sequence)) {
            failed(
                    sequence,
                    flow.open()
                            ? "no reply within " + FlagValues.show(config.timeout())
                            : "no reply before the connection ended");
        }
    }

    private void failed(long sequence, String why) {
        lines.accept("seq=" + sequence + " " + terminal.bad(why));
    }

    @Override
    public void drained(Flow flow) {
        finishIfDone(flow);
    }

    @Override
    public void refused(Flow flow, Throwable cause) {
        problem = config.target() + ": " + why(cause);
        // The kernel names no probe.
        waiting.forEach(sequence -> failed(sequence, why(cause)));
        waiting.clear();
        finishIfDone(flow);
    }

    @Override
    public void closed(Flow flow, Throwable cause) {
        boolean complete = !sending && waiting.isEmpty();
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
        waiting.clear();
        finished.complete(null);
    }

    private String why(Throwable cause) {
        return FailureReason.of(config.target().protocol(), cause, config.timeout());
    }
}
