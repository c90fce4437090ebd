package io.echo.client.probe;

import java.util.Arrays;

/**
 * A record of what became of each probe of one flow.
 *
 * <pre>
 *   sequence  0 ........ forgotten ........ settled ........ next
 *                 unknown         answered, or      in flight, answered
 *                                 past its time     or never sent
 * </pre>
 *
 * <p>A bit for each probe tells a late first reply from a duplicate for as long as the run lasts,
 * in blocks of 512 bytes for 4,096 probes; so does one for the probes that never left, in blocks
 * where there are any. The oldest are forgotten only beyond {@code remembered} probes, which is
 * many timeouts: a reply to such a probe is foreign and the probe stays lost. The times of a probe
 * are kept only until it is settled and has left. Confined to one thread; allocates when a block
 * begins, never for a probe.
 */
final class ProbeLedger {
    /** The meaning of a reply for its probe. */
    enum Answer {
        /** The first, in time. */
        FIRST,
        /** The first, after {@link #expire} gave the probe up. */
        FIRST_AFTER_EXPIRY,
        /** A further one. */
        DUPLICATE,
        /** No such probe was sent, or it is forgotten. */
        UNKNOWN
    }

    private static final int BLOCK_BITS = 12;
    private static final int BLOCK_PROBES = 1 << BLOCK_BITS;
    private static final int BLOCK_WORDS = BLOCK_PROBES / Long.SIZE;
    private static final int FIRST_TIMES = 64;

    /** Times at most that are kept for probes that are given up, and still wait to leave. */
    private static final int WAITING_TIMES = 1 << 16;

    private final long[][] answered;

    /** A bit for each probe that never left; a block is made when its first probe is skipped. */
    private final long[][] unsent;

    private long[] intendedNs = new long[FIRST_TIMES];

    /** When each probe was queued, and once {@link #leave} knows it, when it left. */
    private long[] sentNs = new long[FIRST_TIMES];

    /** The lateness in the header of each probe, as it was written. */
    private int[] late = new int[FIRST_TIMES];

    /** The first probe that has not left. */
    private long waiting;

    private long next;
    private long settled;
    private long forgotten;
    private long highestAnswered = -1;
    private int inFlight;

    /** All probes before it are answered, did not leave, or are forgotten; see {@link #owes}. */
    private long owed;

    /** Creates a ledger that remembers at least this many probes. */
    ProbeLedger(long remembered) {
        long blocks = Math.max(2, (remembered + BLOCK_PROBES - 1) / BLOCK_PROBES + 1);
        answered = new long[(int) Math.min(blocks, 1 << 20)][];
        unsent = new long[answered.length][];
    }

    /** Enters a probe that is queued to leave, and returns its sequence number. */
    long send(long intended, long queuedNs) {
        inFlight++;
        return enter(intended, queuedNs);
    }

    /**
     * Notes when the first of the queued probes left.
     *
     * @return its sequence number; -1 when there is none
     */
    long leave(long nowNs) {
        long sequence = leave();
        if (sequence >= 0) {
            sentNs[(int) sequence & sentNs.length - 1] = nowNs;
        }
        return sequence;
    }

    /** Enters that the oldest probe that waits has left, at the time when it was queued. */
    long leave() {
        waiting = firstSent(waiting);
        return waiting == next ? -1 : waiting++;
    }

    /** Tells whether the time at which this probe was sent is still known. */
    boolean knowsTimes(long sequence) {
        return sequence >= oldestTimes() && sequence < next;
    }

    /** Returns when a probe that {@link #knowsTimes} should have left. */
    long intendedNs(long sequence) {
        return time(sequence);
    }

    /**
     * Returns when a probe should have left that was settled just now: its time stands in its place
     * until another probe is entered.
     */
    long lastIntendedNs(long sequence) {
        return time(sequence);
    }

    /**
     * Returns when a probe should have left: one that is in flight, or one of the last that were
     * entered, 64 or more of them. {@link Flow#UNKNOWN} for others.
     */
    long recentIntendedNs(long sequence) {
        boolean recent = sequence >= 0 && next - sequence <= intendedNs.length && sequence < next;
        return recent ? time(sequence) : Flow.UNKNOWN;
    }

    /** Returns when a probe that {@link #knowsTimes} left. */
    long sentNs(long sequence) {
        return sentNs[(int) sequence & sentNs.length - 1];
    }

    /** Returns the lateness in the header of a probe that {@link #knowsTimes}. */
    int late(long sequence) {
        return late[(int) sequence & late.length - 1];
    }

    /** Tells whether this probe has not left, though it was queued. */
    boolean isWaiting(long sequence) {
        return sequence >= waiting;
    }

    /** Returns the first probe that is in flight, of this one and those after it; -1 if none. */
    long outstanding(long from) {
        for (long sequence = Math.max(from, settled); sequence < next; sequence++) {
            if (!isAnswered(sequence) && !isUnsent(sequence)) {
                return sequence;
            }
        }
        return -1;
    }

    /** Tells whether this probe has been given up. */
    boolean isSettled(long sequence) {
        return sequence < settled;
    }

    /** Enters a probe that did not leave, and returns its sequence number. */
    long skip(long intended) {
        long sequence = enter(intended, intended);
        int slot = slot(sequence);
        if (unsent[slot] == null) {
            unsent[slot] = new long[BLOCK_WORDS];
        }
        unsent[slot][word(sequence)] |= 1L << sequence;
        return sequence;
    }

