package io.echo.server.fault;

import java.util.Locale;

/** Things that may happen to a connection. */
public enum ConnectionFault {
    STALL,
    RESET,
    HALF_CLOSE,
    SLOW_READ,
    SPLIT;

    /** Returns its name in metrics. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
