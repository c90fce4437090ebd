package io.echo.client.flow;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The fate of one flow in the measured phase. Times are seconds since its start.
 *
 * @param local address and port from which its probes left
 * @param remote address and port to which they went
 * @param late of those received
 * @param p50Us median latency, of the replies; empty when none came
 * @param p99Us 99th percentile of it
 * @param firstReplyS when the first reply came
 * @param lastReplyS when the last one came
 * @param longestOutageMs 0 when there was none
 * @param fault empty for a flow like the others
 */
public record FlowResult(
        String local,
        String remote,
        long sent,
        long received,
        long late,
        Optional<Double> p50Us,
        Optional<Double> p99Us,
        Optional<Double> firstReplyS,
        Optional<Double> lastReplyS,
        double longestOutageMs,
        Optional<Fault> fault) {
    /** The ways in which a flow can be bad, the worst first. */
    public enum Fault {
        /** Nothing came back on it, and on others something did. */
        DEAD,
        /** It was answered up to some time and then no more, while others were: it is lossy. */
        STOPPED,
        /** It loses more than the others. */
        LOSSY,
        /** Its replies take longer than those of the others. */
        SLOW;

        /** Tells whether a flow with this fault loses probes of its own. */
        public boolean loses() {
            return this != SLOW;
        }

        /** Returns its name, as results have it: what has stopped is lossy there. */
        public String word() {
            return this == STOPPED ? LOSSY.word() : name().toLowerCase(Locale.ROOT);
        }

        /** Finds a fault by this name. */
        public static Optional<Fault> named(String word) {
            return Arrays.stream(values())
                    .filter(fault -> fault != STOPPED && fault.word().equals(word))
                    .findFirst();
        }
    }

    /** Returns the flow with another fault, or none. */
    FlowResult with(Optional<Fault> other) {
        return new FlowResult(
                local,
                remote,
                sent,
                received,
                late,
                p50Us,
                p99Us,
                firstReplyS,
                lastReplyS,
                longestOutageMs,
                other);
    }

    /** Tells whether it was answered up to some time and then no more, while others were. */
    public boolean stopped() {
        return fault.filter(Fault.STOPPED::equals).isPresent();
    }

    /** Tells whether it loses probes of its own. */
    public boolean loses() {
        return fault.filter(Fault::loses).isPresent();
    }

    /** Returns the probes that were not received. */
    public long lost() {
        return sent - received;
    }

    /** Returns the part that was lost, from 0 to 1. */
    public double loss() {
        return sent == 0 ? 0 : (double) lost() / sent;
    }
}
