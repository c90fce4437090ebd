package io.echo.bench.connection;

/**
 * Adds up how long connections were down in the measured phase, and how long all of them were at
 * once: the time for which the service was away. Thread-safe; connections of all loops report here.
 */
public final class ConnectionTime {
    private final int connections;
    private long fromNs;
    private long toNs;
    private long lastNs;
    private int up;
    private long downNs;
    private long awayNs;

    /** Makes the account of so many connections, none of which is open yet. */
    public ConnectionTime(int connections) {
        this.connections = connections;
        this.lastNs = System.nanoTime();
        this.fromNs = lastNs;
        this.toNs = lastNs;
    }

    /** Sets the measured phase, before it begins. */
    public synchronized void measure(long phaseStartNs, long phaseEndNs) {
        settle();
        fromNs = phaseStartNs;
        toNs = phaseEndNs;
    }

    /** Notes that a connection is open. */
    public synchronized void opened() {
        settle();
        up++;
    }

    /** Notes that an open connection has ended. */
    synchronized void closed() {
        settle();
        up--;
    }

    /** Ends the account at the end of the phase, which may differ from the planned one. */
    public synchronized void end(long ns) {
        toNs = ns;
        settle();
    }

    /** Returns the time without a connection, summed over all that were asked for. */
    public synchronized long downNs() {
        settle();
        return downNs;
    }

    /** Returns the time in which no connection was open. */
    public synchronized long awayNs() {
        return awayNs;
    }

    private void settle() {
        long nowNs = System.nanoTime();
        long sinceNs = lastNs - fromNs > 0 ? lastNs : fromNs;
        long untilNs = nowNs - toNs < 0 ? nowNs : toNs;
        long spanNs = untilNs - sinceNs;
        if (spanNs > 0) {
            downNs += spanNs * (connections - up);
            if (up == 0) {
                awayNs += spanNs;
            }
        }
        lastNs = nowNs;
    }
}
