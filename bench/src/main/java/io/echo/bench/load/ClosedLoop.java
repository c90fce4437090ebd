package io.echo.bench.load;

import io.echo.client.probe.Flow;

/**
 * Keeps a window of probes in flight on each connection, and sends the next when one is answered.
 *
 * <p>A slow server therefore gets fewer probes, and the delay that users would have felt meanwhile
 * is not measured; {@link OpenLoop} measures it. A probe without a reply frees its place in the
 * window after the timeout. A train is sent when the window has room for all of it.
 */
final class ClosedLoop implements Pace {
    private final Flow[] flows;
    private final LoadConfig.Load.Closed load;
    private final long measuredFromNs;
    private final long endNs;
    private final long startNs;

    private long left;
    private boolean begun;
    private boolean over;
    private long endedNs;

    /**
     * Makes the pace of one loop.
     *
     * @param endNs when to stop
     * @param count measured probes after which to stop, if that comes first; 0 for a loop that only
     *     takes part in the warm-up
     */
    ClosedLoop(
            Flow[] flows,
            LoadConfig.Load.Closed load,
            long startNs,
            long measuredFromNs,
            long endNs,
            long count) {
        this.flows = flows;
        this.load = load;
        this.startNs = startNs;
        this.measuredFromNs = measuredFromNs;
        this.endNs = endNs;
        this.left = count;
        this.endedNs = endNs;
    }

    @Override
    public long dueNs() {
        return over ? TimedTask.NEVER : begun ? endNs : startNs;
    }

    @Override
    public boolean exact() {
        return false;
    }

    @Override
    public boolean tick(long nowNs) {
        if (!begun && nowNs - startNs >= 0) {
            begun = true;
            for (Flow flow : flows) {
                room(flow, nowNs);
            }
        }
        if (!over && nowNs - endNs >= 0) {
            over = true;
        }
        return !over;
    }

    @Override
    public void room(Flow flow, long nowNs) {
        if (!begun || over || nowNs - endNs >= 0) {
            return;
        }
        boolean measured = nowNs - measuredFromNs >= 0;
        if (measured && left == 0) {
            stop(measuredFromNs);
            return;
        }
        boolean sent = false;
        while (flow.inFlight() + load.train() <= load.window() && flow.writable() && !over) {
            for (int i = 0; i < load.train() && !over; i++) {
                flow.send(nowNs, measured);
                if (measured) {
                    left--;
                    if (left == 0) {
                        stop(nowNs);
                    }
                }
            }
            sent = true;
        }
        if (sent) {
            flow.flush();
        }
    }

    @Override
    public void stop(long nowNs) {
        if (!over) {
            over = true;
            endedNs = nowNs;
        }
    }

    @Override
    public long endedNs() {
        return endedNs;
    }
}
