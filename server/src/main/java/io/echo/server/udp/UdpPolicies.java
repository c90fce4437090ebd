package io.echo.server.udp;

import io.echo.server.admission.ProbePass;
import io.echo.server.admission.RateLimiter;
import io.echo.server.admission.SourceRules;
import io.echo.server.config.ServerConfig;
import java.net.InetAddress;
import java.util.Set;

/**
 * Rules by which datagrams are answered, of which every socket has those for its own address:
 * {@link UdpPolicy}.
 *
 * <p>Thread-safe.
 */
public final class UdpPolicies {
    /** Reflectors and services beyond 1023: SSDP, NFS, WSD, mDNS, LLMNR, memcached. */
    private static final int[] REFLECTORS = {1_900, 2_049, 3_702, 5_353, 5_355, 11_211};

    private static final int FIRST_UNPRIVILEGED_PORT = 1_024;

    final SourceRules sources;
    final ProbePass probe;
    final int maxDatagram;
    final RateLimiter datagrams;
    final RateLimiter bytes;

    final RepeatedAnswers repeated = new RepeatedAnswers();

    /** Part of a unit that a trusted source pays where others pay one; 0 for nothing. */
    final double trustedShare;

    /** One entry for each source port. */
    final boolean[] refusedPorts = new boolean[65_536];

    private final Set<Integer> allowedPorts;

    /** Makes the rules. */
    public UdpPolicies(ServerConfig.UdpLimits limits, SourceRules sources, ProbePass probe) {
        this.probe = probe;
        this.sources = sources;
        this.maxDatagram = limits.maxDatagram();
        this.datagrams = new RateLimiter(limits.datagramsPerSecond());
        this.bytes = new RateLimiter(limits.bytesPerSecond());
        this.trustedShare = limits.datagramsPerSecond() / limits.trustedPerSecond();
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

    /** Returns the rules for datagrams that ask this address. */
    public UdpPolicy at(InetAddress asked) {
        return new UdpPolicy(this, sources.trustAt(asked), new Neighbours(asked, sources));
    }

    /** Refuses our own port as a source: it is most likely another echo server that sends. */
    public void refusePort(int port) {
        refusedPorts[port] = !allowedPorts.contains(port);
    }

    /** Returns whether there are balancers, whose datagrams begin with a PROXY header. */
    boolean hasBalancers() {
        return sources.hasBalancers();
    }

    /** Returns the number of sources whose budget is not full. Reads a table of 1 MiB. */
    public int activeSources() {
        return datagrams.activePrefixes(System.nanoTime());
    }
}
