package io.echo.bench.pacing;

/**
 * The times for which a loop of the generator did nothing at all, not even its upkeep, because the
 * process was stopped or had no core.
 *
 * @param longestNs the longest of them
 * @param sumNs all that were longer than the upkeep explains; the largest of all loops
 */
public record Stalls(long longestNs, long sumNs) {
    public static final Stalls NONE = new Stalls(0, 0);

    /** A loop does something every 10 ms. */
    private static final long EXPLAINED_NS = 15_000_000;

    /**
     * Tells whether one was longer than this; a loop that only waits for its next work has none.
     */
    public boolean exceed(long ns) {
        return longestNs > Math.max(ns, EXPLAINED_NS);
    }

    /** Returns these and one more. */
    Stalls and(long stallNs) {
        if (stallNs <= longestNs && stallNs <= EXPLAINED_NS) {
            return this;
        }
        long counted = stallNs > EXPLAINED_NS ? stallNs : 0;
        return new Stalls(Math.max(longestNs, stallNs), sumNs + counted);
    }

    /** Returns the larger of each of these and another loop's. */
    public Stalls or(Stalls other) {
        return new Stalls(Math.max(longestNs, other.longestNs), Math.max(sumNs, other.sumNs));
    }
}
