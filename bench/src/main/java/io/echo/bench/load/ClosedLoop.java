package io.echo.bench.load;

import io.echo.client.probe.Flow;

/**
 * Each connection keeps a window of probes in flight, and sends the next when one is answered.
 *
 * <p>So a slow server is asked less often, and what it would have made others wait is not seen:
 * that is the lesson of putting it beside the open loop. A probe that is not answered frees its
 * place when its timeout passes. A train leaves when there is place for all of it.
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
     * A window for each flow.
     *
     * @param endNs when to stop
     * @param count of measured probes after which to stop, if that comes first; with 0 this loop
     *     only takes part in the warm-up
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
