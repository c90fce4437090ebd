package io.echo.client.ping;

import io.echo.client.probe.Flow;
import io.echo.client.probe.FlowConfig;
import io.echo.client.probe.LoopBuffers;
import io.echo.client.probe.ProbeSizes;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;

/** Opens the sockets of a ping, one for each source port, one after the other on its event loop. */
final class PingSockets {
    private final PingConfig config;
    private final EventLoop loop;
    private final LoopBuffers buffers;
    private final Flow.Events events;
    private final Map<ChannelOption<?>, Object> options4;
    private final Map<ChannelOption<?>, Object> options6;
    private final int run = ThreadLocalRandom.current().nextInt();

    /**
     * Prepares the options of the sockets.
     *
     * @throws IOException when the transport cannot set one of them
     */
    PingSockets(PingConfig config, EventLoop loop, LoopBuffers buffers, Flow.Events events)
            throws IOException {
        this.config = config;
        this.loop = loop;
        this.buffers = buffers;
        this.events = events;
        this.options4 = options(true);
        this.options6 = options(false);
    }

    private Map<ChannelOption<?>, Object> options(boolean ipv4) throws IOException {
        return config.origin().options().on(config.transport(), config.target().protocol(), ipv4);
    }

    /**
     * Connects to the first address that accepts: all sockets to the same.
     *
     * @param opened takes each and its peer in the order of the ports, on the event loop
     */
    CompletableFuture<Void> open(
            List<InetSocketAddress> addresses, BiConsumer<Flow, InetSocketAddress> opened) {
        CompletableFuture<Void> all = new CompletableFuture<>();
        loop.execute(() -> openFirst(addresses.iterator(), opened, all));
        return all;
    }

    private void openFirst(
            Iterator<InetSocketAddress> addresses,
            BiConsumer<Flow, InetSocketAddress> opened,
            CompletableFuture<Void> all) {
        InetSocketAddress address = addresses.next();
        Flow.open(flow(0, address), loop, buffers, events)
                .whenComplete(
                        (flow, failure) -> {
                            if (failure == null) {
                                opened.accept(flow, address);
                                openNext(1, address, opened, all);
                            } else if (addresses.hasNext()) {
                                openFirst(addresses, opened, all);
                            } else {
                                fail(all, failure);
                            }
                        });
    }

    private void openNext(
            int number,
            InetSocketAddress address,
            BiConsumer<Flow, InetSocketAddress> opened,
            CompletableFuture<Void> all) {
        if (number == config.origin().flows()) {
            all.complete(null);
            return;
        }
        Flow.open(flow(number, address), loop, buffers, events)
                .whenComplete(
                        (flow, failure) -> {
                            if (failure != null) {
                                fail(all, failure);
                                return;
                            }
                            opened.accept(flow, address);
                            // Not from here: thousands of them would stand on one stack.
                            loop.execute(() -> openNext(number + 1, address, opened, all));
                        });
    }

    private static void fail(CompletableFuture<Void> all, Throwable failure) {
        all.completeExceptionally(
                failure instanceof CompletionException ? failure.getCause() : failure);
    }

    private FlowConfig flow(int number, InetSocketAddress address) {
        boolean ipv4 = address.getAddress() instanceof Inet4Address;
        return FlowConfig.of(
                        config.transport(),
                        config.target().protocol(),
                        address,
                        run,
                        ProbeSizes.fixed(config.bytes()),
                        config.timeout().toNanos())
                .from(config.origin().local(number, ipv4), ipv4 ? options4 : options6, number)
                .with(config.layers());
    }
}
