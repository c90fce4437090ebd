package io.echo.client.probe;

/**
 * The times at which the probes of a run should leave.
 *
 * <p>Derived from the start of the run, never from the previous send: a stall delays sends but not
 * the plan, so the time a probe waited to be sent is part of its latency. Pure arithmetic, without
 * drift or overflow for as long as {@link System#nanoTime} itself lasts.
 *
 * @param startNs when probe 0 should leave, on the {@link System#nanoTime} clock
 * @param rate of all connections together
 */
public record Schedule(long startNs, Rate rate) {
    /** Returns the time for probe {@code n}, from 0, on the clock of {@link #startNs}. */
    public long intendedNs(long n) {
        long probes = rate.probes();
        long spanNs = rate.spanNs();
        return startNs + n / probes * spanNs + n % probes * spanNs / probes;
    }

    /** Returns how many probes should leave in the first {@code elapsedNs} of the run. */
    public long probesIn(long elapsedNs) {
        long probes = rate.probes();
        long spanNs = rate.spanNs();
        // Rounded up: probe n belongs to the span when n / rate < elapsed.
        return elapsedNs / spanNs * probes + (elapsedNs % spanNs * probes + spanNs - 1) / spanNs;
    }
}
