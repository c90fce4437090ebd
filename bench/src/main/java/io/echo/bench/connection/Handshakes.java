package io.echo.bench.connection;

import io.echo.client.probe.Flow;
import io.echo.client.probe.ProbeStats;
import io.echo.client.tls.TlsFailure;
import org.HdrHistogram.Histogram;

/**
 * The TLS handshakes of connections, of which each is a full one. Written by one loop, read after
 * it has ended.
 */
public final class Handshakes {
    private final Histogram ns = ProbeStats.newHistogram();
    private long failed;
    private long measured;

    /** Notes the handshake of a connection that is open. */
    void done(Flow flow, boolean inPhase) {
        if (flow.handshakeNs() > 0) {
            ns.recordValue(Math.min(flow.handshakeNs(), ProbeStats.LONGEST_NS));
            measured += inPhase ? 1 : 0;
        }
    }

    /** Notes why a connection could not be opened. */
    void notOpened(Throwable failure) {
        failed += TlsFailure.is(failure, TlsFailure.Kind.HANDSHAKE) ? 1 : 0;
    }

    /** Adds those of another loop. */
    public void add(Handshakes other) {
        ns.add(other.ns);
        failed += other.failed;
        measured += other.measured;
    }

    /** Returns how long those took that succeeded, in nanoseconds. */
    public Histogram ns() {
        return ns;
    }

    /** Returns how many failed. */
    public long failed() {
        return failed;
    }

    /** Returns how many succeeded in the measured phase. */
    public long measured() {
        return measured;
    }
}
