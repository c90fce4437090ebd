package io.echo.server.udp;

import io.echo.server.admission.ProbePass;
import io.echo.server.admission.RateLimiter;
import io.echo.server.admission.SourceRules;
import io.echo.server.admission.SourceTrust;
import io.echo.server.config.Cidr;
import io.echo.server.proxy.ProxyHeader;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;

/**
 * Rules that decide whether a datagram to one address is answered. The sockets at that address
 * share them; what is counted for a source, the sockets at every address ({@link UdpPolicies}).
 *
 * <p>The source port is checked first, before any other work, as RFC 8085, section 5.1, and RFC
 * 9308, section 8.1, ask for. A forged packet from another server's port would make the two answer
 * each other for ever (CVE-1999-0103, CVE-2024-2169); one from a reflector's port would aim it at a
 * third party. One drop ends such a loop, for nothing is sent again. The rate limits are the second
 * line of defence, also for trusted addresses when the port is not one of a client; there, what
 * goes round more slowly than they allow is the matter of {@link RepeatedAnswers}.
 *
 * <p>Thread-safe; called by every loop.
 */
public final class UdpPolicy {
    /** First port that Linux gives to clients (ip_local_port_range); other systems use 49152. */
    private static final int FIRST_EPHEMERAL_PORT = 32_768;

    private final SourceRules sources;
    private final SourceTrust trust;
    private final ProbePass probe;
    private final int maxDatagram;
    private final RateLimiter datagrams;
    private final RateLimiter bytes;
    private final double trustedShare;
    private final boolean[] refusedPorts;
    private final RepeatedAnswers repeated;
    private final Neighbours neighbours;

    UdpPolicy(UdpPolicies all, SourceTrust trust, Neighbours neighbours) {
        this.sources = all.sources;
        this.trust = trust;
        this.probe = all.probe;
        this.maxDatagram = all.maxDatagram;
        this.datagrams = all.datagrams;
        this.bytes = all.bytes;
        this.trustedShare = all.trustedShare;
        this.refusedPorts = all.refusedPorts;
        this.repeated = all.repeated;
        this.neighbours = neighbours;
    }

    /**
     * Decides on one datagram, and charges it to the sender's budget.
     *
     * @param content has the datagram from index {@code at} on
     * @param nowNs {@link System#nanoTime} at the start of the batch
     */
    public UdpVerdict judge(
            InetSocketAddress sender, ByteBuf content, int at, int length, long nowNs) {
        if (probe.admits(sender)) {
            return UdpVerdict.PROBE;
        }
        int port = sender.getPort();
        if (refusedPorts[port]) {
            return UdpVerdict.SOURCE_PORT;
        }
        byte[] octets = sender.getAddress().getAddress();
        long high = Cidr.high(octets);
        long low = Cidr.low(octets);
        if (!isUnicast(high, low)) {
            return UdpVerdict.SOURCE_ADDRESS;
        }
        if (!sources.isAllowed(high, low)) {
            return UdpVerdict.DENIED;
        }
        if (length > maxDatagram) {
            return UdpVerdict.SIZE;
        }
        SourceTrust.Level level = trust.of(high, low);
        if (level != SourceTrust.Level.UNRATED && neighbours.holdsBack(high, low, length, nowNs)) {
            return UdpVerdict.SEND;
        }
        UdpVerdict verdict = charge(level, high, low, port, length, nowNs);
        return verdict == UdpVerdict.ADMITTED
                        && goesRound(high, low, port, content, at, length, nowNs)
                ? UdpVerdict.SOURCE_PORT
                : verdict;
    }

    /** Returns whether a datagram comes from a balancer and begins with a PROXY header. */
    boolean isOfBalancer(InetSocketAddress sender) {
        byte[] octets = sender.getAddress().getAddress();
        return sources.isBalancer(Cidr.high(octets), Cidr.low(octets)) && !probe.admits(sender);
    }

    /**
     * Decides on the balancer of a datagram, which gets the answer, and charges it as a trusted
     * source. The client that it names is judged after that, and by more rules.
     *
     * @param content has the datagram from index {@code at} on, its header first
     * @param length bytes of the datagram with its header
     * @param answer bytes behind the header
     */
    UdpVerdict judgeBalancer(
            InetSocketAddress sender, ByteBuf content, int at, int length, int answer, long nowNs) {
        int port = sender.getPort();
        if (refusedPorts[port]) {
            return UdpVerdict.SOURCE_PORT;
        }
        byte[] octets = sender.getAddress().getAddress();
        long high = Cidr.high(octets);
        long low = Cidr.low(octets);
        if (!isUnicast(high, low)) {
            return UdpVerdict.SOURCE_ADDRESS;
        }
        boolean unrated = trust.of(high, low) == SourceTrust.Level.UNRATED;
        if (!unrated && neighbours.holdsBack(high, low, answer, nowNs)) {
            return UdpVerdict.SEND;
        }
        SourceTrust.Level level = unrated ? SourceTrust.Level.UNRATED : SourceTrust.Level.RATED;
        UdpVerdict verdict = charge(level, high, low, port, answer, nowNs);
        return verdict == UdpVerdict.ADMITTED
                        && goesRound(high, low, port, content, at, length, nowNs)
                ? UdpVerdict.SOURCE_PORT
                : verdict;
    }

