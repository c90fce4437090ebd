package io.echo.server.udp;

import io.echo.server.admission.SourceRules;
import io.echo.server.config.Addresses;
import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds back answers of one address to hosts of the networks that this one is attached to, while
 * some do not leave.
 *
 * <p>A reply to a neighbour that answers neither ARP nor NDP waits in the kernel for about 3 s
 * ({@code unres_qlen_bytes} in kernel document {@code ip-sysctl.rst}), and counts against the send
 * buffer of its socket all that time. A few hundred forged datagrams from addresses where no host
 * is fill it, or four large ones, and nobody is answered. So once nothing has left a socket for
 * half a second, all neighbours together get {@value #ANSWERS_PER_SECOND} answers a second, fewer
 * if they are large, until no more have come for a minute; others are served as before.
 *
 * <p>What those that wait take of the buffer is estimated: the kernel counts 832 bytes for a
 * datagram of one byte, 2,304 for one of 1,000, and 101,376 for one of 65,000, which leaves as 44
 * fragments. Twice the length and {@value #OVERHEAD_BYTES} bytes cover these, and {@value
 * #BUFFER_BYTES_PER_SECOND} of them a second make 192 KiB in 3 s: not half of the 425,984 bytes
 * (twice {@code net.core.wmem_max}) that Linux gives by default, so that one large answer on top
 * leaves room for others, too.
 *
 * <p>Shared by the sockets of an address. Thread-safe.
 */
final class Neighbours {
    private static final Logger LOG = LoggerFactory.getLogger(Neighbours.class);

    static final int ANSWERS_PER_SECOND = 20;

    static final long STUCK_NS = TimeUnit.MILLISECONDS.toNanos(500);
    static final long CARE_NS = TimeUnit.MINUTES.toNanos(1);

    private static final int BUFFER_BYTES_PER_SECOND = 65_536;
    private static final int OVERHEAD_BYTES = 1_024;
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private final InetAddress asked;
    private final SourceRules sources;

    /** Set while answers are held back. */
    private volatile boolean careful;

    /** End of that, unless more is held back; on the {@link System#nanoTime} clock. */
    private volatile long untilNs;

    /** The time at which the next answer may leave. */
    private final AtomicLong nextNs = new AtomicLong();

    Neighbours(InetAddress asked, SourceRules sources) {
        this.asked = asked;
        this.sources = sources;
    }

    /** Returns whether some answers are held back now, so that each must be asked about. */
    boolean isCareful() {
        return careful;
    }

    /** Notes that nothing has left a socket of this address for so long. */
    void noteStuck(long forNs, long nowNs) {
        if (forNs < STUCK_NS) {
            return;
        }
        untilNs = nowNs + CARE_NS;
        if (!careful) {
            nextNs.set(nowNs);
            careful = true;
            LOG.warn(
                    "replies from {} were stuck for {} ms: hosts of its own networks get {} answers"
                            + " a second in all, fewer large ones, while some of them answer no ARP"
                            + " or NDP",
                    Addresses.text(asked),
                    TimeUnit.NANOSECONDS.toMillis(forNs),
                    ANSWERS_PER_SECOND);
        }
    }

    /** Returns whether this source gets no answer of this length now. */
    boolean holdsBack(long high, long low, int length, long nowNs) {
        if (!careful || !sources.isNeighbour(high, low)) {
            return false;
        }
        if (nowNs - untilNs >= 0) {
            careful = false;
            return false;
        }
        long next = nextNs.get();
        if (nowNs - next >= 0 && nextNs.compareAndSet(next, nowNs + pauseNs(length))) {
            return false;
        }
        untilNs = nowNs + CARE_NS;
        return true;
    }

    /** Returns the time after an answer of this length in which no other may leave. */
    private static long pauseNs(int length) {
        long bufferBytes = 2L * length + OVERHEAD_BYTES;
        return Math.max(
                SECOND_NS / ANSWERS_PER_SECOND, bufferBytes * SECOND_NS / BUFFER_BYTES_PER_SECOND);
    }
}
