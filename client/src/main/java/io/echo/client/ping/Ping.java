package io.echo.client.ping;

import io.echo.cli.FlagValues;
import io.echo.cli.OneLine;
import io.echo.client.probe.Flow;
import io.echo.client.probe.JvmWarmup;
import io.echo.client.probe.LoopBuffers;
import io.echo.client.probe.ProbeSizes;
import io.echo.client.probe.ProbeStats;
import io.echo.client.socket.FailureReason;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Sends probes at an interval and prints a line for each, as ping(8) does.
 *
 * <p>Replies are matched by sequence number on UDP and byte by byte on TCP. One event loop sends,
 * receives and prints; everything but {@link #run} happens there.
 */
public final class Ping implements Flow.Events {
    /** Time after a signal in which what is in flight may still be answered. */
    private static final long GRACE_MS = 100;

    /** The kernel's words for a datagram that is larger than its path, which it may not cut. */
    private static final String TOO_LONG = "Message too long";

    /** A check that is later than this was kept from its core, and the replies with it. */
    private static final long STALL_NS = 100_000_000;

    private static final long LONGEST_CHECK_NS = 50_000_000;

    private final PingConfig config;
    private final EventLoop loop;
    private final Consumer<ProbeFate> fates;
    private final CompletableFuture<Void> finished = new CompletableFuture<>();

    /** Written on the event loop alone, like the fields that follow. */
    private long sent;

    private final List<PingSocket> sockets = new ArrayList<>();

    private final SentTimes sentAt = new SentTimes();
    private final PingLosses losses;
    private boolean sending = true;
    private boolean atDeadline;
    private boolean tooLong;
    private boolean ended;
    private String problem;
    private UncheckedIOException unwritten;

    /** When probes were last looked for whose time has passed. */
    private long checkedNs;

    private long longestStallNs;

    private Ping(PingConfig config, EventLoop loop, Consumer<ProbeFate> fates) {
        this.config = config;
        this.loop = loop;
        this.fates = fates;
        this.losses = new PingLosses(config.interval().toNanos());
    }

    /**
     * Runs to the end.
     *
     * @param addresses of the target: TCP tries each in order, UDP takes the first
     * @param fates takes what became of probes, on the event loop; an {@link UncheckedIOException}
     *     of it ends the ping
     * @param stop completes with an exit code when it should end at once
     * @throws IOException when the target cannot be reached at all
     */
    public static PingResult run(
            PingConfig config,
            List<InetSocketAddress> addresses,
            Consumer<ProbeFate> fates,
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
        Ping ping = new Ping(config, loop, fates);
        try {
            PingSockets opener = new PingSockets(config, loop, buffers, ping);
            JvmWarmup.run(
                    config.transport(),
                    config.target().protocol(),
                    loop,
                    buffers,
                    ProbeSizes.fixed(config.bytes()),
                    stop);
            CompletableFuture<Void> connecting = opener.open(addresses, ping::opened);
            CompletableFuture.anyOf(connecting, stop).get();
            if (connecting.isDone()) {
                connecting.get();
                loop.execute(() -> ping.start(buffers));
                stop.thenRun(() -> loop.execute(ping::stop));
                ping.finished.get();
            }
            PingFlows flows = loop.submit(ping::endFlows).get();
            ping.close();
            ProbeStats stats = loop.submit(() -> buffers.swap(new ProbeStats())).get();
            return ping.result(stats, flows, stop);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException refused
                    ? refused
                    : new IOException(OneLine.of(e.getCause()), e);
        } finally {
            ping.close();
            // On the loop, after the tasks that closing the flows has left there.
            loop.submit(buffers::close).await();
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
        }
    }

    private PingFlows endFlows() {
        return PingFlows.of(sockets, losses, longestStallNs);
    }

    private PingResult result(ProbeStats stats, PingFlows flows, CompletableFuture<Integer> stop) {
        if (unwritten != null) {
            throw unwritten;
        }
        return new PingResult(
                config,
                stats,
                flows,
                Optional.ofNullable(problem),
                ended,
                tooLong,
                Duration.ofNanos(longestStallNs),
                atDeadline,
                stop.isDone() ? OptionalInt.of(stop.join()) : OptionalInt.empty());
    }

    /** Takes a flow, in the order of their ports. */
    private void opened(Flow flow, InetSocketAddress remote) {
        sockets.add(new PingSocket(flow, sockets.size(), remote, config.origin().flows() > 1));
    }

    /** Closes the sockets that are open, and waits for that; idempotent. */
    private void close() throws InterruptedException {
        CountDownLatch open = new CountDownLatch(1);
        loop.execute(
                () ->
                        CompletableFuture.allOf(
                                        sockets.stream()
                                                .map(socket -> socket.flow.close())
                                                .toArray(CompletableFuture[]::new))
                                .thenRun(open::countDown));
        open.await();
    }

    private void start(LoopBuffers buffers) {
        long checkNs =
                Math.min(Math.max(config.timeout().toNanos() / 20, 1_000_000), LONGEST_CHECK_NS);
        checkedNs = System.nanoTime();
        loop.scheduleWithFixedDelay(() -> expire(checkNs), checkNs, checkNs, TimeUnit.NANOSECONDS);
        long nowNs = System.nanoTime();
        buffers.startPhaseAt(nowNs);
        config.deadline()
                .ifPresent(
                        time ->
                                loop.schedule(
                                        this::deadline, time.toNanos(), TimeUnit.NANOSECONDS));
        send(nowNs, config.deadline().map(time -> nowNs + time.toNanos()));
    }

    /**
     * Plans the next probe and sends this one, after all that takes a fresh JVM its time. A probe
     * whose time has passed already is left out.
     */
    private void send(long dueNs, Optional<Long> untilNs) {
        if (!sending || untilNs.isPresent() && dueNs - untilNs.get() >= 0) {
            return;
        }
        PingSocket socket = sockets.get((int) (sent % sockets.size()));
        long number = sent;
        sent++;
        sending = config.count().isEmpty() || sent < config.count().get();
        long intervalNs = config.interval().toNanos();
        long sinceNs = System.nanoTime() - dueNs;
        long nextNs = dueNs + (sinceNs / intervalNs + 1) * intervalNs;
        loop.schedule(() -> send(nextNs, untilNs), nextNs - dueNs - sinceNs, TimeUnit.NANOSECONDS);
        long nowNs = System.nanoTime();
        sentAt.sent(number, nowNs);
        losses.sent(dueNs);
        socket.waiting.add(number);
        socket.flow.send(nowNs, true);
        socket.flow.flush();
        if (!socket.flow.open() && socket.waiting.remove(number)) {
            unanswered(socket, number, ProbeFate.Outcome.LOST, "the connection has ended");
            finishIfDone();
        }
    }

    private void expire(long checkNs) {
        long nowNs = System.nanoTime();
        long stoodNs = nowNs - checkedNs - checkNs;
        checkedNs = nowNs;
        if (stoodNs > STALL_NS) {
            longestStallNs = Math.max(longestStallNs, stoodNs);
            return; // what came meanwhile is read first
        }
        sockets.forEach(socket -> socket.flow.expire(nowNs));
        finishIfDone();
    }

    private void deadline() {
        sending = false;
        atDeadline = !finished.isDone();
        finished.complete(null);
    }

    private void stop() {
        sending = false;
        finishIfDone();
        long graceMs = Math.min(GRACE_MS, config.timeout().toMillis());
        loop.schedule(() -> finished.complete(null), graceMs, TimeUnit.MILLISECONDS);
    }

    private void finishIfDone() {
        boolean waiting = false;
        for (PingSocket socket : sockets) {
            if (socket.flow.inFlight() == 0) {
                socket.waiting.clear(); // one that could not be sent
            }
            waiting |= !socket.waiting.isEmpty();
        }
        if (!sending && !waiting) {
            finished.complete(null);
        }
    }

    @Override
    public void replied(Flow flow, Flow.Kind kind, long sequence, int bytes, long roundTripNs) {
        PingSocket socket = socket(flow);
        if (kind == Flow.Kind.FOREIGN) {
            tell(
                    new ProbeFate(
                            ProbeFate.Outcome.FOREIGN,
                            OptionalLong.empty(),
                            socket.port,
                            Optional.empty(),
                            bytes,
                            -1,
                            false,
                            "not the reply to any probe"));
            return;
        }
        long number = number(socket, sequence);
        socket.waiting.remove(number);
        boolean first = kind == Flow.Kind.RECEIVED || kind == Flow.Kind.LATE;
        boolean reordered = first && number < socket.latest;
        if (kind == Flow.Kind.RECEIVED) {
            losses.answered(number);
        }
        if (first) {
            socket.latest = Math.max(socket.latest, number);
        }
        ProbeFate.Outcome outcome =
                switch (kind) {
                    case LATE -> ProbeFate.Outcome.LATE;
                    case DUPLICATED -> ProbeFate.Outcome.DUPLICATED;
                    case CORRUPTED -> ProbeFate.Outcome.CORRUPTED;
                    default -> reordered ? ProbeFate.Outcome.REORDERED : ProbeFate.Outcome.RECEIVED;
                };
        tell(
                new ProbeFate(
                        outcome,
                        OptionalLong.of(number),
                        socket.port,
                        sentAt.of(number),
                        bytes,
                        roundTripNs,
                        reordered,
                        ""));
    }

    /** Returns the number of a probe among those of all sockets, which send in turn. */
    private long number(PingSocket socket, long sequence) {
        return sequence * sockets.size() + socket.number;
    }

    private PingSocket socket(Flow flow) {
        return sockets.stream().filter(socket -> socket.flow == flow).findFirst().orElseThrow();
    }

    @Override
    public void expired(Flow flow, long sequence) {
        PingSocket socket = socket(flow);
        long number = number(socket, sequence);
        if (socket.waiting.remove(number)) {
            unanswered(
                    socket,
                    number,
                    ProbeFate.Outcome.LOST,
                    flow.open()
                            ? "no reply within " + FlagValues.show(config.timeout())
                            : "no reply before the connection ended");
        }
    }

    private void unanswered(PingSocket socket, long number, ProbeFate.Outcome outcome, String why) {
        tell(
                new ProbeFate(
                        outcome,
                        OptionalLong.of(number),
                        socket.port,
                        sentAt.of(number),
                        config.bytes(),
                        -1,
                        false,
                        why));
    }

    private void tell(ProbeFate fate) {
        try {
            fates.accept(fate);
        } catch (UncheckedIOException e) {
            unwritten = e;
            sending = false;
            finished.complete(null);
        }
    }

    @Override
    public void missed(Flow flow, long sequence, long intendedNs) {
        losses.missed(number(socket(flow), sequence));
    }

    @Override
    public void drained(Flow flow) {
        finishIfDone();
    }

    @Override
    public void refused(Flow flow, Throwable cause) {
        String why = why(cause);
        problem = config.target() + ": " + why;
        tooLong |= why.contains(TOO_LONG);
        PingSocket socket = socket(flow);
        // The kernel names no probe.
        socket.waiting.forEach(
                number -> unanswered(socket, number, ProbeFate.Outcome.REFUSED, why));
        socket.waiting.clear();
        finishIfDone();
    }

    /** Ends when the last connection has; with several the others go on. */
    @Override
    public void closed(Flow flow, Throwable cause) {
        boolean complete =
                !sending && sockets.stream().allMatch(socket -> socket.waiting.isEmpty());
        if (!complete && !finished.isDone()) {
            problem =
                    config.target()
                            + ": "
                            + why(cause)
                            + " after message "
                            + sent
                            + config.count().map(count -> " of " + count).orElse("");
        }
        socket(flow).waiting.clear();
        if (sockets.stream().noneMatch(socket -> socket.flow.open())) {
            ended = problem != null;
            sending = false;
            finished.complete(null);
        }
    }

    private String why(Throwable cause) {
        return FailureReason.of(config.target().protocol(), cause, config.timeout());
    }
}
