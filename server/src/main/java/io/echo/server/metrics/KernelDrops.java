package io.echo.server.metrics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The number of datagrams that the kernel dropped at the receive buffers of our port, because they
 * came faster than they were read. Read from the last column of /proc/net/udp and udp6
 * (proc_net_udp in the kernel's documentation); the server sees nothing else of them. For one
 * thread.
 */
public final class KernelDrops {
    private static final List<Path> TABLES =
            List.of(Path.of("/proc/net/udp"), Path.of("/proc/net/udp6"));
    private static final int LOCAL = 1;
    private static final int INODE = 9;
    private static final int DROPS = 12;

    private final String port;

    /** Drops of each socket by its inode; closed ones are kept, so that the sum never falls. */
    private final Map<String, Long> byInode = new HashMap<>();

    /**
     * Makes one that has seen nothing.
     *
     * @param port the port of our datagram sockets; empty if there are none
     */
    public KernelDrops(Optional<Integer> port) {
        this.port = port.map(p -> String.format(":%04X", p)).orElse("none");
    }

    /** Returns the sum over every socket that had the port; 0 where there are no such tables. */
    public long total() {
        for (Path table : TABLES) {
            try {
                for (String line : Files.readAllLines(table)) {
                    String[] columns = line.strip().split("\\s+");
                    if (columns.length > DROPS && columns[LOCAL].endsWith(port)) {
                        byInode.put(columns[INODE], Long.parseLong(columns[DROPS]));
                    }
                }
            } catch (IOException e) {
                // Not Linux, or no IPv6: nothing to add.
            }
        }
        return byInode.values().stream().mapToLong(Long::longValue).sum();
    }
}
