package io.echo.client.probe;

import io.echo.client.socket.FailureReason;
import io.echo.client.socket.Layers;
import io.echo.net.Protocol;
import io.echo.net.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The settings of one flow.
 *
 * @param transport must be available, and the event loop be of its kind
 * @param remote resolved
 * @param local where to send from; empty for the kernel's choice, port 0 for its choice of a port
 * @param options of the socket, beyond those a flow sets itself
 * @param run names the run in every probe
 * @param index names the flow in every probe
 * @param payload what probes carry after their header; empty for a fill that reveals more
 * @param timeoutNs from when a reply is late; also how long connecting may take
 * @param remembered number of probes for which a late reply is told from a duplicate
 * @param queueBytes that may wait for the kernel; beyond it probes do not leave
 * @param train datagrams that leave as one segmented send, all of one size: 1, or on UDP over epoll
 *     as many as fit {@link Probe#MAX_BYTES} together and as the kernel takes
 * @param layers between the socket and the flow; empty for a plain target
 */
public record FlowConfig(
        Transport transport,
        Protocol protocol,
        InetSocketAddress remote,
        Optional<InetSocketAddress> local,
        Map<ChannelOption<?>, Object> options,
        int run,
        int index,
        ProbeSizes sizes,
        Optional<ByteBuf> payload,
        long timeoutNs,
        long remembered,
        int queueBytes,
        int train,
        Optional<Layers> layers) {

    /** Returns common settings: no socket options, no payload, 64 Mi probes remembered. */
    public static FlowConfig of(
            Transport transport,
            Protocol protocol,
            InetSocketAddress remote,
            int run,
            ProbeSizes sizes,
            long timeoutNs) {
        return new FlowConfig(
                transport,
                protocol,
                remote,
                Optional.empty(),
                Map.of(),
                run,
                0,
                sizes,
                Optional.empty(),
                timeoutNs,
                1 << 26,
                1 << 22,
                1,
                Optional.empty());
    }

    /** Returns a copy that sends from here, with these options, under this index. */
    public FlowConfig from(
            Optional<InetSocketAddress> origin,
            Map<ChannelOption<?>, Object> socketOptions,
            int number) {
        return new FlowConfig(
                transport,
                protocol,
                remote,
                origin,
                socketOptions,
                run,
                number,
                sizes,
                payload,
                timeoutNs,
                remembered,
                queueBytes,
                train,
                layers);
    }

    /** Returns a copy with what stands between the socket and the flow. */
    public FlowConfig with(Layers between) {
        return new FlowConfig(
                transport,
                protocol,
                remote,
                local,
                options,
                run,
                index,
                sizes,
                payload,
                timeoutNs,
                remembered,
                queueBytes,
                train,
                Optional.of(between));
    }

    /** Tells whether messages and what leaves are not one to one, as with TLS. */
    boolean joinsMessages() {
        return layers.map(Layers::joinsMessages).orElse(false);
    }

    /** Returns the handler that the flow's channel begins with. */
    ChannelHandler first(ChannelHandler flow) {
        return layers.map(between -> between.before(flow)).orElse(flow);
    }

    /**
     * Connects the socket of a flow; completes on the flow's event loop. Fails with a {@link
     * BindException} when the local port is not free, which it may be later.
     */
    CompletableFuture<Flow> connect(Flow flow, Bootstrap bootstrap) {
        options.forEach((option, value) -> set(bootstrap, option, value));
        ChannelFuture connecting =
                local.map(from -> bootstrap.connect(remote, from))
                        .orElseGet(() -> bootstrap.connect(remote));
        CompletableFuture<Flow> opened = new CompletableFuture<>();
        connecting.addListener(
                done -> {
                    if (done.isSuccess()) {
                        opened.complete(flow);
                    } else {
                        opened.completeExceptionally(failure(done.cause()));
                    }
                });
        return opened;
    }

    private IOException failure(Throwable cause) {
        String attempt =
                "cannot connect to "
                        + layers.map(Layers::scheme).orElse(protocol.toString())
                        + "://"
                        + NetUtil.toSocketAddressString(remote)
                        + local.map(FlowConfig::origin).orElse("")
                        + ": ";
        Optional<String> taken = local.flatMap(from -> FailureReason.ofLocalPort(from, cause));
        if (taken.isPresent()) {
            BindException failure = new BindException(attempt + taken.get());
            failure.initCause(cause);
            return failure;
        }
        return new IOException(
                attempt
                        + FailureReason.ofConnecting(
                                protocol, remote, cause, Duration.ofNanos(timeoutNs)),
                cause);
    }

    private static String origin(InetSocketAddress from) {
        String address = NetUtil.toAddressString(from.getAddress());
        if (from.getPort() == 0) {
            return " from " + address;
        }
        return from.getAddress().isAnyLocalAddress()
                ? " from port " + from.getPort()
                : " from " + NetUtil.toSocketAddressString(from);
    }

    @SuppressWarnings("unchecked") // The caller paired each option with a value of its type.
    private static <T> void set(Bootstrap bootstrap, ChannelOption<T> option, Object value) {
        bootstrap.option(option, (T) value);
    }

    /** Returns the writer and judge of this flow's probes. */
    Probe probe() {
        return payload.map(bytes -> Probe.carrying(run, index, bytes))
                .orElseGet(() -> Probe.filled(run, index));
    }
}
