package io.echo.server.loop;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;

/**
 * The descriptors of this process, and how many of them connections may take.
 *
 * <p>Those in use are counted once every socket is bound: what loops, selectors, rings and the JVM
 * itself hold differs by transport and platform, and is known then.
 *
 * @param limit the most that the process may have (ulimit -n)
 * @param others taken or kept free for everything but connections and datagram sockets
 */
public record Descriptors(long limit, long others) {
    /** Connections that a listener accepts before the first of them is looked at. */
    public static final int BATCH = 16;

    /**
     * Kept free for what comes and goes: probes, scans of the interfaces, files that scrapes and
     * timeouts read, name servers, the JVM's own files.
     */
    private static final int SPARE = 32;

    /**
     * Counts what is open.
     *
     * @param datagramSockets those bound now, which are among the open ones
     * @param accepting loops that may accept at once
     * @param admin what the admin port may take later
     */
    public static Descriptors count(int datagramSockets, int accepting, int admin) {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean os
                ? new Descriptors(
                        os.getMaxFileDescriptorCount(),
                        os.getOpenFileDescriptorCount()
                                - datagramSockets
                                + (long) accepting * BATCH
                                + admin
                                + SPARE)
                : new Descriptors(Integer.MAX_VALUE, 0);
    }

    /** Keeps so many more free for others. */
    public Descriptors without(int more) {
        return new Descriptors(limit, others + more);
    }

    /**
     * Returns how many connections there may be beside so many datagram sockets; may be below 0.
     */
    public long connections(int datagramSockets) {
        return limit - others - datagramSockets;
    }

    /**
     * Checks that there are enough at the start.
     *
     * @param asked the connections that a flag asks for; 0 for as many as there may be
     * @throws IOException with a line that says what is missing
     */
    public void require(int datagramSockets, int asked) throws IOException {
        long allowed = connections(datagramSockets);
        if (allowed < 1) {
            throw new IOException(
                    ("a descriptor limit of %d is too low, as %d are needed beside connections:"
                                    + " raise it (ulimit -n)")
                            .formatted(limit, limit - allowed));
        }
        if (asked > allowed) {
            throw new IOException(
                    "--max-connections must be at most %d with a descriptor limit of %d, got %d"
                            .formatted(allowed, limit, asked));
        }
    }
}
