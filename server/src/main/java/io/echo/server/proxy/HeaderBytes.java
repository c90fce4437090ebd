package io.echo.server.proxy;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * The bytes of a connection's PROXY header, of version 1 or 2, as they come. It takes what belongs
 * to the header and nothing behind it, and tells with the first byte that cannot be one.
 *
 * <p>Holds a copy, of {@value #MOST} bytes at most: a receive buffer does not wait for the rest. On
 * the connection's loop.
 */
final class HeaderBytes {
    /**
     * Longest header. The specification has it fit into 536 bytes; additional fields of clouds and
     * of a client's certificate take some hundreds more.
     */
    static final int MOST = 4_096;

    /** Longest line of version 1, with its end. */
    private static final int MOST_V1 = 107;

    private static final byte[] V1 = "PROXY ".getBytes(US_ASCII);
    private static final byte[] V2 = {13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10};

    /** The state of a header that comes. */
    enum State {
        INCOMPLETE,
        WHOLE,
        WRONG
    }

    private final ByteBuf bytes = Unpooled.buffer(MOST_V1 + 1, MOST);
    private State state = State.INCOMPLETE;

    /** Length of a header of version 2, once it has come. */
    private int length = Integer.MAX_VALUE;

    /** Takes bytes from a buffer until the header is whole or wrong; does not release it. */
    State take(ByteBuf from) {
        while (state == State.INCOMPLETE && from.isReadable()) {
            if (length < Integer.MAX_VALUE) {
                int lacking = length - bytes.readableBytes();
                bytes.writeBytes(from, Math.min(lacking, from.readableBytes()));
                state = ifComplete();
            } else {
                int at = bytes.readableBytes();
                byte next = from.readByte();
                bytes.writeByte(next);
                state = bytes.getByte(0) == V1[0] ? addToLine(at, next) : addToStart(at, next);
            }
        }
        return state;
    }

    /** Returns the whole header; the caller releases it. */
    ByteBuf whole() {
        return bytes;
    }

    private State addToLine(int at, byte next) {
        if (at < V1.length) {
            return next == V1[at] ? State.INCOMPLETE : State.WRONG;
        }
        if (next == '\n' && bytes.getByte(at - 1) == '\r') {
            return State.WHOLE;
        }
        return at + 1 < MOST_V1 ? State.INCOMPLETE : State.WRONG;
    }

    private State addToStart(int at, byte next) {
        if (at < V2.length ? next != V2[at] : at == V2.length && next >> 4 != 2) {
            return State.WRONG;
        }
        if (at + 1 < ProxyHeader.FIXED_BYTES) {
            return State.INCOMPLETE;
        }
        length = ProxyHeader.FIXED_BYTES + bytes.getUnsignedShort(at - 1);
        return length <= MOST ? ifComplete() : State.WRONG;
    }

    private State ifComplete() {
        return bytes.readableBytes() == length ? State.WHOLE : State.INCOMPLETE;
    }
}
