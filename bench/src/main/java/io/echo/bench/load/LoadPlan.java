package io.echo.bench.load;

import io.echo.client.probe.Rate;
import io.echo.client.probe.Schedule;
import java.util.Optional;

/**
 * Start and end of the phases of a run, on the {@link System#nanoTime} clock.
 *
 * @param startNs start of the warm-up
 * @param measuredNs start of the measured phase
 * @param endNs its planned end
 * @param open the probes of an open loop; empty in a closed one
 */
record LoadPlan(long startNs, long measuredNs, long endNs, Optional<OpenLoop.Plan> open) {
    /** Delay between the last connection and the first probe, so that every loop starts in time. */
    private static final long LEAD_NS = 20_000_000;

    /** Plans a run that starts soon, or at the time of {@code --start-at}. */
    static LoadPlan of(LoadConfig config) {
        long soonNs = System.nanoTime() + LEAD_NS;
        long askedNs = config.startAt().map(WallClock::nanoTime).orElse(soonNs);
        return of(config, soonNs - askedNs > 0 ? soonNs : askedNs);
    }

    private static LoadPlan of(LoadConfig config, long startNs) {
        long measuredNs = startNs + config.warmup().toNanos();
        long endNs = measuredNs + config.span().duration().toNanos();
        Optional<Rate> rate = config.load().asked();
        if (rate.isEmpty()) {
            return new LoadPlan(startNs, measuredNs, endNs, Optional.empty());
        }
        Schedule schedule = schedule(startNs, measuredNs, rate.get());
        long from = schedule.probesIn(measuredNs - schedule.startNs());
        long end = schedule.probesIn(endNs - schedule.startNs());
        Optional<Long> count = config.span().count();
        if (count.isPresent()) {
            // A rate of probes takes the time after the last one too: 3 at 1/s are 3 seconds.
            end = from + count.get();
            endNs = schedule.intendedNs(end);
        }
        OpenLoop.Plan open = new OpenLoop.Plan(schedule, from, end, endNs);
        return new LoadPlan(startNs, measuredNs, endNs, Optional.of(open));
    }

    /** Returns the schedule in which a probe leaves just when the measured phase begins. */
    private static Schedule schedule(long startNs, long measuredNs, Rate rate) {
        Schedule first = new Schedule(startNs, rate);
        long from = first.probesIn(measuredNs - startNs);
        if (first.intendedNs(from) - measuredNs > 0) {
            from--;
        }
        return new Schedule(startNs + measuredNs - first.intendedNs(from), rate);
    }
}
