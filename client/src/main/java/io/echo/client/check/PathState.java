package io.echo.client.check;

import java.util.Locale;

/** The outcome of a check, in the words of a firewall. */
public enum PathState {
    /** Open, and what was sent came back. */
    ECHOING,
    /** UDP: ICMP port unreachable; TCP: a reset in answer to the SYN. */
    REFUSED,
    /** Connected, then reset. */
    RESET,
    /** Nothing came back, not even an error. */
    SILENT,
    /** An error of ICMP other than port unreachable, or this machine's own packet filter. */
    UNREACHABLE,
    /** Connected, but nothing was sent back. */
    NOT_ECHOING,
    /** Something came back, but not what was sent. */
    DIFFERENT,
    /** The host has no address of this version of IP. */
    NO_ADDRESS,
    /** This machine cannot send there: nothing left it. */
    NO_ROUTE,
    /** This machine failed: out of descriptors or the like, or the address is of a broadcast. */
    FAILED;

    /** The name in results: {@code not_echoing}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The words in a line: {@code not echoing}. */
    public String words() {
        return toString().replace('_', ' ');
    }
}
