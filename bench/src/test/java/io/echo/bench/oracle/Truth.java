package io.echo.bench.oracle;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The counts that a right measurement must have.
 *
 * @param read probes of the measured phase that the server read
 * @param surelyLate replies that left the server after the timeout
 * @param perhapsLate replies that left before it, by less than half of it
 * @param surelyInPhase first replies that left the server well within the phase
 * @param perhapsInPhase first replies that left at about its start or its end
 * @param foreign those that left the server in the measured phase
 * @param perhapsForeign those that left at about its start
 */
record Truth(
        long read,
        long received,
        long surelyLate,
        long perhapsLate,
        long surelyInPhase,
        long perhapsInPhase,
        long duplicated,
        long reordered,
        long corrupted,
        long foreign,
        long perhapsForeign) {
    /** Counts what the journal says of the measured phase. */
    static Truth of(Program program, List<Journal.Entry> entries, PhaseStart start) {
        Counting counting = new Counting(program, start);
        entries.forEach(counting::enter);
        return new Truth(
                counting.read,
                counting.received,
                counting.surelyLate,
                counting.perhapsLate,
                counting.surelyInPhase,
                counting.perhapsInPhase,
                counting.duplicated,
                counting.reordered,
                counting.corrupted,
                counting.foreign,
                counting.perhapsForeign);
    }

    private static final class Counting {
        private final PhaseStart start;

        /** End of the phase by the plan, where replies do not decide it. */
        private final long endNs;

        private final Map<Object, Map<Long, Long>> intendedNs = new HashMap<>();
        private final Map<Object, Set<Long>> answered = new HashMap<>();
        private final Map<Object, Long> highest = new HashMap<>();
        private long read;
        private long received;
        private long surelyLate;
        private long perhapsLate;
        private long surelyInPhase;
        private long perhapsInPhase;
        private long duplicated;
        private long reordered;
        private long corrupted;
        private long foreign;
        private long perhapsForeign;

        Counting(Program program, PhaseStart start) {
            this.start = start;
            this.endNs = start.latestNs() + program.measuringNs();
        }

        void enter(Journal.Entry entry) {
            switch (entry.act()) {
                case READ -> {
                    read += counts(entry.intendedNs());
                    intendedNs
                            .computeIfAbsent(entry.flow(), flow -> new HashMap<>())
                            .put(entry.sequence(), entry.intendedNs());
                }
                case INTACT -> intact(entry, counts(entry.intendedNs()));
                case DAMAGED -> corrupted += counts(named(entry));
                case STRANGE -> strange(entry.atNs());
            }
        }

        /** Returns 1 for a probe of the measured phase, and 0 for one of the warm-up. */
        private int counts(long probeNs) {
            return probeNs - start.measuredNs() >= 0 ? 1 : 0;
        }

        /** Returns the time of the probe that a reply names, which may be another than its own. */
        private long named(Journal.Entry entry) {
            return intendedNs
                    .getOrDefault(entry.flow(), Map.of())
                    .getOrDefault(entry.sequence(), entry.intendedNs());
        }

        private void strange(long atNs) {
            if (atNs - start.latestNs() >= 0) {
                foreign++;
            } else if (atNs - start.earliestNs() + Oracle.MARGIN_NS >= 0) {
                perhapsForeign++;
            }
        }

        private void intact(Journal.Entry entry, int counts) {
            if (!answered.computeIfAbsent(entry.flow(), flow -> new HashSet<>())
                    .add(entry.sequence())) {
                duplicated += counts;
                return;
            }
            received += counts;
            long before = highest.getOrDefault(entry.flow(), -1L);
            if (entry.sequence() < before) {
                reordered += counts;
            }
            highest.put(entry.flow(), Math.max(before, entry.sequence()));
            if (entry.ageNs() > Program.TIMEOUT.toNanos()) {
                surelyLate += counts;
            } else if (entry.ageNs() > Program.TIMEOUT.toNanos() / 2) {
                perhapsLate += counts;
            }
            inPhase(entry.atNs());
        }

        /** Counts a first reply, to a probe of the warm-up, too. */
        private void inPhase(long atNs) {
            boolean begun = atNs - start.latestNs() >= 0;
            boolean perhapsBegun = atNs - start.earliestNs() + Oracle.MARGIN_NS >= 0;
            if (begun && atNs - endNs < -Oracle.MARGIN_NS) {
                surelyInPhase++;
            } else if (perhapsBegun && atNs - endNs <= Oracle.MARGIN_NS) {
                perhapsInPhase++;
            }
        }
    }
}
