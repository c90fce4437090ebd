package io.echo.bench.oracle;

/** A watch for times in which the machine gave this process no core at all. */
final class Pauses implements AutoCloseable {
    private static final long EACH_NS = 5_000_000;

    private final Thread thread = new Thread(this::look, "pauses");
    private volatile boolean closed;

    /** Written by the thread only. */
    private volatile long longestNs;

    static Pauses watch() {
        Pauses pauses = new Pauses();
        pauses.thread.setDaemon(true);
        pauses.thread.start();
        return pauses;
    }

    private void look() {
        long lastNs = System.nanoTime();
        while (!closed) {
            Waiting.forNs(EACH_NS);
            long nowNs = System.nanoTime();
            longestNs = Math.max(longestNs, nowNs - lastNs);
            lastNs = nowNs;
        }
    }

    /** Returns the longest one so far. */
    long longestNs() {
        return longestNs;
    }

    @Override
    public void close() {
        closed = true;
        Waiting.forEnd(thread);
    }
}
