package io.echo.client.ping;

import java.util.Arrays;
import java.util.function.LongUnaryOperator;

/**
 * When the probes of a ping were due, by their numbers: an interval apart, but for intervals that
 * this process slept through. Each such gap takes 16 bytes. Used on one thread.
 */
final class DueTimes implements LongUnaryOperator {
    /** Gaps that are remembered: 4 MiB. Of more, some are, and times between those are early. */
    private static final int MOST = 1 << 18;

    private final long intervalNs;

    /** The number of the first probe after each gap, and when it was due. */
    private long[] numbers = new long[16];

    private long[] timesNs = new long[16];
    private int gaps;
    private long seen;

    /** One of so many gaps is remembered. */
    private long every = 1;

    private long sent;
    private long lastNs;

    /** When the probe after the last one counts as due. */
    private long endNs = Long.MAX_VALUE;

    DueTimes(long intervalNs) {
        this.intervalNs = intervalNs;
    }

    /** Notes when the next probe is due, on the nanoTime clock. */
    void sent(long ns) {
        if (sent == 0 || ns != lastNs + intervalNs) {
            remember(ns);
        }
        lastNs = ns;
        sent++;
    }

    private void remember(long ns) {
        seen++;
        if ((seen - 1) % every != 0) {
            return;
        }
        if (gaps == MOST) {
            for (int i = 0; 2 * i < MOST; i++) {
                numbers[i] = numbers[2 * i];
                timesNs[i] = timesNs[2 * i];
            }
            gaps = MOST / 2;
            every *= 2;
        }
        if (gaps == numbers.length) {
            numbers = Arrays.copyOf(numbers, 2 * gaps);
            timesNs = Arrays.copyOf(timesNs, 2 * gaps);
        }
        numbers[gaps] = sent;
        timesNs[gaps] = ns;
        gaps++;
    }

    /** Notes that there are no more: what would be due later ends now. */
    void end(long nowNs) {
        endNs = sent == 0 || lastNs + intervalNs - nowNs > 0 ? nowNs : lastNs + intervalNs;
    }

    /** Returns when a probe was due; of those after the last, when the ping ended. */
    @Override
    public long applyAsLong(long number) {
        if (number >= sent) {
            return endNs;
        }
        int found = Arrays.binarySearch(numbers, 0, gaps, number);
        int at = found < 0 ? -found - 2 : found;
        return timesNs[at] + (number - numbers[at]) * intervalNs;
    }

    /** Returns when the first one was due. */
    long startNs() {
        return timesNs[0];
    }

    /** Returns the time from the first one to an interval after the last; 0 without any. */
    long lengthNs() {
        return sent == 0 ? 0 : lastNs + intervalNs - startNs();
    }

    /** Returns the part of that time that was slept through. */
    long idleNs() {
        return lengthNs() - sent * intervalNs;
    }
}
