package io.echo.bench.pacing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The time by which the kernel may end a thread's timed waits late, to end several at once.
 *
 * <p>Linux allows itself 50 µs, which is longer than a round trip on loopback. A thread may lower
 * its own; elsewhere, and where that is forbidden, waits end as late as before.
 */
final class TimerSlack {
    private static final Path THREAD = Path.of("/proc/thread-self");
    private static final String SHORTEST_NS = "1";

    private TimerSlack() {}

    /** Lowers that of the calling thread to a nanosecond, where the system lets it. */
    static void remove() {
        try {
            Path thread = Files.readSymbolicLink(THREAD).getFileName();
            Files.writeString(Path.of("/proc", thread.toString(), "timerslack_ns"), SHORTEST_NS);
        } catch (IOException | UnsupportedOperationException | SecurityException e) {
            // Another system, or a locked one: send lateness tells what it costs.
        }
    }
}
