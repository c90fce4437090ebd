package io.echo.bench.connection;

import io.echo.client.probe.Flow;
import io.echo.client.socket.FailureReason;
import io.echo.net.Protocol;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;

/**
 * Failures of a loop's connections, in the measured phase. Written by that loop, read after it has
 * ended.
 */
public final class PeerProblems {
    /** The kernel's words for a datagram that is larger than its path, which it may not cut. */
    private static final String TOO_LONG = "Message too long";

    private static final String MTU_HINT = "; echo-client mtu finds the size that passes";

    private long phaseStartNs = System.nanoTime();
    private long refused;
    private int closed;
    private int notReplaced;
    private int notReopened;
    private int mute;
    private String lastRefusal = "";
    private String lastClosing = "";
    private String lastOpening = "";

    /** Sets the start of the measured phase; what comes before is not counted. */
    public void countFrom(long ns) {
        phaseStartNs = ns;
    }

    public void refused(Throwable cause) {
        refused += counted();
        lastRefusal = reason(Protocol.UDP, cause, "connection refused");
    }

    public void closed(Throwable cause) {
        closed += counted();
        lastClosing = reason(Protocol.TCP, cause, "closed");
    }

    void notReplaced(Throwable cause) {
        notReplaced += counted();
        lastClosing = reason(Protocol.TCP, cause, "not connected");
    }

    void notReopened(Throwable cause) {
        notReopened += counted();
        lastOpening = reason(Protocol.TCP, cause, "not connected");
    }

    /** Notes connections that are open at the end, and on which no intact reply ever came. */
    public void noteMute(Flow[] connections) {
        for (Flow flow : connections) {
            if (flow.open() && flow.mute()) {
                mute++;
            }
        }
    }

    /** Returns 1 in the measured phase, 0 before. */
    int counted() {
        return System.nanoTime() - phaseStartNs >= 0 ? 1 : 0;
    }

    /** Adds the failures of another loop. */
    public void add(PeerProblems other) {
        refused += other.refused;
        closed += other.closed;
        notReplaced += other.notReplaced;
        notReopened += other.notReopened;
        mute += other.mute;
        lastOpening = other.notReopened > 0 ? other.lastOpening : lastOpening;
        lastRefusal = other.refused > 0 ? other.lastRefusal : lastRefusal;
        lastClosing = other.closed + other.notReplaced > 0 ? other.lastClosing : lastClosing;
    }

    /**
     * Returns a sentence for each kind that occurred.
     *
     * @param dead flows that are named elsewhere, as those on which nothing came back
     */
    public List<String> sentences(long dead) {
        List<String> sentences = new ArrayList<>();
        if (refused > 0) {
            sentences.add(
                    count(refused, "probe was", "probes were")
                            + " refused: "
                            + lastRefusal
                            + (lastRefusal.contains(TOO_LONG) ? MTU_HINT : ""));
        }
        if (closed > 0) {
            sentences.add(
                    count(closed, "connection was", "connections were")
                            + " ended by the service: "
                            + lastClosing);
        }
        if (notReplaced > 0) {
            sentences.add(
                    count(notReplaced, "connection", "connections")
                            + " could not be replaced: "
                            + lastClosing);
        }
        if (notReopened > 0) {
            sentences.add(
                    count(notReopened, "attempt", "attempts")
                            + " to open a connection again failed: "
                            + lastOpening);
        }
        if (mute > dead) {
            sentences.add(count(mute, "connection", "connections") + " got no intact reply");
        }
        return sentences;
    }

    private static String count(long count, String one, String many) {
        return count + " " + (count == 1 ? one : many);
    }

    private static String reason(Protocol protocol, Throwable cause, String otherwise) {
        Throwable thrown =
                cause instanceof CompletionException && cause.getCause() != null
                        ? cause.getCause()
                        : cause;
        return thrown.getMessage() == null
                ? otherwise
                : FailureReason.of(protocol, thrown, Duration.ZERO);
    }
}
