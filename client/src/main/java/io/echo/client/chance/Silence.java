package io.echo.client.chance;

/** Tells a flow that is dead from one whose few probes were all lost by chance. */
public final class Silence {
    private Silence() {}

    /**
     * Returns the chance that nothing comes back on a flow though it is like the others. Their loss
     * is taken one probe too high (Laplace's rule), for a run of few probes knows it badly.
     *
     * @param lost probes of the flows on which something came back
     * @param sent all probes of these flows
     * @param probes of the flow in question; those that are lost together count as one
     */
    public static double chance(long lost, long sent, double probes) {
        return Math.pow((lost + 1.0) / (sent + 2), probes);
    }
}
