package io.echo.bench.load;

import io.echo.bench.pacing.TimedTask;
import io.echo.client.probe.Flow;

/**
 * Keeps a window of probes in flight on each connection, and sends the next when one is answered.
 *
 * <p>A slow server therefore gets fewer probes, and the delay that users would have felt meanwhile
 * is not measured; {@link OpenLoop} measures it. A probe without a reply frees its place in the
 * window after the timeout. A train is sent when the window has room for all of it. With a count
 * the phase ends when the last probe is answered or has timed out: what is in flight is not served.
 */
final class ClosedLoop implements Pace {
    private final Flow[] flows;
    private final LoadConfig.Load.Closed load;
    private final long measuredFromNs;
    private final long endNs;
    private final long startNs;

    private long left;
    private boolean begun;
    private boolean sent;
    private boolean ended;
    private boolean cut;
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
        return ended ? TimedTask.NEVER : begun ? endNs : startNs;
    }

    @Override
    public long meanNs() {
        return 0;
    }

    @Override
    public boolean tick(long nowNs) {
        if (!begun && nowNs - startNs >= 0) {
            begun = true;
            for (Flow flow : flows) {
                room(flow, nowNs);
            }
        }
        if (!ended && nowNs - endNs >= 0) {
            sent = true;
            ended = true;
        }
        return !ended;
    }

    @Override
    public void room(Flow flow, long nowNs) {
        if (sent) {
            endWhenAnswered(flow, nowNs);
            return;
        }
        if (!begun || nowNs - endNs >= 0) {
            return;
        }
        boolean measured = nowNs - measuredFromNs >= 0;
        if (measured && left == 0) {
            sent = true;
            end(measuredFromNs);
            return;
        }
        boolean flush = false;
        while (flow.inFlight() + load.train() <= load.window() && flow.writable() && !sent) {
            for (int i = 0; i < load.train() && !sent; i++) {
                flow.send(nowNs, measured);
                if (measured) {
                    left--;
                    sent = left == 0;
                }
            }
            flush = true;
        }
        if (flush) {
            flow.flush();
        }
    }

    @Override
    public void stop(long nowNs) {
        if (!ended) {
            cut = true;
            sent = true;
            end(nowNs);
        }
    }

    @Override
    public boolean cut() {
        return cut;
    }

    @Override
    public long endedNs() {
        return endedNs;
    }

    @Override
    public long missed() {
        return 0; // Nothing is due at a time.
    }

    private void endWhenAnswered(Flow last, long nowNs) {
        if (ended || last.inFlight() > 0) {
            return;
        }
        for (Flow flow : flows) {
            if (flow.inFlight() > 0) {
                return;
            }
        }
        end(nowNs);
    }

    private void end(long nowNs) {
        ended = true;
        endedNs = nowNs;
    }
}
