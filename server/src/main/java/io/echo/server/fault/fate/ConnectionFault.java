package io.echo.server.fault.fate;

import java.util.Locale;

/** Things that may happen to a connection. */
public enum ConnectionFault {
    /** A time in which nothing was read or sent. */
    STALL,
    /** Reset after a number of bytes. */
    RESET,
    /** Sent its end of the stream early. */
    HALF_CLOSE,
    /** Read slowly. */
    SLOW_READ,
    /** Sent in pieces. */
    SPLIT,
    /** Sent back later. */
    DELAY,
    /** Sent back as slowly as a line carries it. */
    RATE;

    /** Returns its name in metrics. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
