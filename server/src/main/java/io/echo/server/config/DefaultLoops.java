package io.echo.server.config;

import io.echo.server.loop.ReceiveBuffers;
import io.netty.util.internal.PlatformDependent;

/** Number of event loops where no flag gives one. */
final class DefaultLoops {
    /** One half of direct memory is for the slots that loops keep. */
    private static final int LOOPS_SHARE = 2;

    private DefaultLoops() {}

    /**
     * Returns a loop for each core, fewer where direct memory is small: a container may have little
     * of it and see all cores of its machine.
     */
    static int count(int cores) {
        return count(cores, PlatformDependent.maxDirectMemory());
    }

    /** Returns the same for this much direct memory. */
    static int count(int cores, long directBytes) {
        long carried = directBytes / LOOPS_SHARE / ReceiveBuffers.KEPT_BYTES;
        return (int) Math.max(1, Math.min(cores, carried));
    }
}
