package io.echo.bench.load;

import io.echo.cli.OneLine;
import io.echo.client.probe.Flow;
import io.echo.client.probe.FlowConfig;
import io.echo.client.probe.Rate;
import io.echo.client.probe.Schedule;
import io.echo.client.socket.FailureReason;
import io.echo.client.socket.Layers;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** Opens the connections of a run, at {@code --connect-rate} at most, and configures each. */
final class ConnectionOpener {
    /** Connections opened at a time; more would wait in the server's backlog. */
    private static final int UNDER_WAY = 128;

    /** Probes remembered by one bit each, all connections together: 64 MiB. */
    private static final long REMEMBERED = 1L << 29;

    private static final long MOST_REMEMBERED = 1L << 26;
    private static final long LEAST_REMEMBERED = 1L << 16;

    /** Bytes that may wait for a socket, all connections together. */
    private static final long QUEUE_BYTES = 256L << 20;

    private static final int MOST_QUEUE_BYTES = 64 << 20;

    private static final Executor LATER =
            CompletableFuture.delayedExecutor(10, TimeUnit.MILLISECONDS);

    private final LoadConfig config;
    private final Endpoint endpoint;
    private final Map<ChannelOption<?>, Object> options;
    private final Layers layers;
    private final int run = ThreadLocalRandom.current().nextInt();

    /**
     * The name of the next connection that replaces another; the first have that of their place.
     */
    private final AtomicInteger nextIndex;

    /** Address in use; fixed when the first connection is open, before the others start. */
    private volatile InetSocketAddress address;

    ConnectionOpener(LoadConfig config, Endpoint endpoint) throws IOException {
        this.config = config;
        this.endpoint = endpoint;
        this.nextIndex = new AtomicInteger(config.connections());
        this.address = endpoint.addresses().get(0);
        this.layers = config.sockets().layers().to(endpoint.target());
        boolean ipv4 = address.getAddress() instanceof Inet4Address;
        this.options =
                config.sockets()
                        .options()
                        .on(config.generator().transport(), config.protocol(), ipv4);
    }

    /** Opens all connections and gives them to the workers in turn; a stop ends that at once. */
    void open(List<Worker> workers, CompletableFuture<?> stop)
            throws InterruptedException, ExecutionException {
        openFirst(workers.get(0), stop);
        long untilNs = untilNs();
        ArrayDeque<CompletableFuture<Flow>> opening = new ArrayDeque<>();
        Optional<Schedule> schedule =
                config.sockets().connectRate().map(rate -> schedule(rate, System.nanoTime()));
        for (int i = 1; i < config.connections() && !stop.isDone(); i++) {
            if (schedule.isPresent()) {
                await(stop, schedule.get().intendedNs(i));
            }
            if (opening.size() == UNDER_WAY) {
                awaitEither(opening.remove(), stop);
            }
            opening.add(open(workers.get(i % workers.size()), i, untilNs));
        }
        for (CompletableFuture<Flow> flow : opening) {
            awaitEither(flow, stop);
        }
    }

    private long untilNs() {
        return System.nanoTime() + config.timeout().toNanos();
    }

    /**
     * Opens a connection, until a time again when the last one of its port has not quite ended, or
     * when the peer resets one of the others: it had accepted it, and ended it so soon that there
     * was no time to see it open.
     */
    private CompletableFuture<Flow> open(Worker worker, int place, long untilNs) {
        return worker.open(at(place, place))
                .exceptionallyCompose(
                        failure ->
                                (isOfPort(failure) || place > 0 && wasReset(failure))
                                                && System.nanoTime() - untilNs < 0
                                        ? CompletableFuture.supplyAsync(
                                                        () -> open(worker, place, untilNs), LATER)
                                                .thenCompose(again -> again)
                                        : CompletableFuture.failedFuture(failure));
    }

    private static boolean isOfPort(Throwable failure) {
        return failure instanceof BindException || failure.getCause() instanceof BindException;
    }

    private boolean wasReset(Throwable failure) {
        return FailureReason.of(config.protocol(), OneLine.root(failure), config.timeout())
                .startsWith("connection reset");
    }

    private static Schedule schedule(Rate rate, long startNs) {
        return new Schedule(startNs, rate);
    }

    /** Returns the address in use. */
    InetSocketAddress remote() {
        return address;
    }

    /** Tries each address in order; all other connections use the first that answers. */
    private void openFirst(Worker worker, CompletableFuture<?> stop)
            throws InterruptedException, ExecutionException {
        for (int i = 0; ; i++) {
            address = endpoint.addresses().get(i);
            try {
                awaitEither(open(worker, 0, untilNs()), stop);
                return;
            } catch (ExecutionException e) {
                if (i == endpoint.addresses().size() - 1) {
                    throw e;
                }
            }
        }
    }

    /**
     * Returns the configuration of a connection that replaces another, and sends from where that
     * one did.
     *
     * @param place of the connection in the run, from 0
     */
    FlowConfig replacement(int place) {
        return at(place, nextIndex.getAndIncrement());
    }

    private FlowConfig at(int place, int index) {
        boolean ipv4 = address.getAddress() instanceof Inet4Address;
        long remembered = REMEMBERED / config.connections();
        int train = config.train();
        long queueBytes = QUEUE_BYTES / config.connections();
        return new FlowConfig(
                config.generator().transport(),
                config.protocol(),
                address,
                config.sockets().local(place, ipv4),
                options,
                run,
                index,
                config.sizes(),
                config.payload().map(Unpooled::wrappedBuffer),
                config.timeout().toNanos(),
                Math.min(MOST_REMEMBERED, Math.max(LEAST_REMEMBERED, remembered)),
                (int)
                        Math.min(
                                MOST_QUEUE_BYTES,
                                Math.max(4L * train * config.sizes().largest(), queueBytes)),
                train,
                Optional.of(layers));
    }

    private static void awaitEither(CompletableFuture<?> opened, CompletableFuture<?> stop)
            throws InterruptedException, ExecutionException {
        CompletableFuture.anyOf(opened, stop).get();
    }

    private static void await(CompletableFuture<?> stop, long untilNs)
            throws InterruptedException, ExecutionException {
        try {
            stop.get(Math.max(0, untilNs - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            // It is time for the next one.
        }
    }
}
