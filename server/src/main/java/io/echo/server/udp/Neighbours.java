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
 * is fill it, and nobody is answered. So once nothing has left a socket for half a second, all
 * neighbours together get {@value #ANSWERS_PER_SECOND} answers a second, until no more have come
 * for a minute; others are served as before.
 *
 * <p>Shared by the sockets of an address. Thread-safe.
 */
final class Neighbours {
    private static final Logger LOG = LoggerFactory.getLogger(Neighbours.class);

    /** In 3 s so few that even the smallest send buffer keeps room for others. */
    static final int ANSWERS_PER_SECOND = 20;

    static final long STUCK_NS = TimeUnit.MILLISECONDS.toNanos(500);
    static final long CARE_NS = TimeUnit.MINUTES.toNanos(1);

    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(1) / ANSWERS_PER_SECOND;

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
        nextNs.set(nowNs);
        if (!careful) {
            careful = true;
            LOG.warn(
                    "replies from {} were stuck for {} ms: hosts of its own networks get {} answers"
                            + " a second in all while some of them answer no ARP or NDP",
                    Addresses.text(asked),
                    TimeUnit.NANOSECONDS.toMillis(forNs),
                    ANSWERS_PER_SECOND);
        }
    }

    /** Returns whether this source gets no answer now. */
    boolean holdsBack(long high, long low, long nowNs) {
        if (!careful || !sources.isNeighbour(high, low)) {
            return false;
        }
        if (nowNs - untilNs >= 0) {
            careful = false;
            return false;
        }
        long next = nextNs.get();
        if (nowNs - next >= 0 && nextNs.compareAndSet(next, nowNs + INTERVAL_NS)) {
            return false;
        }
        untilNs = nowNs + CARE_NS;
        return true;
    }
}
