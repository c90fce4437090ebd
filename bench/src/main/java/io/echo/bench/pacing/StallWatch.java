package io.echo.bench.pacing;

/** Notes the stalls of a loop from the times at which it does something. Used on that loop only. */
public final class StallWatch {
    private Stalls seen = Stalls.NONE;
    private long startNs;
    private long lastNs;
    private boolean owed;

    /** Sets the start of the measured phase, before which nothing counts. */
    public void startAt(long ns) {
        startNs = ns;
    }

    /**
     * Notes that the loop does something now.
     *
     * @param owes whether it has something to wait for from now on; else a stop is no stall
     */
    public void look(long nowNs, boolean owes) {
        if (owed && nowNs - startNs > 0) {
            // Of one that began in the warm-up, the part in the measured phase.
            seen = seen.and(nowNs - (lastNs - startNs > 0 ? lastNs : startNs));
        }
        lastNs = nowNs;
        owed = owes;
    }

    /** Returns the stalls so far. */
    public Stalls seen() {
        return seen;
    }
}
