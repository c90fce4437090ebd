package io.echo.bench.load;

/** Notes the stalls of a loop from the times at which it does something. Used on that loop only. */
final class StallWatch {
    private Stalls seen = Stalls.NONE;
    private long startNs;
    private long lastNs;

    /** Sets the start of the measured phase, before which nothing counts. */
    void startAt(long ns) {
        startNs = ns;
    }

    /** Notes that the loop does something now. */
    void look(long nowNs) {
        if (lastNs - startNs > 0) {
            seen = seen.and(nowNs - lastNs);
        }
        lastNs = nowNs;
    }

    /** Returns the stalls so far. */
    Stalls seen() {
        return seen;
    }
}
