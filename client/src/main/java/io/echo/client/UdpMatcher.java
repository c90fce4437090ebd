package io.echo.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Matches datagrams by equal bytes, since they carry nothing else and come in any order.
 *
 * <p>Equal messages in flight are interchangeable: a reply goes to the one that was sent first.
 * Only when none is in flight can it be late; so a second reply to one message is foreign.
 */
final class UdpMatcher implements ReplyMatcher {
    /** Expired messages that are remembered: at most 16 MiB of them. */
    static final int MAX_EXPIRED = 256;

    private static final byte[] NOTHING = {};

    private final Map<ByteBuffer, Deque<PendingMessage>> inFlight = new HashMap<>();
    private final Deque<PendingMessage> expired = new ArrayDeque<>();

    @Override
    public void sent(PendingMessage pending) {
        inFlight.computeIfAbsent(key(pending.message), equal -> new ArrayDeque<>()).add(pending);
    }

    @Override
    public void received(ByteBuf datagram, Findings findings) {
        byte[] bytes = ByteBufUtil.getBytes(datagram);
        Deque<PendingMessage> equal = inFlight.get(key(bytes));
        if (equal != null) {
            PendingMessage oldest = equal.peek();
            forgotten(oldest);
            findings.answered(oldest, bytes);
            return;
        }
        for (Iterator<PendingMessage> old = expired.iterator(); old.hasNext(); ) {
            PendingMessage pending = old.next();
            if (Arrays.equals(pending.message, bytes)) {
                old.remove();
                findings.answered(pending, bytes);
                return;
            }
        }
        findings.foreign(bytes);
    }

    @Override
    public void expired(PendingMessage pending) {
        forgotten(pending);
        expired.add(pending);
        if (expired.size() > MAX_EXPIRED) {
            expired.remove();
        }
    }

    @Override
    public void forgotten(PendingMessage pending) {
        inFlight.computeIfPresent(
                key(pending.message),
                (bytes, equal) -> {
                    equal.remove(pending);
                    return equal.isEmpty() ? null : equal;
                });
    }

    @Override
    public byte[] partial(PendingMessage pending) {
        return NOTHING;
    }

    @Override
    public List<PendingMessage> waiting() {
        return inFlight.values().stream()
                .flatMap(Deque::stream)
                .sorted((a, b) -> Long.signum(a.sentNs - b.sentNs))
                .toList();
    }

    private static ByteBuffer key(byte[] bytes) {
        return ByteBuffer.wrap(bytes);
    }
}
