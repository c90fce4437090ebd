package io.echo.client.tls;

import java.io.IOException;

/** Failure of TLS whose message is its reason in plain words, in one line. */
public final class TlsFailure extends IOException {
    private static final long serialVersionUID = 1;

    /** Kinds of failures. */
    public enum Kind {
        /** A handshake that did not succeed. */
        HANDSHAKE,
        /** A stream that ended without the peer's close_notify. */
        CUT_OFF,
        /** Anything else after the handshake. */
        BROKEN
    }

    private final Kind kind;

    TlsFailure(Kind kind, String words, Throwable cause) {
        super(words, cause);
        this.kind = kind;
    }

    /** Tells whether this failure, or one that caused it, is of a kind. */
    public static boolean is(Throwable thrown, Kind kind) {
        for (Throwable next = thrown; next != null; next = next.getCause()) {
            if (next instanceof TlsFailure failure) {
                return failure.kind == kind;
            }
        }
        return false;
    }
}