    /** Enters an intact reply. */
    Answer answer(long sequence) {
        if (sequence < forgotten || sequence >= next || isUnsent(sequence)) {
            return Answer.UNKNOWN;
        }
        long[] block = answered[slot(sequence)];
        int word = word(sequence);
        long bit = 1L << sequence;
        if ((block[word] & bit) != 0) {
            return Answer.DUPLICATE;
        }
        block[word] |= bit;
        highestAnswered = Math.max(highestAnswered, sequence);
        if (sequence < settled) {
            return Answer.FIRST_AFTER_EXPIRY;
        }
        inFlight--;
        settleAnswered();
        return Answer.FIRST;
    }

    /** Returns whether a first reply to this probe, not entered yet, would be in order. */
    boolean inOrder(long sequence) {
        return sequence > highestAnswered;
    }

    /** Returns whether this probe was entered and is not forgotten. */
    boolean knows(long sequence) {
        return sequence >= forgotten && sequence < next;
    }

    /**
     * Gives up the oldest probe that is in flight, if it should have left by {@code beforeNs}.
     *
     * @return its sequence number, or -1 when there is none; call again until then
     */
    long expire(long beforeNs) {
        settleAnswered();
        return settled == next || time(settled) - beforeNs > 0 ? -1 : giveUp();
    }

    /** Gives up the oldest probe that is in flight; returns it, or -1 when there is none. */
    long giveUp() {
        settleAnswered();
        if (settled == next) {
            return -1;
        }
        inFlight--;
        return settled++;
    }

    /** Tells whether any probe was answered. */
    boolean answered() {
        return highestAnswered >= 0;
    }

    /** Tells whether there were probes and none was answered. */
    boolean mute() {
        return next > 0 && !answered();
    }

    /**
     * Returns the first probe that left, of this one and those after it; {@link #next} when there
     * is none. Forgotten probes count as sent.
     */
    long firstSent(long from) {
        long sequence = from;
        while (sequence < next && sequence >= forgotten && isUnsent(sequence)) {
            sequence++;
        }
        return sequence;
    }

    /** Returns the next sequence number, which is the number of probes so far. */
    long next() {
        return next;
    }

    /** Tells whether a probe that left has no reply, given up or not. Walks over all once. */
    boolean owes() {
        owed = Math.max(owed, forgotten);
        while (owed < next && (isAnswered(owed) || isUnsent(owed))) {
            boolean whole = owed % Long.SIZE == 0 && answeredWord(owed) == -1;
            owed += whole ? Long.SIZE : 1;
        }
        return owed < next;
    }

    /** Returns the number of probes that left, have no reply and are not given up. */
    int inFlight() {
        return inFlight;
    }

    private long enter(long intended, long queuedNs) {
        if ((next & BLOCK_PROBES - 1) == 0) {
            beginBlock();
        }
        boolean full = next - oldestTimes() == intendedNs.length;
        if (full && (next - settled == intendedNs.length || intendedNs.length < WAITING_TIMES)) {
            growTimes();
        }
        int at = (int) next & intendedNs.length - 1;
        intendedNs[at] = intended;
        sentNs[at] = queuedNs;
        late[at] = Probe.late(queuedNs - intended);
        return next++;
    }

    private void beginBlock() {
        int slot = slot(next);
        if (answered[slot] == null) {
            answered[slot] = new long[BLOCK_WORDS];
            return;
        }
        forgotten = next - (long) (answered.length - 1) * BLOCK_PROBES;
        while (settled < forgotten) {
            if (!isAnswered(settled) && !isUnsent(settled)) {
                inFlight--;
            }
            settled++;
        }
        Arrays.fill(answered[slot], 0);
        if (unsent[slot] != null) {
            Arrays.fill(unsent[slot], 0);
        }
    }

    private void growTimes() {
        int length = intendedNs.length * 2;
        long[] intended = new long[length];
        long[] sent = new long[length];
        int[] written = new int[length];
        for (long sequence = oldestTimes(); sequence < next; sequence++) {
            int at = (int) sequence & length - 1;
            intended[at] = time(sequence);
            sent[at] = sentNs(sequence);
            written[at] = late(sequence);
        }
        intendedNs = intended;
        sentNs = sent;
        late = written;
    }

    private long oldestTimes() {
        return Math.max(Math.min(settled, waiting), next - intendedNs.length);
    }

    private void settleAnswered() {
        while (settled < next && (isAnswered(settled) || isUnsent(settled))) {
            settled++;
        }
    }

    private long time(long sequence) {
        return intendedNs[(int) sequence & intendedNs.length - 1];
    }

    private boolean isAnswered(long sequence) {
        return (answeredWord(sequence) & 1L << sequence) != 0;
    }

    private long answeredWord(long sequence) {
        return answered[slot(sequence)][word(sequence)];
    }

    private boolean isUnsent(long sequence) {
        long[] block = unsent[slot(sequence)];
        return block != null && (block[word(sequence)] & 1L << sequence) != 0;
    }

    private int slot(long sequence) {
        return (int) ((sequence >>> BLOCK_BITS) % answered.length);
    }

    private static int word(long sequence) {
        return (int) (sequence & BLOCK_PROBES - 1) / Long.SIZE;
    }
}
