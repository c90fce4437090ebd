package io.echo.bench.race;

import io.echo.client.Target.Protocol;
import java.io.IOException;
import java.util.List;

/**
 * A server that can take part.
 *
 * @param name as on the command line
 * @param compiles whether it compiles itself while it runs, and must be warmed for that
 * @param ours whether it is of this project: what it gets wrong makes the race invalid
 * @param command what starts it
 */
record Peer(String name, boolean compiles, boolean ours, Start command) {
    /** The command line of a server. */
    interface Start {
        /** An empty list when the server does not speak the protocol. */
        List<String> on(Protocol protocol, int port) throws IOException;
    }

    boolean speaks(Protocol protocol) throws IOException {
        return !command.on(protocol, 1).isEmpty();
    }
}
