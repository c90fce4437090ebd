package io.echo.server.fault.fate;

import java.util.Locale;

/** Things that may happen to a datagram, in the order in which they are drawn. */
public enum DatagramFault {
    /** Lost, in a time in which everything is. */
    BURST,
    /** Lost by itself. */
    LOSS,
    /** One bit flipped. */
    CORRUPT,
    /** Cut. */
    TRUNCATE,
    /** Sent twice, or meant to be. */
    DUPLICATE,
    /** Sent after later ones. */
    REORDER,
    /** Delayed. */
    DELAY,
    /** Dropped, since the line had no room. */
    RATE,
    /** The second of two dropped, since the line had no room; the first may have left. */
    DUPLICATE_DROPPED,
    /** Dropped, since too much is held already; a second of two counts as the one above. */
    OVERFLOW,
    /** Meant to be overtaken, and sent without: too few later ones came in time. */
    REORDER_ALONE;

    /** Returns its name in metrics. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
