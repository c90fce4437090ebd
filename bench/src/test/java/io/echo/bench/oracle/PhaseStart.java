package io.echo.bench.oracle;

import java.util.List;

/**
 * The start of the measured phase, as the server can tell it.
 *
 * <p>In open loop a probe leaves just when the phase begins by the plan, and those before it as far
 * apart as the rate says, from the start of the warm-up on. In closed loop it leaves when the
 * generator comes to it, and a probe belongs to the phase in which it is sent; so the number of
 * those that the result counts says where the phase began, and that must be where it could.
 *
 * @param measuredNs intended time of the first probe of the phase, or later than the one before
 * @param earliestNs start of the phase at the earliest
 * @param latestNs start of the phase at the latest
 * @param possible whether the result's number of probes is one that it could have
 */
record PhaseStart(long measuredNs, long earliestNs, long latestNs, boolean possible) {
    private static final long MILLION = 1_000_000;

    private static final long ROUNDING_NS = 100;

    /** The longest time that the first probe of a closed loop takes to leave. */
    private static final long LATE_START_NS = 100 * MILLION;

    /**
     * Finds it in a journal.
     *
     * @param left number of measured probes that left, as the result tells
     */
    static PhaseStart of(Program program, List<Journal.Entry> entries, long left) {
        long[] intended =
                entries.stream()
                        .filter(entry -> entry.act() == Journal.Act.READ)
                        .mapToLong(Journal.Entry::intendedNs)
                        .sorted()
                        .toArray();
        long firstNs = intended.length == 0 ? 0 : intended[0];
        long plannedNs = firstNs + warmupNs(program);
        if (program.open() || program.warmupMs() == 0 || intended.length == 0) {
            return new PhaseStart(plannedNs, plannedNs, plannedNs, true);
        }
        int warm = (int) Math.max(0, intended.length - left);
        long lastWarmNs = warm == 0 ? firstNs : intended[warm - 1];
        long firstMeasuredNs = warm == intended.length ? plannedNs : intended[warm];
        long earliestNs = Math.max(lastWarmNs, plannedNs - LATE_START_NS);
        long latestNs = Math.min(firstMeasuredNs, plannedNs);
        boolean possible = warm > 0 && earliestNs <= latestNs;
        return new PhaseStart(lastWarmNs + 1, earliestNs, latestNs, possible);
    }

    /** Returns the time from the first probe to the first of the phase, as it is planned. */
    private static long warmupNs(Program program) {
        if (!program.open()) {
            return program.warmupMs() * MILLION;
        }
        long probes = (long) program.warmupMs() * program.perSecond() / 1_000;
        return Math.max(0, probes * 1_000 * MILLION / program.perSecond() - ROUNDING_NS);
    }
}
