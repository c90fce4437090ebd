package io.echo.bench.load;

import io.echo.bench.pacing.TimedTask;
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
    private final Plan plan;
    private final long giveUpNs;
    private final long meanNs;

    /** The index in {@link #flows} of the next probe's connection. */
    private int flowIndex;

    /** Rounds through all connections that this loop has finished. */
    private long cycle;

    private boolean sent;
    private boolean ended;
    private boolean cut;
    private long endedNs;
    private long missed;

    /**
     * The part of a run's connections that a loop has: {@code first}, {@code first + stride}, ...
     *
     * @param connections of all loops together
     */
    record Share(int first, int stride, int connections) {}

    /**
     * The probes of a run, over all connections.
     *
     * @param schedule their times
     * @param measuredFrom number of the first one of the measured phase
     * @param end number of the first one that is not sent
     * @param endNs when the measured phase ends
     */
    record Plan(Schedule schedule, long measuredFrom, long end, long endNs) {}

    /**
     * Makes the pace of one loop.
     *
     * @param flows the connections of this loop, in the order of the share
     * @param giveUpNs when to stop although not all are sent
     */
    OpenLoop(Plan plan, Flow[] flows, Share share, long giveUpNs) {
        this.plan = plan;
        this.schedule = plan.schedule();
        this.flows = flows;
        this.share = share;
        this.giveUpNs = giveUpNs;
        this.meanNs =
                (schedule.intendedNs(share.connections()) - schedule.intendedNs(0)) / flows.length;
        this.sent = probe() >= plan.end();
        this.endedNs = plan.endNs();
    }

    @Override
    public long dueNs() {
        return ended ? TimedTask.NEVER : sent ? plan.endNs() : schedule.intendedNs(probe());
    }

    @Override
    public long meanNs() {
        return sent ? 0 : meanNs;
    }

    @Override
    public boolean tick(long nowNs) {
        Flow unflushed = null;
        for (int burst = 0; burst < BURST && !sent && !ended; burst++) {
            long probe = probe();
            long intendedNs = schedule.intendedNs(probe);
            if (intendedNs - nowNs > 0) {
                break;
            }
            Flow flow = flows[flowIndex];
            if (unflushed != null && unflushed != flow) {
                unflushed.flush();
            }
            flow.send(intendedNs, probe >= plan.measuredFrom());
            unflushed = flow;
            advance();
            finish(nowNs);
        }
        if (unflushed != null) {
            unflushed.flush();
        }
        if (sent && nowNs - plan.endNs() >= 0) {
            ended = true;
        }
        return !ended;
    }

    @Override
    public void room(Flow flow, long nowNs) {
        // The schedule alone decides.
    }

    @Override
    public void stop(long nowNs) {
        if (!ended) {
            cut = true;
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
        return missed;
    }

    /**
     * Notes that all is sent, or gives up. A loop that is behind ends later, which lowers the rate;
     * a delay within the limit of send lateness does not count: that check covers it, and a hiccup
     * would spoil the rate of a short run.
     */
    private void finish(long nowNs) {
        if (probe() >= plan.end()) {
            sent = true;
            endedNs = nowNs - plan.endNs() > LATENESS_NS ? nowNs : plan.endNs();
        } else if (nowNs - giveUpNs > 0) {
            end(nowNs);
        }
    }

    /** Ends before all is sent; probes that were due by more than a hiccup count as missed. */
    private void end(long nowNs) {
        ended = true;
        endedNs = nowNs;
        while (probe() < plan.end() && schedule.intendedNs(probe()) + LATENESS_NS - nowNs < 0) {
            missed += probe() >= plan.measuredFrom() ? 1 : 0;
            advance();
        }
    }

    private long probe() {
        return cycle * share.connections() + share.first() + (long) flowIndex * share.stride();
    }

    private void advance() {
        flowIndex++;
        if (flowIndex == flows.length) {
            flowIndex = 0;
            cycle++;
        }
    }
}
