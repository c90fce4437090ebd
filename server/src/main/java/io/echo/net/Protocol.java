package io.echo.net;

import java.util.Locale;

/** A transport protocol that the server echoes over. */
public enum Protocol {
    /** Datagrams: each one whole, or not at all. */
    UDP,
    /** Connections: a reliable stream of bytes each way. */
    TCP;

    /** The name in flags, logs and targets: {@code udp}, {@code tcp}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
