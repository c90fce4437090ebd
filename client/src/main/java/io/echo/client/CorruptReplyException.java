package io.echo.client;

import java.io.IOException;
import java.util.Arrays;

/** A reply came back, and its bytes are not those of its message. */
public final class CorruptReplyException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Belongs to this instance alone. */
    private final byte[] bytes;

    CorruptReplyException(byte[] message, byte[] reply) {
        super(difference(message, reply));
        this.bytes = reply;
    }

    /** Returns the bytes that came back. A new array each time. */
    public byte[] bytes() {
        return bytes.clone();
    }

    private static String difference(byte[] message, byte[] reply) {
        int first = Arrays.mismatch(message, reply);
        return first < Math.min(message.length, reply.length)
                ? "corrupt reply: byte " + first + " of " + message.length + " differs"
                : "corrupt reply: " + reply.length + " bytes, " + message.length + " were sent";
    }
}