    /**
     * Decides on the client that a balancer names. It has a rate whatever its address: that the
     * kernel takes an address from no wire says nothing of one in a header.
     *
     * @param content has what follows the header from index {@code at} on
     */
    UdpVerdict judgeClient(ProxyHeader client, ByteBuf content, int at, int length, long nowNs) {
        int port = client.port();
        long high = client.high();
        long low = client.low();
        if (refusedPorts[port]) {
            return UdpVerdict.SOURCE_PORT;
        }
        if (!isUnicast(high, low)) {
            return UdpVerdict.SOURCE_ADDRESS;
        }
        if (!sources.isAllowed(high, low)) {
            return UdpVerdict.DENIED;
        }
        if (length > maxDatagram) {
            return UdpVerdict.SIZE;
        }
        SourceTrust.Level level =
                trust.of(high, low) == SourceTrust.Level.NONE
                        ? SourceTrust.Level.NONE
                        : SourceTrust.Level.RATED;
        UdpVerdict verdict = charge(level, high, low, port, length, nowNs);
        return verdict == UdpVerdict.ADMITTED
                        && goesRound(high, low, port, content, at, length, nowNs)
                ? UdpVerdict.SOURCE_PORT
                : verdict;
    }

    /**
     * Decides on the datagrams of a train behind its first one, which was admitted, as on one.
     *
     * @return false if each must be asked about: the sender is not trusted, or over its rate
     */
    boolean admitsRest(InetSocketAddress sender, int count, int length, long nowNs) {
        byte[] octets = sender.getAddress().getAddress();
        long high = Cidr.high(octets);
        long low = Cidr.low(octets);
        SourceTrust.Level level = trust.of(high, low);
        return level != SourceTrust.Level.NONE
                && !neighbours.isCareful()
                && sender.getPort() >= FIRST_EPHEMERAL_PORT
                && chargeTrusted(level, SourceRules.prefix(high, low), count, length, nowNs)
                        == UdpVerdict.ADMITTED;
    }

    /** Returns whether the sender of a datagram is trusted, at whatever rate. */
    public boolean trusts(InetSocketAddress sender) {
        byte[] octets = sender.getAddress().getAddress();
        return trust.of(Cidr.high(octets), Cidr.low(octets)) != SourceTrust.Level.NONE;
    }

    /** Notes that nothing has left a socket for so long. */
    void noteStuck(long forNs, long nowNs) {
        neighbours.noteStuck(forNs, nowNs);
    }

    /** Charges a datagram to the budget of its source. */
    private UdpVerdict charge(
            SourceTrust.Level level, long high, long low, int port, int length, long nowNs) {
        long prefix = SourceRules.prefix(high, low);
        if (level == SourceTrust.Level.NONE) {
            UdpVerdict verdict = charge(prefix, 1, Math.max(1, length), nowNs);
            if (verdict != UdpVerdict.ADMITTED) {
                trust.noteDrop(high, low);
            }
            return verdict;
        }
        if (port >= FIRST_EPHEMERAL_PORT) {
            return chargeTrusted(level, prefix, 1, length, nowNs);
        }
        return datagrams.admit(prefix, 1, nowNs) ? UdpVerdict.ADMITTED : UdpVerdict.RATE;
    }

    /** Returns whether this is the last of a row of the same from a port that is no client's. */
    private boolean goesRound(
            long high, long low, int port, ByteBuf content, int at, int length, long nowNs) {
        return port < FIRST_EPHEMERAL_PORT
                && repeated.endsRow(high, low, port, content, at, length, nowNs);
    }

    /** Charges a budget of its own, so that strangers under the same prefix cannot spend it. */
    private UdpVerdict chargeTrusted(
            SourceTrust.Level level, long prefix, int count, int length, long nowNs) {
        return level == SourceTrust.Level.UNRATED || trustedShare == 0
                ? UdpVerdict.ADMITTED
                : charge(~prefix, count * trustedShare, length * trustedShare, nowNs);
    }

    private UdpVerdict charge(long prefix, double count, double length, long nowNs) {
        if (!datagrams.admit(prefix, count, nowNs)) {
            return UdpVerdict.RATE;
        }
        return bytes.admit(prefix, length, nowNs) ? UdpVerdict.ADMITTED : UdpVerdict.BYTES_RATE;
    }

    /**
     * Returns whether an address is not unspecified, broadcast or multicast (RFC 1122, section
     * 3.2.1.3). A network's own broadcast address passes, but the kernel refuses to send to it,
     * since no socket has SO_BROADCAST.
     */
    private static boolean isUnicast(long high, long low) {
        if (Cidr.isV4(high, low)) {
            int first = (int) low >>> 24;
            return first != 0 && first < 224;
        }
        return high >>> 56 != 0xFF && (high | low) != 0;
    }
}
