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
    /** Flips one bit, be it of the name or of the rest. */
    FLIP,
    /** Flips few or many bits of a header, before, after or instead of the reply. */
    GARBLE,
    /** Leaves bytes out: the end of a datagram or all of it, or some in the middle of a stream. */
    CUT,
    /** Adds bytes: after a datagram, or before or after a reply in a stream. */
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
    /** Stops reading until the peer has closed the connection, and reads what is left then. */
    BLOCK,
    /** Ends connections, each after all that it has sent. */
    FINISH,
    /** Resets connections. */
    RESET,
    /** Refuses connections for a while once one has ended. */
    REFUSE;

    private static final List<Behaviour> UDP =
            List.of(
                    LOSE, DUPLICATE, HOLD, SWAP, FLIP, GARBLE, CUT, LENGTHEN, MERGE, STRANGER,
                    VANISH);
    private static final List<Behaviour> TCP =
            List.of(FLIP, CUT, LENGTHEN, MERGE, SPLIT, STALL, BLOCK, FINISH, RESET, REFUSE);

    static List<Behaviour> of(Protocol protocol) {
        return protocol == Protocol.UDP ? UDP : TCP;
    }
}
