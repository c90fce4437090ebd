package io.echo.client.probe;

import org.HdrHistogram.Histogram;

/**
 * The results of a run's probes: counts, and histograms of their times in nanoseconds.
 *
 * <p>One thread writes; those of several threads are added at the end. A probe is <em>sent</em>
 * whether or not the kernel took it, and in the end either <em>received</em> (at least one intact
 * reply) or <em>lost</em>, so {@code sent = received + lost} always. Late replies are received, and
 * stand in the histograms. Duplicated, corrupted and foreign count replies, not probes.
 *
 * <p>Histograms keep three significant digits up to {@link #LONGEST_NS}, their smallest and largest
 * value exactly. They start with room for 10 ms, which is 120 KiB each, and grow for a longer time:
 * adding them up each second walks through all of their room, and takes the core meanwhile. Longer
 * times than the longest count as it.
 */
public final class ProbeStats {
    /** The longest time that is told apart from longer ones: one hour. */
    public static final long LONGEST_NS = 3_600_000_000_000L;

    private static final long ROOM_NS = 10_000_000;
    private static final int SIGNIFICANT_DIGITS = 3;

    private final Histogram latency = newHistogram();
    private final Histogram service = newHistogram();
    private final Histogram lateness = newHistogram();

    private long sent;
    private long sentBytes;
    private long unsent;
    private long received;
    private long receivedBytes;
    private long inPhase;
    private long late;
    private long expired;
    private long duplicated;
    private long reordered;
    private long corrupted;
    private long foreign;
    private long uncounted;

    /** Creates an empty histogram of the range and precision that this project uses. */
    public static ExactHistogram newHistogram() {
        return new ExactHistogram(ROOM_NS, SIGNIFICANT_DIGITS);
    }

    void countSent(int bytes) {
        sent++;
        sentBytes += bytes;
    }

    /** Notes that the probe just counted as sent did not reach the kernel. */
    void countUnsent(int probes) {
        unsent += probes;
    }

    void recordLateness(long ns) {
        lateness.recordValue(inRange(ns));
    }

    /** Counts the first intact reply to a probe, and its times. */
    void recordReply(int bytes, long latencyNs, long serviceNs) {
        received++;
        receivedBytes += bytes;
        latency.recordValue(inRange(latencyNs));
        service.recordValue(inRange(serviceNs));
    }

    /** Notes a first intact reply that came within the measured phase, to whichever probe. */
    void countInPhase() {
        inPhase++;
    }

    /** Takes probes out of those that were sent: nobody waited for their replies. */
    public void uncount(long probes) {
        sent -= probes;
        uncounted += probes;
    }

    /** Probes that left and are not among those sent, see {@link #uncount}. */
    public long uncounted() {
        return uncounted;
    }

    /** Notes that the reply just recorded took longer than the timeout. */
    void countLate() {
        late++;
    }

    /** Counts probes whose timeout passed without a reply; -1 when a late one comes after all. */
    void countExpired(long probes) {
        expired += probes;
    }

    void countDuplicated() {
        duplicated++;
    }

    void countReordered() {
        reordered++;
    }

    void countCorrupted() {
        corrupted++;
    }

    void countForeign() {
        foreign++;
    }

    /** Adds the counts and times of another; its writer must be done with it. */
    public void add(ProbeStats other) {
        latency.add(other.latency);
        service.add(other.service);
        lateness.add(other.lateness);
        sent += other.sent;
        sentBytes += other.sentBytes;
        unsent += other.unsent;
        received += other.received;
        receivedBytes += other.receivedBytes;
        inPhase += other.inPhase;
        late += other.late;
        expired += other.expired;
        duplicated += other.duplicated;
        reordered += other.reordered;
        corrupted += other.corrupted;
        foreign += other.foreign;
        uncounted += other.uncounted;
    }

    /** Forgets everything. */
    public void reset() {
        latency.reset();
        service.reset();
        lateness.reset();
        sent = 0;
        sentBytes = 0;
        unsent = 0;
        received = 0;
        receivedBytes = 0;
        inPhase = 0;
        late = 0;
        expired = 0;
        duplicated = 0;
        reordered = 0;
        corrupted = 0;
        foreign = 0;
        uncounted = 0;
    }

    /** Times from the intended send to the first intact reply. */
    public Histogram latency() {
        return latency;
    }

    /** Times from the actual send to the first intact reply. */
    public Histogram service() {
        return service;
    }

    /** Times from the intended to the actual send. */
    public Histogram lateness() {
        return lateness;
    }

    public long sent() {
        return sent;
    }

    public long sentBytes() {
        return sentBytes;
    }

    /** Probes that never reached the kernel: the queue was full or the connection closed. */
    public long unsent() {
        return unsent;
    }

    public long received() {
        return received;
    }

    public long receivedBytes() {
        return receivedBytes;
    }

    /**
     * First intact replies within the measured phase, to probes of the warm-up, too: a service that
     * takes long keeps its rate all the same. See {@link LoopBuffers#endPhaseAt}.
     */
    public long inPhase() {
        return inPhase;
    }

    /** Probes received after the timeout. */
    public long late() {
        return late;
    }

    /** Probes whose timeout passed unanswered, less those that were answered late. */
    public long expired() {
        return expired;
    }

    /** Probes not received; final when the run no longer waits for replies. */
    public long lost() {
        return sent - received;
    }

    public long duplicated() {
        return duplicated;
    }

    public long reordered() {
        return reordered;
    }

    public long corrupted() {
        return corrupted;
    }

    public long foreign() {
        return foreign;
    }

    private static long inRange(long ns) {
        return Math.min(Math.max(ns, 0), LONGEST_NS);
    }
}
