package io.echo.bench.oracle;

import io.echo.net.Protocol;
import java.util.List;

/** Things that a server does to replies or connections. */
enum Behaviour {
    LOSE,
    DUPLICATE,
    /** Answers long after the timeout. */
    HOLD,
    /** Answers after later ones. */
    SWAP,
    /** Flips one bit. */
    FLIP,
    /** Leaves bytes out: the end of a datagram, or some in the middle of a stream. */
    CUT,
    LENGTHEN,
    /** Joins two datagrams in one; in a stream, many replies in one write. */
    MERGE,
    /** Sends a datagram that is no reply. */
    STRANGER,
    /** Closes its UDP port for a while. */
    VANISH,
    /** Writes a stream in small pieces. */
    SPLIT,
    /** Stops reading for a while, once on each connection. */
    STALL,
    /** Ends connections, each after all that it has sent. */
    FINISH,
    /** Resets connections. */
    RESET,
    /** Refuses connections for a while once one has ended. */
    REFUSE;

    private static final List<Behaviour> UDP =
            List.of(LOSE, DUPLICATE, HOLD, SWAP, FLIP, CUT, LENGTHEN, MERGE, STRANGER, VANISH);
    private static final List<Behaviour> TCP =
            List.of(FLIP, CUT, MERGE, SPLIT, STALL, FINISH, RESET, REFUSE);

    static List<Behaviour> of(Protocol protocol) {
        return protocol == Protocol.UDP ? UDP : TCP;
    }
}
