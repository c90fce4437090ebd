package io.echo.client.mtu;

import java.util.Locale;

/** Reasons for which datagrams larger than the largest whole one do not come back. */
public enum Reason {
    /** This host refuses them: its interface is smaller, or an ICMP message told it of the path. */
    TOLD,

    /** They vanish without a word, with fragments forbidden and allowed. */
    SILENT,

    /** They vanish without a word, but come back when fragments are allowed. */
    FRAGMENTED,

    /** The echo answers with fewer bytes. */
    CUT,

    /** A limit on bytes per second swallows them, not their size. */
    RATE,

    /** None is larger: 65,507 bytes came back whole. */
    NONE;

    /** The word of results: {@code told}, {@code silent}, {@code fragmented} and so on. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
