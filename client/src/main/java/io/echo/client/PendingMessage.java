package io.echo.client;

import io.netty.util.concurrent.Future;
import java.util.concurrent.CompletableFuture;

/** A message that waits for its reply. Used by the event loop alone once it is submitted. */
final class PendingMessage {
    final byte[] message;
    final CompletableFuture<Reply> future = new CompletableFuture<>();

    /** Time when it was handed to the channel, on the {@link System#nanoTime} clock. */
    long sentNs;

    /** A timer that fires when the reply is overdue. */
    Future<?> timer;

    /** True once its future has failed; a reply that still comes is late. */
    boolean expired;

    /** A datagram that may be the reply, damaged; null without one. */
    byte[] damaged;

    /** True once its timer was late, and put off. */
    boolean postponed;

    PendingMessage(byte[] message) {
        this.message = message;
    }
}
