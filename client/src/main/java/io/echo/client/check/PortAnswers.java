package io.echo.client.check;

import java.util.List;
import java.util.OptionalLong;

/**
 * The local ports from which an address was asked over UDP, and those that got no echo. Immutable.
 *
 * @param asked how many; at least 1
 * @param silent ports to which nothing came back
 * @param failed ports to which an error or something else came back
 * @param slowestNs the longest time from a datagram to its echo; empty without an echo
 */
public record PortAnswers(
        int asked, List<Integer> silent, List<Integer> failed, OptionalLong slowestNs) {
    public PortAnswers {
        silent = List.copyOf(silent);
        failed = List.copyOf(failed);
    }

    /** Returns how many ports got no echo. */
    public int without() {
        return silent.size() + failed.size();
    }

    /** Tells if each port got its echo. */
    public boolean allEcho() {
        return without() == 0;
    }
}
