package io.echo.client.probe;

import io.echo.net.Protocol;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * One socket that sends numbered probes and reports their replies.
 *
 * <p>Lives on one event loop: everything here but {@link #open} is called on it, and calls its
 * {@link Events} there. Counts go to the {@link ProbeStats} of the loop's {@link LoopBuffers}.
 * Sending allocates nothing; receiving allocates what Netty itself does for each datagram.
 */
public sealed interface Flow permits UdpFlow, TcpFlow {
    /** A time that is not known. */
    long UNKNOWN = Long.MIN_VALUE;

    /** The kinds of replies. */
    enum Kind {
        /** The first intact reply, within the timeout. */
        RECEIVED,
        /** The first intact reply, after the timeout. */
        LATE,
        /** A further intact reply. */
        DUPLICATED,
        /** Names a probe, but is not as it was sent. */
        CORRUPTED,
        /** Names no probe of this flow. */
        FOREIGN
    }

    /** A listener to a flow, called on its event loop; must not block. */
    interface Events {
        /** Ignores everything. */
        Events NONE = new Events() {};

        /**
         * A reply has come, and is counted.
         *
         * @param sequence of its probe; -1 for a foreign one
         * @param roundTripNs since the probe was sent; -1 when that is not known
         */
        default void replied(Flow flow, Kind kind, long sequence, int bytes, long roundTripNs) {}

        /** The timeout of a probe has passed; a reply may still come late. */
        default void expired(Flow flow, long sequence) {}

        /**
         * A probe of the measured phase was not answered intact within its timeout: it expired,
         * could not leave, or its reply came late before it was given up. Called once for each.
         *
         * @param intendedNs when it should have left
         */
        default void missed(Flow flow, long sequence, long intendedNs) {}

        /** No more replies are at hand for now: probes sent in answer may be flushed. */
        default void drained(Flow flow) {}

        /** A probe was refused, or one like it; the flow goes on. */
        default void refused(Flow flow, Throwable cause) {}

        /** The kernel cannot send as this flow is configured: none of its probes leaves. */
        default void failed(Flow flow, IOException cause) {}

        /**
         * The connection is closed, by the peer or by an error: probes in flight are given up, and
         * further ones cannot leave.
         */
        default void closed(Flow flow, Throwable cause) {}
    }

    /**
     * Opens a socket and connects it.
     *
     * @return completes on the event loop, with an {@link IOException} when it is refused, the
     *     address is not ours, or the timeout of the configuration passes
     */
    static CompletableFuture<Flow> open(
            FlowConfig config, EventLoop loop, LoopBuffers buffers, Events events) {
        return config.protocol() == Protocol.UDP
                ? UdpFlow.open(config, loop, buffers, events)
                : TcpFlow.open(config, loop, buffers, events);
    }

    /**
     * Sends the next probe; {@link #flush} puts it and those before it on the wire.
     *
     * <p>One that cannot leave, because the connection is closed or its queue is full, is counted
     * as sent and will be lost.
     *
     * @param intendedNs when it should have left, on the {@link System#nanoTime} clock
     * @param measured whether it belongs to the measured phase; once true, true for all that follow
     * @return its sequence number, from 0
     */
    long send(long intendedNs, boolean measured);

    /** Hands what was sent to the kernel. */
    void flush();

    /** Gives up the probes whose timeout has passed. */
    void expire(long nowNs);

    /** Returns the number of probes that left and are neither answered nor given up. */
    int inFlight();

    /** Tells whether a probe that left has no reply, given up or not; takes time at first. */
    boolean owed();

    /**
     * Returns when a probe should have left: one in flight, or one of the last 64 that were sent.
     * {@link #UNKNOWN} for others.
     */
    long intendedNs(long sequence);

    /**
     * Ends the measured phase of this flow: replies that still come are not counted in it.
     *
     * @return its counts; empty if it sent no measured probe
     */
    Optional<FlowStats> takeStats();

    /** Counts the probes in flight that belong to the measured phase; takes time for each. */
    int measuredInFlight();

    /** Tells whether the flow is open and its queue has room. */
    boolean writable();

    /** Tells whether the flow is open. */
    boolean open();

    /** Tells whether an intact reply has come. */
    boolean answered();

    /** Tells whether probes were sent and no intact reply has come to any. */
    boolean mute();

    /** Returns the time it took to connect, the handshake of TLS with it. */
    long connectNs();

    /** Returns the time that the handshake of TLS took; 0 without. */
    long handshakeNs();

    /** Returns the address from which probes leave. */
    InetSocketAddress localAddress();

    /** Closes the socket; {@link Events#closed} is not called. */
    CompletableFuture<Void> close();
}
