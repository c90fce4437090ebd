package io.echo.client;

import io.netty.util.concurrent.Future;
import java.util.concurrent.CompletableFuture;

/** A message that waits for its reply. Touched by the event loop alone once it is submitted. */
final class PendingMessage {
    final byte[] message;
    final CompletableFuture<Reply> future = new CompletableFuture<>();

    /** When it was handed to the channel, on the {@link System#nanoTime} clock. */
    long sentNs;

    /** Fires when the reply is overdue. */
    Future<?> timer;

    /** Its future has failed; a reply that still comes is late. */
    boolean expired;

    PendingMessage(byte[] message) {
        this.message = message;
    }
}
