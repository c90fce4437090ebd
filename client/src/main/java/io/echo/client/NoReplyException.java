package io.echo.client;

import java.io.IOException;

/** A reply did not come whole: not before its timeout, or not before the connection ended. */
public final class NoReplyException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Belongs to this instance alone. */
    private final byte[] partial;

    NoReplyException(String message, byte[] partial, Throwable cause) {
        super(message, cause);
        this.partial = partial;
    }

    /** Returns the part of the reply that had come: on UDP nothing. A new array each time. */
    public byte[] partial() {
        return partial.clone();
    }
}
