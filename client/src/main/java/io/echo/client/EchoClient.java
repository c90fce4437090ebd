package io.echo.client;

import io.echo.cli.FlagValues;
import io.echo.client.socket.ClientSocket;
import io.echo.client.socket.LayerConfig;
import io.echo.net.Protocol;
import io.echo.net.Target;
import io.echo.net.Transport;
import io.netty.channel.ChannelPipeline;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * A connection to an echo service: sends messages, and finds the reply to each.
 *
 * <p>Any thread may call any method. Each client has one daemon thread of its own, which completes
 * the futures and calls {@link Options#strays}; what runs there must not block. Messages may be in
 * flight in any number; the caller bounds it, by waiting for replies.
 *
 * <p>On TCP replies are matched by order and length: a reply is as many bytes as its message. On
 * UDP they are matched by equal bytes, equal messages in flight being interchangeable.
 */
public final class EchoClient implements AutoCloseable {
    /** The largest UDP message, in bytes: what an IPv4 packet can carry. TCP has no limit. */
    public static final int MAX_DATAGRAM_BYTES = 65_507;

    private final Target target;
    private final ClientSocket socket;
    private final ReplyExchange exchange;

    /**
     * The settings of a connection and its timeout.
     *
     * @param timeout for the look-up of the host, for each address that is tried, and for each
     *     reply from the call of {@link EchoClient#echo} on; more than 0, at most one day
     * @param transport how the socket reaches the kernel
     * @param strays receives every late and foreign datagram or piece of stream, on the client's
     *     thread
     * @param layers adds handlers between the socket and the client, as of TLS; a connection is
     *     open when its connect, which they may hold back, has succeeded. Empty for none, and for
     *     TLS with the JDK's trust store where the target is {@code tls://}
     */
    public record Options(
            Duration timeout,
            Transport transport,
            Consumer<StrayReply> strays,
            Optional<Consumer<ChannelPipeline>> layers) {
        /** One second, NIO, strays are ignored, and the target says if TLS is spoken. */
        public static final Options DEFAULT =
                new Options(Duration.ofSeconds(1), Transport.NIO, stray -> {}, Optional.empty());

        /**
         * Checks the values.
         *
         * @throws IllegalArgumentException when the timeout is not in its range
         */
        public Options {
            Objects.requireNonNull(transport, "transport");
            Objects.requireNonNull(strays, "strays");
            Objects.requireNonNull(layers, "layers");
            FlagValues.requireTimeout("--timeout", timeout);
        }

        /** Returns these options with another timeout. */
        public Options withTimeout(Duration timeout) {
            return new Options(timeout, transport, strays, layers);
        }

        /** Returns these options with another transport. */
        public Options withTransport(Transport transport) {
            return new Options(timeout, transport, strays, layers);
        }

        /** Returns these options with another receiver of late and foreign bytes. */
        public Options withStrays(Consumer<StrayReply> strays) {
            return new Options(timeout, transport, strays, layers);
        }

        /** Returns these options with handlers between the socket and the client. */
        public Options withLayers(Consumer<ChannelPipeline> layers) {
            return new Options(timeout, transport, strays, Optional.of(layers));
        }
    }

    private EchoClient(Target target, ClientSocket socket, ReplyExchange exchange) {
        this.target = target;
        this.socket = socket;
        this.exchange = exchange;
    }

    /**
     * Connects with {@link Options#DEFAULT}.
     *
     * @throws IOException as {@link #connect(Target, Options)} does
     */
    public static EchoClient connect(Target target) throws IOException {
        return connect(target, Options.DEFAULT);
    }

    /**
     * Connects: TCP to the first address of the host that accepts, UDP to the first there is, where
     * nothing shows before a reply whether it listens.
     *
     * <p>To a {@code tls://} target the handshake is part of that, within the same timeout.
     *
     * @throws IOException when the host is unknown, no address accepts within the timeout, TLS
     *     fails, or the transport is not available on this machine; nothing is left open
     */
    public static EchoClient connect(Target target, Options options) throws IOException {
        Consumer<ChannelPipeline> layers =
                options.layers().isPresent()
                        ? options.layers().get()
                        : LayerConfig.NONE.to(target)::addTo;
        // The last attempt's: the pipeline no longer has it if the peer has closed by now.
        AtomicReference<ReplyExchange> exchange = new AtomicReference<>();
        ClientSocket socket =
                ClientSocket.open(
                        target,
                        options.timeout(),
                        options.transport(),
                        true,
                        layers,
                        () -> {
                            exchange.set(
                                    new ReplyExchange(target, options.timeout(), options.strays()));
                            return exchange.get();
                        });
        return new EchoClient(target, socket, exchange.get());
    }

    /** Returns the address that was connected to. */
    public InetSocketAddress remoteAddress() {
        return socket.remoteAddress();
    }

    /**
     * Sends a message of any bytes, which are copied, and returns at once.
     *
     * <p>An empty message is an empty datagram on UDP, which {@link Transport#NIO} refuses; on TCP
     * it is nothing, and answered at once. The future always completes: with the reply, or with
     *
     * <ul>
     *   <li>{@link NoReplyException} when it is not whole by the timeout. The next message works; a
     *       reply that still comes goes to {@link Options#strays}.
     *   <li>{@link NoReplyException} when the connection ends or the client is closed first, and
     *       for every message after that.
     *   <li>{@link CorruptReplyException} when as many bytes came back on TCP, and not the same; on
     *       UDP when the timeout has passed, and all that came was a datagram as long as the
     *       message, or one that is the beginning of the other.
     *   <li>another {@link IOException} when the kernel refuses the message, or hears by ICMP that
     *       nobody listens: then all that is in flight fails, and the next message works.
     * </ul>
     *
     * <p>Cancelling the future does not take the message back.
     *
     * @throws IllegalArgumentException when the message is too large for a datagram
     */
    public CompletableFuture<Reply> echo(byte[] message) {
        boolean udp = target.protocol() == Protocol.UDP;
        if (udp && message.length > MAX_DATAGRAM_BYTES) {
            throw new IllegalArgumentException(
                    "message must be at most "
                            + MAX_DATAGRAM_BYTES
                            + " bytes over UDP, got "
                            + message.length);
        }
        if (!udp && message.length == 0) {
            return CompletableFuture.completedFuture(new Reply(new byte[0], Duration.ZERO));
        }
        PendingMessage pending = new PendingMessage(message.clone());
        try {
            socket.channel().eventLoop().execute(() -> exchange.send(socket.channel(), pending));
        } catch (RejectedExecutionException e) {
            pending.future.completeExceptionally(
                    new NoReplyException("the client is closed", new byte[0], e));
        }
        return pending.future;
    }

    /**
     * Tells a TCP peer that no message follows, after what is being sent: an echo server then ends
     * the connection, and {@link #closed} completes. Replies still come; over TLS 1.2, which cannot
     * end one direction alone, the peer is told when they have come or their time is over. A
     * message sent afterwards gets none. On UDP this does nothing.
     */
    public void endMessages() {
        if (target.protocol() == Protocol.UDP) {
            return;
        }
        try {
            socket.channel().eventLoop().execute(() -> exchange.endMessages(socket.channel()));
        } catch (RejectedExecutionException e) {
            // The client is closed: nothing follows in any case.
        }
    }

    /** Completes when the connection ends: with an exception when that came from the peer. */
    public CompletableFuture<Void> closed() {
        return exchange.closed();
    }

    /**
     * Closes the socket, completes what is in flight with an {@link IOException}, and ends the
     * client's thread.
     *
     * <p>Idempotent, bounded by a few seconds. Called from the client's own thread it does the same
     * without waiting for the end.
     */
    @Override
    public void close() {
        exchange.closeQuietly();
        socket.close();
    }
}
