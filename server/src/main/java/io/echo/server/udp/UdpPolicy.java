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
 * Rules that decide whether a datagram is answered. All datagram sockets share them.
 *
 * <p>The source port is checked first, before any other work, as RFC 8085, section 5.1, and RFC
 * 9308, section 8.1, ask for. A forged packet from another server's port would make the two answer
 * each other for ever (CVE-1999-0103, CVE-2024-2169); one from a reflector's port would aim it at a
 * third party. One drop ends such a loop, for nothing is sent again. The rate limits are the second
 * line of defence, also for trusted addresses when the port is not one of a client.
 *
 * <p>Thread-safe; called by every loop.
 */
public final class UdpPolicy {
    /** Reflectors and services beyond 1023: SSDP, NFS, WSD, mDNS, LLMNR, memcached. */
    private static final int[] REFLECTORS = {1_900, 2_049, 3_702, 5_353, 5_355, 11_211};

    private static final int FIRST_UNPRIVILEGED_PORT = 1_024;

    /** First port that Linux gives to clients (ip_local_port_range); other systems use 49152. */
    private static final int FIRST_EPHEMERAL_PORT = 32_768;

    private final SourceRules sources;
    private final ProbePass probe;
    private final int maxDatagram;
    private final RateLimiter datagrams;
    private final RateLimiter bytes;
    private final Set<Integer> allowedPorts;

    /** One entry for each source port. */
    private final boolean[] refusedPorts = new boolean[65_536];

    /** Makes the rules. */
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

    /** Refuses our own port as a source: it is most likely another echo server that sends. */
    public void refusePort(int port) {
        refusedPorts[port] = !allowedPorts.contains(port);
    }

    /** Returns the number of sources whose budget is not full. Reads a table of 1 MiB. */
    public int activeSources() {
        return datagrams.activePrefixes(System.nanoTime());
    }

    /**
     * Decides on one datagram, and charges it to the sender's budget.
     *
     * @param nowNs {@link System#nanoTime} at the start of the batch
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

    /** Returns whether an admitted sender is exempt from rate limits. */
    boolean isUnmetered(InetSocketAddress sender) {
        byte[] octets = sender.getAddress().getAddress();
        return sender.getPort() >= FIRST_EPHEMERAL_PORT
                && sources.isTrusted(Cidr.high(octets), Cidr.low(octets));
    }

    /**
     * Returns whether an address is not unspecified, broadcast or multicast (RFC 1122, section
     * 3.2.1.3). A network's own broadcast address passes, but the kernel refuses to send to it,
     * since no socket has SO_BROADCAST.
     */
    private static boolean isUnicast(byte[] address) {
        int first = address[0] & 0xFF;
        if (address.length == 4) {
            return first != 0 && first < 224;
        }
        return first != 0xFF && (Cidr.high(address) | Cidr.low(address)) != 0;
    }
}
