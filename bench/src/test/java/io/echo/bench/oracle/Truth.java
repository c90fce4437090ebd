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
 */
record Truth(
        long read,
        long received,
        long surelyLate,
        long perhapsLate,
        long duplicated,
        long reordered,
        long corrupted,
        long foreign) {
    /** Counts what the journal says of the measured phase. */
    static Truth of(Program program, List<Journal.Entry> entries) {
        long startNs =
                entries.stream()
                        .filter(entry -> entry.act() == Journal.Act.READ)
                        .mapToLong(Journal.Entry::intendedNs)
                        .min()
                        .orElse(0);
        Counting counting = new Counting(startNs + program.warmupMs() * 1_000_000L);
        entries.forEach(counting::enter);
        return new Truth(
                counting.read,
                counting.received,
                counting.surelyLate,
                counting.perhapsLate,
                counting.duplicated,
                counting.reordered,
                counting.corrupted,
                counting.foreign);
    }

    private static final class Counting {
        private final long measuredNs;
        private final Map<Object, Set<Long>> answered = new HashMap<>();
        private final Map<Object, Long> highest = new HashMap<>();
        private long read;
        private long received;
        private long surelyLate;
        private long perhapsLate;
        private long duplicated;
        private long reordered;
        private long corrupted;
        private long foreign;

        Counting(long measuredNs) {
            this.measuredNs = measuredNs;
        }

        void enter(Journal.Entry entry) {
            int counts = entry.intendedNs() - measuredNs >= 0 ? 1 : 0;
            switch (entry.act()) {
                case READ -> read += counts;
                case INTACT -> intact(entry, counts);
                case DAMAGED -> corrupted += counts;
                case STRANGE -> foreign++;
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
        }
    }
}
