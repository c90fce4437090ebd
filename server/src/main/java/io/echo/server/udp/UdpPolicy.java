package io.echo.server.udp;

import io.echo.server.admission.ProbePass;
import io.echo.server.admission.RateLimiter;
import io.echo.server.admission.SourceRules;
import io.echo.server.config.Cidr;
import io.echo.server.config.ServerConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;

/**
 * Whether a datagram may be answered: the rules that every datagram socket shares.
 *
 * <p>An echo must not answer what no client sends: a forged packet from another server's port makes
 * the two talk for ever (CVE-1999-0103, CVE-2024-2169), one from a reflector's port aims it at a
 * third party. So ports come first, before any other work; RFC 8085, section 5.1, and RFC 9308,
 * section 8.1, ask for it. One drop ends a loop, for nothing retransmits; the rate limit is the
 * second line, also for trusted sources whose port is a service's rather than a client's.
 *
 * <p>Thread-safe; called by every loop.
 */
public final class UdpPolicy {
    /** Reflectors and services beyond 1023: SSDP, NFS, WSD, mDNS, LLMNR, memcached. */
    private static final int[] REFLECTORS = {1_900, 2_049, 3_702, 5_353, 5_355, 11_211};

    private static final int FIRST_UNPRIVILEGED_PORT = 1_024;

    /** Linux picks clients' ports from here on (ip_local_port_range); others from 49152. */
    private static final int FIRST_EPHEMERAL_PORT = 32_768;

    private final SourceRules sources;
    private final ProbePass probe;
    private final int maxDatagram;
    private final RateLimiter datagrams;
    private final RateLimiter bytes;
    private final Set<Integer> allowedPorts;

    private final boolean[] refusedPorts = new boolean[65_536];

    public UdpPolicy(ServerConfig.UdpLimits limits, SourceRules sources, ProbePass probe) {
        this.probe = probe;
        this.sources = sources;
        this.maxDatagram = limits.maxDatagram();
        this.datagrams = new RateLimiter(limits.datagramsPerSecond());
        this.bytes = new RateLimiter(limits.bytesPerSecond());
        for (int refused = 0; refused < FIRST_UNPRIVILEGED_PORT; refused++) {
            refusedPorts[refused] = true;
        }
        for (int reflector : REFLECTORS) {
            refusedPorts[reflector] = true;
        }
        this.allowedPorts = limits.allowedSourcePorts();
        refusedPorts[ServerConfig.Listen.DEFAULT_PORT] = true;
        allowedPorts.forEach(allowed -> refusedPorts[allowed] = false);
    }

    /** Takes note of the port we listen on: whoever sends from it is most likely another of us. */
    public void refusePort(int port) {
        refusedPorts[port] = !allowedPorts.contains(port);
    }

    /** How many sources have sent within what their rate allows for. Reads a table of 1 MiB. */
    public int activeSources() {
        return datagrams.activePrefixes(System.nanoTime());
    }

    /**
     * Decides on one datagram, and takes its price from the sender's budget.
     *
     * @param nowNs {@link System#nanoTime}, of this wake-up
     */
    public UdpVerdict judge(InetSocketAddress sender, int length, long nowNs) {
        if (probe.admits(sender)) {
            return UdpVerdict.PROBE;
        }
        int port = sender.getPort();
        if (refusedPorts[port]) {
            return UdpVerdict.SOURCE_PORT;
        }
        InetAddress address = sender.getAddress();
        byte[] octets = address.getAddress();
        if (!isUnicast(octets)) {
            return UdpVerdict.SOURCE_ADDRESS;
        }
        long high = Cidr.high(octets);
        long low = Cidr.low(octets);
        if (!sources.isAllowed(high, low)) {
            return UdpVerdict.DENIED;
        }
        if (length > maxDatagram) {
            return UdpVerdict.SIZE;
        }
        boolean trusted = sources.isTrusted(high, low);
        if (trusted && port >= FIRST_EPHEMERAL_PORT) {
            return UdpVerdict.ADMITTED;
        }
        long prefix = SourceRules.prefix(high, low);
        if (!datagrams.admit(prefix, 1, nowNs)) {
            return UdpVerdict.RATE;
        }
        if (!trusted && !bytes.admit(prefix, Math.max(1, length), nowNs)) {
            return UdpVerdict.BYTES_RATE;
        }
        return UdpVerdict.ADMITTED;
    }

    /** Whether one whom the rules admit has no budget: its address trusted, its port a client's. */
    boolean isUnmetered(InetSocketAddress sender) {
        byte[] octets = sender.getAddress().getAddress();
        return sender.getPort() >= FIRST_EPHEMERAL_PORT
                && sources.isTrusted(Cidr.high(octets), Cidr.low(octets));
    }

    /**
     * Neither unspecified, nor broadcast, nor multicast (RFC 1122, section 3.2.1.3). To a network's
     * own broadcast address the kernel refuses to send, since no socket has SO_BROADCAST.
     */
    private static boolean isUnicast(byte[] address) {
        int first = address[0] & 0xFF;
        if (address.length == 4) {
            return first != 0 && first < 224;
        }
        return first != 0xFF && (Cidr.high(address) | Cidr.low(address)) != 0;
    }
}
