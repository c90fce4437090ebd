package io.echo.server.metrics;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The number of datagrams that the kernel dropped at the receive buffers of our sockets, because
 * they came faster than they were read. Read from the last column of /proc/net/udp and udp6
 * (proc_net_udp in the kernel's documentation); the server sees nothing else of them.
 *
 * <p>Ours are those of this process on our port: other programs may have the port on other
 * addresses. They are told apart by their inodes, which {@code /proc/self/fd} lists. For one
 * thread.
 */
public final class KernelDrops {
    private static final List<Path> TABLES =
            List.of(Path.of("/proc/net/udp"), Path.of("/proc/net/udp6"));
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final int LOCAL = 1;
    private static final int INODE = 9;
    private static final int DROPS = 12;

    private final String port;

    /** Drops of each of our sockets that is open, by its inode. */
    private Map<String, Long> ours = Map.of();

    /** Inodes of other programs' sockets that have the port. */
    private Set<String> others = Set.of();

    /** Drops of our sockets that have been closed. */
    private long closed;

    /**
     * Makes one that has seen nothing.
     *
     * @param port the port of our datagram sockets; empty if there are none
     */
    public KernelDrops(Optional<Integer> port) {
        this.port = port.map(p -> String.format(":%04X", p)).orElse("none");
    }

    /** Returns the sum over every socket of ours; 0 where there are no such tables. */
    public long total() {
        Map<String, Long> listed = new HashMap<>();
        for (Path table : TABLES) {
            try {
                for (String line : Files.readAllLines(table)) {
                    String[] columns = line.strip().split("\\s+");
                    if (columns.length > DROPS && columns[LOCAL].endsWith(port)) {
                        listed.put(columns[INODE], Long.parseLong(columns[DROPS]));
                    }
                }
            } catch (IOException e) {
                // Not Linux, or no IPv6: nothing to add.
            }
        }
        tellApart(listed.keySet());
        listed.keySet().removeAll(others);
        ours.forEach((inode, drops) -> closed += listed.containsKey(inode) ? 0 : drops);
        ours = listed;
        return closed + ours.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * Finds out which of these sockets are not ours. Reads the descriptors, of which there may be
     * thousands, only when there is a new socket.
     */
    private void tellApart(Set<String> inodes) {
        Set<String> unknown = new HashSet<>(inodes);
        unknown.removeAll(ours.keySet());
        unknown.removeAll(others);
        Set<String> kept = new HashSet<>(others);
        kept.retainAll(inodes);
        if (!unknown.isEmpty()) {
            unknown.removeAll(ownInodes().orElse(unknown));
            kept.addAll(unknown);
        }
        others = kept;
    }

    /**
     * Returns the inodes of this process's sockets; empty where it may not list its descriptors.
     */
    private static Optional<Set<String>> ownInodes() {
        Set<String> inodes = new HashSet<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
            for (Path descriptor : descriptors) {
                inodes.add(inode(descriptor));
            }
            return Optional.of(inodes);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Reads {@code socket:[12345]}; returns nothing for what is no socket. */
    private static String inode(Path descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.startsWith("socket:[") ? target.substring(8, target.length() - 1) : "";
        } catch (IOException e) {
            return ""; // Closed since it was listed.
        }
    }
}
