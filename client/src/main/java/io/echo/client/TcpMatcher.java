package io.echo.client;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * Matches a stream by order and length: each reply is as many bytes as its message was.
 *
 * <p>An expired message keeps its place, since its bytes come before those of the next one; it is
 * remembered until they do, or as long as the connection lasts.
 */
final class TcpMatcher implements ReplyMatcher {
    private static final byte[] NOTHING = {};

    private final Deque<PendingMessage> queue = new ArrayDeque<>();

    /** The reply to the head of the queue, as far as it has come: {@link #filled} bytes. */
    private byte[] reply = NOTHING;

    private int filled;

    @Override
    public void sent(PendingMessage pending) {
        queue.add(pending);
    }

    @Override
    public void received(ByteBuf bytes, Findings findings) {
        while (bytes.isReadable()) {
            PendingMessage head = queue.peek();
            if (head == null) {
                byte[] surplus = new byte[bytes.readableBytes()];
                bytes.readBytes(surplus);
                findings.foreign(surplus);
                return;
            }
            if (filled == 0) {
                reply = new byte[head.message.length];
            }
            int length = Math.min(bytes.readableBytes(), reply.length - filled);
            bytes.readBytes(reply, filled, length);
            filled += length;
            if (filled == reply.length) {
                queue.remove();
                filled = 0;
                byte[] whole = reply;
                reply = NOTHING;
                findings.answered(head, whole);
            }
        }
    }

    @Override
    public void expired(PendingMessage pending) {
        // It stays where it is: see the class comment.
    }

    @Override
    public void forgotten(PendingMessage pending) {
        // A write to a stream fails only when the connection ends, which fails all that wait.
    }

    @Override
    public byte[] partial(PendingMessage pending) {
        return pending == queue.peek() ? Arrays.copyOf(reply, filled) : NOTHING;
    }

    @Override
    public List<PendingMessage> waiting() {
        return queue.stream().filter(pending -> !pending.expired).toList();
    }
}
