package io.echo.bench.load;

import io.echo.client.probe.Flow;

/** When the probes of one event loop leave; confined to that loop. */
interface Pace {
    /** See {@link TimedTask#dueNs}. */
    long dueNs();

    /** Whether a microsecond matters, and is worth a spin. */
    boolean exact();

    /** Sends what is due; returns false once nothing more will be. */
    boolean tick(long nowNs);

    /** A flow has room again: replies were read, or probes given up. */
    void room(Flow flow, long nowNs);

    /** Sends nothing more. */
    void stop(long nowNs);

    /** When the measured phase of this loop ended; valid once {@link #tick} has returned false. */
    long endedNs();
}
