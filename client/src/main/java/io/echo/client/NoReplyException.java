package io.echo.client;

import java.io.IOException;

/** A reply did not come whole: not before its timeout, or not before the connection ended. */
public final class NoReplyException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Private to this instance from its making on. */
    private final byte[] partial;

    NoReplyException(String message, byte[] partial, Throwable cause) {
        super(message, cause);
        this.partial = partial;
    }

    /** What had come of the reply: a beginning on TCP, nothing on UDP. A new array each time. */
    public byte[] partial() {
        return partial.clone();
    }
}
