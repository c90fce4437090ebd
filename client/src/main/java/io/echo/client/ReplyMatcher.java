package io.echo.client;

import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * Finds the message that received bytes answer.
 *
 * <p>Confined to one event loop. Knows nothing of sockets and clocks: messages come in the order in
 * which they were sent, bytes in the order in which they arrived.
 */
interface ReplyMatcher {
    /** Receives the findings, in the order of arrival. */
    interface Findings {
        /** Takes the whole reply to a message, which may have expired. */
        void answered(PendingMessage pending, byte[] reply);

        /** Takes bytes that answer nothing. */
        void foreign(byte[] bytes);
    }

    /** Takes a message that is about to be sent. */
    void sent(PendingMessage pending);

    /** Takes bytes from the peer: one datagram, or a piece of the stream. Does not release them. */
    void received(ByteBuf bytes, Findings findings);

    /** Ends the wait for a message and remembers it: a reply that still comes is late. */
    void expired(PendingMessage pending);

    /** Forgets a message that was never sent, or whose reply can no longer come. */
    void forgotten(PendingMessage pending);

    /** Returns a copy of the part of this message's reply that has arrived. */
    byte[] partial(PendingMessage pending);

    /** Returns a copy of the list of messages that wait for a reply, oldest first. */
    List<PendingMessage> waiting();
}
