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
final class UdpMatcher implements Matcher {
    /** How many messages without reply are kept in mind: at most 16 MiB of them. */
    static final int MAX_EXPIRED = 256;

    private static final byte[] NOTHING = {};

    private final Map<ByteBuffer, Deque<Pending>> inFlight = new HashMap<>();
    private final Deque<Pending> expired = new ArrayDeque<>();

    @Override
    public void sent(Pending pending) {
        inFlight.computeIfAbsent(key(pending.message), equal -> new ArrayDeque<>()).add(pending);
    }

    @Override
    public void received(ByteBuf datagram, Findings findings) {
        byte[] bytes = ByteBufUtil.getBytes(datagram);
        Deque<Pending> equal = inFlight.get(key(bytes));
        if (equal != null) {
            Pending oldest = equal.peek();
            forgotten(oldest);
            findings.answered(oldest, bytes);
            return;
        }
        for (Iterator<Pending> old = expired.iterator(); old.hasNext(); ) {
            Pending pending = old.next();
            if (Arrays.equals(pending.message, bytes)) {
                old.remove();
                findings.answered(pending, bytes);
                return;
            }
        }
        findings.foreign(bytes);
    }

    @Override
    public void expired(Pending pending) {
        forgotten(pending);
        expired.add(pending);
        if (expired.size() > MAX_EXPIRED) {
            expired.remove();
        }
    }

    @Override
    public void forgotten(Pending pending) {
        inFlight.computeIfPresent(
                key(pending.message),
                (bytes, equal) -> {
                    equal.remove(pending);
                    return equal.isEmpty() ? null : equal;
                });
    }

    @Override
    public byte[] partial(Pending pending) {
        return NOTHING;
    }

    @Override
    public List<Pending> waiting() {
        return inFlight.values().stream()
                .flatMap(Deque::stream)
                .sorted((a, b) -> Long.signum(a.sentNs - b.sentNs))
                .toList();
    }

    private static ByteBuffer key(byte[] bytes) {
        return ByteBuffer.wrap(bytes);
    }
}
