package io.echo.bench.load;

import io.echo.client.probe.Flow;
import io.echo.client.probe.Schedule;

/**
 * Sends probes at the times of the schedule, whatever the server does.
 *
 * <p>The probes of a run go to its connections in turn, and so to the loops; each loop sends its
 * own in the order of their times. A loop that falls behind sends its backlog in bursts, reads
 * replies in between, and gives up shortly after the planned end ({@code giveUpNs}).
 */
final class OpenLoop implements Pace {
    /** Largest number of probes in a row without reading replies, when behind. */
    private static final int BURST = 64;

    private static final long LATENESS_NS = LoadConfig.DEFAULT_MAX_LATENESS.toNanos();

    private final Schedule schedule;
    private final Flow[] flows;
    private final Share share;
    private final long measuredFrom;
    private final long end;
    private final long giveUpNs;

    /** Index of the flow that sends the next probe. */
    private int flowIndex;

    /** Number of times that every connection of the run has had its turn. */
    private long cycle;

    private long endedNs;
    private boolean over;

    /**
     * The part of a run's connections that a loop has: {@code first}, {@code first + stride}, ...
     *
     * @param connections of all loops together
     */
    record Share(int first, int stride, int connections) {}

    /**
     * Makes the pace of one loop.
     *
     * @param flows the connections of this loop, in the order of their numbers in the run
     * @param measuredFrom number of the first probe of the measured phase, over all connections
     * @param end number of the first probe that is not sent
     * @param giveUpNs when to stop although not all are sent
     */
    OpenLoop(
            Schedule schedule,
            Flow[] flows,
            Share share,
            long measuredFrom,
            long end,
            long giveUpNs) {
        this.schedule = schedule;
        this.flows = flows;
        this.share = share;
        this.measuredFrom = measuredFrom;
        this.end = end;
        this.giveUpNs = giveUpNs;
        this.over = probe() >= end;
        this.endedNs = schedule.intendedNs(end);
    }

    @Override
    public long dueNs() {
        return over ? TimedTask.NEVER : schedule.intendedNs(probe());
    }

    @Override
    public boolean exact() {
        return true;
    }

    @Override
    public boolean tick(long nowNs) {
        Flow unflushed = null;
        for (int sent = 0; sent < BURST && !over; sent++) {
            long probe = probe();
            long intendedNs = schedule.intendedNs(probe);
            if (intendedNs - nowNs > 0) {
                break;
            }
            Flow flow = flows[flowIndex];
            if (unflushed != null && unflushed != flow) {
                unflushed.flush();
            }
            flow.send(intendedNs, probe >= measuredFrom);
            unflushed = flow;
            advance();
            finish(nowNs);
        }
        if (unflushed != null) {
            unflushed.flush();
        }
        return !over;
    }

    @Override
    public void room(Flow flow, long nowNs) {
        // The schedule alone decides.
    }

    @Override
    public void stop(long nowNs) {
        if (!over) {
            over = true;
            endedNs = endNs(nowNs, Math.min(nowNs, schedule.intendedNs(probe())));
        }
    }

    @Override
    public long endedNs() {
        return endedNs;
    }

    private void finish(long nowNs) {
        if (probe() >= end) {
            over = true;
            endedNs = endNs(nowNs, schedule.intendedNs(end));
        } else if (nowNs - giveUpNs > 0) {
            stop(nowNs);
        }
    }

    /**
     * Returns when a phase that was planned to end at {@code plannedNs} ended. A loop that is
     * behind ends later, which lowers the rate achieved. A delay within the limit of send lateness
     * does not count: that check covers it, and a hiccup would spoil the rate of a short run.
     */
    private static long endNs(long nowNs, long plannedNs) {
        return nowNs - plannedNs > LATENESS_NS ? nowNs : plannedNs;
    }

    private long probe() {
        return cycle * share.connections + share.first + (long) flowIndex * share.stride;
    }

    private void advance() {
        flowIndex++;
        if (flowIndex == flows.length) {
            flowIndex = 0;
            cycle++;
        }
    }
}
