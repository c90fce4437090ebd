package io.echo.bench.race;

import io.echo.client.Target.Protocol;
import java.io.IOException;
import java.util.List;

/**
 * A server that can take part.
 *
 * @param name as on the command line
 * @param start what starts it
 */
record Peer(String name, Origin origin, Start start) {
    /** Whose it is. */
    enum Origin {
        /** The yardsticks in C. */
        C,
        /** This project, on a JVM, which compiles while it runs and must be warmed for that. */
        OURS,
        /** Somebody else's. */
        FOREIGN
    }

    /** The command line of a server. */
    interface Start {
        /**
         * Returns the words, none when the server does not speak the protocol.
         *
         * @param jvmOptions for our server; no others have them
         */
        List<String> on(Protocol protocol, int port, List<String> jvmOptions) throws IOException;
    }

    boolean isOurs() {
        return origin == Origin.OURS;
    }

    boolean speaks(Protocol protocol) throws IOException {
        return !start.on(protocol, 1, List.of()).isEmpty();
    }
}
