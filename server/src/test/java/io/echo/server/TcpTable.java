package io.echo.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The kernel's TCP sockets of one network namespace: {@code /proc/PID/net/tcp} and {@code tcp6}.
 */
public final class TcpTable {
    private static final String LISTENING = "0A";

    /**
     * A connection, as its local end sees it.
     *
     * @param unacknowledged bytes that the remote end has not acknowledged, a FIN included
     */
    public record Connection(int localPort, int remotePort, long unacknowledged) {}

    private TcpTable() {}

    /** Returns the connections of the namespace that a process is in. */
    public static List<Connection> of(long pid) throws IOException {
        List<Connection> connections = new ArrayList<>();
        for (String table : List.of("tcp", "tcp6")) {
            Path file = Path.of("/proc", String.valueOf(pid), "net", table);
            Files.readAllLines(file).stream()
                    .skip(1) // The title.
                    .map(line -> line.strip().split(" +"))
                    .filter(fields -> !fields[3].equals(LISTENING))
                    .forEach(
                            fields ->
                                    connections.add(
                                            new Connection(
                                                    port(fields[1]),
                                                    port(fields[2]),
                                                    Long.parseLong(fields[4].split(":")[0], 16))));
        }
        return connections;
    }

    /**
     * Returns what waits for the peer of each connection from a port that has something waiting.
     */
    public static LongStream waiting(long pid, int localPort) throws IOException {
        return of(pid).stream()
                .filter(connection -> connection.localPort() == localPort)
                .mapToLong(Connection::unacknowledged)
                .filter(bytes -> bytes > 0);
    }

    private static int port(String end) {
        return Integer.parseInt(end.substring(end.indexOf(':') + 1), 16);
    }
}
