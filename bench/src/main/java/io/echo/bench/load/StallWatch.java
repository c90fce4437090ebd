package io.echo.bench.load;

/** Notes the stalls of a loop from the times at which it does something. Used on that loop only. */
final class StallWatch {
    private Stalls seen = Stalls.NONE;
    private long startNs;
    private long lastNs;
    private boolean owed;

    /** Sets the start of the measured phase, before which nothing counts. */
    void startAt(long ns) {
        startNs = ns;
    }

    /**
     * Notes that the loop does something now.
     *
     * @param owes whether it has something to wait for from now on; else a stop is no stall
     */
    void look(long nowNs, boolean owes) {
        if (owed && lastNs - startNs > 0) {
            seen = seen.and(nowNs - lastNs);
        }
        lastNs = nowNs;
        owed = owes;
    }

    /** Returns the stalls so far. */
    Stalls seen() {
        return seen;
    }
}
