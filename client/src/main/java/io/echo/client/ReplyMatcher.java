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
    /** Where the findings go, in the order of arrival. */
    interface Findings {
        /** These bytes are the whole reply to a message, which may have expired. */
        void answered(PendingMessage pending, byte[] reply);

        /** These bytes answer nothing. */
        void foreign(byte[] bytes);
    }

    /** Takes a message that is about to be sent. */
    void sent(PendingMessage pending);

    /** Takes bytes from the peer: one datagram, or a piece of the stream. Does not release them. */
    void received(ByteBuf bytes, Findings findings);

    /** Ends the wait for a message, keeping it in mind: a reply that comes yet is late. */
    void expired(PendingMessage pending);

    /** Forgets a message that was never sent, or whose reply cannot come any more. */
    void forgotten(PendingMessage pending);

    /** What has come of the reply to this message: a copy. */
    byte[] partial(PendingMessage pending);

    /** The messages that wait for a reply and have not expired, oldest first: a copy. */
    List<PendingMessage> waiting();
}
