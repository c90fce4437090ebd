package io.echo.client.mtu;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The datagrams that were sent over one socket, and what came back of each.
 *
 * <p>A datagram begins with the number of this run and its own; the bytes that follow depend on
 * both, so that a reply that is cut, or is another one's, cannot pass for whole.
 *
 * <p>A monitor: the event loop enters replies, one other thread sends and waits.
 */
final class DatagramBook {
    /** The smallest datagram: two numbers, and as much again to compare. */
    static final int SMALL_BYTES = 32;

    private static final int HEADER_BYTES = 12;

    /** The part of a datagram that came back. */
    private static final int NOTHING = -1;

    private final long run = ThreadLocalRandom.current().nextLong();
    private final List<Entry> entries = new ArrayList<>();
    private int largestWhole;
    private int received;
    private int corrupted;
    private int tooLarge;
    private long longestNs;
    private Throwable problem;
    private boolean stopped;

    private static final class Entry {
        final int bytes;
        final long sentNs;
        int back = NOTHING;
        boolean corrupt;

        Entry(int bytes, long sentNs) {
            this.bytes = bytes;
            this.sentNs = sentNs;
        }
    }

    /** Enters a datagram that is about to leave, and returns its number. */
    synchronized int add(int bytes) {
        entries.add(new Entry(bytes, System.nanoTime()));
        return entries.size() - 1;
    }

    /** Takes back the last one, which did not leave. */
    synchronized void remove(int number) {
        entries.remove(number);
    }

    /** Writes a datagram. */
    void write(int number, int bytes, ByteBuf to) {
        to.writeLong(run).writeInt(number);
        for (int i = HEADER_BYTES; i < bytes; i++) {
            to.writeByte(fill(number, i));
        }
    }

    private static byte fill(int number, int index) {
        return (byte) (number * 31 + index * 7 + (index >>> 8));
    }

    /** Enters a reply; what is of no datagram of this run is ignored. */
    synchronized void received(ByteBuf reply) {
        int length = reply.readableBytes();
        if (length < HEADER_BYTES || reply.readLong() != run) {
            return;
        }
        int number = reply.readInt();
        if (number < 0 || number >= entries.size()) {
            return;
        }
        Entry entry = entries.get(number);
        boolean intact = length <= entry.bytes;
        for (int i = HEADER_BYTES; intact && i < length; i++) {
            intact = reply.readByte() == fill(number, i);
        }
        if (!intact) {
            corrupted++;
            entry.corrupt = true;
        } else if (entry.back == NOTHING) {
            entry.back = length;
            longestNs = Math.max(longestNs, System.nanoTime() - entry.sentNs);
            if (length == entry.bytes) {
                received++;
                largestWhole = Math.max(largestWhole, length);
            }
        }
        notifyAll();
    }

    /**
     * Enters an error that came back for a datagram sent before.
     *
     * @param size true when it says that one was too large
     */
    synchronized void failed(Throwable cause, boolean size) {
        if (size) {
            tooLarge++;
        } else {
            problem = cause;
        }
        notifyAll();
    }

    /** Ends the wait in progress, and every later one. */
    synchronized void stop() {
        stopped = true;
        notifyAll();
    }

    /**
     * Waits until something holds, or until a time has come.
     *
     * @param untilNs on the clock of {@link System#nanoTime}
     * @param done asked after each reply
     * @return the last answer
     */
    synchronized boolean await(long untilNs, BooleanSupplier done) throws StoppedException {
        while (true) {
            if (stopped) {
                throw new StoppedException();
            }
            if (done.getAsBoolean()) {
                return true;
            }
            long leftNs = untilNs - System.nanoTime();
            if (leftNs <= 0) {
                return false;
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, leftNs);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StoppedException();
            }
        }
    }

    synchronized boolean isWhole(int number) {
        Entry entry = entries.get(number);
        return entry.back == entry.bytes;
    }

    /** Returns to how many bytes a datagram was cut; empty if it was not answered, or whole. */
    synchronized OptionalInt cut(int number) {
        Entry entry = entries.get(number);
        return entry.back == NOTHING || entry.back == entry.bytes
                ? OptionalInt.empty()
                : OptionalInt.of(entry.back);
    }

    /** The largest datagram that came back whole so far; 0 for none. */
    synchronized int largestWhole() {
        return largestWhole;
    }

    /** Small datagrams so far. */
    synchronized int smallSent() {
        return (int) entries.stream().filter(entry -> entry.bytes == SMALL_BYTES).count();
    }

    synchronized int smallReceived() {
        return (int)
                entries.stream()
                        .filter(entry -> entry.bytes == SMALL_BYTES && entry.back == SMALL_BYTES)
                        .count();
    }

    /**
     * Estimates the probability that a small datagram is lost, on the high side; those that were
     * sent after a time and are not answered yet do not count.
     */
    synchronized double loss(long sentBeforeNs) {
        int lost = 0;
        int known = 0;
        for (Entry entry : entries) {
            if (entry.bytes == SMALL_BYTES) {
                boolean answered = entry.back != NOTHING;
                boolean missing = !answered && entry.sentNs - sentBeforeNs < 0;
                known += answered || missing ? 1 : 0;
                lost += missing ? 1 : 0;
            }
        }
        return (lost + 2.0) / (known + 3.0);
    }

    synchronized int tries() {
        return entries.size();
    }

    synchronized int whole() {
        return received;
    }

    synchronized int corrupted() {
        return corrupted;
    }

    /** Tells if datagrams of this size came back, and none of them as it was sent. */
    synchronized boolean isCorrupt(int bytes) {
        boolean corrupt = false;
        for (Entry entry : entries) {
            if (entry.bytes == bytes) {
                if (entry.back != NOTHING) {
                    return false;
                }
                corrupt |= entry.corrupt;
            }
        }
        return corrupt;
    }

    /** Errors that said that a datagram sent before was too large for the path. */
    synchronized int tooLarge() {
        return tooLarge;
    }

    /** The longest time between a datagram and its reply, in nanoseconds. */
    synchronized long longestNs() {
        return longestNs;
    }

    /** Tells if an error came, and nothing else. */
    synchronized boolean isRefused() {
        return problem != null && largestWhole == 0;
    }

    /** The last error that was not about a size; null if there was none. */
    synchronized Throwable problem() {
        return problem;
    }
}
