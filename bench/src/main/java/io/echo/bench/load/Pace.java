package io.echo.bench.load;

import io.echo.bench.pacing.TimedTask;
import io.echo.client.probe.Flow;

/** Decides when the probes of one event loop are sent; used on that loop only. */
interface Pace {
    /** Returns when {@link #tick} is due next, as {@link TimedTask#dueNs}. */
    long dueNs();

    /** Returns the time between two probes that are due at exact times; 0 if none is to come. */
    long meanNs();

    /** Sends what is due; returns false when the measured phase is over. */
    boolean tick(long nowNs);

    /** Called when a flow may have room: replies were read, or probes timed out. */
    void room(Flow flow, long nowNs);

    /** Ends the phase, if it is not over. */
    void stop(long nowNs);

    /** Tells whether {@link #stop} ended the phase before its end. */
    boolean cut();

    /** Returns when the measured phase of this loop ended; valid once {@link #tick} is false. */
    long endedNs();

    /** Returns how many probes of the measured phase were due and not handed to a connection. */
    long missed();
}
